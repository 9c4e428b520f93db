"""cogpp_doctor's migration: Cog's old names become its new ones, all or none (cog-cli §12)."""

import contextlib
import io
import json
import os
import pathlib
import resource
import sys
import tempfile
import unittest
import unittest.mock

PACKAGES = os.environ.get("COGPP_PYTHON", str(pathlib.Path(__file__).resolve().parents[5] / "runtime/python"))
sys.path.insert(0, PACKAGES)
from cogpp_doctor.__main__ import main  # noqa: E402

CONFIG = 'build:\n  gpu: false\npredict: "predict.py:Predictor"  # old\n'
OLD = """\
import cog
from cog import BasePredictor, Input as In


class Other(cog.BasePredictor):
    def predict(self) -> str: ...


@decorated("é")
class Predictor(BasePredictor):
    "é"; word = "predict"

    async def predict(self, text: str = In()) -> str:
        predict = super().predict
        return await self.predict(text) + other.predict() + Predictor.word
"""
NEW = """\
import cog
from cog import BaseRunner, Input as In


class Other(cog.BaseRunner):
    def predict(self) -> str: ...


@decorated("é")
class Runner(BaseRunner):
    "é"; word = "predict"

    async def run(self, text: str = In()) -> str:
        predict = super().run
        return await self.run(text) + other.predict() + Runner.word
"""


@contextlib.contextmanager
def no_file_beyond(size):
    """As on a full disk: what is longer is not written."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits[0] if size is None else size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def migrate(*flags, reference="predict.py:Predictor", longest=None, **files):
    """The findings of the migration, which can write no longer file, and the project's files afterwards."""
    names = {"config": "cog.yaml", "source": "predict.py"}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"config": CONFIG, "source": OLD, **files}.items():
            if text is not None:
                (pathlib.Path(folder) / names.get(name, f"{name}.py")).write_text(text)
        written = io.StringIO()
        words = ["cogpp_doctor", "--project", folder, "--reference", reference, "--migrate", "cog.yaml", *flags]
        with unittest.mock.patch.object(sys, "argv", words), contextlib.redirect_stdout(written):
            with no_file_beyond(longest):
                main()
        found = [f for f in json.loads(written.getvalue()) if f["check"] == "predict-to-run-migration"]
        return found, {path.name: path.read_text() for path in pathlib.Path(folder).iterdir()}


class Migration(unittest.TestCase):
    def test_all_names_change(self):
        found, after = migrate("--fix")
        self.assertEqual([(f["file"], f["line"], f["message"], f["fixed"]) for f in found], [
            ("cog.yaml", 3, "predict in cog.yaml is deprecated; use run with run.py:Runner", True),
            ("predict.py", 2, "predict.py uses deprecated Predictor/BasePredictor/predict() names", True)])
        self.assertEqual(after, {"cog.yaml": 'build:\n  gpu: false\nrun: "run.py:Runner"\n', "run.py": NEW})

    def test_looking_changes_nothing(self):
        found, after = migrate()
        self.assertEqual([(f["fixable"], f["fixed"]) for f in found], [(True, False)] * 2)
        self.assertEqual(after, {"cog.yaml": CONFIG, "predict.py": OLD})

    def test_other_names_stay(self):
        source = OLD.replace("Predictor(Base", "Model(Base").replace("Predictor.word", "Model.word")
        found, after = migrate("--fix", reference="predict.py:Model", source=source,
                               config="predict: predict.py:Model\n")
        self.assertIn("use run with run.py:Model", found[0]["message"])
        self.assertEqual(after["cog.yaml"], 'run: "run.py:Model"\n')
        self.assertIn("class Model(BaseRunner):", after["run.py"])

    def test_what_a_person_has_to_do(self):
        for reason, files in {
                "because run.py already exists": {"run": ""},
                "because train.py imports it": {"train": "from predict import Predictor\n"},
                "because it has a Runner already": {"source": OLD + "class Runner: ...\n"},
                "because it has a run already": {"source": OLD + "\n    def run(self): ...\n"},
                "because train in cog.yaml names it, too": {"config": CONFIG + "train: predict.py:train\n"}}.items():
            before = migrate(**files)[1]
            found, after = migrate("--fix", **files)
            self.assertEqual([(f["fixable"], f["fixed"]) for f in found], [(False, False)] * 2, reason)
            self.assertTrue(found[0]["remedy"].startswith("cannot migrate predict.py "), found[0]["remedy"])
            self.assertTrue(found[0]["remedy"].endswith(reason), found[0]["remedy"])
            self.assertEqual(after, before)

    def test_older_releases_of_cog_know_only_the_old_names(self):
        self.assertEqual(migrate("--sdk", "0.19.3")[0], [])
        self.assertEqual(len(migrate("--sdk", "0.20.0")[0]), 2)

    def test_no_python_no_finding(self):
        self.assertEqual(migrate("--fix", source="class :\n"), ([], {"cog.yaml": CONFIG, "predict.py": "class :\n"}))

    def test_no_file_no_finding(self):
        self.assertEqual(migrate("--fix", source=None), ([], {"cog.yaml": CONFIG}))

    def test_a_step_that_fails_undoes_those_before_it(self):
        for file in "predict.py", "model.py":  # renamed, and changed in its place
            config = CONFIG.replace("predict.py", file) + "#" * 20000
            files = {"config": config, "source": None, file.removesuffix(".py"): OLD}
            found, after = migrate("--fix", reference=f"{file}:Predictor", longest=10000, **files)
            self.assertEqual([(f["fixable"], f["fixed"]) for f in found], [(True, False)] * 2, file)
            self.assertEqual(after, {"cog.yaml": config, file: OLD})


if __name__ == "__main__":
    unittest.main()
