"""A project with a CMakeLists.txt of its own."""

from scenario import CONFIG, Scenario, contains, equal

PREDICT = r"""
#include <cogpp/predictor.hpp>

#include <string>

#include "word.hpp"

class Predictor {
 public:
  std::string predict(const std::string& text) { return text + word(); }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

CMAKE = """
cmake_minimum_required(VERSION 3.25)
project(mine LANGUAGES CXX)
find_package(cogpp REQUIRED)
cogpp_add_predictor(mine predict.cpp word.cpp)
"""

FILES = {
    "cog.yaml": CONFIG,
    "predict.cpp": PREDICT,
    "word.hpp": "#pragma once\n#include <string>\nstd::string word();\n",
    "word.cpp": '#include "word.hpp"\nstd::string word() { return " one"; }\n',
    "CMakeLists.txt": CMAKE,
}

with Scenario(files=FILES) as s:
    equal(s.ok("predict", "-i", "text=a"), "a one\n")
    s.write("word.cpp", '#include "word.hpp"\nstd::string word() { return " two"; }\n')
    equal(s.ok("predict", "-i", "text=a"), "a two\n")
    s.write("word.cpp", '#include "word.hpp"\nstd::string word() { return 1; }\n')
    err = s.fails("predict", "-i", "text=a")
    contains(err, "error:")
    contains(err, "could not build")
    s.write("CMakeLists.txt", CMAKE.replace("cogpp_add_predictor", "# "))
    contains(s.fails("predict", "-i", "text=a"), "cogpp_add_predictor")
