#include "cli/commands/templates.hpp"

#include <array>

// The #include lines stand in literals of their own, because this file itself does
// not depend on the SDK. Each template is a project that predicts as it is; tests/e2e runs them.
namespace cogpp::cli {
namespace {

constexpr std::string_view kIgnore = R"(# What stays out of images.
**/.git
**/.github
**/.gitignore
.cog
)";

constexpr std::string_view kConfig =
    R"(# How to run this model. The predictor is a class in predict.cpp.
build:
  gpu: false  # true: run on an NVIDIA GPU

predict: "predict.cpp:Predictor"

# How many predictions may run at the same time:
# concurrency:
#   max: 4
)";

constexpr std::string_view kCpp =
    R"(// A predictor: setup() runs once, predict() for every prediction.
// Try it: cogpp predict -i prompt=world -i times=2
)"
    "#include <cogpp/predictor.hpp>\n"
    R"(
#include <cstdint>
#include <string>

class Predictor {
 public:
  // Load weights here.
  void setup() { greeting_ = "hello"; }

  std::string predict(const std::string& prompt, std::int64_t times) {
    std::string text = greeting_;
    for (std::int64_t i = 0; i < times; ++i) text += " " + prompt;
    return text;
  }

 private:
  std::string greeting_;
};

COGPP_PREDICTOR(Predictor,
                cogpp::input("prompt").describe("What to greet"),
                cogpp::input("times").describe("How often").default_to(1).ge(1).le(10));
)";

constexpr std::string_view kStream =
    R"(// A predictor whose output comes piece by piece: clients that ask for an event
// stream get each word as soon as it is there.
// Try it: cogpp predict -i prompt="to be or not to be"
)"
    "#include <cogpp/predictor.hpp>\n"
    R"(
#include <cstddef>
#include <string>

class Predictor {
 public:
  // The input is taken by value: a coroutine outlives the call.
  cogpp::TextStream predict(std::string prompt) {
    std::size_t begin = 0;
    while (begin < prompt.size()) {
      std::size_t end = prompt.find(' ', begin);
      end = end == std::string::npos ? prompt.size() : end + 1;
      co_yield prompt.substr(begin, end - begin);
      begin = end;
    }
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("prompt").describe("Text to repeat, word by word"));
)";

constexpr std::string_view kPythonIgnore = R"(# What stays out of images.
**/.git
**/.github
**/.gitignore
.cog
.venv
/venv
.python-version
**/__pycache__
.mypy_cache
.pytest_cache
.ruff_cache
)";

constexpr std::string_view kPythonConfig =
    R"(# How to run this model. The predictor is a class in run.py.
build:
  gpu: false  # true: run on an NVIDIA GPU
  python_version: "{python}"
  python_requirements: requirements.txt

run: "run.py:Runner"
)";

constexpr std::string_view kPythonRequirements =
    R"(# Packages that run.py imports, one a line with its version:
# numpy==2.3.5
)";

constexpr std::string_view kPython =
    R"(# A predictor: setup() runs once, run() for every prediction.
# Try it: cogpp predict -i prompt=world -i times=2
from cog import BaseRunner, Input


class Runner(BaseRunner):
    def setup(self) -> None:
        """Load weights here."""
        self.greeting = "hello"

    def run(
        self,
        prompt: str = Input(description="What to greet"),
        times: int = Input(description="How often", default=1, ge=1, le=10),
    ) -> str:
        return " ".join([self.greeting] + [prompt] * times)
)";

constexpr std::array<TemplateFile, 4> kPythonFiles = {{{".dockerignore", kPythonIgnore},
                                                       {"cog.yaml", kPythonConfig},
                                                       {"requirements.txt", kPythonRequirements},
                                                       {"run.py", kPython}}};
constexpr std::array<TemplateFile, 3> kCppFiles = {
    {{".dockerignore", kIgnore}, {"cog.yaml", kConfig}, {"predict.cpp", kCpp}}};
constexpr std::array<TemplateFile, 3> kStreamFiles = {
    {{".dockerignore", kIgnore}, {"cog.yaml", kConfig}, {"predict.cpp", kStream}}};

}  // namespace

std::span<const TemplateFile> template_files(std::string_view template_name) {
  if (template_name == "cpp") return kCppFiles;
  if (template_name == "stream") return kStreamFiles;
  if (template_name == "python") return kPythonFiles;
  return {};
}

}  // namespace cogpp::cli
