"""Python projects with a GPU become images on the names that their CUDA chooses, and predict
on the CPU. The tests' own Debian goes by those names: what is CUDA's own is not in it."""

import json
import os

from dockerfiles import base
from engines import Engine, need_own_engine
from images import inspect, native_base, python_base, sbom, trust_this_machine
from scenario import Scenario, check, contains, equal

PREDICTOR = """import os
import sys
import humanize
from cog import BasePredictor
class Predictor(BasePredictor):
    def setup(self):
        self.python = "%d.%d" % sys.version_info[:2]
    def predict(self, number: int) -> str:
        return f"{self.python} {humanize.intcomma(number)} {os.environ.get('NVIDIA_DRIVER_CAPABILITIES')}"
"""
IMAGE = "cogpp-e2e/gpu:1"
CUDA = {"gpu": True, "cuda": "12.4"}
# flags, build, the name that is chosen, what the label says of CUDA and cuDNN
CASES = [
    ((), CUDA, "nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04", ("12.4", "9")),
    ((), {"gpu": True}, "nvidia/cuda:11.8.0-cudnn8-devel-ubuntu22.04", ("11.8", "8")),
    (("--use-cuda-base-image=false",), CUDA, "python:{}-slim", ("12.4", "9")),
    (("--use-cog-base-image",), CUDA, "r8.im/cog-base:cuda12.4-python{}", ("12.4", "9")),
]


def project(s, version, build):
    build = {**build, "python_version": version, "python_requirements": "requirements.txt"}
    s.write("cog.yaml", json.dumps({"build": build, "predict": "predict.py:Predictor"}))
    s.write("predict.py", PREDICTOR)
    s.write("requirements.txt", "humanize==4.9.0\n")


def check_image(engine, s, version, capabilities):
    """`capabilities` is what NVIDIA's runtime would give the container."""
    predict = ("predict", IMAGE, "-i", "number=1234567")
    equal(s.ok(*predict, "--gpus", "none"), f"{version} 1,234,567 {capabilities}\n")
    if not os.path.exists("/dev/nvidiactl"):
        contains(s.fails(*predict), f"image {IMAGE} wants a GPU (gpu: true), but this machine has")
    equal(sbom(engine, IMAGE)["humanize"], "4.9.0")
    equal(engine.containers(), [], "containers that were left behind")


need_own_engine("it names images `nvidia/cuda:…` and `python:…`, and removes them")
with Engine() as engine:
    native_base(engine)
    for flags, build, name, chosen in CASES:
        with Scenario() as s:
            engine.use_in(s)
            trust_this_machine(s)
            s.environment.pop("COG_REGISTRY_HOST", None)
            version = python_base(engine, "cogpp-e2e/some-python:1")
            name = name.format(version)
            if "nvidia" in name:  # it has no `python`
                engine.docker("tag", engine.base(), name)
            else:
                python_base(engine, name)
            project(s, version, build)
            equal(base(s.ok("debug", *flags)), name)
            built = s.run("build", "-t", IMAGE, "--progress", "plain", *flags)
            equal(built.status, 0, str(built))
            info = inspect(engine, IMAGE)
            equal(info["RootFS"]["Layers"][0], inspect(engine, engine.base())["RootFS"]["Layers"][0], "its first layer")
            labels = info["Config"]["Labels"]
            config = json.loads(labels["run.cog.config"])["build"]
            equal((config["gpu"], config["cuda"], config["cudnn"]), (True, *chosen), name)
            equal((labels["run.cogpp.cuda"], labels["run.cogpp.device"]), (chosen[0], "cuda"), name)
            check_image(engine, s, version, None if "cog-base" in name else "all")  # Cog's base says it itself
            engine.docker("rmi", "--force", IMAGE, name)
