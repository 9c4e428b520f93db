"""The doctor on the machine: container engines, Python, GPUs. Programs and a driver of the
test's own stand for what another machine would have."""

import stat
import subprocess
import sys
import time

from scenario import Scenario, check, contains, equal, matches

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
CONFIG = f'build:\n  python_version: "{VERSION}"\n%spredict: predict.py:Predictor\n'
PREDICTOR = "class Predictor:\n    def predict(self, text: str) -> str:\n        return text\n"
# One GPU; its generation and the driver's CUDA are given when it is compiled.
DRIVER = r"""
#include <string.h>
int cuInit(unsigned flags) { (void)flags; return 0; }
int cuDriverGetVersion(int *version) { *version = CUDA; return 0; }
int cuDeviceGetCount(int *count) { *count = 1; return 0; }
int cuDeviceGetName(char *name, int length, int device) { (void)device; strncpy(name, "Made up", length); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { (void)device; *bytes = 1ull << 33; return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  (void)device;
  *value = attribute == 75 ? CAPABILITY / 10 : CAPABILITY % 10;
  return 0;
}
"""


def program(s, name, script):
    path = s.root / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def driver(s, cuda, capability):
    folder = s.root / "driver"
    folder.mkdir(exist_ok=True)
    subprocess.run(["cc", "-shared", "-fPIC", f"-DCUDA={cuda}", f"-DCAPABILITY={capability}", "-x", "c", "-",
                    "-o", folder / "libcuda.so.1"], input=DRIVER.encode(), check=True)
    s.environment["LD_LIBRARY_PATH"] = str(folder)


def err_of(s):
    """The report of a doctor that found no error."""
    finished = s.run("doctor")
    equal(finished.status, 0, str(finished))
    return finished.err


with Scenario(files={"cog.yaml": CONFIG % "", "predict.py": PREDICTOR}) as s:
    s.environment["PATH"] = f"{s.root}/bin:{s.environment['PATH']}"
    s.environment.pop("COGPP_ENGINE", None)

    # An engine that answers, one that does not, one that hangs: none of it is an error.
    program(s, "docker", "echo 20.10.24 20.10.24")
    contains(err_of(s), f"Docker\n  a container engine answers: {s.root}/bin/docker\n")
    s.environment["COGPP_ENGINE"] = "docker"
    program(s, "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    contains(err_of(s), f"{s.root}/bin/docker does not answer: Cannot connect to the Docker daemon\n"
             "  Only images need one\n")
    program(s, "docker", "sleep 600 & wait")
    began = time.monotonic()
    contains(err_of(s), f"{s.root}/bin/docker does not answer: it did not end within 5 s\n")
    check(time.monotonic() - began < 60, "the doctor waited for an engine that hangs")
    s.environment["COG_SKIP_DOCKER_CHECK"] = "1"
    check("Docker\n" not in err_of(s), "the check for an engine was not skipped")

    # Python: another one than cog.yaml's.
    s.write("cog.yaml", CONFIG.replace(VERSION, "3.77") % "")
    err = err_of(s)
    contains(err, "Found 1 warning.")
    contains(err, "Python 3.77 is needed (build.python_version in cog.yaml), and was not found; found: ")
    contains(err, "Remediation: Install it, for example with: uv python install 3.77")
    # The sources are read by it. What it does not parse may be right for the one that is missing.
    s.write("predict.py", PREDICTOR.replace("class Predictor", "class Other"))
    contains(s.fails("doctor"), 'class "Predictor" not found in predict.py; found: Other\n')
    s.write("predict.py", PREDICTOR.replace(" -> str", ""))
    contains(err_of(s), "predict() has no return type annotation\n")
    s.write("predict.py", PREDICTOR + "3 = 4\n")
    contains(err_of(s), "Python syntax\n  predict.py:4 — not valid Python")
    # Where none can do it, it says what was not looked at.
    program(s, "python3", "exit 1")
    contains(err_of(s), "Python sources\n  not checked (the names in cog.yaml, Pydantic BaseModel workaround, "
             "Deprecated imports, Type annotations): there is no Python that could read the sources\n"
             "  Remediation: Install Python 3.10 or later, as python3 in PATH\n")
    (s.root / "bin/python3").unlink()
    s.write("predict.py", PREDICTOR)
    s.write("cog.yaml", CONFIG % "")

    # A GPU is told; without cog.yaml's gpu nothing more is asked of it.
    driver(s, cuda=13000, capability=120)
    err = err_of(s)
    contains(err, "GPU\n  NVIDIA driver and GPU found: ")
    contains(err, "Device\n  this project runs on cpu: cog.yaml does not say gpu: true (there is a GPU: --device cuda uses it)\n")

    # One that is newer than the kernels of the PyTorch that is asked for.
    s.write("cog.yaml", CONFIG % "  gpu: true\n  python_requirements: requirements.txt\n")
    for torch, cuda in {"2.3.0": "12.1", "2.6.0": "12.6"}.items():
        s.write("requirements.txt", f"torch=={torch}\n")
        err = err_of(s)
        contains(err, f"torch=={torch} (CUDA {cuda}) ships no kernels for sm_120, the compute capability of this "
                 "machine's GPU.")
        matches(err, r"Remediation: Require torch 2\.7\.0 or later, and CUDA 12\.8 or later")
        contains(err, "Found 1 warning.")
    s.write("requirements.txt", "torch==2.7.1\n")
    err = err_of(s)
    contains(err, "no issues found")
    contains(err, "Device\n  this project runs on cuda: cog.yaml says gpu: true (Made up)\n")
    s.write("cog.yaml", CONFIG % '  gpu: true\n  cuda: "12.6"\n  python_requirements: requirements.txt\n')
    contains(err_of(s), "torch==2.7.1 (CUDA 12.6) ships no kernels for sm_120")
    driver(s, cuda=12060, capability=90)
    contains(err_of(s), "no issues found")

    # A driver that is older than the CUDA of the packages.
    driver(s, cuda=11080, capability=80)
    contains(err_of(s), "the NVIDIA driver is made for CUDA 11.8, torch==2.7.1 (CUDA 12.6) needs a newer one")
    s.environment["COG_SKIP_GPU_CHECK"] = "1"
    err = err_of(s)
    check("GPU" not in err and "Device" not in err, "the checks of the GPU were not skipped")
    equal(sorted(path.name for path in s.project.iterdir()), ["cog.yaml", "predict.py", "requirements.txt"])
