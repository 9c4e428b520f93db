"""What people get wrong, and what they are told."""

from scenario import CONFIG, Scenario, check, contains, equal, matches

ECHO = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

FAILING_SETUP = r"""
#include <cogpp/predictor.hpp>

#include <iostream>
#include <stdexcept>
#include <string>

class Predictor {
 public:
  void setup() {
    std::cout << "looking for the weights" << std::endl;
    throw std::runtime_error("weights.bin is not there");
  }
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

SLOW_SETUP = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <string>
#include <thread>

class Predictor {
 public:
  void setup() { std::this_thread::sleep_for(std::chrono::seconds(30)); }
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

CRASH = r"""
#include <cogpp/predictor.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) {
    std::cerr << "about to end" << std::endl;
    std::abort();
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

with Scenario(predictor=ECHO) as s:
    contains(s.fails("predict"), 'missing required input "text"')
    contains(s.fails("predict", "-i", "text=a", "-i", "more=b"),
             'unknown input "more"; valid inputs are: text')

    # An unknown key is a warning with its place and the nearest key.
    s.write("cog.yaml", CONFIG + "bild:\n  gpu: true\n")
    finished = s.run("predict", "-i", "text=a")
    equal(finished.out, "a\n", str(finished))
    contains(finished.err, "bild")
    contains(finished.err, "build")
    strict = s.fails("predict", "--strict", "-i", "text=a")
    contains(strict, "bild")
    contains(strict, "build")

    # So it is where it is the reason of an error.
    s.write("cog.yaml", CONFIG.replace("predict:", "predct:"))
    err = s.fails("predict", "-i", "text=a")
    contains(err, 'cog.yaml:1: unknown key "predct"; did you mean "predict"?\n')
    contains(err, "cog.yaml does not say what to run")
    s.write("cog.yaml", 'predict: predict.py:Predictor\nbuild: {pythn_version: "3.12"}\n')
    err = s.fails("predict", "-i", "text=a")
    contains(err, 'cog.yaml:2: unknown key "pythn_version" in build; did you mean "python_version"?\n')
    contains(err, "python_version is required")
    contains(s.fails("doctor"), 'did you mean "python_version"?\n')

    # Broken configurations.
    s.write("cog.yaml", "predict: [\n")
    contains(s.fails("predict", "-i", "text=a"), "cog.yaml")
    s.write("cog.yaml", "predict: predict.cpp\n")
    contains(s.fails("predict", "-i", "text=a"), "predict")
    s.write("cog.yaml", "predict: missing.cpp:Predictor\n")
    contains(s.fails("predict", "-i", "text=a"), "missing.cpp")

    # What only an image has is told once, when the predictor is built.
    s.write("cog.yaml", CONFIG + "build: {system_packages: [ffmpeg], run: [make assets]}\n")
    s.write("predict.cpp", ECHO + f"// {s.root}\n")
    contains(s.run("predict", "-i", "text=a").err, "are steps of an image and are not run here")
    check("steps of an image" not in s.run("predict", "-i", "text=a").err, "a cached predictor warns, too")

    # A predictor or a training of another name than the source's, which the doctor, too, misses.
    s.write("cog.yaml", "predict: predict.cpp:Nope\n")
    for command in (["predict", "-i", "text=a"], ["schema"]):
        contains(s.fails(*command), 'names "Nope", but the source has COGPP_PREDICTOR(Predictor, ...)')
    s.write("cog.yaml", CONFIG + "train: predict.cpp:fit\n")
    contains(s.fails("schema"), "names the training predict.cpp:fit, but no COGPP_TRAINER(...) stands")
    contains(s.fails("doctor"), "cog.yaml names the training predict.cpp:fit, but predict.cpp has no COGPP_TRAINER")
    trainer = "static int train(int n) { return n; }\nCOGPP_TRAINER(train, cogpp::input(\"n\"));\n"
    s.write("train.hpp", trainer)
    s.write("predict.cpp", ECHO + '#include "train.hpp"\n')
    contains(s.fails("schema"), 'names "fit", but the source has COGPP_TRAINER(train, ...)')
    check("COGPP_TRAINER" not in s.run("doctor").err, "the doctor misses a training that is there")
    s.write("cog.yaml", CONFIG + "train: predict.cpp:train\n")
    s.ok("schema")

    # The compiler's own words.
    s.write("cog.yaml", CONFIG)
    s.write("predict.cpp", ECHO.replace("return text;", "return tetx;"))
    err = s.fails("predict", "-i", "text=a")
    matches(err, r"predict\.cpp:\d+:\d+: error: .*tetx")
    contains(err, "could not compile predict.cpp")

    # Mended, it runs; a header that changes counts as well.
    s.write("predict.cpp", ECHO.replace("return text;", 'return "new " + text + WORD;')
            .replace("#include <string>", '#include <string>\n#include "word.hpp"'))
    s.write("word.hpp", '#define WORD "!"\n')
    equal(s.ok("predict", "-i", "text=a"), "new a!\n")
    s.write("word.hpp", '#define WORD "?"\n')
    equal(s.ok("predict", "-i", "text=a"), "new a?\n")

with Scenario(predictor=FAILING_SETUP) as s:
    err = s.fails("predict", "-i", "text=a")
    contains(err, "looking for the weights")
    contains(err, "Model setup failed")
    contains(err, "weights.bin is not there")

with Scenario(predictor=SLOW_SETUP) as s:
    contains(s.fails("predict", "-i", "text=a", "--setup-timeout", "1"), "Timed out")

with Scenario(predictor=CRASH) as s:
    finished = s.run("predict", "-i", "text=a")
    equal(finished.status, 1, str(finished))
    equal(finished.out, "")
    contains(finished.err, 'Prediction failed with status "failed"')
