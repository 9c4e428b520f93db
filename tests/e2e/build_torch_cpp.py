"""A C++ predictor with <cogpp/torch.hpp> is compiled in its image, with libtorch for the CPU:
examples/vad finds there what it finds on this machine, also once it comes from a registry.
Usage: build_torch_cpp.py BIN MODELS TORCH, with an environment that has libtorch and silero-vad."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from engines import Engine
from images import inspect, native_base, trust_this_machine
from registries import Registry, docker_config
from scenario import Scenario, check, equal

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/vad"
TORCH = pathlib.Path(sys.argv[3])
IMAGE = "cogpp-test/vad:1"

with Engine() as engine, Scenario() as s, Registry(s.root / "registry") as registry:
    engine.use_in(s)
    docker_config(s, {})
    native_base(engine)
    trust_this_machine(s)
    shutil.copytree(EXAMPLE, s.project, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".cog", "recording.wav"))
    for script in ("weights.sh", "record.sh"):
        subprocess.run([s.project / script], check=True, env={**os.environ, "PYTHON": str(TORCH / "bin/python")})
    built = s.run("build", "-t", IMAGE, "--progress", "plain")
    equal(built.status, 0, str(built))
    labels = inspect(engine, IMAGE)["Config"]["Labels"]
    equal((labels["run.cogpp.predictor"], labels["run.cogpp.device"], labels["run.cogpp.libtorch"]),
          ("cpp", "cpu", "2.11.0"))
    here = json.loads(s.ok("predict", "-i", "audio=@recording.wav", "--torch", str(TORCH)))
    there = json.loads(s.ok("predict", IMAGE, "-i", "audio=@recording.wav"))
    check(len(there) >= 3, f"three sentences: {there}")
    equal(len(there), len(here), "number of segments")
    for one, other in zip(there, here):
        check(all(abs(one[end] - other[end]) < 1e-4 for end in ("start", "end")), f"{one} and {other}")
    equal(engine.containers(), [], "containers that were left behind")
    remote = f"{registry.name}/you/vad"
    pushed = s.run("push", remote)
    equal(pushed.status, 0, str(pushed))
    engine.docker("rmi", "--force", IMAGE, remote)
    equal(json.loads(s.ok("predict", remote, "-i", "audio=@recording.wav")), there, "from the registry")
    engine.docker("rmi", "--force", remote)
