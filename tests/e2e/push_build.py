"""A push builds first, as Cog's; what is pushed is what the sources say now. An image that
is there is sent as it is: --no-build, or a place without a project."""

from engines import DOCKER, Engine
from images import inspect, native_base
from registries import Registry, docker_config
from scenario import CONFIG, Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& prompt) { return "first " + prompt; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("prompt"));
"""

with Engine() as engine, Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry") as registry:
    engine.use_in(s)
    native_base(engine)
    docker_config(s, {})
    image = f"{registry.name}/you/model"

    def pulled(name, prompt):
        """What the registry's image predicts."""
        engine.docker("rmi", "--force", name)
        return s.ok("predict", name, "-i", f"prompt={prompt}")

    # Where it goes is its name, and it is built before it goes.
    pushed = s.run("push", image)
    equal(pushed.status, 0, str(pushed))
    words = [f"Building Docker image from environment in cog.yaml as {image}:latest...",
             "Exporting image from Docker daemon...", f"Pushing to {image}:latest...", "Pushing layers...", f"  image  {image}@sha256:"]
    places = [pushed.err.find(word) for word in words]
    check(-1 not in places and places == sorted(places), pushed.err)
    equal(pushed.out, "", "standard output")
    equal(pulled(f"{image}:latest", "a"), "first a\n")

    # cog.yaml's name; the same sources are the same image, and nothing is sent twice.
    s.write("cog.yaml", CONFIG + f"image: {image}:v1\n")
    s.ok("push")
    first = inspect(engine, f"{image}:v1")["Id"]
    again = s.run("push")
    equal(again.status, 0, str(again))
    check("already there" in again.err and ": pushed" not in again.err, again.err)
    equal(inspect(engine, f"{image}:v1")["Id"], first)

    # A source that has changed is built; the image of before only where that is asked for.
    s.write("predict.cpp", PREDICTOR.replace("first", "second"))
    s.ok("push", "--no-build")
    equal(pulled(f"{image}:v1", "b"), "first b\n")
    s.ok("push", "--no-cache")
    equal(pulled(f"{image}:v1", "b"), "second b\n")

    # Without a project the engine's image is all there is.
    (s.root / "away").mkdir()
    engine.docker("tag", f"{image}:v1", f"{image}:v2")
    pushed = s.run("push", f"{image}:v2", cwd=s.root / "away")
    equal(pushed.status, 0, str(pushed))
    check("Building" not in pushed.err, pushed.err)
    equal(pulled(f"{image}:v2", "c"), "second c\n")
    contains(s.fails("push", f"{image}:v9", cwd=s.root / "away"), f"{image}:v9")

    # A build that fails pushes nothing; nor do flags that contradict each other.
    s.write("predict.cpp", "no C++\n")
    err = s.fails("push", f"{image}:v3")
    check("Pushing to" not in err, err)
    equal(registry.tags("you/model"), ["latest", "v1", "v2"])
    contains(s.fails("push", "--no-build", "--from", "oci:x"), "give one of them")
    contains(s.fails("push", "--no-build", "--daemonless"), "give one of them")
    contains(s.fails("push", "--no-build", "--no-cache"), "--no-cache says how an image is made")
    contains(s.fails("push", "--from", "oci:x", "--secret", "id=a,src=cog.yaml"), "--secret says how an image is made")
    contains(s.fails("push", "--torch", "x"), "--torch needs --daemonless")

    engine.docker("rmi", "--force", *(f"{image}:{tag}" for tag in ("latest", "v1", "v2")))

    # Nobody to build it is told before anything else, with what can be done.
    s.environment["DOCKER_HOST"] = "unix:///nowhere.sock"
    contains(s.fails("push", "--engine", DOCKER),
             "To push without one: --from oci:DIR, --from tar:FILE or --daemonless")
    equal(engine.containers(), [], "containers that were left behind")
