"""The CUDA that TensorFlow or cog.yaml asks for decides what an image begins with and what its
labels say. TensorFlow is asked for on another platform, so that nothing of it is installed."""

import json

from dockerfiles import base
from engines import Engine, need_own_engine
from images import inspect, native_base, python_base, trust_this_machine
from scenario import Scenario, equal, matches

PREDICTOR = "import os\ndef run(text: str) -> str:\n    return text + ' on ' + os.environ['BASE']\n"
IMAGE = "cogpp-e2e/cuda:1"
ELSEWHERE = " ; sys_platform == 'win32'\n"
# requirement, build, NVIDIA's image, CUDA and cuDNN
CASES = [
    ("tensorflow==2.12.0", {}, r"11\.8\.0-cudnn8-devel-ubuntu22\.04", ("11.8", "8")),
    ("tensorflow==2.15.0", {}, r"12\.2\.\d-cudnn8-devel-ubuntu22\.04", ("12.2", "8")),
    ("", {"cuda": "12.1.1", "cudnn": "8"}, r"12\.1\.1-cudnn8-devel-ubuntu22\.04", ("12.1.1", "8")),
    ("", {"cuda": "12.6"}, r"12\.6\.\d-cudnn-devel-ubuntu24\.04", ("12.6", "9")),
]

need_own_engine("it names images `nvidia/cuda:…`, and removes them")
with Engine() as engine, Scenario() as s:
    engine.use_in(s)
    native_base(engine)
    trust_this_machine(s)
    version = python_base(engine, "cogpp-e2e/some-python:1")
    s.write("run.py", PREDICTOR)
    for requirement, build, tag, chosen in CASES:
        s.write("requirements.txt", requirement and requirement + ELSEWHERE)
        build = {"gpu": True, "python_version": version, "python_requirements": "requirements.txt", **build}
        s.write("cog.yaml", json.dumps({"build": build, "run": "run.py:run"}))
        name = base(s.ok("debug"))
        matches(name, f"^nvidia/cuda:{tag}$")
        engine.docker("build", "--tag", name, "-", stdin=None,
                      input=f"FROM cogpp-e2e/some-python:1\nENV BASE={name}\n".encode())
        built = s.run("build", "-t", IMAGE, "--progress", "plain")
        equal(built.status, 0, str(built))
        labels = inspect(engine, IMAGE)["Config"]["Labels"]
        config = json.loads(labels["run.cog.config"])["build"]
        equal((config["cuda"], config["cudnn"]), chosen, requirement)
        equal((labels["run.cogpp.base"], labels["run.cogpp.cuda"]), (name, chosen[0]), requirement)
        equal(s.ok("predict", IMAGE, "--gpus", "none", "-i", "text=a"), f"a on {name}\n")
        engine.docker("rmi", "--force", IMAGE, name)
