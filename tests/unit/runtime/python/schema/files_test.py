"""cogpp_schema over several files: which one defines what, imports, trainings."""

import unittest

from projects import EXTERNAL, Project, ROOT, SchemaError, with_name


class Files(unittest.TestCase):
    def test_names_are_followed_through_the_project(self):
        project = Project(
            predict="""
                import helpers
                from base import Base as Parent
                from .types import Out as Renamed
                from pkg import more
                class Predictor(Parent):
                    def setup(self): pass
                def renamed() -> Renamed: pass
                def qualified() -> more.Deep: pass
                def aliased() -> helpers.Help: pass
                """,
            base="""
                from typing import Optional
                from cog import Input
                WORD = "from base"
                class Base:
                    def run(self, x: str = Input(default=WORD)) -> Optional: pass
                    def predict(self) -> int: pass
                """,
            types="from cog import BaseModel as Model\nclass Out(Model):\n    a: int\n",
            helpers="from pydantic import BaseModel\nclass Help(BaseModel):\n    h: str\n",
            pkg__more="""
                from typing import TypedDict
                from .deeper import Inner
                class Deep(TypedDict):
                    i: Inner
                """,
            pkg__deeper="from cog import BaseModel\nclass Inner(BaseModel):\n    n: int\n")
        self.assertEqual(project.fails(), EXTERNAL.format("Optional", "typing"))
        for name, field in (("renamed", "a"), ("qualified", "i"), ("aliased", "h")):
            output = project.describe("predict.py:" + name)["signature"]["output"]
            self.assertEqual([item["name"] for item in output["fields"]], [field])

    def test_run_comes_before_predict_and_predict_is_noted(self):
        project = Project(predict="""
            class Predictor:
                def predict(self) -> int: pass
            class Runner(Predictor):
                async def run(self) -> str: pass
            """)
        described = project.describe("predict.py:Runner")
        self.assertEqual(described["signature"]["output"], {"kind": "string"})
        self.assertEqual(described["warnings"], [])
        self.assertEqual(project.describe()["warnings"],
                         ["Predictor.predict() is deprecated; use run() instead"])

    def test_training(self):
        project = Project(
            predict="class Predictor:\n    def run(self) -> str: pass\n",
            train="""
                from typing import Iterator
                from cog import streaming
                @streaming
                def train(n: int) -> Iterator[str]: pass
                class Trainer:
                    def train(self, n: int) -> str: pass
                """)
        self.assertEqual(project.describe()["training"], None)
        self.assertEqual(project.describe(train="train.py:train")["training"],
                         {"inputs": [{"name": "n", "type": {"kind": "integer"}}],
                          "output": {"kind": "string"}, "mode": "iterator"})
        self.assertEqual(project.describe(train="train.py:Trainer")["training"]["mode"], "value")

    def test_a_project_may_be_trained_only(self):
        project = Project(train="def train(n: int) -> str: pass\n")
        described = project.describe(None, "train.py:train")
        self.assertEqual((described["signature"], described["async"]), (None, False))
        self.assertEqual(described["training"]["inputs"][0]["name"], "n")
        self.assertEqual(project.fails(None), "no predict or train reference found in cog.yaml")

    def test_the_name_that_a_reference_leaves_out(self):
        run, wrong = "    def run(self): pass\n", "    def other(self): pass\n"
        cases = {
            "class Predictor:\n" + run: "Predictor",
            "class Predictor:\n" + run + "class Runner:\n" + run: "Runner",
            "class Predictor:\n" + run + "class Runner:\n" + wrong: "Predictor",
            "class Predictor:\n" + run + "class Runner(Other):\n" + wrong: "Runner",
            "def Runner(): pass\n": "Runner",
            "from mine import Predictor\n": "Predictor",
        }
        for text, name in cases.items():
            with self.subTest(text):
                project = Project(predict=text)
                self.assertEqual(with_name(project.folder, "predict.py"), "predict.py:" + name)
        self.assertEqual(with_name(project.folder, "gone.py:X"), "gone.py:X")
        with self.assertRaisesRegex(SchemaError, "predict.py has no Runner or Predictor"):
            with_name(Project(predict="").folder, "predict.py")

    def test_nothing_of_the_project_is_run(self):
        project = Project(predict="raise SystemExit('ran')\ndef run() -> str: pass\n")
        self.assertEqual(project.describe("predict.py:run")["signature"]["inputs"], [])


def tearDownModule():
    ROOT.cleanup()


if __name__ == "__main__":
    unittest.main()
