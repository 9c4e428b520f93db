"""What Dockerfile.gpu says of libtorch's CUDA libraries, on folders that stand for an image's."""

import pathlib
import re
import shutil
import subprocess
import tempfile

from scenario import check, contains, equal

RECIPE = (pathlib.Path(__file__).resolve().parents[2] / "Dockerfile.gpu").read_text()
[STAGE] = re.findall(r"^FROM torch-\$\{DEVICE\} AS torch\n(.*?)^# ---", RECIPE, re.DOTALL | re.MULTILINE)
[COMMAND] = re.findall(r"^RUN ((?:.*\\\n)*.*)\n", STAGE, re.MULTILINE)


def looked_at(root, device):
    """The stage's step, as the builder's shell runs it: with the argument where the stage declares it."""
    declared = {"DEVICE": device} if "\nARG DEVICE\n" in "\n" + STAGE else {}
    command = COMMAND.replace("/tmp/", f"{root}/").replace("/opt/torch", f"{root}/opt/torch")
    return subprocess.run(["/bin/sh", "-c", command], env={"PATH": "/usr/bin:/bin", **declared},
                          capture_output=True, text=True)


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    libraries = root / "opt/torch/torch/lib"
    libraries.mkdir(parents=True)

    # Without a GPU none of them is there, and none is looked for.
    for device in ("none", "cpu"):
        equal(looked_at(root, device).returncode, 0, device)
    for device in ("cuda", "cuda-slim"):
        missing = looked_at(root, device)
        check(missing.returncode != 0, f"{device}: libtorch_cuda.so is not there")
        contains(missing.stderr, "libtorch_cuda.so is missing")

    # Any library that finds what it names will do, and one that does not will not.
    loaded = pathlib.Path("/proc/self/maps").read_text().split()
    shutil.copy(next(name for name in loaded if "/libc.so" in name), libraries / "libtorch_cuda.so")
    finished = looked_at(root, "cuda")
    equal(finished.returncode, 0, str(finished))
    (libraries / "libtorch_cuda_linalg.so").write_text("no library")
    check(looked_at(root, "cuda").returncode != 0, "a broken library")
