"""python -m cogpp_schema [--project DIR] [PREDICTOR] [--train TRAIN]: the result of describe()
as one line of JSON; an error's text goes to standard error. The status is then 3, or 1
where the source is not there or nothing that this Python can read: then a document that
tells the types helps only if the project is for another Python."""

import argparse
import json
import sys

from . import SchemaError, SourceError, describe

_FAILED = 1
_TYPES_UNKNOWN = 3  # as in cli/build/python_project.cpp


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m cogpp_schema",
        description="Print a Python predictor's signature as JSON without running its code.")
    parser.add_argument("predictor", nargs="?", help="as in cog.yaml: predict.py:Predictor")
    parser.add_argument("--project", default=".", help="the project's folder (default: here)")
    parser.add_argument("--train", help="as in cog.yaml: train.py:train")
    parser.add_argument("--as-cog", action="store_true", help="errors in Cog's words also where they do not say much")
    options = parser.parse_args()
    try:
        result = describe(options.project, options.predictor, options.train)
    except SchemaError as error:
        print(error if options.as_cog else error.clear, file=sys.stderr)
        return _FAILED if isinstance(error, SourceError) else _TYPES_UNKNOWN
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
