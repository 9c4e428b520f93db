"""The doctor in a Python project: what it finds, and what --fix makes of it."""

import sys

from scenario import Scenario, check, contains, equal

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
CONFIG = f'build:\n  python_version: "{VERSION}"\npredict: predict.py:Predictor\n'
PREDICT = """\
from pydantic import BaseModel, ConfigDict
from cog import BasePredictor
from cog.types import ExperimentalFeatureWarning


class Output(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    text: str


class Predictor(BasePredictor):
    def predict(self, text: str):
        return Output(text=text)
"""

with Scenario(files={"cog.yaml": CONFIG, "predict.py": PREDICT}) as s:
    err = s.fails("doctor")
    contains(err, "NOTE: cogpp doctor is experimental.")
    contains(err, "Config\n")
    contains(err, "  predict.py:6 — Output inherits from pydantic.BaseModel with arbitrary_types_allowed; use cog.BaseModel")
    contains(err, "  predict.py:3 — ExperimentalFeatureWarning was removed in cog 0.17;")
    contains(err, "  predict.py:12 — predict() has no return type annotation")
    contains(err, 'Found 2 errors, 1 warning. Run "cogpp doctor --fix" to auto-fix.')
    contains(err, "doctor found issues")
    equal(s.read("predict.py"), PREDICT, "what the doctor only looked at")

    finished = s.run("doctor", "--fix")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "Running cogpp doctor --fix...")
    contains(finished.err, "Fixed: Pydantic BaseModel workaround")
    contains(finished.err, "Fixed: Deprecated imports")
    contains(finished.err, "Fixed 2 issues. 1 warning remaining.")
    contains(s.read("predict.py"), "from cog import BasePredictor, BaseModel\n\n\nclass Output(BaseModel):\n    text: str\n")
    s.write("predict.py", s.read("predict.py").replace("str):", "str) -> Output:"))
    contains(s.ok("schema"), '"Output"')
    finished = s.run("doctor")
    contains(finished.err, "no issues found")

    # What cannot be mended stays, and is told.
    s.write("cog.yaml", CONFIG.replace("predict.py:Predictor", "predict.py:Model"))
    err = s.fails("doctor", "--fix")
    contains(err, 'class "Model" not found in predict.py; found: Output, Predictor')
    contains(err, "1 unfixed error.")
    whole = s.read("predict.py")
    s.write("cog.yaml", CONFIG)
    s.write("predict.py", whole.replace("text: str)", "text: str"))
    err = s.fails("doctor")
    contains(err, f"Python syntax\n  predict.py:9 — not valid Python {VERSION}: ")
    contains(err, "Remediation: Correct line 9 of predict.py, or what a line before it leaves open")
    s.write("predict.py", whole)
    s.write("cog.yaml", CONFIG.replace("predict.py", "gone.py"))
    contains(s.fails("doctor"), "gone.py not found\n  Remediation: Create gone.py or update the predict field in cog.yaml")
    s.write("cog.yaml", "build: [")
    contains(s.fails("doctor"), "cog.yaml has invalid YAML: ")
    s.write("cog.yaml", CONFIG + "concurrency: {max: 0}\n")
    contains(s.fails("doctor"), "cog.yaml validation failed: ")

    s.write("cog.yaml", CONFIG)
    contains(s.run("doctor").err, "Docker\n")
    s.environment["COG_SKIP_DOCKER_CHECK"] = "1"
    check("Docker\n" not in s.run("doctor").err, "the check for an engine was skipped")
