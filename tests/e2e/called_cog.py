"""A link named `cog`: Cog's names, messages and warnings."""

import sys

from scenario import Scenario, check, contains, equal, matches

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHON = """\
from cog import BasePredictor

class Predictor(BasePredictor):
    def predict(self, text: str) -> str:
        return text
"""
CONFIG = f'build:\n  python_version: "{VERSION}"\n  python_packages: []\npredict: predict.py:Predictor\n'


def cog(s, *words, status=0):
    """Runs the link in place of cogpp."""
    finished = s.run(*words, program=s.root / "bin/cog")
    equal(finished.status, status, str(finished))
    return finished


with Scenario() as s:
    (s.root / "bin").mkdir()
    (s.root / "bin/cog").symlink_to(s.bin / "cogpp")

    matches(cog(s, "--version").out, r"^cog version 0\.22\.0 \(cogpp \d")
    shown = cog(s, "--help").out
    check("cogpp" not in shown and "\n  train" not in shown and "\n  predict" not in shown, shown)
    contains(shown, "\n  run ")
    contains(cog(s, "run", "--help").out, "cog run -i prompt=hello")
    contains(cog(s, "serv", status=1).err, 'unknown command "serv" for "cog"')
    contains(cog(s, "infer", status=1).err, "Did you mean this?\n\trun\n")
    contains(cog(s, "ui", status=1).err, 'unknown command "ui" for "cog"')

    contains(cog(s, "completion", "--help").out, "> ~/.config/fish/completions/cog.fish\n")
    s.write("cog.yaml", "")
    contains(cog(s, "schema", status=1).err, "does not say what to run. Add, for example: run: run.py:Runner\n")
    contains(s.fails("schema"), "does not say what to run. Add, for example: predict: predict.cpp:Predictor\n")
    (s.project / "cog.yaml").unlink()

    # A new project is Python's, and says how to go on by this name.
    begun = cog(s, "init").err
    contains(begun, "Setting up the current directory for use with Cog...")
    contains(begun, "Creating run.py")
    contains(begun, "\nDone! For next steps, check out the docs at https://cog.run/getting-started\n")
    contains(s.read("run.py"), "# Try it: cog run -i")
    check("deprecated" not in cog(s, "schema").err, "a new project is deprecated")
    for name in (".python-version", ".mypy_cache", ".pytest_cache", ".ruff_cache", "/venv"):
        contains(s.read(".dockerignore"), f"\n{name}\n")

    # A reference without a kind is Python's: Cog's words.
    s.write("cog.yaml", CONFIG.replace("predict.py:", ""))
    contains(cog(s, "schema", status=1).err,
             "invalid predict \"Predictor\": must be in the form 'predict.py:Predictor'\n")

    # What an image needs an engine for.
    s.write("cog.yaml", CONFIG)
    s.write("predict.py", PYTHON)
    contains(cog(s, "build", "--output", "oci:image", status=1).err, ": cog build -t NAME")

    # What is deprecated is told, and done.
    s.write("cog.yaml", CONFIG.replace("[]", "[humanize]") + "concurrency: {max: 1}\n")
    s.write("predict.py", PYTHON)
    s.write("run.py", "")
    warned = cog(s, "predict", "-i", "nope=1", status=1).err
    contains(warned, '"cog predict" is deprecated, use "cog run"\n')
    contains(warned, 'deprecated field "predict": use "run" instead\n')
    contains(warned, 'deprecated field "concurrency.max": use "@cog.concurrent(max=...)" instead\n')
    contains(warned, 'deprecated field "build.python_packages": use "build.python_requirements" instead\n')
    contains(warned, "cog: warning: Predictor.predict() is deprecated; use run() instead\n")
    contains(warned, 'unknown input "nope"; valid inputs are: text')
    check("cog predict" not in cog(s, "run", "-i", "nope=1", status=1).err, "run is no alias of predict")
    trained = cog(s, "train", "-i", "a=1", status=1).err
    contains(trained, 'Command "train" is deprecated, the train command will be removed in a future version of Cog\n')
    finished = s.run("predict", "-i", "nope=1")
    check("deprecated" not in finished.err, finished.err)

    deprecated = s.read("cog.yaml")
    s.write("cog.yaml", CONFIG.replace("[]", "[torch==9.9.9]\n  gpu: true"))
    contains(cog(s, "debug", status=1).err, "You might need to upgrade Cog: https://github.com/replicate/cog#upgrade\n\nIf")
    s.write("cog.yaml", deprecated)

    # Cog's words, few as they are.
    s.write("predict.py", PYTHON.replace(" -> str", ""))
    contains(cog(s, "schema", status=1).err, "\npredict\n")
    s.write("predict.py", PYTHON.replace("class Predictor", "class Other"))
    contains(cog(s, "schema", status=1).err, "\nPredictor\n")
    s.write("predict.py", PYTHON)

    # The doctor, and commands that name others.
    doctor = cog(s, "doctor").err
    contains(doctor, "NOTE: cog doctor is experimental. Behavior and checks may change in future versions.\n\n"
             "Running cog doctor...\n")
    matches(doctor, "Config schema\nDeprecated predict interface names\n(  .*\n)+Deprecated fields\n(  .*\n)+Predict reference\n")
    contains(doctor, '  "build.python_packages" is deprecated: use a requirements.txt file instead\n'
             '  Remediation: Use "build.python_requirements" instead\n')
    contains(cog(s, "weights", "status", status=1).err, "NOTE: cog weights is experimental.")
    contains(cog(s, "push", status=1).err, "For example, 'cog push registry.example.com/your-username/model-name'")

    # What the doctor can bring to Cog's newer names.
    (s.project / "run.py").unlink()
    contains(doctor, "  cog.yaml:4 — predict in cog.yaml is deprecated; use run with run.py:Runner\n")
    contains(doctor, "  predict.py:1 — predict.py uses deprecated Predictor/BasePredictor/predict() names\n")
    contains(doctor, "  Remediation: cannot migrate predict.py to run.py because run.py already exists\n")
    contains(cog(s, "doctor", "--fix").err, "Fixed: Deprecated predict interface names\n")
    check(not (s.project / "predict.py").exists(), "predict.py stayed")
    contains(s.read("run.py"), "class Runner(BaseRunner):\n    def run(self, text: str) -> str:\n")
    contains(s.read("cog.yaml"), 'run: "run.py:Runner"\n')
    s.write("cog.yaml", s.read("cog.yaml").replace("run:", "predict:"))
    contains(cog(s, "doctor").err, "predict in cog.yaml is deprecated")
    check("predict in cog.yaml is deprecated" not in s.run("doctor").err, "cogpp keeps predict")

    # Without the file there is nothing to bring to them.
    s.write("cog.yaml", CONFIG)
    (s.project / "run.py").unlink()
    contains(cog(s, "doctor", "--fix", status=1).err, "predict.py not found")
    check(not (s.project / "run.py").exists(), "the doctor made a file")
