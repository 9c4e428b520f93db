"""A training by an image, whose server is started in training mode."""

import json

from engines import Engine, model_image
from scenario import Scenario, contains, equal

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};

std::string train(const std::string& data, std::int64_t steps) { return data + " " + std::to_string(steps); }

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
COGPP_TRAINER(train, cogpp::input("data"), cogpp::input("steps").default_to(2).ge(1));
"""

CONFIG = 'predict: "predict.cpp:Predictor"\ntrain: "predict.cpp:train"\n'

with Engine() as engine, Scenario(CONFIG, PREDICTOR) as s:
    engine.use_in(s)
    image = model_image(engine, s)
    finished = s.run("train", image, "-i", "data=d", "-i", "steps=3")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "Running training...")
    equal(s.read("weights"), "d 3")
    answer = json.loads(s.ok("train", image, "--json", '{"data": "e"}'))
    equal(answer["output"], "e 2")
    contains(s.fails("train", image, "-i", "steps=3"), 'missing required input "data"')
    contains(s.fails("train", image, "-i", "data=d", "-i", "steps=0"), "number must be at least 1")
    equal(s.ok("predict", image, "-i", "text=t"), "t\n")
    equal(engine.containers(), [], "containers that were left behind")
