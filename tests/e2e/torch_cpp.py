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
                    ignore=shutil.ignore_patterns(".cog", "recording.wav"))
    contains(s.read("README.md"), "$ ./weights.sh")
    contains(s.read("README.md"), "$ ./record.sh")
    contains(s.read("README.md"), "$ cogpp predict -i audio=@recording.wav")
    for script in ("weights.sh", "record.sh"):
        subprocess.run([s.project / script], check=True,
                       env={**os.environ, "PYTHON": str(TORCH / "bin/python")})
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
