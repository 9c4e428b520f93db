"""Managed weights and images: a build refuses weights that are not imported, carries their
names but not their bytes, and the model that is pushed is a bundle with them."""

import json
import os

from engines import Engine
from images import inspect, native_base
from registries import Registry, docker_config
from scenario import Scenario, check, contains, equal
from weights import INDEX, fetch, own_store, read_lock, weight, write_config

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

with Engine() as engine, Scenario() as s, Registry(s.root / "registry") as registry:
    engine.use_in(s)
    image = f"{registry.name}/owner/model:v1"
    native_base(engine)
    docker_config(s, {})
    own_store(s)
    s.write("models/data.bin", os.urandom(12 << 20))
    write_config(s, registry.name, [weight("alpha", "/weights/alpha", "models")])
    s.write("predict.cpp", PREDICTOR)

    # Not imported: nothing is built, nothing pushed.
    for words in (("build", "-t", image), ("push",)):
        err = s.fails(*words)
        contains(err, 'weights.lock is out of sync with cog.yaml:\n  - "alpha": not imported yet\n')
        contains(err, "Run 'cogpp weights import' to update.")
        check("Building Docker image" not in err, err)

    s.ok("weights", "import")
    locked = read_lock(s)["weights"][0]
    s.ok("build", "-t", image)
    known = {"name": "alpha", "target": "/weights/alpha", "setDigest": locked["setDigest"]}
    text = engine.docker("run", "--rm", "--entrypoint", "cat", image, "/src/.cog/weights.json")
    equal(json.loads(text), {"weights": [known]})
    config = json.loads(inspect(engine, image)["Config"]["Labels"]["run.cog.config"])
    equal([(w["name"], w["target"]) for w in config["weights"]], [("alpha", "/weights/alpha")])
    as_root = ("run", "--rm", "--user", "0", "--entrypoint")
    equal(engine.docker(*as_root, "find", image, "/", "-xdev", "-name", "data.bin"), "", "the weights in the image")

    # The model is the image and its weights.
    s.environment["COG_MODEL_TAG"] = "v1"
    pushed = s.run("push")
    equal(pushed.status, 0, str(pushed))
    contains(pushed.err, f"\n1 managed weight(s)\n\nPushing to {image}...\n")
    index = json.loads(fetch(registry.name, "manifests/v1", INDEX))
    equal([manifest["platform"]["os"] for manifest in index["manifests"]], ["linux", "unknown"])
    equal(index["manifests"][1]["digest"], locked["digest"])

    # Changed since.
    write_config(s, registry.name, [weight("alpha", "/weights/beta", "models")])
    s.write("predict.cpp", PREDICTOR)
    err = s.fails("build", "-t", image)
    contains(err, '  - "alpha": config changed (target: /weights/alpha → /weights/beta)\n')
    engine.docker("rmi", "--force", image)
