"""How many predictions cogpp serve runs at the same time: who says it, and who is heard first."""

import re

from scenario import CONFIG, Scenario, contains, equal, stop

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
SLOTS = re.compile(r'"num_slots":(\d+)')


def slots(s, *flags):
    serve = s.serve(*flags)
    equal(stop(serve), 0, s.serve_log())
    return int(SLOTS.search(s.serve_log()).group(1))


with Scenario(predictor=PREDICTOR) as s:
    s.write("cog.yaml", CONFIG + "concurrency: {max: 2}\n")
    contains(s.ok("serve", "--help"), "$COG_MAX_CONCURRENCY")
    equal(slots(s), 2, "concurrency.max")
    s.environment["COG_MAX_CONCURRENCY"] = "3"
    equal(slots(s), 3, "the caller's variable")
    equal(slots(s, "-e", "COG_MAX_CONCURRENCY=4"), 4, "-e")
    equal(slots(s, "-e", "COG_MAX_CONCURRENCY="), 2, "an empty variable says nothing")
    equal(slots(s, "--concurrency", "5"), 5, "--concurrency")
    s.environment["COG_MAX_CONCURRENCY"] = "many"
    equal(slots(s), 1, "a variable that is no number")
    contains(s.serve_log(), "COG_MAX_CONCURRENCY='many' is not a number")
    del s.environment["COG_MAX_CONCURRENCY"]
    s.write("cog.yaml", CONFIG + "environment: [COG_MAX_CONCURRENCY=6]\n")
    equal(slots(s), 6, "the project's variable")
