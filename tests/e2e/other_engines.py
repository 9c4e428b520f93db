"""podman and buildah in docker's place: build, predict, serve, exec and push."""

import json
import signal

from images import inspect
from podman import Podman, build_with_each, check_buildah_refuses, check_pushed
from registries import Registry
from scenario import Scenario, check, contains, equal, post, stop

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return "said " + text; }
};

// The schema is longer than what a command line takes as a word.
COGPP_PREDICTOR(Predictor, cogpp::input("text").describe(std::string(200'000, 'x')));
"""

with Podman() as podman, Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry") as registry:
    podman.use_in(s, registry)
    name = f"{registry.name}/you/model"

    built = build_with_each(s, name)
    apart = abs(built["buildah"]["size"] - built["podman"]["size"])
    check(apart < 1_000_000, f"{apart} bytes: podman counts the image's configuration as well")
    check(built["podman"]["size"] > 200_000_000, str(built))  # with the base
    described = inspect(podman, f"{name}:buildah")
    schema = json.loads(described["Labels"]["run.cog.openapi_schema"])
    equal(schema["components"]["schemas"]["Input"]["properties"]["text"]["description"], 200_000 * "x")
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
    check_buildah_refuses(s, f"{name}:podman")

    # Push what each has, and pull it again: by podman, and by another program.
    check_pushed(podman, s, name, built, lambda image: equal(s.ok("predict", image, "-i", "text=c"), "said c\n"))
    equal(registry.tags("you/model"), ["buildah", "podman"])
    for engine in built:
        pulled = registry.pull(f"you/model:{engine}", s.root / f"pulled-{engine}")
        manifest = json.loads((pulled / "manifest.json").read_text())
        equal(manifest["config"]["digest"], built[engine]["digest"])
