"""The real uv, installed from PyPI into an environment of its own, makes the environment of a
Python project; python_uv.py has the cases in which a stand-in is enough."""

import os
import subprocess
import sys

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
