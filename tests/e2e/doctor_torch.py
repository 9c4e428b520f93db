"""The doctor on cogpp itself and on libtorch: what it finds, what is missing, what is of
another version. Folders that look like a wheel's stand for libtorch."""

import shutil

from scenario import CONFIG, Scenario, contains, equal

PLAIN = "#include <cogpp/predictor.hpp>\n"
WITH_TORCH = PLAIN + "#include <cogpp/torch.hpp>\n"
MODEL = "predict: model.pt\ntensors:\n  inputs:\n    x: { type: array, shape: [4] }\n  output: { type: array }\n"


def wheel(folder, version):
    """A package as find_torch knows it; where `folder` is an environment's."""
    package = folder / "lib/python3.11/site-packages/torch"
    (package / "lib").mkdir(parents=True)
    (package / "lib/libtorch_cpu.so").touch()
    (package / "version.py").write_text(f"__version__ = '{version}'\n")
    return package


def report(s, *words, status=0):
    finished = s.run("doctor", *words)
    equal(finished.status, status, str(finished))
    return finished.err


with Scenario(files={"cog.yaml": CONFIG, "predict.cpp": PLAIN}) as s:
    s.environment.update(XDG_CACHE_HOME=str(s.root / "cache"), COG_SKIP_DOCKER_CHECK="1")
    place = s.root / "cache/cogpp/torch-2.11.0"
    missing = f"libtorch\n  libtorch was not found in {place} "
    remedy = f"  Remediation: Install it with: python3 -m venv {place} && {place}/bin/pip install torch==2.11.0, " \
             "or name the place of another one with --torch DIR\n"

    # Missing: only who needs it is told of an error.
    err = report(s)
    contains(err, missing + "(only predictors with <cogpp/torch.hpp> and model files need it)\n" + remedy)
    contains(err, "Device\n  this project runs on cpu: cog.yaml does not say gpu: true\n")
    contains(err, "no issues found")
    s.write("predict.cpp", WITH_TORCH)
    contains(report(s, status=1), missing + "(this project needs it)\n" + remedy)
    s.write("cog.yaml", MODEL)
    s.write("model.pt", "")
    contains(report(s, status=1), missing + "(this project needs it)\n" + remedy)

    # Another version, by --torch; the right one where bootstrap puts it, which --torch overrides.
    other = s.root / "other"
    package = wheel(other, "2.4.1+cu121")
    for named in (other, package.parent, package, package / "lib"):
        err = report(s, "--torch", str(named))
        contains(err, f"libtorch\n  libtorch 2.4.1+cu121 in {package}, but this cogpp is made for 2.11.0\n"
                 "  Remediation: Install torch==2.11.0 and name its place with --torch DIR\n")
        contains(err, "Found 1 warning.")
    found = wheel(place, "2.11.0+cu130")
    err = report(s)
    contains(err, f"libtorch\n  2.11.0+cu130 in {found}\n")
    contains(err, "no issues found")
    contains(report(s, "--torch", str(other)), "libtorch 2.4.1+cu121 in ")
    # Nothing is to be installed where --torch was given a wrong folder.
    err = report(s, "--torch", str(s.root / "none"), status=1)
    contains(err, f"libtorch was not found in {s.root}/none (this project needs it)\n"
             "  Remediation: --torch takes a Python environment with the package torch, its folder site-packages, or "
             "site-packages/torch\n")

    # A GPU that is asked for and missing: the device does not change.
    s.environment["LD_LIBRARY_PATH"] = str(s.root / "driver")
    (s.root / "driver").mkdir()
    (s.root / "driver/libcuda.so.1").write_text("no driver")
    s.write("cog.yaml", "build: { gpu: true }\n" + MODEL)
    err = report(s, status=1)
    contains(err, "and cog.yaml says gpu: true\n  Remediation: Install the NVIDIA driver")
    contains(err, "Device\n  this project runs on cuda: cog.yaml says gpu: true. It does not start without a GPU, and "
             "is never moved to the CPU by itself\n")
    del s.environment["LD_LIBRARY_PATH"]
    s.write("cog.yaml", CONFIG)

    # cogpp's own files, in a prefix of which each is missing once.
    source, prefix = s.bin.parent, s.root / "prefix"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy2(source / "bin/cogpp", prefix / "bin")
    files = ["bin/cogpp-server", "bin/cogpp-worker", "lib/cogpp/libcogpp_sdk.a", "include/cogpp/predictor.hpp"]
    for name in files:
        (prefix / name).parent.mkdir(parents=True, exist_ok=True)
        (prefix / name).symlink_to(source / name)
    if (source / "lib/cogpp/deps").exists():  # an installed prefix
        (prefix / "lib/cogpp/deps").symlink_to(source / "lib/cogpp/deps")
    s.bin = prefix / "bin"
    err = report(s)
    contains(err, "cogpp installation\n  cogpp ")
    contains(err, f" in {prefix}\n")
    for name in files:
        (prefix / name).unlink()
        err = report(s, status=1)
        contains(err, f"  {prefix}/{name} is missing\n"
                 "  Remediation: Install cogpp again, with all its files under one prefix\n")
        (prefix / name).symlink_to(source / name)
