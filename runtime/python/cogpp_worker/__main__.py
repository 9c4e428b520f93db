"""The command: describe a predictor, or serve it on the descriptors of the server."""
from __future__ import annotations

import sys
from typing import List

from cogpp_worker import __version__
from cogpp_worker.options import HELP, Options, UsageError, parse_options


def _describe(options: Options) -> int:
    import json

    from cogpp_schema import SchemaError, describe

    try:
        described = describe(options.project, options.predictor, options.train)
    except SchemaError as error:
        print(f"cogpp_worker: {error.clear}", file=sys.stderr)
        return 1
    print(json.dumps(described["signature"]))
    return 0


def main(arguments: List[str]) -> int:
    try:
        options = parse_options(arguments)
    except UsageError as error:
        print(f"cogpp_worker: {error}; see --help", file=sys.stderr)
        return 2
    if options.task == "help":
        print(HELP, end="")
        return 0
    if options.task == "version":
        print(f"cogpp_worker {__version__}")
        return 0
    if options.task == "describe":
        return _describe(options)
    from cogpp_worker.worker import serve

    return serve(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
