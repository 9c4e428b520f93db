"""A project with a CMakeLists.txt of its own: it says its text, then a word."""

from scenario import CONFIG

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

WORD = '#include "word.hpp"\nstd::string word() { return " one"; }\n'

FILES = {
    "cog.yaml": CONFIG,
    "predict.cpp": PREDICT,
    "word.hpp": "#pragma once\n#include <string>\nstd::string word();\n",
    "word.cpp": WORD,
    "CMakeLists.txt": CMAKE,
}
