// Outputs: values, files, streams, and what cannot be sent.
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "tests/unit/runtime/sdk/fake_host.hpp"

namespace outputs_test {
struct WithFile {
  cogpp::Path file;
};
COGPP_STRUCT(WithFile, file);
}  // namespace outputs_test

namespace cogpp::sdk {
namespace {

/// Runs one prediction and returns its outputs; the outcome goes to `outcome`.
template <class Class>
std::vector<std::string> outputs(int& outcome) {
  Driver driver(PREDICTOR_TABLE(Class));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  outcome = driver.predict("{}");
  if (outcome == COGPP_FAILED) return {driver.host.error};
  return driver.host.outputs;
}

template <class Class>
std::string description() {
  Json signature = Driver(PREDICTOR_TABLE(Class)).signature();
  return signature.text();
}

struct Nothing {
  void predict() {}
};
struct Texts {
  std::vector<std::string> predict() const noexcept { return {"a", "b"}; }
};
struct NoTexts {
  std::vector<std::string> predict() { return {}; }
};
struct File {
  Path predict() { return Path("/tmp/../tmp/x.png"); }
};
struct Files {
  std::vector<Path> predict() { return {"/a", "/b"}; }
};
struct Counting {
  Stream<std::int64_t> predict() {
    for (std::int64_t i = 0; i < 3; ++i) co_yield i;
  }
};
struct Quiet {
  Stream<Path, Live::kOff> predict() { co_yield Path("/p"); }
};
struct Words {
  TextStream predict() {
    co_yield "one ";
    co_yield std::string("two ") + "three";
    std::string_view rest = "!";
    co_yield rest;
  }
};
struct Bytes {
  TextStream predict() {
    co_yield "\xe2\x82";
    co_yield "\xac|\xf0\x9f";
    co_yield "\x98\x80";
    co_yield "end\xc3";
  }
};

TEST_CASE("a value is one chunk, a vector one for each element") {
  int outcome = 0;
  CHECK(outputs<Nothing>(outcome).empty());
  CHECK(outcome == COGPP_SUCCEEDED);
  CHECK(outputs<Texts>(outcome) == std::vector<std::string>{"\"a\"", "\"b\""});
  CHECK(outcome == COGPP_SUCCEEDED_STREAM);
  CHECK(outputs<NoTexts>(outcome).empty());
  CHECK(outcome == COGPP_SUCCEEDED_STREAM);
  CHECK(outputs<File>(outcome) == std::vector<std::string>{"file:/tmp/x.png"});
  CHECK(outcome == COGPP_SUCCEEDED);
  CHECK(outputs<Files>(outcome) == std::vector<std::string>{"file:/a", "file:/b"});
  CHECK(outcome == COGPP_SUCCEEDED_STREAM);
}

TEST_CASE("streams send each piece") {
  int outcome = 0;
  CHECK(outputs<Counting>(outcome) == std::vector<std::string>{"0", "1", "2"});
  CHECK(outcome == COGPP_SUCCEEDED_STREAM);
  CHECK(outputs<Quiet>(outcome) == std::vector<std::string>{"file:/p"});
  CHECK(outputs<Words>(outcome) == std::vector<std::string>{"\"one \"", "\"two three\"", "\"!\""});
  CHECK(outcome == COGPP_SUCCEEDED_STREAM);
}

TEST_CASE("a text stream never cuts a character") {
  int outcome = 0;
  CHECK(outputs<Bytes>(outcome) ==
        std::vector<std::string>{"\"\u20ac|\"", "\"\U0001f600\"", "\"end\"", "\"\ufffd\""});
}

TEST_CASE("the signature tells streams from values") {
  CHECK(description<Nothing>() == R"({"inputs":[],"mode":"value","output":{"kind":"object"}})");
  CHECK(description<Files>() ==
        R"({"inputs":[],"mode":"value","output":{"items":[{"kind":"path"}],"kind":"array"}})");
  CHECK(description<Counting>() ==
        R"({"inputs":[],"mode":"iterator","output":{"kind":"integer"},"streaming":true})");
  CHECK(description<Quiet>() == R"({"inputs":[],"mode":"iterator","output":{"kind":"path"}})");
  CHECK(description<Words>() ==
        R"({"inputs":[],"mode":"concatenate","output":{"kind":"string"},"streaming":true})");
}

TEST_CASE("what JSON cannot express fails with the reason") {
  struct NotANumber {
    std::vector<double> predict() { return {1, std::nan("")}; }
  };
  struct Infinite {
    Json predict() { return Json::object({{"a", std::numeric_limits<double>::infinity()}}); }
  };
  struct Binary {
    std::string predict() { return "ab\xff"; }
  };
  int outcome = 0;
  const std::string prefix = "Prediction failed: Failed to serialize output: ";
  CHECK(outputs<NotANumber>(outcome).at(0) == prefix + "NaN is no JSON number");
  CHECK(outcome == COGPP_FAILED);
  CHECK(outputs<Infinite>(outcome).at(0) == prefix + "infinity is no JSON number");
  CHECK(outputs<Binary>(outcome).at(0) ==
        prefix +
            "the text is not valid UTF-8 from byte 2 on; bytes that are no text belong into a "
            "cogpp::Path");
}

TEST_CASE("a file inside a struct is sent as a data URL") {
  struct Inside {
    outputs_test::WithFile predict() {
      const auto path = std::filesystem::temp_directory_path() /
                        ("cogpp-outputs-" + std::to_string(::getpid()) + ".TXT");
      std::ofstream(path) << "hello, world";
      return {Path(path)};
    }
  };
  struct Missing {
    outputs_test::WithFile predict() { return {Path("/nonexistent/x")}; }
  };
  int outcome = 0;
  CHECK(outputs<Inside>(outcome).at(0) == R"({"file":"data:text/plain;base64,aGVsbG8sIHdvcmxk"})");
  std::filesystem::remove(std::filesystem::temp_directory_path() /
                          ("cogpp-outputs-" + std::to_string(::getpid()) + ".TXT"));
  CHECK(outputs<Missing>(outcome).at(0) ==
        "Prediction failed: Failed to serialize output: cannot read the output file "
        "/nonexistent/x");
}

}  // namespace
}  // namespace cogpp::sdk
