"""How many predictions cogpp serve runs at the same time: who says it, and who is heard first."""

import re
import sys

from scenario import CONFIG, Scenario, check, contains, equal, stop

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <string>

#include <unistd.h>

class Predictor {
 public:
  std::string predict(const std::string& text) { return std::to_string(getppid()); }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
BLOCKING = "def run(text: str) -> str:\n    return text\n"
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
    for value, used in (("many", 1), ("abc", 1), ("0", 1), ("300", 256)):
        s.environment["COG_MAX_CONCURRENCY"] = value
        equal(slots(s), used, f"COG_MAX_CONCURRENCY={value}")
        contains(s.serve_log(), f"COG_MAX_CONCURRENCY='{value}' is not a number from 1 to 256, using {used}")

    # predict finds a server that goes by the variable.
    s.environment["COG_MAX_CONCURRENCY"] = "3"
    serve = s.serve()
    server = s.ok("predict", "-i", "text=a")
    equal(s.ok("predict", "-i", "text=b"), server, "the server that answers")
    check(s.ok("predict", "-i", "text=c", "--own-server") != server, "predict did not use the running server")
    equal(stop(serve), 0, s.serve_log())

    del s.environment["COG_MAX_CONCURRENCY"]
    s.write("cog.yaml", CONFIG + "environment: [COG_MAX_CONCURRENCY=6]\n")
    equal(slots(s), 6, "the project's variable")

# A predictor in Python that blocks is refused before its environment is made.
with Scenario(files={"cog.yaml": "run: run.py:run\n", "run.py": BLOCKING}) as s:
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
    refused = "--concurrency > 1 requires an async run() or predict() method"
    for flags in (("--concurrency", "2"), ("-e", "COG_MAX_CONCURRENCY=2"), ("-e", "COG_MAX_CONCURRENCY=300")):
        err = s.fails("serve", "-p", "0", "--python", sys.executable, *flags)
        contains(err, refused)
        check("Making the environment" not in err, err)
    s.environment["COG_MAX_CONCURRENCY"] = "2"
    contains(s.fails("serve", "-p", "0", "--python", sys.executable), refused)
