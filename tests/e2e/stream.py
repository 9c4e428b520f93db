"""Streams: whole when piped, as they come on a terminal."""

import json

from scenario import Scenario, check, equal, stop

TEXT = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <string>
#include <thread>

class Predictor {
 public:
  cogpp::TextStream predict(std::int64_t pause_ms) {
    for (const char* piece : {"one ", "two ", "three"}) {
      co_yield piece;
      std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    }
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("pause_ms").default_to(0));
"""

LOGGING = TEXT.replace("#include <chrono>", "#include <chrono>\n#include <iostream>").replace(
    "co_yield piece;", 'std::cerr << "making " << piece << "\\n";\n      co_yield piece;')

VALUES = r"""
#include <cogpp/predictor.hpp>

#include <cstdint>

class Predictor {
 public:
  cogpp::Stream<std::int64_t> predict(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) co_yield i;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("count"));
"""

with Scenario(predictor=TEXT) as s:
    equal(s.ok("predict"), '[\n  "one ",\n  "two ",\n  "three"\n]\n')
    equal(json.loads(s.ok("predict", "--json", "{}"))["output"], ["one ", "two ", "three"])
    pieces = s.run_in_terminal("predict", "-i", "pause_ms=400")
    equal("".join(text for _, text in pieces), "one two three\n")
    check(len(pieces) >= 3, f"the pieces came together: {pieces}")
    check(pieces[-1][0] - pieces[0][0] > 0.7, f"the first piece came late: {pieces}")
    s.ok("predict", "-o", "text.json")
    equal(json.loads(s.read("text.json")), ["one ", "two ", "three"])

with Scenario(predictor=LOGGING) as s:
    # The logs of a server that runs already come with the pieces; each appears once.
    server = s.serve()
    pieces = s.run_in_terminal("predict", "-i", "pause_ms=400", streams=("stdout", "stderr"))
    equal("".join(text for _, text in pieces), "making one \none making two \ntwo making three\nthree\n")
    check(pieces[-1][0] - pieces[0][0] > 0.7, f"the first log came late: {pieces}")
    equal(stop(server), 0, "status after Ctrl-C")
    text = "".join(text for _, text in s.run_in_terminal("predict", streams=("stdout", "stderr")))
    equal(text.count("making two"), 1, f"times that a log is shown in {text!r}")
    # Those that the server keeps for itself follow the stream's last line.
    s.environment["COG_LOG_LEVEL"] = "error"
    text = "".join(text for _, text in s.run_in_terminal("predict", "--quiet", streams=("stdout", "stderr")))
    equal(text, "one two three\nmaking one \nmaking two \nmaking three\n")

with Scenario(predictor=VALUES) as s:
    equal(s.ok("predict", "-i", "count=2"), "[\n  0,\n  1\n]\n")
    equal(s.ok("predict", "-i", "count=0"), "[]\n")
    equal("".join(text for _, text in s.run_in_terminal("predict", "-i", "count=3")),
          "0\n1\n2\n")
