// Where outputs go: files with the right names, the response as JSON.
#include "cli/support/outputs.hpp"

#include <catch2/catch_test_macros.hpp>

#include "cli/support/data_url.hpp"
#include "cli/support/files.hpp"

using cogpp::indented_text;
using cogpp::Json;
using cogpp::cli::Console;
using cogpp::cli::OutputPlan;
using cogpp::cli::read_file;
using cogpp::cli::TemporaryDirectory;
using cogpp::cli::to_data_url;
using cogpp::schema::Kind;
using cogpp::schema::Signature;

namespace fs = std::filesystem;

namespace {

struct OutputFixture {
  TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  std::FILE* messages = std::tmpfile();
  Console console{{}, messages};
  ~OutputFixture() { std::fclose(messages); }

  std::string path(const std::string& name) const { return (directory.path() / name).string(); }
  cogpp::Status write(const std::string& output, bool json, const Json& response, Kind kind) {
    const auto plan = OutputPlan::create({.path = output, .json = json}, console);
    if (!plan) return plan.error();
    Signature signature;
    signature.output.kind = kind;
    return plan->write(response, signature, console);
  }
};

Json succeeded(const Json& output) { return {{"status", "succeeded"}, {"output", output}}; }

}  // namespace

TEST_CASE_METHOD(OutputFixture, "text and JSON go to the named file") {
  REQUIRE(write(path("a.txt"), false, succeeded("hello"), Kind::kString));
  CHECK(*read_file(path("a.txt")) == "hello");
  REQUIRE(write(path("b.json"), false, succeeded(Json::array({1, 2})), Kind::kInteger));
  CHECK(*read_file(path("b.json")) == "[\n  1,\n  2\n]");
}

TEST_CASE_METHOD(OutputFixture, "a directory gets the default name") {
  REQUIRE(write(directory.path().string(), false, succeeded("x"), Kind::kString));
  CHECK(*read_file(path("output")) == "x");
  fs::create_directories(path("output.json"));
  const auto status = write(directory.path().string(), true, succeeded("x"), Kind::kString);
  REQUIRE_FALSE(status);
  CHECK(status.error().message ==
        "Output path is not writable: Default output name \"output.json\" conflicts with "
        "directory, provide --output");
}

TEST_CASE_METHOD(OutputFixture, "a file output takes its extension from the type or the name") {
  const Json png = succeeded(to_data_url("image/png", "PNG"));
  REQUIRE(write(path("picture"), false, png, Kind::kPath));
  CHECK(*read_file(path("picture.png")) == "PNG");
  REQUIRE(write(path("picture.jpg"), false, png, Kind::kPath));
  CHECK(*read_file(path("picture.jpg")) == "PNG");
  REQUIRE(write(path("v1.5"), false, png, Kind::kPath));
  CHECK(*read_file(path("v1.5.png")) == "PNG");
  REQUIRE(write(path("blob"), false, succeeded("data:;base64,YQ=="), Kind::kPath));
  CHECK(*read_file(path("blob")) == "a");
}

TEST_CASE_METHOD(OutputFixture, "several files are numbered") {
  const Json two = succeeded({to_data_url("image/png", "A"), to_data_url("image/png", "B")});
  REQUIRE(write(path("out.png"), false, two, Kind::kPath));
  CHECK(*read_file(path("out.0.png")) == "A");
  CHECK(*read_file(path("out.1.png")) == "B");
}

TEST_CASE_METHOD(OutputFixture, "the whole response, with paths for files") {
  Json response = succeeded(to_data_url("text/plain", "A"));
  response["metrics"] = {{"predict_time", 0.5}};
  REQUIRE(write(path("r.json"), true, response, Kind::kPath));
  const std::string file = path("output.txt");
  CHECK(*read_file(file) == "A");
  CHECK(*read_file(path("r.json")) == "{\n  \"status\": \"succeeded\",\n  \"output\": \"" + file +
                                          "\",\n  \"error\": \"\",\n  \"metrics\": {\n    "
                                          "\"predict_time\": 0.5\n  }\n}");
}

TEST_CASE_METHOD(OutputFixture, "a failed prediction is an error") {
  const Json failed = {{"status", "failed"}, {"error", "boom"}};
  const auto plain = write("", false, failed, Kind::kString);
  REQUIRE_FALSE(plain);
  CHECK(plain.error().message == "Prediction failed with status \"failed\": boom");
  const auto json = write(path("f.json"), true, failed, Kind::kString);
  REQUIRE_FALSE(json);
  CHECK(read_file(path("f.json"))->find("\"error\": \"boom\"") != std::string::npos);
}

TEST_CASE_METHOD(OutputFixture, "places that cannot be written are refused at once") {
  const auto missing = OutputPlan::create({.path = path("no/such/x.txt"), .json = false}, console);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.starts_with("Output path is not writable: "));
}

TEST_CASE("indented JSON") {
  CHECK(indented_text(Json::array()) == "[]");
  CHECK(indented_text(Json::object()) == "{}");
  CHECK(indented_text(Json(1.0)) == "1.0");
  CHECK(indented_text(Json{{"b", Json::array({1, Json::object()})}, {"a", "ü"}}) ==
        "{\n  \"a\": \"ü\",\n  \"b\": [\n    1,\n    {}\n  ]\n}");
}
