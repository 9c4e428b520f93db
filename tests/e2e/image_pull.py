"""An image that the engine lacks is fetched from its registry before it runs."""

from engines import Engine, model_image
from registries import Registry
from scenario import Scenario, check, contains, equal

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return "pulled " + text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

with Engine() as engine, Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry") as registry:
    engine.use_in(s)
    image = f"{registry.name}/you/model:v1"
    model_image(engine, s, name=image)
    s.ok("push", image, "--no-build")
    engine.docker("image", "rm", "--force", image)

    err = s.fails("predict", f"{registry.name}/you/model:v2", "-i", "text=a")
    contains(err, f"image {registry.name}/you/model:v2: image not found")
    finished = s.run("predict", image, "-i", "text=a")
    equal(finished.out, "pulled a\n", str(finished))
    contains(finished.err, "Pull")  # the engine's own progress
    finished = s.run("predict", image, "-i", "text=b")
    check("Pull" not in finished.err, "fetched again")
    engine.docker("image", "rm", "--force", image)
    contains(s.fails("serve", f"{registry.name}/none", "-p", "0"), "image not found")
    equal(engine.containers(), [], "containers that were left behind")
