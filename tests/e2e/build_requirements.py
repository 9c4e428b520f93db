"""Requirements in every form that a file may have are what the image has installed: comments,
continued lines, other line ends, markers, wheels and archives of the project's own."""

import io
import tarfile

from engines import Engine
from images import inspect, python_engine
from installers import write_wheel
from scenario import Scenario, check, contains, equal

REQUIREMENTS = [
    "# a comment", "", "six==1.17.0 \\", "  ; python_version > '3'  # continued", "-e .",
    "humanize==4.9.0 ; python_version < '3'", "cog==0.9", "./wheels/own-1.0-py3-none-any.whl",
    "archives/plain-2.0.tar.gz",
]
SETUP = "from setuptools import setup\nsetup(name='plain', version='2.0', py_modules=['plain'])\n"
PREDICTOR = """
import importlib.metadata
import own
import plain
import six

def run(name: str) -> str:
    try:
        return importlib.metadata.version(name) + " " + own.WORD + " " + plain.WORD
    except importlib.metadata.PackageNotFoundError:
        return "missing"
"""
IMAGE = "cogpp-e2e/requirements:1"


def write_archive(path):
    """A source archive that needs nothing to be built but setuptools."""
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (("setup.py", SETUP), ("plain.py", "WORD = 'plain'\n"),
                           ("PKG-INFO", "Metadata-Version: 2.1\nName: plain\nVersion: 2.0\n")):
            info = tarfile.TarInfo(f"plain-2.0/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))


with Engine() as engine, Scenario() as s:
    version = python_engine(engine, s)
    write_wheel(s.project / "wheels", "own", "1.0", {"own.py": "WORD = 'own'\n"})
    write_archive(s.project / "archives/plain-2.0.tar.gz")
    build = f'{{python_version: "{version}", python_requirements: requirements.txt}}'
    s.write("cog.yaml", f"build: {build}\nrun: run.py:run\n")
    s.write("run.py", PREDICTOR)
    s.write("requirements.txt", "".join(line + "\r\n" for line in REQUIREMENTS))
    built = s.run("build", "-t", IMAGE, "--progress", "plain")
    equal(built.status, 0, str(built))
    contains(built.err, "'cog==0.9' found in requirements")

    freeze = inspect(engine, IMAGE)["Config"]["Labels"]["run.cog.pip_freeze"]
    for part in ("six==1.17.0", "own", "plain"):
        contains(freeze, part)
    check("humanize" not in freeze and "cog==0.9" not in freeze, freeze)
    for name, said in (("six", "1.17.0 own plain"), ("own", "1.0 own plain"), ("plain", "2.0 own plain"),
                       ("humanize", "missing")):
        equal(s.ok("predict", IMAGE, "-i", f"name={name}"), said + "\n")
    check(not (s.project / ".cog/build").exists(), "the build's files were left behind")
    engine.docker("rmi", "--force", IMAGE)
