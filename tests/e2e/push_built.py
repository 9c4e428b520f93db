"""A push of what an engine built, to a registry that asks who comes: refused, logged in,
pushed, pulled by the engine itself."""

import json

from engines import Engine, model_image
from registries import Registry, docker_config
from scenario import Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return "pushed " + text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

with Engine() as engine, Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry", auth=True) as registry:
    engine.use_in(s)
    docker_config(s, {})
    image = f"{registry.name}/you/model"
    model_image(engine, s, name=f"{image}:v1")
    push = ("push", f"{image}:v1", "--no-build")

    # Nobody, then somebody with a wrong password, then the right one.
    err = s.fails(*push)
    contains(err, "authorization failed")
    contains(err, f"cogpp login --registry {registry.name}")
    contains(s.fails("login", "--registry", registry.name, stdin="user\nguess\n"), registry.name)
    contains(s.fails(*push), "authorization failed")
    s.ok("login", "--registry", registry.name, stdin="user\nsecret\n")
    pushed = s.run(*push)
    equal(pushed.status, 0, str(pushed))
    contains(pushed.err, f"Pushing to {image}:v1...")
    contains(pushed.err, f"  image  {image}@sha256:")
    check("secret" not in pushed.err, "the password is told")

    # The engine pulls it with the same login, and it is the same model.
    before = json.loads(engine.docker("inspect", f"{image}:v1"))[0]["RootFS"]["Layers"]
    engine.docker("rmi", "--force", f"{image}:v1")
    equal(s.ok("predict", f"{image}:v1", "-i", "text=a"), "pushed a\n")
    equal(json.loads(engine.docker("inspect", f"{image}:v1"))[0]["RootFS"]["Layers"], before, "layers")

    # What is there is not sent again.
    contains(s.run(*push).err, "already there")

    # Images that are not there; without login the engine's pull says whose it is.
    contains(s.fails("push", f"{image}:v9", "--no-build"), f'tag not found: "{image}:v9". Build it first')
    docker_config(s, {})
    engine.docker("rmi", "--force", f"{image}:v1")
    contains(s.fails("predict", f"{image}:v1", "-i", "text=a"),
             f"image {image}:v1: Error response from daemon: ")
    equal(engine.containers(), [], "containers that were left behind")
