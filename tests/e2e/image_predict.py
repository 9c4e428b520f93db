"""Predictions by an image: its label checks the inputs, its container answers, and
nothing of it stays."""

import json

from engines import Engine, model_image
from scenario import Scenario, check, contains, equal

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

class Predictor {
 public:
  void setup() { std::cout << "setting up" << std::endl; }
  std::string predict(const std::string& text, std::int64_t times, std::optional<std::vector<double>> list,
                      std::optional<cogpp::Path> file) {
    std::cout << "predicting " << text << std::endl;
    if (text == "level") return std::getenv("COG_LOG_LEVEL");
    for (int line = 0; text == "lines" && line < 300; ++line) std::cout << "line " << line << '\n';
    if (text == "fail") throw std::runtime_error("told to");
    std::string out;
    for (std::int64_t i = 0; i < times; ++i) out += text;
    for (const double number : list.value_or(std::vector<double>())) {
      out += " " + std::to_string(static_cast<int>(number));
    }
    if (file) {
      std::string line;
      std::ifstream stream(*file);
      std::getline(stream, line);
      out += " " + line;
    }
    if (const char* variable = std::getenv("EXTRA")) out += std::string(" ") + variable;
    return out;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"), cogpp::input("times").default_to(1).ge(1).le(3),
                cogpp::input("list"), cogpp::input("file"));
"""

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    image = model_image(engine, s)
    (s.project / "cog.yaml").unlink()  # an image needs no project

    finished = s.run("predict", image, "-i", "text=ab", "-i", "times=2", "-e", "EXTRA=more")
    equal(finished.out, "abab more\n", str(finished))
    contains(finished.err, "Starting Docker image and running setup()...")
    contains(finished.err, "setting up\n")
    contains(finished.err, "Running prediction...")
    equal(finished.err.count("predicting ab"), 1, finished.err)

    # All of them once, whenever the engine hands them on; also those that its server keeps back.
    lines = "".join(f"line {number}\n" for number in range(300))
    contains(s.run("predict", image, "-i", "text=lines").err, f"predicting lines\n{lines}")
    for variable in ("RUST_LOG=warn", "RUST_LOG=info", "LOG_FORMAT=console"):
        said = s.run("predict", image, "-i", "text=lines", "-e", variable).err
        contains(said, lines)
        equal([number for number in range(300) if said.count(f"line {number}\n") != 1], [], said)

    # As Cog's: the server's own lines from warnings on.
    equal(s.ok("predict", image, "-i", "text=level", "-e", "COG_LOG_LEVEL=info"), "warning\n")
    equal(s.ok("predict", image, "-i", "text=level", "--debug"), "debug\n")

    # Values of every kind, by the label's types.
    s.write("note.txt", "from a file")
    equal(s.ok("run", image, "-i", "text=7", "-i", "list=1", "-i", "list=2", "-i", "file=@note.txt", "-o", "out.txt"), "")
    equal(s.read("out.txt"), "7 1 2 from a file")
    answer = json.loads(s.ok("predict", image, "--json", '{"text": "x"}'))
    equal([answer["status"], answer["output"]], ["succeeded", "x"])

    # What is wrong with the inputs is told without a container.
    for words, message in {
        ("-i", "txet=a"): 'unknown input "txet"; valid inputs are: file, list, text, times',
        ("-i", "times=2"): 'missing required input "text"',
        ("-i", "text=a", "-i", "times=9"): 'invalid input "times": number must be at most 3',
        ("-i", "text=a", "-i", "file=@gone"): 'input "file": open gone: no such file or directory',
        ("-i", "text=a", "-o", "no/such/place"): "Output path is not writable",
    }.items():
        err = s.fails("predict", image, *words)
        contains(err, message)
        check("Starting" not in err, err)
    contains(s.fails("predict", image, "text=a"), 'unexpected argument "text=a"')
    contains(s.fails("predict", "text=a"), "Invalid image name 'text=a'. Did you forget `-i`?")
    contains(s.fails("predict", image, "--device", "cpu", "-i", "text=a"), "its GPUs are chosen with --gpus")
    contains(s.fails("predict", image, "--gpus", "some", "-i", "text=a"), 'invalid GPU specification: "some"')

    err = s.fails("predict", image, "-i", "text=fail")
    contains(err, 'Prediction failed with status "failed": ')
    contains(err, "told to")
    equal(json.loads(s.run("predict", image, "--json", '{"text": "fail"}').out)["status"], "failed")
    equal(engine.containers(), [], "containers that were left behind")
