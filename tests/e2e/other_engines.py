"""podman and buildah in docker's place: build, predict, serve, exec and push."""

import json
import shutil
import signal

import images  # noqa: F401  commands that build may take long
from podman import Podman
from registries import Registry
from scenario import Scenario, check, contains, equal, post, stop

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return "said " + text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

with Podman() as podman, Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry") as registry:
    podman.use_in(s)
    name = f"{registry.name}/you/model"

    # One storage, the same project: the second engine takes what the first one has built.
    built = {engine: json.loads(s.ok("build", "-t", f"{name}:{engine}", "--engine", engine, "--json"))
             for engine in ("podman", "buildah")}
    equal(built["buildah"]["layers"][:-1], built["podman"]["layers"][:-1])  # the last one's files have new times
    apart = abs(built["buildah"]["size"] - built["podman"]["size"])
    check(apart < 1_000_000, f"{apart} bytes: podman counts the image's configuration as well")
    check(built["podman"]["size"] > 200_000_000, str(built))  # with the base
    described = json.loads(podman.podman("image", "inspect", f"{name}:buildah"))[0]
    contains(described["Labels"]["run.cog.openapi_schema"], '"text"')
    contains(str(described["Healthcheck"]), "/health-check")

    # Run.
    s.environment["COGPP_ENGINE"] = "podman"
    equal(s.ok("predict", f"{name}:podman", "-i", "text=a"), "said a\n")
    equal(s.ok("exec", "--image", f"{name}:podman", "cat", "/src/cog.yaml"), s.read("cog.yaml"))
    process, url = s.listen(f"{name}:podman", "-p", "0")
    equal(post(url + "/predictions", {"input": {"text": "b"}})["output"], "said b")
    equal(len(podman.containers()), 1)
    equal(stop(process, signal.SIGINT), 0, s.serve_log())
    equal(podman.containers(), [], "containers that were left behind")
    contains(s.fails("predict", f"{name}:podman", "-i", "text=a", "--engine", "buildah"), "buildah")

    # Push what each has, and pull it again.
    for engine in built:
        s.ok("push", f"{name}:{engine}", "--no-build", "--engine", engine)
        pulled = registry.pull(f"you/model:{engine}", s.root / f"pulled-{engine}")
        manifest = json.loads((pulled / "manifest.json").read_text())
        equal(manifest["config"]["digest"], built[engine]["digest"])
    equal(registry.tags("you/model"), ["buildah", "podman"])
    shutil.rmtree(s.root / "tmp/buildah-cache")  # where both keep cache mounts
