"""A Python project's sources in a container (--docker), with its packages from the index:
inputs are checked before anything is built; predictions, trainings, a server, commands."""

import signal

from engines import Engine
from images import python_engine
from scenario import Scenario, check, contains, equal, post, stop

PREDICTOR = """
import os
import humanize
from cog import BasePredictor, Input, Path
from typing import Optional

class Predictor(BasePredictor):
    def setup(self):
        self.word = open("words/word.txt").read().strip()

    def predict(self, number: int = Input(description="To say", ge=0), file: Optional[Path] = Input(default=None)) -> str:
        print("predicting", number)
        text = f"{self.word} {humanize.intcomma(number)} {os.environ['GREETING']}"
        return text + (" " + open(file).read() if file else "")


def train(data: str) -> str:
    return "trained on " + data
"""

CONFIG = """build:
  python_version: "%s"
  python_requirements: requirements.txt
  sdk_version: "0.22.0"
environment: ["GREETING=good day"]
predict: "predict.py:Predictor"
train: "predict.py:train"
"""

with Engine() as engine, Scenario() as s:
    version = python_engine(engine, s)
    for name, text in {"cog.yaml": CONFIG % version, "predict.py": PREDICTOR, "words/word.txt": "number\n",
                       "requirements.txt": "humanize==4.9.0\n", "note.txt": "noted"}.items():
        s.write(name, text)

    # What is wrong is known before anything is built.
    for flags, message in ((("-i", "number=-1"), "number must be at least 0"), (("-i", "x=1"), 'unknown input "x"'),
                           ((), 'missing required input "number"')):
        err = s.fails("predict", "--docker", *flags)
        contains(err, message)
        check("Building" not in err, err)

    first = s.run("predict", "--docker", "-i", "number=1234567", "-i", "file=@note.txt", "--progress", "plain")
    equal([first.status, first.out], [0, "number 1,234,567 good day noted\n"], str(first))
    contains(first.err, "predicting 1234567")
    s.write("words/word.txt", "count")
    s.write("predict.py", PREDICTOR.replace("{self.word} ", "{self.word}: "))
    equal(s.ok("predict", "--docker", "-i", "number=7"), "count: 7 good day\n")

    finished = s.run("train", "--docker", "-i", "data=d", "-o", "trained.txt")
    equal([finished.status, s.read("trained.txt")], [0, "trained on d"], str(finished))

    process, url = s.listen("--docker", "-p", "0")
    contains(s.serve_log(), "Running python --check-hash-based-pycs never -m cog.server.http in Docker with the current "
             "directory mounted as a volume...")
    equal(post(url + "/predictions", {"input": {"number": 1000}})["output"], "count: 1,000 good day")
    equal(stop(process, signal.SIGTERM), 0, s.serve_log())

    contains(s.ok("exec", "--docker", "python", "-m", "pip", "list"), "humanize")
    equal(s.ok("exec", "--docker", "-e", "GREETING=mine", "sh", "-c", "echo $GREETING; cat note.txt"), "mine\nnoted")
    equal(engine.containers(), [], "containers that were left behind")

    engine.docker("rmi", "--force", "cog-project:source", "cog-project:environment")
