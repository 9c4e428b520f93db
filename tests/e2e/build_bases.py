"""A Python image really begins with the base that was chosen: by version, by cog.yaml, by flag, of
Cog's images, from a registry; and one that nobody has."""

import json

from engines import Engine, need_own_engine
from images import inspect, native_base, python_base, trust_this_machine
from registries import Registry
from scenario import Scenario, check, contains, equal

PREDICTOR = "import os\ndef run(text: str) -> str:\n    return text + ' on ' + os.environ['BASE']\n"
IMAGE = "cogpp-e2e/based:1"
MODULES = "/opt/modules"  # where a base has its own


def marked(engine, name):
    """The tests' Python under this name, which its environment says; its layers."""
    engine.docker("build", "--tag", name, "-", stdin=None,
                  input=f"FROM cogpp-e2e/some-python:1\nENV BASE={name} PYTHONPATH={MODULES}\n".encode())
    return inspect(engine, name)["RootFS"]["Layers"]


need_own_engine("it names images `python:…`, and removes them")
with Engine() as engine, Scenario() as s, Registry(s.root / "registry") as registry:
    engine.use_in(s)
    native_base(engine)
    trust_this_machine(s)
    s.environment.pop("COG_REGISTRY_HOST", None)
    version = python_base(engine, "cogpp-e2e/some-python:1")
    own, fetched = "cogpp-e2e/own:2", f"{registry.name}/bases/python:3"
    s.write("run.py", PREDICTOR)

    def build(name, layers, *flags, build=None):
        s.write("cog.yaml", json.dumps({"build": {"python_version": version, **(build or {})}, "run": "run.py:run"}))
        finished = s.run("build", "-t", IMAGE, "--progress", "plain", *flags)
        equal(finished.status, 0, str(finished))
        info = inspect(engine, IMAGE)
        equal(info["RootFS"]["Layers"][:len(layers)], layers, f"layers of {name}")
        equal(info["Config"]["Labels"]["run.cogpp.base"], name)
        check(f"PYTHONPATH=/opt/cogpp/lib/cogpp/python:{MODULES}" in info["Config"]["Env"], str(info["Config"]["Env"]))
        equal(s.ok("predict", IMAGE, "-i", "text=a"), f"a on {name}\n")
        return info["Config"]["Labels"]

    # The version as cog.yaml has it, its patch as well.
    for python in (version, version + ".77"):
        name = f"python:{python}-slim"
        labels = build(name, marked(engine, name), build={"python_version": python})
        equal(labels["run.cog.cog-base-image-name"], name)
        engine.docker("rmi", "--force", name)

    # One of the project's own; a flag wins. Replicate has neither.
    labels = build(own, marked(engine, own), build={"base_image": own})
    check("run.cog.cog-base-image-name" not in labels, str(labels))
    other = "cogpp-e2e/other:1"
    build(other, marked(engine, other), "--base", other, build={"base_image": own})

    # Cog's, of the registry that has them here.
    s.environment["COG_REGISTRY_HOST"] = "registry.example.com"
    name = f"registry.example.com/cog-base:python{version}"
    build(name, marked(engine, name), "--use-cog-base-image")
    engine.docker("rmi", "--force", name)

    # From a registry: the engine lacks it, and fetches it.
    layers = marked(engine, fetched)
    engine.docker("push", fetched)
    engine.docker("rmi", "--force", IMAGE, fetched)
    build(fetched, layers, "--base", fetched)

    # Nobody has it: its name is told, and there is no image.
    engine.docker("rmi", "--force", IMAGE)
    s.write("cog.yaml", json.dumps({"build": {"python_version": version}, "run": "run.py:run"}))
    contains(s.fails("build", "-t", IMAGE, "--progress", "plain", "--base", f"{registry.name}/bases/none:1"),
             f"{registry.name}/bases/none:1")
    check(engine.call("image", "inspect", IMAGE).returncode != 0, "an image without a base was made")
    engine.docker("rmi", "--force", own, other)
