"""podman and buildah with a storage of the tests' own, beside that of the machine; what one of
them builds the other one has.

    with Podman() as podman, Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry") as registry:
        podman.use_in(s, registry)            # the commands of the scenario take this storage
        built = build_with_each(s, f"{registry.name}/you/model")
        podman.docker("inspect", image)       # by podman: functions of images.py take it for an engine

The storage stays in ~/.cache/cogpp/e2e-engine/podman (or beside $COGPP_E2E_ENGINE's), with the
base alone. It needs root and what tools/bootstrap --all installs.
"""

import fcntl
import json
import os
import pathlib
import shutil
import subprocess

from engines import make_base, place_of_engine
from images import base_name, inspect
from scenario import check, contains, equal, need_root

ENGINES = ("podman", "buildah")


class Podman:
    """Use as a context manager."""

    def __init__(self):
        need_root("run podman")
        for program in (*ENGINES, "runc"):
            check(shutil.which(program), f"{program} is missing; run tools/bootstrap --all")
        self.root = pathlib.Path(place_of_engine()) / "podman"
        self.environment = {"CONTAINERS_STORAGE_CONF": str(self.root / "storage.conf"),
                            "CONTAINERS_CONF": str(self.root / "containers.conf"), "BUILDAH_RUNTIME": "runc",
                            "CONTAINERS_REGISTRIES_CONF": str(self.root / "registries.conf")}

    def __enter__(self):
        self.root.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.root / "lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        (self.root / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{self.root}/data"\nrunroot = "{self.root}/run"\n')
        # Of the defaults, crun wants another layout of cgroups and the limits more than root may have here.
        (self.root / "containers.conf").write_text(
            '[containers]\ndefault_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]\n'
            '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n')
        (self.root / "registries.conf").write_text("")
        if self.call("image", "exists", self.base()).returncode != 0:
            suite = base_name().split(":")[1].split("-")[0]
            archive = self.root / f"{suite}.tar"
            make_base(suite, archive)
            self.docker("import", str(archive), self.base())
            archive.unlink()
        return self

    def __exit__(self, *_):
        self.call("rm", "--force", "--all")
        images = set(self.docker("images", "--all", "--quiet", "--no-trunc").split())
        base = self.docker("image", "inspect", "--format", "{{.Id}}", self.base()).strip()
        self.call("rmi", "--force", *(image for image in images if base not in image))
        self.lock.close()

    def base(self):
        """The name of the storage's own image, as those of C++ predictors begin with."""
        return f"docker.io/library/{base_name()}"

    def call(self, *words, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(["podman", *words], env={**os.environ, **self.environment}, capture_output=True,
                              **options)

    def docker(self, *words, **options):
        """The standard output of a podman command that must succeed."""
        finished = self.call(*words, **options)
        check(finished.returncode == 0, f"podman {words}: {finished.stderr.decode(errors='replace')}")
        return finished.stdout.decode()

    def containers(self):
        """Names of all containers that cogpp made."""
        return self.docker("ps", "--all", "--filter", "label=run.cogpp.owner", "--format", "{{.Names}}").split()

    def use_in(self, scenario, registry):
        """podman fetches from the registry by http only where its configuration says so."""
        (self.root / "registries.conf").write_text(f'[[registry]]\nlocation = "{registry.name}"\ninsecure = true\n')
        scenario.environment.update(self.environment)
        for variable in ("DOCKER_HOST", "DOCKER_CONTEXT", "COGPP_ENGINE"):
            scenario.environment.pop(variable, None)


def build_with_each(scenario, name, *flags, engines=ENGINES):
    """Builds NAME:podman and NAME:buildah; what --json says of each, by engine. In one storage
    the second engine takes what the first one has built."""
    built = {}
    for engine in engines:
        finished = scenario.run("build", "-t", f"{name}:{engine}", "--engine", engine, "--progress", "plain",
                                "--json", *flags)
        equal(finished.status, 0, str(finished))
        built[engine] = json.loads(finished.out)
    equal(built["buildah"]["layers"][:-1], built["podman"]["layers"][:-1])  # the last one's files have new times
    drop_caches(scenario)
    return built


def drop_caches(scenario):
    """Both keep cache mounts in TMPDIR, where a build's steps use any."""
    shutil.rmtree(scenario.temporary / "buildah-cache", ignore_errors=True)


def check_pushed(podman, scenario, name, built, predict):
    """Each engine pushes what it built; podman, which has none of it any more, fetches both, and
    they still predict. `predict` gets an image."""
    for engine in built:
        scenario.ok("push", f"{name}:{engine}", "--no-build", "--engine", engine)
    podman.docker("rmi", "--force", *(f"{name}:{engine}" for engine in built))
    for engine, image in built.items():
        check(podman.call("image", "exists", f"{name}:{engine}").returncode != 0, f"{engine}'s image is still there")
        predict(f"{name}:{engine}")
        equal("sha256:" + inspect(podman, f"{name}:{engine}")["Id"], image["digest"], engine)
    equal(podman.containers(), [], "containers that were left behind")


def check_buildah_refuses(scenario, image):
    """buildah has the image and runs none; every command that would run it says so."""
    for words in (("predict", image), ("train", image), ("serve", image), ("exec", "--image", image)):
        err = scenario.fails(*words, "--engine", "buildah", *(["true"] if words[0] == "exec" else []))
        contains(err, "the container engine cannot be used: ")
        contains(err, "buildah builds images, but runs none")
