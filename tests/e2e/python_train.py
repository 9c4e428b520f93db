"""A Python project that only says what trains: it can be trained, and nothing else."""

import json
import sys

from scenario import Scenario, check, contains, equal

CONFIG = (f'build:\n  python_version: "{sys.version_info.major}.{sys.version_info.minor}"\n'
          "train: train.py:{0}\n")
TRAIN = """\
from cog import Input

def train(n: int = Input(ge=1)) -> str:
    return "trained %d" % n

class Trainer:
    def train(self, n: int) -> str:
        return "class %d" % n
"""

with Scenario(files={"cog.yaml": CONFIG.format("train"), "train.py": TRAIN}) as s:
    document = json.loads(s.ok("schema"))
    equal(sorted(document["paths"]),
          ["/", "/health-check", "/trainings", "/trainings/{training_id}/cancel"])
    check("TrainingInput" in document["components"]["schemas"], "the training's input")
    check("Input" not in document["components"]["schemas"], "no prediction's input")
    equal(json.loads(s.ok("schema", "--pretty")), document)

    contains(s.fails("train", "-i", "n=0"), "number must be at least 1")
    s.ok("train", "-i", "n=2", "-o", "out.txt")
    equal(s.read("out.txt"), "trained 2")
    s.write("cog.yaml", CONFIG.format("Trainer"))
    s.ok("train", "-i", "n=3", "-o", "out.txt")
    equal(s.read("out.txt"), "class 3")

    for command in (("predict", "-i", "n=1"), ("serve", "-p", "0")):
        err = s.fails(*command)
        contains(err, "says what trains (train: train.py:Trainer) and not what predicts")
        contains(err, "Use cogpp train")
