"""Images of other makers: without the schema's label the running server tells the inputs;
labels of old versions of Cog count; a label that is no document is passed over."""

from engines import Engine, model_image
from scenario import Scenario, check, contains, equal

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(std::int64_t number) { return "got " + std::to_string(number); }
};

COGPP_PREDICTOR(Predictor, cogpp::input("number"));
"""

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    schema = s.ok("schema")
    for number, labels in enumerate((
            {"run.cog.config": '{"predict": "predict.cpp:Predictor"}'},
            {"run.cog.config": "{}", "run.cog.openapi_schema": "no JSON"},
            {"run.cog.config": "{}", "run.cog.openapi_schema": '{"openapi": "3.0.2", "paths": {}}'})):
        image = model_image(engine, s, name=f"cogpp-e2e-labels:{number}", labels=labels)
        equal(s.ok("predict", image, "-i", "number=3000000000"), "got 3000000000\n")
        err = s.fails("predict", image, "-i", "number=x")
        contains(err, 'invalid input "number": expected integer, got string')
        contains(err, "Starting Docker image")  # only then are the inputs known
    old = model_image(engine, s, name="cogpp-e2e-labels:old",
                      labels={"org.cogmodel.config": "{}", "org.cogmodel.openapi_schema": schema})
    err = s.fails("predict", old, "-i", "number=x")
    contains(err, "expected integer")
    check("Starting" not in err, err)
    equal(s.ok("predict", old, "-i", "number=4"), "got 4\n")
    wrong = model_image(engine, s, name="cogpp-e2e-labels:wrong", labels={"run.cog.config": "{"})
    contains(s.fails("predict", wrong, "-i", "number=1"), "its label run.cog.config is not JSON")
    equal(engine.containers(), [], "containers that were left behind")
