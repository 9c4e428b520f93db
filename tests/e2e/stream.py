"""Streams: whole when piped, as they come on a terminal."""

import json

from scenario import Scenario, check, equal

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

with Scenario(predictor=VALUES) as s:
    equal(s.ok("predict", "-i", "count=2"), "[\n  0,\n  1\n]\n")
    equal(s.ok("predict", "-i", "count=0"), "[]\n")
    equal("".join(text for _, text in s.run_in_terminal("predict", "-i", "count=3")),
          "0\n1\n2\n")
