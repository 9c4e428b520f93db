"""Outputs on standard output and in files."""

import json
import os

from scenario import CONFIG, Scenario, check, contains, equal

VALUES = r"""
#include <cogpp/predictor.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

class Predictor {
 public:
  std::vector<std::int64_t> predict(std::int64_t count) {
    if (count < 0) throw std::runtime_error("count is negative");
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(i);
    return values;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("count"));
"""

FILES = r"""
#include <cogpp/predictor.hpp>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

class Predictor {
 public:
  std::vector<cogpp::Path> predict(std::int64_t count) {
    std::vector<cogpp::Path> files;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto name = "made-" + std::to_string(i) + ".png";
      const std::string path = (cogpp::current().directory() / name).string();
      std::ofstream(path) << "file " << i;
      files.emplace_back(path);
    }
    return files;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("count"));
"""

ONE_FILE = r"""
#include <cogpp/predictor.hpp>

#include <fstream>
#include <string>

class Predictor {
 public:
  cogpp::Path predict(const std::string& text) {
    const std::string path = (cogpp::current().directory() / "made.txt").string();
    std::ofstream(path) << text;
    return cogpp::Path(path);
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

with Scenario(predictor=VALUES) as s:
    equal(s.ok("predict", "-i", "count=2"), "[\n  0,\n  1\n]\n")
    finished = s.run("predict", "-i", "count=1", "-o", "values.json")
    equal(finished.out, "")
    contains(finished.err, "Written output to: values.json")
    equal(s.read("values.json"), "[\n  0\n]")
    (s.project / "folder").mkdir()
    s.ok("predict", "-i", "count=1", "-o", "folder")
    equal(s.read("folder/output"), "[\n  0\n]")
    contains(s.fails("predict", "-i", "count=1", "-o", "no/such/folder/x"),
             "Output path is not writable: ")

    # A prediction that fails.
    finished = s.run("predict", "-i", "count=-1")
    equal(finished.status, 1)
    equal(finished.out, "")
    contains(finished.err, 'Prediction failed with status "failed": ')
    contains(finished.err, "count is negative")
    finished = s.run("predict", "--json", '{"count": -1}')
    equal(finished.status, 1)
    answer = json.loads(finished.out)
    equal(answer["status"], "failed")
    contains(answer["error"], "count is negative")

    # A result that cannot be written is no success; a reader that has seen enough is one.
    s.write("weights.yaml", CONFIG + "model: example.com/a/b\nweights: [{name: a, target: /a, source: {uri: 'file://a'}}]\n")
    with open("/dev/full", "wb") as full:
        for words in (("predict", "-i", "count=1"), ("schema",), ("schema", "--pretty"), ("version",), ("--help",),
                      ("weights", "status", "-f", "weights.yaml"), ("debug",)):
            err = s.fails(*words, stdout=full)
            contains(err, "cannot write to standard output: No space left on device\n")
    for words in (("predict", "--quiet", "-i", "count=100000"), ("--help",)):
        reader, writer = os.pipe()
        os.close(reader)
        finished = s.run(*words, stdout=writer)
        os.close(writer)
        equal((finished.status, finished.err), (0, ""), f"{words} into a closed pipe")

with Scenario(predictor=ONE_FILE) as s:
    finished = s.run("predict", "-i", "text=abc")
    equal(finished.status, 0, str(finished))
    equal(finished.out, "")
    contains(finished.err, "Written output to: output.txt")
    equal(s.read("output.txt"), "abc")
    s.ok("predict", "-i", "text=def", "-o", "named")
    equal(s.read("named.txt"), "def")
    s.ok("predict", "-i", "text=ghi", "-o", "named.md")
    equal(s.read("named.md"), "ghi")
    answer = json.loads(s.ok("predict", "--json", '{"text": "jkl"}'))
    equal(answer["output"], "output.txt")
    equal(s.read("output.txt"), "jkl")
    check(not list(s.project.glob("made*")), "the prediction's own directory is temporary")

with Scenario(predictor=FILES) as s:
    s.ok("predict", "-i", "count=2")
    equal([s.read(f"output.{i}.png") for i in range(2)], ["file 0", "file 1"])
    s.ok("predict", "-i", "count=2", "-o", "picture.jpg")
    equal([s.read(f"picture.{i}.jpg") for i in range(2)], ["file 0", "file 1"])
    answer = json.loads(s.ok("predict", "--json", '{"count": 2}'))
    equal(answer["output"], ["output.0.png", "output.1.png"])
