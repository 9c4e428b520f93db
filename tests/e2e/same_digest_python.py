"""With a time that was given the image of a Python project is the same from an engine whose cache is
empty: packages of the system, of the index and its own, what they compile and log."""

from engines import Engine, need_own_engine
from images import forget_steps, inspect, predict, python_engine, running
from installers import write_wheel
from scenario import Scenario, equal, matches

PREDICTOR = """
import humanize
import own
from cog import BasePredictor

class Predictor(BasePredictor):
    def predict(self, number: int) -> str:
        return humanize.intcomma(number) + own.WORD
"""
CONFIG = """build:
  python_version: "%s"
  python_requirements: requirements.txt
  system_packages: [libsndfile1, python3-six, uuid-runtime]
  run: ["echo by hand > /etc/made", "python -c 'import humanize'"]
predict: "predict.py:Predictor"
"""
IMAGE = "cogpp-e2e/same-python:1"

need_own_engine("it empties the engine's cache")
with Engine() as engine, Scenario() as s:
    version = python_engine(engine, s)
    s.write("cog.yaml", CONFIG % version)
    s.write("predict.py", PREDICTOR)
    s.write("requirements.txt", "humanize==4.9.0\n./wheels/own-1.0-py3-none-any.whl\n")
    write_wheel(s.project / "wheels", "own", "1.0", {"own.py": "WORD = ' own'\n"})
    s.environment["SOURCE_DATE_EPOCH"] = "1700000000"
    s.ok("build", "-t", IMAGE)
    first = inspect(engine, IMAGE)
    base = inspect(engine, f"python:{version}-slim")["RootFS"]["Layers"]
    equal(first["RootFS"]["Layers"][:len(base)], base, "the base's layers")
    with running(engine, IMAGE) as port:
        equal(predict(port, {"number": 1234567})["output"], "1,234,567 own")

    # What a step compiled is still good for its source.
    told = engine.call("run", "--rm", "--entrypoint", "python3", IMAGE, "-v", "-c", "import humanize").stderr.decode()
    matches(told, r"humanize/__pycache__/__init__.*pyc matches \S+/humanize/__init__.py")

    # A package's user was added on the day that all steps have.
    shadow = engine.docker("run", "--rm", "--entrypoint", "cat", IMAGE, "/etc/shadow")
    matches(shadow, rf"\nuuidd:[^:]*:{315532800 // 86400}:")

    forget_steps(engine, IMAGE)
    s.ok("build", "-t", IMAGE)
    again = inspect(engine, IMAGE)
    equal(again["RootFS"]["Layers"], first["RootFS"]["Layers"], "layers from an empty cache")
    equal(again["Id"], first["Id"], "from an empty cache")
    engine.docker("rmi", "--force", IMAGE)
