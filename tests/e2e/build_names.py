"""What an image is called: by its flag, by cog.yaml, by its folder."""

from engines import Engine
from images import inspect
from scenario import Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

FOLDERS = {
    "My Model_1!": "cog-my-model1",
    "cog-stays": "cog-stays",
    "UPPER.case": "cog-uppercase",
    "a-very-long-name-of-a-folder-indeed": "cog-a-very-long-name-of-a-fold",
    "ünder": "cog-nder",
}

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    s.write("Dockerfile", f"FROM {engine.base()}\n")
    words = ("build", "--dockerfile", "Dockerfile")

    def built(*flags):
        err = s.run(*words, *flags).err
        name = err.rsplit("Image built as ", 1)[-1].splitlines()[0]
        contains(err, f"Building Docker image from environment in cog.yaml as {name}...")
        check("run.cog.config" in inspect(engine, name)["Config"]["Labels"], f"{name} is there, with labels")
        return name

    place = s.project
    for folder, name in FOLDERS.items():
        s.project = place.rename(place.with_name(folder))
        place = s.project
        equal(built(), name, folder)
    s.write("cog.yaml", "model: registry.example.com/you/model\npredict: predict.cpp:Predictor\n")
    check(built().startswith("registry.example.com/you/model"), "the model's name")
    s.write("cog.yaml", "image: registry.example.com/you/image:7\npredict: predict.cpp:Predictor\n")
    equal(built(), "registry.example.com/you/image:7")
    equal(built("-t", "cogpp-e2e/flag:1"), "cogpp-e2e/flag:1")
    equal(built("--tag=cogpp-e2e/flag:2"), "cogpp-e2e/flag:2")

    # Names that an engine cannot have.
    for name in ("UPPER/case", "a b", "a:b:c"):
        finished = s.run(*words, "-t", name)
        equal(finished.status, 1, f"{name!r}: {finished}")
        check("Image built as" not in finished.err, finished.err)
    engine.docker("rmi", "--force", "cogpp-e2e/flag:1", "cogpp-e2e/flag:2", "registry.example.com/you/image:7",
                  "registry.example.com/you/model", *FOLDERS.values())
