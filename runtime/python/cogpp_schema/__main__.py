"""python -m cogpp_schema [--project DIR] [PREDICTOR] [--train TRAIN]: the result of describe()
as one line of JSON; an error's text goes to standard error, and the status is 1."""

import argparse
import json
import sys

from . import SchemaError, describe


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m cogpp_schema",
        description="Print a Python predictor's signature as JSON without running its code.")
    parser.add_argument("predictor", nargs="?", help="as in cog.yaml: predict.py:Predictor")
    parser.add_argument("--project", default=".", help="the project's folder (default: here)")
    parser.add_argument("--train", help="as in cog.yaml: train.py:train")
    options = parser.parse_args()
    try:
        result = describe(options.project, options.predictor, options.train)
    except SchemaError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
