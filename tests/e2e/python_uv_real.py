"""The real uv, installed from PyPI into an environment of its own, makes the environment of a
Python project; python_uv.py has the cases in which a stand-in is enough."""

import hashlib
import os
import subprocess
import sys
import zipfile

from installers import tell_nothing, without_uv
from scenario import Scenario, check, contains, equal

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
CONFIG = """\
build:
  python_version: "{version}"
  python_packages: [{packages}]
run: predict.py:run
"""
PREDICT = """\
import six

def run(text: str) -> str:
    return text + six.__version__
"""


def wheel(folder, name):
    """A package without content; the line of requirements that has its hash."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def needs_every_hash(s, python):
    """As with pip: one package with a hash, and each must have one; but what cog needs has none."""
    packages = s.root / "packages"
    packages.mkdir()
    lines = [wheel(packages, name) for name in ("cogpp_first", "cogpp_second")]
    s.environment["UV_FIND_LINKS"] = s.environment["PIP_FIND_LINKS"] = str(packages)
    s.write("cog.yaml", f"build:\n  python_version: \"{VERSION}\"\n  python_requirements: requirements.txt\n"
                        "run: predict.py:run\n")
    s.write("predict.py", "def run(text: str) -> str:\n    return text\n")
    s.write("requirements.txt", lines[0] + "cogpp_second==1.0\n")
    refused = s.fails("predict", "-i", "text=h", "--python", python)
    contains(refused, "second==1.0")
    s.write("requirements.txt", "".join(lines))
    equal(s.ok("predict", "-i", "text=h", "--python", python), "h\n")


with Scenario(files={"cog.yaml": CONFIG.format(version=VERSION, packages="six==1.17.0"),
                     "predict.py": PREDICT}) as s:
    tools = s.root / "tools"
    subprocess.run([sys.executable, "-m", "venv", tools], check=True)
    subprocess.run([tools / "bin" / "pip", "install", "-q", "--disable-pip-version-check", "uv"], check=True)
    uv = tools / "bin" / "uv"
    # uv alone: the environment's own python must not be found in its place.
    only = s.root / "only-uv"
    only.mkdir()
    (only / "uv").symlink_to(uv)
    s.environment["PATH"] = f"{only}:{s.environment['PATH']}"
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
    s.environment["UV_PYTHON_DOWNLOADS"] = "never"
    cache = s.root / "cache" / "cogpp" / "python"

    first = s.run("predict", "-i", "text=a", "--python", sys.executable)
    equal((first.status, first.out), (0, "a1.17.0\n"), str(first))
    contains(first.err, "Making the environment")
    made = [path for path in cache.rglob("pyvenv.cfg")]
    equal(len(made), 1, "environments")
    contains(made[0].read_text(), "\nuv = ")
    second = s.run("predict", "-i", "text=b", "--python", sys.executable)
    equal((second.status, second.out), (0, "b1.17.0\n"), str(second))
    check("Making the environment" not in second.err, "it is made once")

    # What cog needs besides the project's packages is there, and Cog's own runtime is not.
    names = {path.name.lower() for path in made[0].parent.glob("lib/python*/site-packages/*")}
    check({"six.py", "cog", "requests"} <= names and "coglet" not in names, f"{sorted(names)}")
    equal(s.ok("exec", "--python", sys.executable, "python", "-c", "import cog; print(cog.__version__)"),
          "0.22.0\n")

    # Another requirement is another environment; one that does not exist is uv's error.
    s.write("cog.yaml", CONFIG.format(version=VERSION, packages="six==1.16.0"))
    equal(s.ok("predict", "-i", "text=c", "--python", sys.executable), "c1.16.0\n")
    s.write("cog.yaml", CONFIG.format(version=VERSION, packages="six==0.0.0.0"))
    contains(s.fails("predict", "-i", "text=d", "--python", sys.executable), "six==0.0.0.0")
    s.write("cog.yaml", CONFIG.format(version="3.77", packages="six==1.17.0"))
    contains(s.fails("predict", "-i", "text=e"), "3.77")
    equal(len(list(cache.rglob("pyvenv.cfg"))), 2, "environments; none is left of what failed")
    check(not os.path.exists(s.project / ".venv"), "uv made one in the project")
    needs_every_hash(s, sys.executable)

# The ordinary case: nobody has uv, or has told pip or uv anything. It is fetched, and does it.
with Scenario(files={"cog.yaml": CONFIG.format(version=VERSION, packages="six==1.17.0"),
                     "predict.py": PREDICT}) as s:
    without_uv(s)
    tell_nothing(s)
    finished = s.run("predict", "-i", "text=f", "--python", sys.executable)
    equal((finished.status, finished.out), (0, "f1.17.0\n"), str(finished))
    check("without uv" not in finished.err and "with pip" not in finished.err, finished.err)
    installer, = (s.root / "cache/cogpp/python/environments").glob("*/lib/python*/site-packages/six-*/INSTALLER")
    equal(installer.read_text().strip(), "uv")
    uv = s.root / "cache/cogpp/python/tools/uv"
    contains(subprocess.run([uv, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout, "uv ")
    needs_every_hash(s, sys.executable)
