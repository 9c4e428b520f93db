"""Fields of cog.yaml, as they arrive in the image: environment, commands in their order, name,
trainings, and the file in another place."""

import json

from engines import Engine
from images import inspect, native_base, predict, running
from scenario import Scenario, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
#include <cstdlib>
class Predictor {
 public:
  std::string predict(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? "not set" : value;
  }
};
COGPP_PREDICTOR(Predictor, cogpp::input("name"));
std::string train(const std::string& data) { return "trained on " + data; }
COGPP_TRAINER(train, cogpp::input("data"));
"""
CONFIG = """build:
  python_version: 3.10
  pre_install: [echo before >> /etc/said]
  run:
    - echo first >> /etc/said
    - command: echo second >> /etc/said
image: cogpp-e2e/fields:1
predict: predict.cpp:Predictor
train: predict.cpp:train
environment:
  - A=1
  - "B=two words"
  - "C=$HOME and ${A}"
  - 'D="quoted" \\ back'
  - E=
  - F=x=y
"""
IMAGE = "cogpp-e2e/fields:1"
VALUES = {"A": "1", "B": "two words", "C": "$HOME and ${A}", "D": '"quoted" \\ back', "E": "", "F": "x=y",
          "G": "not set"}

with Engine() as engine, Scenario(config=CONFIG, predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)
    deep = s.project / "one/two"
    deep.mkdir(parents=True)
    contains(s.run("build", cwd=deep).err, f"Image built as {IMAGE}")

    info = inspect(engine, IMAGE)
    config = json.loads(info["Config"]["Labels"]["run.cog.config"])
    equal(str(config["build"]["python_version"]), "3.10", "the text of the number")
    equal(config["train"], "predict.cpp:train")
    given = dict(variable.split("=", 1) for variable in info["Config"]["Env"])
    equal({name: given.get(name, "not set") for name in VALUES}, VALUES, "the image's environment")
    # What pre_install says comes behind what run says.
    said = engine.docker("run", "--rm", "--entrypoint", "cat", IMAGE, "/etc/said")
    equal(said.split(), ["first", "second", "before"])

    with running(engine, IMAGE) as port:
        for name, value in VALUES.items():
            equal(predict(port, {"name": name})["output"], value, name)
    equal(s.ok("predict", IMAGE, "-i", "name=A", "-e", "A=2"), "2\n")
    s.ok("train", IMAGE, "-i", "data=x", "-o", "trained")
    equal(s.read("trained"), "trained on x")

    # A key that is not known is told, and changes nothing.
    s.write("cog.yaml", CONFIG + "fast: true\n")
    said = s.run("build")
    equal(said.status, 0, str(said))
    contains(said.err, "fast")
    equal(inspect(engine, IMAGE)["Config"]["Env"], info["Config"]["Env"], "the environment with an unknown key")
    engine.docker("rmi", "--force", IMAGE)
