"""A Python project by podman and buildah: built with packages of the index, a package of the
distribution and a secret, run, pushed, and run from the registry."""

import json

from images import inspect, python_base, sbom, trust_this_machine
from podman import Podman, build_with_each, check_buildah_refuses, check_pushed, drop_caches
from registries import Registry
from scenario import Scenario, check, contains, equal, post, stop

PREDICTOR = """
import os
import humanize
from cog import BasePredictor, Input

class Predictor(BasePredictor):
    def setup(self):
        self.made = open("/etc/made").read()

    def predict(self, number: int = Input(description="To say", ge=0)) -> str:
        return f"{os.environ['GREETING']} {humanize.intcomma(number)} {self.made}"
"""
SAID = "good day 1,234,567 SECRETLY"
SECRET = ("--secret", "id=word,src=word.txt")


def config(version):
    made = {"command": "tr a-z A-Z </run/word >/etc/made",
            "mounts": [{"type": "secret", "id": "word", "target": "/run/word"}]}
    return json.dumps({"build": {"python_version": version, "python_requirements": "requirements.txt",
                                 "system_packages": ["zstd"], "run": [made]},
                       "environment": ["GREETING=good day"], "predict": "predict.py:Predictor"})


def check_built(image, version):
    info = inspect(podman, image)
    labels, layers = info["Config"]["Labels"], info["RootFS"]["Layers"]
    for package in ("humanize==4.9.0", "cog==0.22.0"):
        contains(labels["run.cog.pip_freeze"], f"{package}\n")
    schema = json.loads(labels["run.cog.openapi_schema"])
    equal(schema["components"]["schemas"]["Input"]["properties"]["number"]["minimum"], 0)
    base = inspect(podman, f"python:{version}-slim")["RootFS"]["Layers"]
    told = [labels[f"run.cog.cog-base-image-{name}"] for name in ("name", "last-layer-sha", "last-layer-idx")]
    equal(told, [f"python:{version}-slim", base[-1], str(len(base) - 1)])
    equal(layers[:len(base)], base)
    parts = sbom(podman, image)
    equal(parts["humanize"], "4.9.0")
    check("zstd" in parts, str(parts))
    check("secretly" not in podman.docker("history", "--no-trunc", image) + json.dumps(info), "the secret is told")


with Podman() as podman, Scenario() as s, Registry(s.root / "registry") as registry:
    podman.use_in(s, registry)
    trust_this_machine(s)
    name = f"{registry.name}/you/model"
    version = python_base(podman)
    s.write("cog.yaml", config(version))
    s.write("predict.py", PREDICTOR)
    s.write("requirements.txt", "humanize==4.9.0\n")
    s.write("word.txt", "secretly")
    s.write(".dockerignore", "word.txt\n")
    built = build_with_each(s, name, *SECRET)
    for engine in built:
        check_built(f"{name}:{engine}", version)

    # podman runs what each has built, buildah neither.
    s.environment["COGPP_ENGINE"] = "podman"
    for engine in built:
        equal(s.ok("predict", f"{name}:{engine}", "-i", "number=1234567"), SAID + "\n")
    contains(s.fails("predict", f"{name}:podman", "-i", "number=-1"), "number must be at least 0")
    process, url = s.listen(f"{name}:buildah", "-p", "0")
    equal(post(url + "/predictions", {"input": {"number": 1234567}})["output"], SAID)
    equal(stop(process), 0, s.serve_log())
    check_buildah_refuses(s, f"{name}:buildah")

    # Only the code has changed: nothing is installed again.
    s.write("predict.py", PREDICTOR.replace("intcomma(number)", "intword(number)"))
    for engine, image in build_with_each(s, f"{name}-changed", *SECRET).items():
        new = set(image["layers"]) - set(built[engine]["layers"])
        check(len(new) <= 2, f"{engine}: {len(new)} layers are new")
        equal(s.ok("predict", f"{name}-changed:{engine}", "-i", "number=1234567"), "good day 1.2 million SECRETLY\n")

    # buildah, with nothing of podman's to take but the bases.
    fresh = json.loads(s.ok("build", "-t", f"{name}:fresh", "--engine", "buildah", "--no-cache", "--json", *SECRET))
    check(len(set(fresh["layers"]) - set(built["buildah"]["layers"])) > 4, "layers were taken")
    drop_caches(s)
    check_built(f"{name}:fresh", version)
    equal(s.ok("predict", f"{name}:fresh", "-i", "number=1234567"), "good day 1.2 million SECRETLY\n")

    check_pushed(podman, s, name, built,
                 lambda image: equal(s.ok("predict", image, "-i", "number=1234567"), SAID + "\n"))
    equal(registry.tags("you/model"), ["buildah", "podman"])
