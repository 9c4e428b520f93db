"""Images made without an engine run in one: from an archive, a layout and a registry."""

import json
import os
import subprocess

from engines import Engine
from images import check_healthy, inspect, predict, running, sbom
from registries import Registry, docker_config
from scenario import Scenario, check, contains, equal

PREDICTOR = """
#include <unistd.h>
#include <cstdlib>
#include <fstream>
#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& prompt) {
    std::ifstream file("weights.bin");
    std::string word;
    file >> word;
    std::ofstream kept(std::string(std::getenv("HOME")) + "/kept");
    kept << prompt << std::flush;
    return prompt + " " + word + " by " + std::to_string(::getuid()) + (kept ? " at home" : "");
  }
};
COGPP_PREDICTOR(Predictor, cogpp::input("prompt").max_length(20));
"""
ARCHIVE, LAYOUT = "cogpp-e2e/archive:1", "cogpp-e2e/layout:1"

with Engine() as engine, Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry") as registry:
    engine.use_in(s)
    docker_config(s, {})
    s.write("weights.bin", b"heavy\n" + os.urandom(10 << 20))
    base = s.project / ".cog/base.tar"
    base.parent.mkdir()
    engine.docker("save", "--output", str(base), engine.base())
    registry_base = f"{registry.name}/base:1"
    s.ok("push", registry_base, "--from", f"tar:{base}")

    # An archive, as `docker load` takes it.
    s.ok("build", "-t", ARCHIVE, "--output", "tar:.cog/image.tar", "--base", f"tar:{base}")
    contains(engine.docker("load", "--input", str(s.project / ".cog/image.tar")), ARCHIVE)
    equal(s.ok("predict", ARCHIVE, "-i", "prompt=hello"), "hello heavy by 1000 at home\n")
    contains(s.fails("predict", ARCHIVE, "-i", "prompt=" + "x" * 21), "prompt")  # the label's schema
    with running(engine, ARCHIVE, "--name", "cogpp-e2e-daemonless", "--env", "KUBERNETES_SERVICE_HOST=10.0.0.1") as port:
        equal(predict(port, {"prompt": "hi"})["output"], "hi heavy by 1000 at home")
        engine.docker("exec", "cogpp-e2e-daemonless", "test", "-f", "/var/run/cog/ready")
    check_healthy(engine, ARCHIVE)
    check_healthy(engine, ARCHIVE, "--env", "COGPP_AUTH_TOKEN=secret")
    parts = sbom(engine, ARCHIVE)
    check("cogpp" in parts and parts["base image"].startswith("sha256:"), str(parts))
    inside = engine.docker("run", "--rm", ARCHIVE, "sh", "-c", "ls -a /src /src/.cog; stat -c %U:%a /home/cogpp /src")
    contains(inside, "openapi_schema.json")
    check("base.tar" not in inside, inside)

    # A layout, carried into the engine by another program.
    s.ok("build", "--output", "oci:.cog/image:v1", "--base", registry_base)
    done = subprocess.run(["skopeo", "--insecure-policy", "copy", "--dest-daemon-host", engine.host,
                           f"oci:{s.project}/.cog/image:v1", f"docker-daemon:{LAYOUT}"], capture_output=True, text=True)
    equal(done.returncode, 0, done.stderr)
    equal(s.ok("predict", LAYOUT, "-i", "prompt=hello"), "hello heavy by 1000 at home\n")

    # Pushed, and fetched by the engine where the image is asked for.
    image = f"{registry.name}/you/model:v1"
    s.ok("push", image, "--daemonless", "--base", registry_base)
    equal(s.ok("predict", image, "-i", "prompt=hello"), "hello heavy by 1000 at home\n")
    s.write("predict.cpp", PREDICTOR.replace(" by ", " to "))
    image = f"{registry.name}/you/model:v2"
    s.ok("push", image, "--daemonless", "--base", registry_base)
    equal(json.loads(s.ok("predict", image, "--json", '{"prompt": "bye"}'))["output"], "bye heavy to 1000 at home")
    layers = [inspect(engine, f"{registry.name}/you/model:{tag}")["RootFS"]["Layers"] for tag in ("v1", "v2")]
    equal([a == b for a, b in zip(*layers)][-5:], [True, True, False, False, True], "runtime, weights, then code")

    # Onto an image of cogpp's own: its entry point and health check stay.
    recipe = f"FROM {engine.base()}\nENV HOME=/tmp\nENTRYPOINT [\"/usr/bin/tini\", \"--\"]\nHEALTHCHECK NONE\n"
    engine.docker("build", "--tag", "cogpp-e2e/tini:1", "-", input=recipe.encode(), stdin=None)
    engine.docker("save", "--output", str(base), "cogpp-e2e/tini:1")
    s.ok("build", "-t", ARCHIVE, "--output", "tar:.cog/image.tar", "--base", f"tar:{base}")
    engine.docker("load", "--input", str(s.project / ".cog/image.tar"))
    config = inspect(engine, ARCHIVE)["Config"]
    equal((config["Entrypoint"], config["Healthcheck"]["Test"]), (["/usr/bin/tini", "--"], ["NONE"]))
    equal(s.ok("predict", ARCHIVE, "-i", "prompt=hello"), "hello heavy to 1000 at home\n")

    equal(engine.containers(), [], "containers that were left behind")
    for name in (ARCHIVE, LAYOUT, image, f"{registry.name}/you/model:v1", "cogpp-e2e/tini:1"):
        engine.docker("rmi", "--force", name)
