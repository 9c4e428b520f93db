"""Python predictors: the environment, predictions, trainings, exec, an attached serve.

The environments are made from the package index that pip is set to; the scenarios share
one cache, so that each is made once.
"""

import json
import signal
import sys

from scenario import Scenario, check, contains, equal, matches, stop, wait_for

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
CONFIG = f"""\
build:
  python_version: "{VERSION}"
predict: "predict.py:Predictor"
train: "train.py:train"
environment:
  - GREETING=hello
"""
PREDICTOR = '''\
import os
import sys
import words
from cog import BasePredictor, Input, Path

class Predictor(BasePredictor):
    def setup(self):
        print("set-up log")

    def predict(self, text: str, times: int = Input(default=1, ge=1, le=3)) -> str:
        print("log of", text)
        if text == "pid":
            return str(os.getpid())
        if text == "where":
            return sys.prefix
        return " ".join([os.environ["GREETING"], words.WORD] + [text] * times)
'''
TRAIN = '''\
from cog import Input, Path

def train(n: int = Input(ge=1)) -> Path:
    print("training", n)
    with open("result.txt", "w") as file:
        file.write("trained " * n)
    return Path("result.txt")
'''
FILES = {"cog.yaml": CONFIG, "predict.py": PREDICTOR, "words.py": 'WORD = "dear"\n',
         "train.py": TRAIN}


with Scenario(files=FILES) as s:
    # The input is checked from the source alone, before anything is installed.
    contains(s.fails("predict"), 'missing required input "text"')
    contains(s.fails("predict", "-i", "text=a", "-i", "times=4"),
             'invalid input "times": number must be at most 3')

    finished = s.run("predict", "-i", "text=world", "-i", "times=2")
    equal(finished.out, "hello dear world world\n", str(finished))
    contains(finished.err, "log of world")
    finished = s.run("predict", "-i", "text=again")
    equal(finished.out, "hello dear again\n", str(finished))
    check("Making the environment" not in finished.err, "the environment is kept")
    contains(s.ok("predict", "-i", "text=where"), "/cogpp/python/environments/")
    equal(s.ok("predict", "-i", "text=a", "-e", "GREETING=bye"), "bye dear a\n")

    # A module that changes is seen, though the signature comes from another file.
    s.write("words.py", 'WORD = "new"\n')
    equal(s.ok("predict", "-i", "text=a"), "hello new a\n")

    # The document, with trainings; it needs no environment.
    document = json.loads(s.ok("schema"))
    check("TrainingInput" in document["components"]["schemas"], "trainings in the document")
    contains(s.run("doctor").err, f"Python {VERSION}.")

    # Trainings.
    contains(s.fails("train"), 'missing required input "n"')
    contains(s.fails("train", "-i", "n=0"), "number must be at least 1")
    finished = s.run("train", "-i", "n=2")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "training 2")
    contains(finished.err, "Written output to: weights")
    written = [path for path in s.project.iterdir() if path.name.startswith("weights")]
    equal([path.read_text() for path in written], ["trained trained "], str(finished))
    s.ok("train", "-i", "n=1", "-o", "model.bin")
    equal(s.read("model.bin"), "trained ")

    # A command in the environment, with its own status, input and folder.
    equal(s.ok("exec", "python", "-c", "import cog, os; print(cog.__version__, os.getcwd())"),
          f"0.22.0 {s.project}\n")
    equal(s.run("exec", "python", "-c", "raise SystemExit(7)").status, 7)
    equal(s.ok("exec", "-e", "GREETING=x", "python", "-c",
               "import os; print(os.environ['GREETING'] + input())", stdin="read\n"), "xread\n")
    equal(s.ok("exec", "--", "python", "--version")[:9], "Python " + VERSION[:2])
    contains(s.fails("exec", "no-such-command"), "could not run no-such-command")
    contains(s.fails("exec"), "exec needs a command")
    contains(s.fails("exec", "--nope", "python"), "unknown flag: --nope")

    # A running serve answers, as for C++, until a source changes.
    serve = s.serve()
    worker = s.ok("predict", "-i", "text=pid")
    equal(s.ok("predict", "-i", "text=pid"), worker)
    contains(s.run("predict", "-i", "text=attached").err, "log of attached")
    check(s.ok("predict", "-i", "text=pid", "--own-server") != worker, "own server")
    s.write("words.py", 'WORD = "newer"\n')
    check(s.ok("predict", "-i", "text=pid") != worker, "a changed module is another model")
    equal(stop(serve, signal.SIGINT), 0, "status after Ctrl-C")
    wait_for(lambda: not s.processes(), "serve leaves no process", 10)

# A new project from the template.
with Scenario() as s:
    finished = s.run("init", "--template", "python")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "Creating cog.yaml\nCreating requirements.txt\nCreating run.py\n")
    matches(s.read("cog.yaml"), r'python_version: "3\.\d+"')
    equal(s.ok("predict", "-i", "prompt=world", "-i", "times=2"), "hello world world\n")
    contains(s.fails("predict", "-i", "prompt=x", "-i", "times=11"), "number must be at most 10")
    contains(s.fails("train", "-i", "n=1"), "does not say what trains")
