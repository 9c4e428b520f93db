// The predictor of model files, through the table that cogpp-worker uses.
#include <cogpp/abi.h>
#include <dlfcn.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cogpp/torch.hpp>
#include <memory>
#include <thread>

#include "runtime/torch/archive.hpp"
#include "tests/unit/runtime/torch/models.hpp"

using Catch::Matchers::ContainsSubstring;
using cogpp::Json;
using cogpp::torch_tests::expected;
using cogpp::torch_tests::model;
using cogpp::torch_tests::TestFolder;

namespace {

CogppText text_of(const std::string& text) { return {text.data(), text.size()}; }
std::string string_of(CogppText text) { return {text.data, text.size}; }

/// What a predictor said to its host.
struct Host {
  std::vector<Json> outputs;
  std::vector<std::string> files;
  std::string failure;
  bool cancelled = false;
  CogppHostTable table{
      COGPP_ABI_VERSION,
      sizeof(CogppHostTable),
      [](void* host, CogppText json) {
        static_cast<Host*>(host)->outputs.push_back(Json::parse(string_of(json)));
      },
      [](void* host, CogppText path) {
        static_cast<Host*>(host)->files.push_back(string_of(path));
      },
      [](void*, int, CogppText) {},
      [](void*, CogppText, CogppText, int) {},
      [](void* host) { return static_cast<Host*>(host)->cancelled ? 1 : 0; },
      [](void* host, CogppText error) { static_cast<Host*>(host)->failure = string_of(error); }};
};

const CogppPredictorTable& table() {
  static void* const library = dlopen(COGPP_MODEL_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  return *reinterpret_cast<CogppPredictorEntry>(dlsym(library, COGPP_PREDICTOR_ENTRY))();
}

/// A model file with its section, set up or refused.
class Served {
 public:
  Served(const std::string& file, const std::string& tensors, const std::string& more = "") {
    const std::string options = R"({"device":"cpu","slots":2,"threads":1,"project":")" +
                                model("").string() + R"(","model":")" + model(file).string() +
                                R"(","tensors":)" + tensors + more + "}";
    predictor_ = table().create(text_of(options), &host, &host.table);
    if (predictor_ != nullptr)
      ready = table().setup(predictor_, &host, &host.table) == COGPP_SUCCEEDED;
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() {
    if (predictor_ != nullptr) table().destroy(predictor_);
  }

  int predict(const Json& input, std::uint32_t slot = 0) {
    host.outputs.clear();
    host.files.clear();
    host.failure.clear();
    const std::string text = input.dump(), folder = folder_.path().string();
    const CogppPrediction prediction{
        sizeof(CogppPrediction), slot,  text_of("id"), text_of(text), text_of("{}"),
        text_of(folder),         &host, &host.table};
    return table().predict(predictor_, &prediction);
  }
  Json signature() const { return Json::parse(string_of(table().signature(predictor_))); }

  Host host;
  bool ready = false;

 private:
  TestFolder folder_;
  void* predictor_ = nullptr;
};

const std::string kMixer =
    R"({"x":{"type":"array","shape":[-1,4]},"scale":{"type":"number","default":1.5}})";
std::string mixer_with(const std::string& output) {
  return R"({"inputs":)" + kMixer + R"(,"output":)" + output + "}";
}

bool close(const Json& ours, const Json& theirs) {
  if (ours.is_array()) {
    if (!theirs.is_array() || ours.size() != theirs.size()) return false;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (!close(ours[i], theirs[i])) return false;
    }
    return true;
  }
  return std::abs(ours.get<double>() - theirs.get<double>()) < 1e-5;
}

}  // namespace

TEST_CASE("a model without code answers as Python does, in both formats") {
  for (const char* file : {"mixer.pt", "mixer.pt2"}) {
    CAPTURE(file);
    Served array(file, mixer_with(R"({"type":"array"})"));
    INFO(array.host.failure);
    REQUIRE(array.ready);
    REQUIRE(array.predict({{"x", expected().at("x")}}) == COGPP_SUCCEEDED);
    REQUIRE(array.host.outputs.size() == 1);
    CHECK(close(array.host.outputs[0], expected().at("scores")));

    Served json(file, mixer_with(R"({"type":"json","names":["scores","best"]})"));
    REQUIRE(json.predict({{"x", expected().at("x")}, {"scale", 1.5}}, 1) == COGPP_SUCCEEDED);
    CHECK(close(json.host.outputs.at(0).at("scores"), expected().at("scores")));
    CHECK(json.host.outputs.at(0).at("best") == expected().at("best"));
  }
}

TEST_CASE("a model without code predicts in inference mode, whichever thread asks") {
  for (const char* file : {"mixer.pt", "mixer.pt2"}) {
    CAPTURE(file);
    Served served(file, mixer_with(R"({"type":"array"})"));
    REQUIRE(served.ready);
    for (const std::uint32_t slot : {0U, 1U}) {
      std::thread([&] {
        CHECK_FALSE(c10::InferenceMode::is_enabled());
        CHECK(served.predict({{"x", expected().at("x")}}, slot) == COGPP_SUCCEEDED);
        CHECK(c10::InferenceMode::is_enabled());
      }).join();
    }
  }
}

TEST_CASE("classes come best first, as a list of chunks") {
  Served served("mixer.pt2",
                R"({"inputs":{"x":{"type":"array","shape":[1,4]},"scale":{"type":"number"}},
      "output":{"type":"classes","labels":["a","b","c"],"top_k":3}})");
  INFO(served.host.failure);
  REQUIRE(served.ready);
  CHECK(served.signature().at("output").at("kind") == "array");
  const Json row = Json::array({expected().at("x").at(0)});
  REQUIRE(served.predict({{"x", row}, {"scale", 1.5}}) == COGPP_SUCCEEDED_STREAM);
  REQUIRE(served.host.outputs.size() == 3);
  const Json& softmax = expected().at("softmax");
  for (const Json& entry : served.host.outputs) {
    const auto place = static_cast<std::size_t>(entry.at("label").get<std::string>()[0] - 'a');
    CHECK(close(entry.at("score"), softmax.at(place)));
  }
  CHECK(served.host.outputs[0].at("score") >= served.host.outputs[1].at("score"));
}

TEST_CASE("a batch of one runs although the export's batch is dynamic, from a folder, too") {
  const TestFolder folder;
  const std::string unzip =
      "unzip -q '" + model("mixer.pt2").string() + "' -d '" + folder.path().string() + "'";
  REQUIRE(std::system(unzip.c_str()) == 0);
  for (const std::string& file : {model("mixer.pt2").string(), folder.path().string()}) {
    Served served(file, R"({"inputs":{"x":{"type":"array","shape":[1,4]},"scale":{"type":"number"}},
        "output":{"type":"array"}})");
    INFO(served.host.failure);
    REQUIRE(served.ready);
    const Json row = Json::array({expected().at("x").at(0)});
    REQUIRE(served.predict({{"x", row}, {"scale", 1.5}}) == COGPP_SUCCEEDED);
    CHECK(close(served.host.outputs[0][0], expected().at("scores").at(0)));
  }
}

TEST_CASE("names decide which argument an input is, not the order of the section") {
  Served served("mixer.pt",
                R"({"inputs":{"scale":{"type":"number"},"x":{"type":"array","shape":[-1,4]}},
      "output":{"type":"array"}})");
  INFO(served.host.failure);
  REQUIRE(served.ready);
  REQUIRE(served.predict({{"x", expected().at("x")}, {"scale", 1.5}}) == COGPP_SUCCEEDED);
  CHECK(close(served.host.outputs[0], expected().at("scores")));
}

TEST_CASE("a package's own output names are used") {
  Served served(
      "named.pt2",
      R"({"inputs":{"mask":{"type":"array","shape":[2,4]},"x":{"type":"array","shape":[2,4]}},
      "output":{"type":"json"}})");
  INFO(served.host.failure);
  REQUIRE(served.ready);
  REQUIRE(served.predict({{"x", expected().at("x")}, {"mask", expected().at("mask")}}) ==
          COGPP_SUCCEEDED);
  CHECK(close(served.host.outputs[0].at("masked"), expected().at("masked")));
  CHECK(close(served.host.outputs[0].at("total"), expected().at("total")));
}

TEST_CASE("an image goes in, and the prediction's folder is where one comes out") {
  const TestFolder folder;
  at::Tensor red = at::zeros({3, 10, 6}, at::kByte);
  red[0].fill_(255);
  cogpp::write_image(red, folder / "red.png");
  Served served("pooled.pt",
                R"({"inputs":{"image":{"type":"image","size":[8,8]}},"output":{"type":"array"}})");
  REQUIRE(served.ready);
  REQUIRE(served.predict({{"image", (folder / "red.png").string()}}) == COGPP_SUCCEEDED);
  CHECK(close(served.host.outputs[0], Json::parse("[[1.0, 0.0, 0.0]]")));
  REQUIRE(served.predict({{"image", "/nowhere.png"}}) == COGPP_FAILED);
  CHECK_THAT(served.host.failure,
             ContainsSubstring("input 'image': picture '/nowhere.png' cannot be read"));

  Served counter("counter.pt",
                 R"({"inputs":{"x":{"type":"image","size":[4,4]}},"output":{"type":"image"}})");
  REQUIRE(counter.ready);
  REQUIRE(counter.predict({{"x", (folder / "red.png").string()}}) == COGPP_SUCCEEDED);
  REQUIRE(counter.host.files.size() == 1);
  CHECK(std::filesystem::exists(counter.host.files[0]));
}

TEST_CASE("`stateless` and `warm_up` do what they say") {
  const std::string section =
      R"({"inputs":{"x":{"type":"array","shape":[1]}},"output":{"type":"number"},)";
  const Json zero{{"x", {0.0}}};
  Served cold("counter.pt", section + R"("warm_up":false})");
  REQUIRE(cold.predict(zero) == COGPP_SUCCEEDED);
  CHECK(cold.host.outputs[0] == 1.0);
  Served warm("counter.pt", section + R"("stateless":true})");
  REQUIRE(warm.predict(zero) == COGPP_SUCCEEDED);
  CHECK(warm.host.outputs[0] == 7.0);  // three warm-up runs for each of two slots came first
}

TEST_CASE("set-up refuses a section that does not fit the model") {
  const auto refusal = [](const std::string& file, const std::string& tensors) {
    Served served(file, tensors);
    CHECK_FALSE(served.ready);
    return served.host.failure;
  };
  const std::string one =
      R"({"inputs":{"x":{"type":"array","shape":[-1,4]}},"output":{"type":"array"}})";
  CHECK_THAT(refusal("mixer.pt", one),
             ContainsSubstring("takes 2 input(s) (x, scale), tensors.inputs names 1 (x)"));
  CHECK_THAT(refusal("mixer.pt2", one), ContainsSubstring("takes 2 input(s)"));
  const std::string narrow =
      R"({"inputs":{"x":{"type":"array","shape":[2,3]},"scale":{"type":"number"}},"output":{"type":"array"}})";
  CHECK_THAT(refusal("mixer.pt", narrow), ContainsSubstring("That was the warm-up with zeros"));
  CHECK_THAT(refusal("mixer.pt2", narrow), ContainsSubstring("That was the warm-up with zeros"));
  CHECK_THAT(refusal("mixer.pt2", mixer_with(R"({"type":"array","index":5})")),
             ContainsSubstring("index is 5, the model has 2 output(s)"));
  CHECK_THAT(refusal("none.pt", mixer_with(R"({"type":"array"})")),
             ContainsSubstring("does not exist"));
  CHECK_THAT(refusal("mixer.pt", R"({"inputs":{}})"), ContainsSubstring("tensors."));
}

TEST_CASE("a failed or cancelled prediction leaves the next one alone") {
  Served served("refuses.pt",
                R"({"inputs":{"x":{"type":"array","shape":[-1]}},"output":{"type":"array"}})");
  REQUIRE(served.ready);
  REQUIRE(served.predict({{"x", {-1}}}) == COGPP_FAILED);
  CHECK_THAT(served.host.failure, ContainsSubstring("negative numbers are not welcome"));
  REQUIRE(served.predict({{"x", {{1}}}}) == COGPP_FAILED);
  CHECK_THAT(served.host.failure, ContainsSubstring("shape [1, 1]; it must be [any]"));
  REQUIRE(served.predict(Json::object()) == COGPP_FAILED);
  CHECK_THAT(served.host.failure, ContainsSubstring("input 'x' is missing"));
  served.host.cancelled = true;
  CHECK(served.predict({{"x", {1}}}) == COGPP_CANCELED);
  served.host.cancelled = false;
  REQUIRE(served.predict({{"x", {1, 2}}}) == COGPP_SUCCEEDED);
  CHECK(served.host.outputs[0] == Json::parse("[2.0,4.0]"));
}

namespace {

/// A package as `cogpp build` leaves it in an image: unpacked, with its digests.
class Built {
 public:
  Built() {
    auto archive = cogpp::torch_models::Archive::open(model("mixer.pt2"));
    REQUIRE(archive.ok());
    for (const std::string& record : (*archive)->records()) {
      std::filesystem::create_directories((folder_ / record).parent_path());
      REQUIRE((*archive)->extract(record, folder_ / record).ok());
      if (record.ends_with(".so")) library = folder_ / record;
    }
    const std::string command = "cd " + folder_.path().string() +
                                " && sums=$(find . -type f -printf '%P\\n' | xargs sha256sum) && "
                                "echo \"$sums\" > SHA256SUMS";
    REQUIRE(std::system(command.c_str()) == 0);
  }
  std::string failure() const {
    const Served served(folder_.path().string(), mixer_with(R"({"type":"array"})"));
    return served.ready ? std::string() : served.host.failure;
  }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  std::filesystem::path library;

 private:
  TestFolder folder_;
};

}  // namespace

TEST_CASE("a model that is not the one built into the image is refused before it is loaded") {
  const Built built;
  CHECK(built.failure().empty());
  SECTION("changed") {
    std::fstream(built.library, std::ios::in | std::ios::out).write("x", 1);
    CHECK_THAT(built.failure(), ContainsSubstring("differs from its digest in SHA256SUMS"));
  }
  SECTION("missing") {
    std::filesystem::remove(built.library);
    CHECK_THAT(built.failure(), ContainsSubstring(".so' is missing. Build the image again."));
  }
  SECTION("added") {
    std::ofstream(built / "more.so") << "x";
    CHECK_THAT(built.failure(), ContainsSubstring("'more.so' was not part of it"));
  }
}
