"""Packages of a Python image: real ones of the index, the project's own wheel, ones that
nobody has; and that Cog's own runtime is none of them."""

from engines import Engine
from images import predict, python_engine, running
from installers import write_wheel
from scenario import Scenario, check, contains, equal

PREDICTOR = """
import importlib.metadata
import humanize
import own
import six

def run(number: int) -> str:
    try:
        importlib.metadata.version("coglet")
        runtime = "coglet"
    except importlib.metadata.PackageNotFoundError:
        runtime = "no coglet"
    return " ".join([humanize.intword(number), own.WORD, six.__version__, runtime])
"""
CONFIG = """build:
  python_version: "%s"
  python_requirements: requirements.txt
  run:
    - python -c "import humanize; open('/etc/made', 'w').write(humanize.__version__)"
run: run.py:run
"""
REQUIREMENTS = """\
# what the model needs
humanize==4.9.0 ; python_version >= "3.8"
six==1.17.0  # a comment
./wheels/own-1.0-py3-none-any.whl
"""
IMAGE = "cogpp-e2e/packages:1"
# Whether a package of the image is compiled; 1: checked by no time, so that the bytes are the same each day.
COMPILED = """
import importlib.util, pathlib
compiled = pathlib.Path(importlib.util.find_spec("humanize").cached)
print(compiled.exists(), compiled.read_bytes()[4])
"""


with Engine() as engine, Scenario() as s:
    version = python_engine(engine, s)
    write_wheel(s.project / "wheels", "own", "1.0", {"own.py": "WORD = 'own'\n"})
    s.write("cog.yaml", CONFIG % version)
    s.write("run.py", PREDICTOR)
    s.write("requirements.txt", REQUIREMENTS)
    built = s.run("build", "-t", IMAGE, "--progress", "plain")
    equal(built.status, 0, str(built))
    labels = engine.docker("inspect", "--format", '{{index .Config.Labels "run.cog.pip_freeze"}}', IMAGE)
    for package in ("humanize==4.9.0", "six==1.17.0", "own"):
        contains(labels, package)
    equal(engine.docker("run", "--rm", "--entrypoint", "cat", IMAGE, "/etc/made"), "4.9.0")
    with running(engine, IMAGE) as port:
        equal(predict(port, {"number": 12300000})["output"], "12.3 million own 1.17.0 no coglet")

    # Packages that cog.yaml lists itself; ones that nobody has.
    build = f'{{python_version: "{version}", python_packages: ["humanize==4.9.0", "six"]}}'
    s.write("cog.yaml", f"build: {build}\nrun: run.py:run\n")
    built = s.run("build", "-t", "cogpp-e2e/packages:2", "--progress", "plain", "--strip", "--precompile")
    equal(built.status, 0, str(built))
    inside = ("run", "--rm", "--entrypoint", "python")
    equal(engine.docker(*inside, "cogpp-e2e/packages:2", "-c", COMPILED), "True 1\n")
    equal(engine.docker(*inside, IMAGE, "-c", COMPILED), "True 0\n")  # by the import of build.run
    check(engine.call(*inside, "cogpp-e2e/packages:2", "-c", "import humanize, six").returncode == 0, "packages")
    s.write("cog.yaml", CONFIG % version)
    s.write("requirements.txt", "no-such-package-of-cogpp==1.2.3\n")
    failed = s.fails("build", "-t", "cogpp-e2e/packages:3", "--progress", "plain")
    contains(failed, "no-such-package-of-cogpp")
    contains(failed, "Failed to build Docker image")
    check(engine.call("image", "inspect", "cogpp-e2e/packages:3").returncode != 0, "an image was made")
    engine.docker("rmi", "--force", IMAGE, "cogpp-e2e/packages:2")
