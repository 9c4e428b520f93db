"""The doctor on what is wrong with cog.yaml: each check, its line, its remedy."""

import sys

from scenario import Scenario, check, contains, equal, matches

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
CONFIG = f'build:\n  python_version: "{VERSION}"\npredict: predict.py:Predictor\n'
PREDICT = """from cog import BasePredictor


class Helper:
    pass


class Predictor(BasePredictor):
    def predict(self, text: str) -> str:
        return text


def function(text: str) -> str:
    return text
"""

with Scenario(files={"cog.yaml": CONFIG, "predict.py": PREDICT}) as s:
    finished = s.run("doctor")
    equal(finished.status, 0, str(finished))
    equal(finished.out, "", "standard output")
    lines = finished.err.splitlines()
    equal(lines[:4], ["NOTE: cogpp doctor is experimental. Behavior and checks may change in future versions.", "",
                      "Running cogpp doctor...", ""])
    groups = [line for line in lines if line in ("Config", "Python", "Environment")]
    equal(groups, ["Config", "Python", "Environment"])
    matches(finished.err, r"\nno issues found\n")
    equal(lines[4:lines.index("Environment")], ["Config", "Config parsing", "Config schema", "Deprecated fields",
          "Predict reference", "", "Python", "Pydantic BaseModel workaround", "Deprecated imports",
          "Type annotations", ""])
    contains(finished.err[finished.err.index("\nEnvironment\n"):], f"\nPython version\n  Python {VERSION}.")
    check(not (s.project / ".cog").exists(), "the doctor made .cog")

    def finds(text, *words, status=1, name="cog.yaml"):
        s.write(name, text)
        finished = s.run("doctor")
        equal(finished.status, status, f"{text}: {finished}")
        for part in words:
            contains(finished.err, part)
        equal("doctor found issues" in finished.err, status == 1, str(finished))

    finds("predict: [\n", "cog.yaml has invalid YAML: ", "Found 1 error")
    finds(CONFIG.replace(VERSION, "3.7"), "cog.yaml validation failed: ", "minimum supported Python version is 3.10")
    finds(CONFIG + "environment: [PATH=/]\n", "Config parsing\nConfig schema\n  cog.yaml validation failed: ",
          "reserved for internal use")
    # The kind of error decides, not its words.
    finds(CONFIG + 'environment: ["not found in"]\n', "cog.yaml validation failed: ", "Remediation: Correct cog.yaml")
    finds(CONFIG.replace("build:\n", "build:\n  python_packages: [six]\n"),
          '"build.python_packages" is deprecated: use a requirements.txt file instead', "Found 1 warning.", status=0)

    # What predicts: the file, the class in it, the form. Functions count.
    finds(CONFIG.replace("predict.py", "gone.py"), "gone.py not found")
    finds(CONFIG.replace("py:Predictor", "py:Missing"), 'class "Missing" not found in predict.py; found: Helper, Predictor')
    finds(CONFIG.replace(":Predictor", ""), "must be in the form 'predict.py:Predictor'")
    finds(CONFIG.replace(":Predictor", ":function"), "no issues found", status=0)
    finds(CONFIG.replace("predict:", "run:"), "no issues found", status=0)

    # What trains, in a file of its own.
    trains = CONFIG + "train: train.py:train\n"
    finds(trains, "Predict reference\n  train.py not found\n"
          "  Remediation: Create train.py or update the train field in cog.yaml")
    s.write("train.py", "def other(n: int) -> str:\n    return 'a'\n")
    finds(trains, 'class "train" not found in train.py; found: other')
    finds(trains.replace("py:train", "py:other"), "no issues found", status=0)
    finds(CONFIG.replace("predict: predict", "train: gone"), "Create gone.py or update the train field in cog.yaml")

    # --fix says what it could not do.
    s.write("cog.yaml", CONFIG.replace("predict.py", "gone.py"))
    err = s.fails("doctor", "--fix")
    contains(err, "Running cogpp doctor --fix...")
    contains(err, "Remediation: Create gone.py or update the predict field in cog.yaml")
    contains(err, "1 unfixed error.")
    s.write("cog.yaml", "predict: [\n")
    contains(s.fails("doctor", "--fix"), "unfixed error")

    # Another file, from below.
    (s.project / "cog.yaml").rename(s.project / "other.yaml")
    s.write("other.yaml", CONFIG)
    (s.project / "sub").mkdir()
    contains(s.run("doctor", "-f", "other.yaml", cwd=s.project / "sub").err, "no issues found")
