"""cogpp_doctor: what it finds in sources, what --fix makes of them (cog-cli §12)."""

import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import unittest
import unittest.mock

PACKAGES = os.environ.get("COGPP_PYTHON", str(pathlib.Path(__file__).resolve().parents[5] / "runtime/python"))
sys.path.insert(0, PACKAGES)
from cogpp_doctor.__main__ import main  # noqa: E402

PYDANTIC = """\
from pydantic import BaseModel, ConfigDict
{0}

class Output(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    text: str


class Empty(BaseModel):
    class Config:
        arbitrary_types_allowed = True
"""
MENDED = """\
from cog import {0}BaseModel
{1}

class Output(BaseModel):
    text: str


class Empty(BaseModel):
    pass
"""
EXPERIMENTAL = """\
import warnings
from cog.types import ExperimentalFeatureWarning
from cog import BasePredictor
warnings.filterwarnings("ignore", category=ExperimentalFeatureWarning)  # é
"""


def doctor(source, *flags, references=()):
    """The findings, and the source afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "run.py"
        file.write_text(source)
        words = [word for reference in references for word in ("--reference", reference)]
        written = io.StringIO()
        with unittest.mock.patch.object(sys, "argv", ["cogpp_doctor", "--project", folder, *words, *flags]), \
                contextlib.redirect_stdout(written):
            main()
        return json.loads(written.getvalue()), file.read_text()


class Pydantic(unittest.TestCase):
    def test_found_and_mended(self):
        found, after = doctor(PYDANTIC.format("import os"), "--fix")
        self.assertEqual([f["message"] for f in found], [
            f"{name} inherits from pydantic.BaseModel with arbitrary_types_allowed; use cog.BaseModel instead"
            for name in ("Output", "Empty")])
        self.assertEqual([(f["severity"], f["line"], f["fixed"]) for f in found], [("error", 4, True), ("error", 9, True)])
        self.assertEqual(after, MENDED.format("", "import os"))

    def test_an_import_of_cog_gets_the_name(self):
        after = doctor(PYDANTIC.format("from cog import Input, Path as P"), "--fix")[1]
        self.assertEqual(after, MENDED.format("Input, Path as P, ", "").replace("\n\n\nclass O", "\n\nclass O"))

    def test_looking_changes_nothing(self):
        source = PYDANTIC.format("")
        found, after = doctor(source)
        self.assertEqual(after, source)
        self.assertEqual([(f["fixable"], f["fixed"]) for f in found], [(True, False)] * 2)

    def test_more_of_pydantic_is_left_to_a_person(self):
        for source in (PYDANTIC.format("").replace("ConfigDict\n", "ConfigDict, Field\n"),
                       PYDANTIC.format("").replace("=True)", "=True, frozen=True)"),
                       PYDANTIC.format("") + "\nclass Other(BaseModel):\n    x: int\n",
                       PYDANTIC.format("") + "\nisinstance(3, BaseModel)\n"):
            found, after = doctor(source, "--fix")
            self.assertEqual([f["fixed"] for f in found], [False, False], source)
            self.assertEqual(after, source)

    def test_models_of_cog_or_without_the_setting_are_fine(self):
        for source in (PYDANTIC.format("").replace("from pydantic", "from cog"),
                       "from pydantic import BaseModel\nclass A(BaseModel):\n    x: int\n"):
            self.assertEqual(doctor(source)[0], [])


class Imports(unittest.TestCase):
    def test_found_and_mended(self):
        found, after = doctor(EXPERIMENTAL, "--fix")
        self.assertEqual([(f["check"], f["line"], f["fixed"]) for f in found], [("python-deprecated-imports", 2, True)])
        self.assertIn("was removed in cog 0.17", found[0]["message"])
        self.assertEqual(after, "import warnings\nfrom cog import BasePredictor\n  # é\n")

    def test_a_name_in_other_use_stays(self):
        source = EXPERIMENTAL + "print(ExperimentalFeatureWarning)\n"
        found, after = doctor(source, "--fix")
        self.assertEqual([f["fixed"] for f in found], [False])
        self.assertEqual(after, source)

    def test_a_block_keeps_a_statement(self):
        source = EXPERIMENTAL.replace("warnings.f", "if True:\n    warnings.f")
        self.assertIn("if True:\n    pass  # é", doctor(source, "--fix")[1])


class Syntax(unittest.TestCase):
    def test_the_file_of_the_config_is_an_error(self):
        found, after = doctor("class Runner:\n    def run(self -> int:\n", "--fix", references=["run.py:Runner"])
        self.assertEqual([(f["check"], f["severity"], f["file"], f["line"], f["fixable"]) for f in found],
                         [("python-syntax", "error", "run.py", 2, False)])
        self.assertRegex(found[0]["message"], r"^not valid Python 3\.\d+: .")
        self.assertIn("Correct line 2 of run.py", found[0]["remedy"])
        self.assertTrue(after.endswith("self -> int:\n"))

    def test_another_file_is_a_warning(self):
        self.assertEqual([(f["check"], f["severity"]) for f in doctor("print 'x'\n")[0]], [("python-syntax", "warning")])

    def test_what_is_no_text(self):
        self.assertEqual(doctor("")[0], [])
        for source in ("\0", "x = 1\0\n", "# coding: nonsense\n"):
            found = doctor(source, references=["run.py:Runner"])[0]
            self.assertEqual([(f["check"], f["severity"]) for f in found], [("python-syntax", "error")], source)


class Annotations(unittest.TestCase):
    def messages(self, source):
        return [f["message"] for f in doctor(source, references=["run.py:Runner"])[0]]

    def test_methods_and_functions(self):
        missing = "class Runner:\n    def setup(self): pass\n    def run(self, x: int): pass\n"
        self.assertEqual(self.messages(missing), ["run() has no return type annotation"])
        self.assertEqual(self.messages("async def Runner(x: int): pass\n"), ["Runner() has no return type annotation"])
        self.assertEqual(self.messages(missing.replace("int)", "int) -> int")), [])


class References(unittest.TestCase):
    def messages(self, source):
        return [f["message"] for f in doctor(source, references=["run.py:Runner"])[0]]

    def test_what_is_there_is_told(self):
        self.assertEqual(self.messages("class Other:\n    pass\ndef run() -> int:\n    pass\n"),
                         ['class "Runner" not found in run.py; found: Other, run'])
        self.assertEqual(self.messages("x = 1\n"), ['class "Runner" not found in run.py'])

    def test_functions_imports_and_assignments_count(self):
        for source in ("def Runner() -> int: pass\n", "from other import Runner\n", "import x as Runner\n",
                       "Runner = make()\n", "from other import *\n", "if True:\n    from a import Runner\n"):
            self.assertEqual(self.messages(source), [], source)


if __name__ == "__main__":
    unittest.main()
