"""What no other test configures: the preset dev, and libtorch in the folder that
-DCOGPP_TORCH_DIR names. Usage: configure.py ROOT [TORCH], TORCH being a wheel's folder
`torch`; without it the build is one without libtorch."""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[1])
TORCH = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None


def configure(build, *options):
    command = ["cmake", "--preset", "dev", "-B", build, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *options]
    return subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def check(condition, what):
    if not condition:
        raise SystemExit(what)


def check_torch(folder):
    """The same wheel by another name is what is compiled and linked with."""
    site = folder / "site-packages"
    site.mkdir()
    for package in TORCH.parent.iterdir():
        if package.name in ("torch", "nvidia"):
            (site / package.name).symlink_to(package)
    torch = site / "torch"
    done = configure(folder / "build", f"-DCOGPP_TORCH_DIR={torch}")
    check(done.returncode == 0 and f": {torch}\n" in done.stdout, done.stdout)
    commands = json.loads((folder / "build/compile_commands.json").read_text())
    [model] = [one["command"] for one in commands if one["file"] == str(ROOT / "runtime/torch/model.cpp")]
    check(f"-isystem {torch}/include " in model, model)
    rules = (folder / "build/build.ninja").read_text()
    check(f"{torch}/lib/libtorch_cpu.so" in rules, "libcogpp_model.so is linked with that libtorch")
    check(f"{TORCH}/" not in rules, f"{TORCH} is not in what is built")


with tempfile.TemporaryDirectory(prefix="cogpp-configure-") as name:
    folder = pathlib.Path(name)
    if TORCH is None:
        done = configure(folder / "build", "-DCOGPP_WITH_TORCH=OFF")
        check(done.returncode == 0, done.stdout)
    else:
        check_torch(folder)
        done = configure(folder / "wrong", f"-DCOGPP_TORCH_DIR={folder}")
        check(done.returncode != 0 and f"libtorch was not found in {folder}." in " ".join(done.stdout.split()),
              done.stdout)
    text = (folder / "build/CMakeCache.txt").read_text()
    check("CMAKE_BUILD_TYPE:STRING=Debug" in text, "dev is a debug build")
