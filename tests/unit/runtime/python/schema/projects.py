"""Python projects in temporary folders, for the tests of cogpp_schema."""

import os
import sys
import tempfile
import textwrap
import unittest

sys.path.insert(0, os.environ["COGPP_PYTHON"])
from cogpp_schema import SchemaError, describe, with_name  # noqa: E402

ROOT = tempfile.TemporaryDirectory()
IMPORTS = """\
import cog
import typing
import numpy as np
from typing import Any, Annotated, Dict, Iterator, List, Literal, Optional, Union
from typing import AsyncIterator, NotRequired, Required, TypedDict
from cog import AsyncConcatenateIterator, BaseModel, BasePredictor, ConcatenateIterator
from cog import File, Input, Input as In, Opaque, Path, Secret, concurrent, streaming
"""


class Project:
    """Files in a directory of their own."""

    def __init__(self, **files):
        self.folder = os.path.realpath(tempfile.mkdtemp(dir=ROOT.name))
        for name, text in files.items():
            path = os.path.join(self.folder, name.replace("__", "/") + ".py")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(textwrap.dedent(text))

    def describe(self, reference="predict.py:Predictor", train=None):
        return describe(self.folder, reference, train)

    def fails(self, reference="predict.py:Predictor", train=None):
        return str(self.error(reference, train)).replace(self.folder, "DIR")

    def error(self, reference="predict.py:Predictor", train=None):
        try:
            described = self.describe(reference, train)
        except SchemaError as error:
            return error
        raise AssertionError(f"expected an error, got {described}")


def function(parameters="", output="str", before="", decorators=""):
    return Project(predict=f"{IMPORTS}{before}\n{decorators}\n"
                           f"def run({parameters}) -> {output}:\n    pass\n")


def input_of(parameter, before=""):
    described = function(parameter, before=before).describe("predict.py:run")
    return described["signature"]["inputs"][0]


def output_of(output, before="", **more):
    signature = function(output=output, before=before, **more).describe("predict.py:run")["signature"]
    del signature["inputs"]
    return signature


#: The error of a type that is imported from elsewhere.
EXTERNAL = ("cannot resolve type '{0}' (imported from '{1}') - external types cannot be statically "
            "analyzed. If this is a JSON-shaped third-party type, mark it opaque with "
            "Annotated[{0}, cog.Opaque]")
