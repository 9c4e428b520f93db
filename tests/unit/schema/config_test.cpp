// cog.yaml: keys, rules, texts and their order, discovery.
#include "schema/config.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "schema/edit_distance.hpp"

namespace cogpp::schema {
namespace {

namespace fs = std::filesystem;

LoadedConfig loaded(std::string_view text) {
  Result<LoadedConfig> result = parse_config(text, {});
  INFO((result ? "" : result.error().message));
  REQUIRE(result.ok());
  return *result;
}

std::string problem(std::string_view text, bool strict = false) {
  const Result<LoadedConfig> result = parse_config(text, {.strict = strict});
  return result ? "" : result.error().message;
}

const std::string kPython = "build: {python_version: '3.12'}\n";

TEST_CASE("every key of Cog arrives") {
  const Config config = loaded(R"(
build:
  gpu: yes
  cuda: 11.8
  cudnn: "8"
  python_version: 3.10
  system_packages: [ffmpeg, cowsay]
  python_packages: [torch==2.3.0]
  pre_install: [echo a]
  run:
    - cowsay moo
    - command: pip install x
      mounts: [{type: secret, id: pip, target: /etc/pip.conf}]
  sdk_version: 0.16.1
model: r8.im/me/model
predict: predict.py:Predictor
train: train.py:train
concurrency: {max: 1, default_target: 3}
environment:
  - A=1
  - B=x=y
weights:
  - name: base
    target: /weights/base
    source: {uri: hf://a/b, include: ["*.safetensors"]}
  - name: more
    target: /weights/more
    source: [{uri: a}, {uri: b, exclude: [c]}]
)")
                            .config;
  REQUIRE(config.build);
  CHECK(config.gpu());
  CHECK(config.build->cuda == "11.8");
  CHECK(config.build->python_version == "3.10");
  CHECK(config.build->system_packages == std::vector<std::string>{"ffmpeg", "cowsay"});
  CHECK(config.build->run ==
        std::vector<BuildCommand>{{"cowsay moo", {}},
                                  {"pip install x", {{"secret", "pip", "/etc/pip.conf"}}}});
  CHECK(config.build->sdk_version == "0.16.1");
  CHECK(config.build->base_image.empty());
  CHECK(config.model == "r8.im/me/model");
  CHECK(config.predictor() ==
        PredictorReference{PredictorKind::kPython, "predict.py", "Predictor"});
  CHECK(config.train == "train.py:train");
  CHECK(config.max_concurrency() == 1);
  CHECK(config.environment == std::vector<std::string>{"A=1", "B=x=y"});
  REQUIRE(config.weights.size() == 2);
  CHECK(config.weights[0].sources[0].include == std::vector<std::string>{"*.safetensors"});
  CHECK(config.weights[1].listed);
  CHECK(config.weights[1].sources[1].uri == "b");
}

TEST_CASE("the image's base is a key of cogpp's own") {
  const auto config = loaded("build: {base_image: 'ubuntu:24.04'}\npredict: a.cpp:B\n");
  CHECK(config.config.build->base_image == "ubuntu:24.04");
  CHECK(config.warnings.empty());
}

TEST_CASE("an empty file is an empty config") {
  for (const char* text : {"", "\n# nothing\n", "---\n", "build:\n"}) {
    const Config config = loaded(text).config;
    CHECK_FALSE(config.build);
    CHECK(config.predictor().kind == PredictorKind::kNone);
    CHECK(config.max_concurrency() == 1);
  }
}

TEST_CASE("C++ predictors and model files need none of Python's keys") {
  const LoadedConfig cpp =
      loaded("build: {gpu: true}\npredict: src/predict.cpp:Net\nconcurrency: {max: 8}\n");
  CHECK(cpp.config.predictor() ==
        PredictorReference{PredictorKind::kCpp, "src/predict.cpp", "Net"});
  CHECK(cpp.config.max_concurrency() == 8);
  CHECK(loaded("run: a.cpp:B").config.predictor().kind == PredictorKind::kCpp);

  const Config model = loaded(R"(
predict: model.pt2
tensors:
  inputs:
    image: {type: image, size: [224, 224], mean: [0.485, 1], description: "5"}
    alpha: {type: number, default: 1e-3}
  output: {type: classes, labels: labels.txt, top_k: 5}
  stateless: true
)")
                           .config;
  CHECK(model.predictor() == PredictorReference{PredictorKind::kModelFile, "model.pt2", ""});
  REQUIRE(model.tensors);
  CHECK(
      to_text(*model.tensors) ==
      R"({"inputs":{"image":{"type":"image","size":[224,224],"mean":[0.485,1],"description":"5"},)"
      R"("alpha":{"type":"number","default":0.001}},)"
      R"("output":{"type":"classes","labels":"labels.txt","top_k":5},"stateless":true})");
}

TEST_CASE("tensors go with model files only") {
  CHECK(problem("predict: m.pt")
            .starts_with("invalid predict \"m.pt\": a model file needs a 'tensors' section"));
  CHECK(problem("predict: a.cpp:B\ntensors: {inputs: {x: {}}, output: {type: array}}")
            .starts_with("invalid tensors: only a model file has tensors"));
  CHECK(problem("predict: m.pt\ntensors: {inputs: []}") ==
        "invalid tensors.inputs: must be a mapping that names at least one input\n"
        "invalid tensors.output: must be a mapping, e.g. {type: array}");
}

TEST_CASE("references have one of the known forms") {
  const std::string native = "'predict.cpp:Predictor', 'model.pt' or 'model.pt2'";
  CHECK(problem("run: x") == "invalid run \"x\": must be in the form 'run.py:Runner', " + native);
  for (const std::string bare : {"Predictor", "model"}) {
    const std::string cogs =
        "invalid predict \"" + bare + "\": must be in the form 'predict.py:Predictor'";
    CHECK(problem("predict: " + bare) == cogs + ", " + native);
    CHECK(parse_config("predict: " + bare, {.as_cog = true}).error().message == cogs);
  }
  CHECK(problem("predict: x.cpp") == "invalid predict \"x.cpp\": must be in the form " + native);
  CHECK(problem("predict: x.py") ==
        "invalid predict \"x.py\": must be in the form 'predict.py:Predictor'");
  for (const std::string foreign : {"model.onnx", "predict.rs:P"}) {
    CHECK(problem("predict: " + foreign) == "invalid predict \"" + foreign +
                                                "\": must be in the form 'predict.py:Predictor', " +
                                                native);
  }
  CHECK(problem("train: x") == "invalid train \"x\": must be in the form 'train.py:Trainer'");
  CHECK(problem("predict: p.cpp:P\ntrain: p.cpp:train").empty());
  CHECK(problem("predict: p.cpp:P\ntrain: t.py:train") ==
        "invalid train \"t.py:train\": must be in the form 'predict.cpp:train'");
  const auto apart = [](const char* directory) {
    const auto result =
        parse_config("predict: p.cpp:P\ntrain: t.cpp:train", {.directory = directory});
    return result ? "" : result.error().message;
  };
  CHECK(apart("/nonexistent") ==
        "invalid train \"t.cpp:train\": must be in p.cpp, or the project needs a CMakeLists.txt");
  CHECK(apart(COGPP_SOURCE_DIRECTORY).empty());
  CHECK(problem("run: a.py:B\npredict: a.py:B") ==
        "invalid run: only one of run or predict can be set");
}

TEST_CASE("Python versions") {
  const auto version = [](const std::string& text) {
    return problem("build: {python_version: '" + text + "'}");
  };
  CHECK(problem("build: {gpu: true}") ==
        "invalid build.python_version: python_version is required. Add it to the build section of "
        "your cog.yaml, e.g. `python_version: \"3.13\"`");
  CHECK(version("3") ==
        "invalid build.python_version \"3\": must include major and minor version (e.g., '3.11')");
  CHECK(version("x.1") == "invalid build.python_version \"x.1\": invalid major version number");
  CHECK(version("3.x") == "invalid build.python_version \"3.x\": invalid minor version number");
  CHECK(version("3.7") ==
        "invalid build.python_version \"3.7\": minimum supported Python version is 3.10");
  CHECK(version("3.14.1").empty());
}

TEST_CASE("build rules") {
  CHECK(problem(
            "build: {python_version: '3.12', python_packages: [a], python_requirements: r.txt}") ==
        "invalid build: only one of python_packages or python_requirements can be set, not both\n"
        "invalid build.python_requirements \"r.txt\": file does not exist");
  const auto cuda = [](const std::string& text) {
    return problem("build: {python_version: '3.12', gpu: true, " + text + "}");
  };
  CHECK(cuda("cuda: 11") ==
        "invalid build.cuda \"11\": must include both major and minor versions (e.g., '11.8')");
  CHECK(cuda("cuda: x.1") == "invalid build.cuda \"x.1\": invalid major version number");
  CHECK(cuda("cuda: 10.2") == "invalid build.cuda \"10.2\": minimum supported CUDA version is 11");
  CHECK(cuda("cuda: 11.8, cudnn: 7") ==
        "CUDA 11.8 is incompatible with CuDNN 7: compatible CuDNN versions are: 8");
  CHECK(cuda("cuda: 12.4, cudnn: 9").empty());
  CHECK(problem("build: {python_version: '3.12', run: [\"a\\nb\"]}") ==
        "One of the commands in 'run' contains a new line, which won't work. You need to create a "
        "new list item in YAML prefixed with '-' for each command.\n\nThis is the offending line: "
        "a\nb");
  CHECK(problem("build: {python_version: '3.12', run: [{command: a, mounts: [{type: bind}]}]}") ==
        "schema error in \"build.run.0.mounts.0.type\": build.run.0.mounts.0.type must be one of "
        "the following: \"secret\"");
}

TEST_CASE("environment rules") {
  const auto environment = [](const std::string& entries) {
    return problem("environment: [" + entries + "]");
  };
  CHECK(environment("A") ==
        "invalid environment: environment variable \"A\" is not in the KEY=VALUE format");
  CHECK(environment("1A=2") ==
        "invalid environment: environment variable \"1A=2\" is not in the KEY=VALUE format");
  CHECK(environment("PATH=x") ==
        "invalid environment: environment variable \"PATH\" is not allowed: reserved for internal "
        "use");
  CHECK(environment("CUDA_HOME=x") ==
        "invalid environment: environment variable \"CUDA_HOME\" is not allowed: reserved for "
        "internal use");
  CHECK(environment("A=1, A=2") ==
        "invalid environment: environment variable \"A\" is already defined");
  CHECK(environment("PATHS=, _a=1").empty());
}

TEST_CASE("concurrency rules") {
  CHECK(problem("concurrency: {max: 0}") == "invalid concurrency.max \"0\": must be at least 1");
  CHECK(problem("concurrency: {}") == "schema error in \"concurrency\": max is required");
  CHECK(problem("build: {python_version: '3.10'}\nconcurrency: {max: 2}") ==
        "invalid concurrency.max \"2\": concurrency requires Python 3.11 or higher");
  CHECK(problem(kPython + "concurrency: {max: 2}").empty());
}

TEST_CASE("model and image") {
  CHECK(problem("model: a/b\nimage: c") == "invalid model: 'model' and 'image' cannot both be set");
  for (const char* model : {"r8.im/a/b:tag", "a/b@sha256:0"}) {
    CHECK(problem(std::string("model: ") + model) ==
          "invalid model \"" + std::string(model) +
              "\": must be a bare repository — tags and digests are not allowed");
  }
  CHECK(problem("model: a/B") ==
        "invalid model \"a/B\": invalid repository: repository can only contain the characters "
        "`abcdefghijklmnopqrstuvwxyz0123456789_-./`: a/B");
  CHECK(problem("model: localhost:5000/a/b").empty());
}

TEST_CASE("weight rules") {
  const auto weights = [](const std::string& entries) {
    return problem("model: a/b\nweights: [" + entries + "]");
  };
  CHECK(problem("image: x\nweights: [{name: a, target: /a, source: {uri: u}}]") ==
        "invalid image: weights require 'model', not 'image' — rename 'image' to 'model'");
  CHECK(problem("weights: [{name: a, target: /a, source: {uri: u}}]") ==
        "invalid model: weights require 'model' in cog.yaml — rename 'image' to 'model'");
  CHECK(weights("{}") ==
        "invalid weights[0].name: name is required\n"
        "invalid weights[0].source: source is required\n"
        "invalid weights[0].target: target is required");
  CHECK(weights("{name: A, target: a, source: {uri: u}}") ==
        "invalid weights[0].name \"A\": must contain only lowercase alphanumeric characters, "
        "hyphens, dots, or underscores (e.g. \"my-model-weights\")\n"
        "invalid weights[0].target \"a\": target must be an absolute path");
  CHECK(weights("{name: a, target: /../, source: {uri: u}}") ==
        "invalid weights[0].target \"/../\": target must not be the container root \"/\"");
  CHECK(weights("{name: a, target: /a, source: {uri: u}}, {name: a, target: /a, source: {uri: u}}, "
                "{name: b, target: /a/b, source: {uri: u}}") ==
        "invalid weights[1].name \"a\": duplicate weight name\n"
        "invalid weights[1].target \"/a\": duplicate weight target\n"
        "invalid weights[2].target \"/a/b\": target overlaps with \"/a\"; weight targets must be "
        "disjoint");
  CHECK(weights("{name: a, target: /a, source: {uri: u, include: [b, '!c']}}") ==
        "invalid weights[0].source.include[1] \"!c\": negation patterns (starting with '!') are "
        "not supported");
  CHECK(weights("{name: a, target: /a, source: [{uri: u}, {uri: u, exclude: ['', 'a\\b']}]}") ==
        "invalid weights[0].source[1].exclude[0]: pattern must not be empty\n"
        "invalid weights[0].source[1].exclude[1] \"a\\\\b\": patterns must use forward slashes, "
        "not backslashes");
}

TEST_CASE("errors come in Cog's order") {
  CHECK(problem("train: x\nrun: y\nconcurrency: {max: 0}\nenvironment: [A]\nbuild: {gpu: true}\n"
                "image: i\nmodel: m/m") ==
        "invalid run \"y\": must be in the form 'run.py:Runner', 'predict.cpp:Predictor', "
        "'model.pt' or "
        "'model.pt2'\n"
        "invalid train \"x\": must be in the form 'train.py:Trainer'\n"
        "invalid build.python_version: python_version is required. Add it to the build section of "
        "your cog.yaml, e.g. `python_version: \"3.13\"`\n"
        "invalid environment: environment variable \"A\" is not in the KEY=VALUE format\n"
        "invalid concurrency.max \"0\": must be at least 1\n"
        "invalid model: 'model' and 'image' cannot both be set");
}

TEST_CASE("deprecated keys are listed") {
  std::vector<std::string> texts;
  for (const Deprecation& deprecation :
       loaded("build: {python_version: '3.12', python_packages: [a], pre_install: [b]}\n"
              "predict: a.py:B\nconcurrency: {max: 1}")
           .deprecations) {
    texts.push_back(deprecation.text());
  }
  CHECK(texts ==
        std::vector<std::string>{
            "deprecated field \"predict\": use \"run\" instead",
            "deprecated field \"concurrency.max\": use \"@cog.concurrent(max=...)\" instead",
            "deprecated field \"build.python_packages\": use \"build.python_requirements\" instead",
            "deprecated field \"build.pre_install\": use \"build.run\" instead"});
  CHECK(loaded(kPython + "run: a.py:B").deprecations.empty());
}

TEST_CASE("unknown keys are warnings with the place, or errors") {
  const char* text = "buidl: {}\nbuild:\n  python_version: '3.12'\n  fast: true\n  gpus: false\n";
  CHECK(
      loaded(text).warnings ==
      std::vector<std::string>{"cog.yaml:1: unknown key \"buidl\"; did you mean \"build\"?",
                               "cog.yaml:4: unknown key \"fast\" in build; it is ignored",
                               "cog.yaml:5: unknown key \"gpus\" in build; did you mean \"gpu\"?"});
  CHECK(problem("fast: true", true) == "cog.yaml:1: unknown key \"fast\"; remove it");
  CHECK(problem(text, true).starts_with("cog.yaml:1: unknown key \"buidl\"; did you mean"));
}

TEST_CASE("a key of another section is named with its place") {
  CHECK(loaded("gpu: true\nmax: 2\ninputs: {}\nbuild:\n  python_version: '3.12'\n"
               "  concurrency: {max: 2}\n  default_target: 1\nconcurrency: {max: 1, gpu: true}\n")
            .warnings ==
        std::vector<std::string>{
            "cog.yaml:1: unknown key \"gpu\"; did you mean \"build.gpu\"?",
            "cog.yaml:2: unknown key \"max\"; did you mean \"concurrency.max\"?",
            "cog.yaml:3: unknown key \"inputs\"; did you mean \"tensors.inputs\"?",
            "cog.yaml:6: unknown key \"concurrency\" in build; did you mean \"concurrency\" at the "
            "top level?",
            "cog.yaml:7: unknown key \"default_target\" in build; did you mean "
            "\"concurrency.default_target\"?",
            "cog.yaml:8: unknown key \"gpu\" in concurrency; did you mean \"build.gpu\"?"});
  CHECK(problem("python_version: '3.12'", true) ==
        "cog.yaml:1: unknown key \"python_version\"; did you mean \"build.python_version\"?");
}

TEST_CASE("unknown keys stand before the errors that they may be the reason of") {
  const std::string typo =
      "cog.yaml:1: unknown key \"pythn_version\" in build; did you mean \"python_version\"?\n";
  const std::string missing = problem("build: {gpu: false}\npredict: a.py:B");
  REQUIRE_FALSE(missing.empty());
  CHECK(problem("build: {pythn_version: 3.12}\npredict: a.py:B") == typo + missing);
  CHECK(problem("build: {pythn_version: 3.12, gpu: maybe}") ==
        typo + problem("build: {gpu: maybe}"));
  CHECK(loaded("predit: a.py:B").error("wrong").message ==
        "cog.yaml:1: unknown key \"predit\"; did you mean \"predict\"?\nwrong");
}

TEST_CASE("wrong types name line and value") {
  const std::string prefix = "failed to parse cog.yaml: invalid YAML: yaml: unmarshal errors:\n  ";
  CHECK(problem("build:\n  gpu: maybe\n") ==
        prefix + "line 2: cannot unmarshal !!str `maybe` into bool");
  CHECK(problem("build:\n  gpu: 'true'\n  python_version: [3]\n") ==
        prefix +
            "line 2: cannot unmarshal !!str `true` into bool\n"
            "  line 3: cannot unmarshal !!seq into string");
  CHECK(problem("environment: A=1234567890") ==
        prefix + "line 1: cannot unmarshal !!str `A=12345...` into []string");
  CHECK(problem("concurrency: {max: 2.5}") ==
        prefix + "line 1: cannot unmarshal !!float `2.5` into int");
  CHECK(problem("- a") == prefix + "line 1: cannot unmarshal !!seq into a mapping");
  CHECK(problem("image: a\nimage: b") ==
        prefix + "line 2: mapping key \"image\" already defined at line 1");
  CHECK(problem("a: [").starts_with("failed to parse cog.yaml: invalid YAML: yaml: line "));
  CHECK(problem("predict: m.pt\ntensors: &t {inputs: *t}").starts_with("failed to parse cog.yaml"));
}

TEST_CASE("the file is found from a folder below") {
  const fs::path root = fs::temp_directory_path() / ("cogpp-config-" + std::to_string(::getpid()));
  const fs::path below = root / "a" / "b";
  fs::create_directories(below);
  const std::string name = "cogpp-test.yaml";
  CHECK(find_config(below, name).error().message ==
        name + " not found in " + below.string() + " (or in any parent directories)");

  std::ofstream(root / name) << "predict: a.cpp:B\n";
  CHECK(find_config(below, name).value() == root);
  const Result<LoadedConfig> config = load_config(below, {.file_name = name});
  REQUIRE(config.ok());
  CHECK(config->directory == root);
  CHECK(config->config.predictor().name == "B");

  std::ofstream(root / "requirements.txt") << "x\n";
  std::ofstream(root / name) << kPython << "build: {}\n";
  CHECK(load_config(root, {.file_name = name})
            .error()
            .message.starts_with("failed to parse " + name));
  std::ofstream(root / name)
      << "build: {python_version: '3.12', python_requirements: requirements.txt}";
  CHECK(load_config(below, {.file_name = name}).ok());
  std::ofstream(root / name).close();
  CHECK(load_config(below, {.file_name = name}).ok());
  fs::remove_all(root);
}

TEST_CASE("nearest names") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ab", "ba") == 1);
  CHECK(edit_distance("same", "same") == 0);
  const std::vector<std::string> names{"steps", "prompt", "seed"};
  CHECK(nearest_name("promt", names) == "prompt");
  CHECK(nearest_name("setps", names) == "steps");
  CHECK(nearest_name("pro", names) == "prompt");
  CHECK_FALSE(nearest_name("width", names));
  CHECK_FALSE(nearest_name("x", names));
}

}  // namespace
}  // namespace cogpp::schema
