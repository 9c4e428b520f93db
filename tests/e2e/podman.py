"""podman and buildah with a storage of the tests' own, beside that of the machine; what one of
them builds the other one has.

    with Podman() as podman, Scenario(predictor=PREDICTOR) as s:
        podman.use_in(s)                      # the commands of the scenario take this storage
        s.ok("build", "-t", "you/model", "--engine", "podman")

The storage stays in ~/.cache/cogpp/e2e-engine/podman (or beside $COGPP_E2E_ENGINE's), with the
base alone. It needs root and what tools/bootstrap --all installs.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess

from engines import make_base, place_of_engine
from images import base_name
from scenario import check, need_root


class Podman:
    """Use as a context manager."""

    def __init__(self):
        need_root("run podman")
        for program in ("podman", "buildah", "runc"):
            check(shutil.which(program), f"{program} is missing; run tools/bootstrap --all")
        self.root = pathlib.Path(place_of_engine()) / "podman"
        self.environment = {"CONTAINERS_STORAGE_CONF": str(self.root / "storage.conf"),
                            "CONTAINERS_CONF": str(self.root / "containers.conf"), "BUILDAH_RUNTIME": "runc"}
        self.base = f"docker.io/library/{base_name()}"

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
        if self.call("image", "exists", self.base).returncode != 0:
            suite = base_name().split(":")[1].split("-")[0]
            archive = self.root / f"{suite}.tar"
            make_base(suite, archive)
            self.podman("import", str(archive), self.base)
            archive.unlink()
        return self

    def __exit__(self, *_):
        self.call("rm", "--force", "--all")
        images = set(self.podman("images", "--all", "--quiet", "--no-trunc").split())
        base = self.podman("image", "inspect", "--format", "{{.Id}}", self.base).strip()
        self.call("rmi", "--force", *(image for image in images if base not in image))
        self.lock.close()

    def call(self, *words):
        return subprocess.run(["podman", *words], env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)

    def podman(self, *words):
        """The standard output of a podman command that must succeed."""
        finished = self.call(*words)
        check(finished.returncode == 0, f"podman {words}: {finished.stderr}")
        return finished.stdout

    def containers(self):
        """Names of all containers that cogpp made."""
        return self.podman("ps", "--all", "--filter", "label=run.cogpp.owner", "--format", "{{.Names}}").split()

    def use_in(self, scenario):
        scenario.environment.update(self.environment)
        for variable in ("DOCKER_HOST", "DOCKER_CONTEXT", "COGPP_ENGINE"):
            scenario.environment.pop(variable, None)
