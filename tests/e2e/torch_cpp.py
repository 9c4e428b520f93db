"""A C++ predictor with <cogpp/torch.hpp>, compiled by `cogpp predict` against the libtorch that
--torch names: examples/vad as its README says, alone and by a running server.
Usage: torch_cpp.py BIN TORCH, with an environment that has libtorch and silero-vad."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from scenario import Scenario, check, contains, equal, stop

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/vad"
TORCH = pathlib.Path(sys.argv[2])


def check_segments(segments):
    """Three sentences, with pauses of a second and more between them."""
    check(len(segments) >= 3, f"three sentences: {segments}")
    times = [time for segment in segments for time in (segment["start"], segment["end"])]
    check(times == sorted(times) and times[-1] > 5, f"segments in order: {segments}")


def check_weights(s):
    """Without PYTHON: the weights come out of libtorch's environment in the cache, although python3
    has no pip; without that, one line says what to do."""
    bare = s.root / "bare/python3"
    bare.parent.mkdir()
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')  # -S: without installed packages
    bare.chmod(0o755)
    environment = {**os.environ, "PATH": f"{bare.parent}:{os.environ['PATH']}"}
    environment.pop("PYTHON", None)
    cache = s.root / "weights/cogpp"
    environment["XDG_CACHE_HOME"] = str(cache.parent)
    alone = subprocess.run([s.project / "weights.sh"], env=environment, capture_output=True, text=True)
    equal(alone.returncode, 1, "exit status where nothing has pip")
    equal(alone.stderr.count("\n"), 1, alone.stderr)
    contains(alone.stderr, "PYTHON=/path/to/python")
    cache.mkdir(parents=True)
    (cache / "torch-0.0.0").symlink_to(TORCH)
    subprocess.run([s.project / "weights.sh"], env=environment, check=True)
    check((s.project / "silero_vad.jit").stat().st_size > 1_000_000, "the weights are there")


def mapped(s):
    """The files that the worker of `cogpp serve` has mapped."""
    for pid in s.processes():
        files = set(re.findall(r"/\S+", pathlib.Path(f"/proc/{pid}/maps").read_text()))
        if any(name.endswith("/cogpp-worker") for name in files):
            return files
    return set()


with Scenario() as s:
    # The cache has no libtorch, so that only --torch can have found it.
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
    shutil.copytree(EXAMPLE, s.project, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(".cog", "recording.wav", "*.jit"))
    contains(s.read("README.md"), "$ ./weights.sh")
    contains(s.read("README.md"), "$ ./record.sh")
    contains(s.read("README.md"), "$ cogpp predict -i audio=@recording.wav")
    check_weights(s)
    subprocess.run([s.project / "record.sh"], check=True)
    predict = ("predict", "-i", "audio=@recording.wav")
    err = s.fails(*predict)
    contains(err, "libtorch was not found in")
    contains(err, "--torch DIR")
    contains(s.fails(*predict, "--torch", str(s.root / "nothing")), str(s.root / "nothing"))

    [package] = TORCH.glob("lib/python*/site-packages/torch")
    alone = json.loads(s.ok(*predict, "--torch", str(TORCH)))
    check_segments(alone)

    server = s.serve("--torch", str(TORCH))
    libraries = [name for name in mapped(s) if name.endswith("/libtorch_cpu.so")]
    equal(libraries, [str((package / "lib/libtorch_cpu.so").resolve())])
    equal(json.loads(s.ok(*predict, "--torch", str(TORCH))), alone, "by the server")
    equal(stop(server), 0, "exit status of serve")
