// Inputs of the command line: coercion, files, JSON, and every rule's text
// (cog-cli §9).
#include "cli/support/inputs.hpp"

#include <catch2/catch_test_macros.hpp>

#include "cli/support/files.hpp"

using cogpp::Json;
using cogpp::cli::coerce_scalar;
using cogpp::cli::InputArguments;
using cogpp::cli::read_inputs;
using cogpp::cli::TemporaryDirectory;
using cogpp::cli::write_file;
using cogpp::schema::Input;
using cogpp::schema::Kind;
using cogpp::schema::Signature;
using cogpp::schema::Type;

namespace {

Type type(Kind kind) {
  Type result;
  result.kind = kind;
  return result;
}

Type list_of(Kind kind) {
  Type result = type(Kind::kArray);
  result.items = {type(kind)};
  return result;
}

Input input(const std::string& name, Type of) {
  Input result;
  result.name = name;
  result.type = std::move(of);
  return result;
}

Input optional_input(const std::string& name, Type of) {
  of.optional = true;
  return input(name, std::move(of));
}

/// One optional input of each type, so that a test names only what it is about.
Signature everything() {
  Type either = type(Kind::kUnion);
  either.items = {type(Kind::kInteger), type(Kind::kString)};
  Input either_or_null = optional_input("either", either);
  either_or_null.default_value = Json(nullptr);  // without it a union is required, null or not
  return {.inputs = {optional_input("text", type(Kind::kString)),
                     optional_input("count", type(Kind::kInteger)),
                     optional_input("scale", type(Kind::kNumber)),
                     optional_input("flag", type(Kind::kBoolean)),
                     optional_input("image", type(Kind::kPath)),
                     optional_input("options", type(Kind::kObject)),
                     optional_input("numbers", list_of(Kind::kInteger)),
                     optional_input("words", list_of(Kind::kString)),
                     optional_input("files", list_of(Kind::kPath)), either_or_null},
          .output = {}};
}

cogpp::Result<Json> from_pairs(const std::vector<std::string>& pairs) {
  return read_inputs(everything(), InputArguments{.pairs = pairs, .json = std::nullopt});
}

Json value(const std::string& pair) {
  const auto inputs = from_pairs({pair});
  REQUIRE(inputs);
  return (*inputs)[pair.substr(0, pair.find('='))];
}

std::string error(const Signature& signature, const std::vector<std::string>& pairs) {
  const auto inputs = read_inputs(signature, InputArguments{.pairs = pairs, .json = std::nullopt});
  return inputs ? "no error" : inputs.error().message;
}

std::string json_error(const Signature& signature, const std::string& json) {
  const auto inputs = read_inputs(signature, InputArguments{.pairs = {}, .json = json});
  return inputs ? "no error" : inputs.error().message;
}

}  // namespace

TEST_CASE("scalars become the first type that fits") {
  CHECK(value("count=3") == Json(3));
  CHECK(value("count=3000000000") == Json(3000000000));
  CHECK(value("scale=3").is_number_integer());
  CHECK(value("scale=0.1") == Json(0.1));
  CHECK(value("scale=1e3") == Json(1000.0));
  CHECK(value("flag=true") == Json(true));
  CHECK(value("text=true") == Json("true"));
  CHECK(value("text=12") == Json("12"));
  CHECK(value("text=a=b") == Json("a=b"));
  CHECK(value("text=") == Json(""));
  CHECK(value("text=\"quoted\"") == Json("quoted"));
  CHECK(value("text=\"") == Json("\""));
  CHECK(value("either=5") == Json(5));
  CHECK(value("either=five") == Json("five"));
}

TEST_CASE("arrays from one value, JSON text or repeats") {
  CHECK(value("numbers=1") == Json::array({1}));
  CHECK(value("numbers=[1, 2]") == Json::array({1, 2}));
  CHECK(value("words=[\"a\"]") == Json::array({"a"}));
  const auto repeated = from_pairs({"numbers=1", "text=x", "numbers=2"});
  REQUIRE(repeated);
  CHECK((*repeated)["numbers"] == Json::array({1, 2}));
  CHECK(error(everything(), {"count=1", "count=2"}) ==
        "invalid input \"count\": expected integer, got array");
}

TEST_CASE("objects are JSON text") {
  CHECK(value("options={\"a\": 1}") == Json({{"a", 1}}));
  CHECK(error(everything(), {"options={a"}).starts_with("input \"options\": not valid JSON: "));
}

TEST_CASE("@ sends a file") {
  const auto directory = TemporaryDirectory::create(std::filesystem::temp_directory_path());
  REQUIRE(directory);
  const std::string path = (directory->path() / "a.png").string();
  REQUIRE(write_file(path, "abc"));
  CHECK(value("image=@" + path) == Json("data:image/png;base64,YWJj"));
  CHECK(value("text=@" + path) == Json("data:image/png;base64,YWJj"));
  CHECK(value("text=@@" + path) == Json("@" + path));
  CHECK(value("text=@@@x") == Json("@@x"));
  const auto two = from_pairs({"files=@" + path, "files=https://example.com/b.png"});
  REQUIRE(two);
  CHECK((*two)["files"] ==
        Json::array({"data:image/png;base64,YWJj", "https://example.com/b.png"}));
  CHECK(error(everything(), {"image=@/no/such.jpg"}) ==
        "input \"image\": open /no/such.jpg: no such file or directory");
  CHECK(error(everything(), {"image=@" + directory->path().string()}).ends_with("is a directory"));
}

TEST_CASE("text is UTF-8") {
  const std::string reason = "not valid UTF-8; convert the text, or send a file with -i ";
  for (const std::string text : {"\xff\xfe", "@@\xff", "[\"\xff\"]"}) {
    CHECK(error(everything(), {"text=" + text}) == "input \"text\": " + reason + "text=@path");
    CHECK(error(everything(), {"words=a", "words=" + text}) ==
          "input \"words\": " + reason + "words=@path");
  }
  // A path may be any bytes.
  CHECK(error(everything(), {"image=@/no\xff"}).find("UTF-8") == std::string::npos);
}

TEST_CASE("JSON inputs") {
  const auto directory = TemporaryDirectory::create(std::filesystem::temp_directory_path());
  REQUIRE(directory);
  const std::string file = (directory->path() / "in.json").string();
  const std::string text = (directory->path() / "t.txt").string();
  REQUIRE(write_file(text, "abc"));
  REQUIRE(write_file(file, "{\"count\": 3, \"image\": \"@" + text + "\"}"));
  const auto inputs = read_inputs(everything(), InputArguments{.pairs = {}, .json = "@" + file});
  REQUIRE(inputs);
  CHECK((*inputs)["count"] == Json(3));
  CHECK((*inputs)["image"] == Json("data:text/plain;base64,YWJj"));
  CHECK(json_error(everything(), "[1]").starts_with("Failed to parse JSON: expected an object"));
  CHECK(json_error(everything(), "{\"count\": }").starts_with("Failed to parse JSON: "));
  CHECK(read_inputs(everything(), InputArguments{.pairs = {}, .json = R"({"text": "@@x"})"})
            ->at("text") == Json("@x"));
  CHECK(json_error(everything(), "@/no/such.json") ==
        "Failed to read JSON from file \"/no/such.json\": open /no/such.json: no such file or "
        "directory");
  CHECK(json_error(everything(), R"({"image": "@/no/such.jpg"})") ==
        "input \"image\": failed to read file \"/no/such.jpg\": open /no/such.jpg: no such file or "
        "directory");
  // Names are checked before files are read.
  CHECK(json_error(everything(), R"({"imagee": "@/no/such.jpg"})").starts_with("unknown input"));
}

TEST_CASE("unknown and missing inputs") {
  const Signature two = {.inputs = {input("prompt", type(Kind::kString)),
                                    optional_input("count", type(Kind::kInteger))},
                         .output = {}};
  CHECK(error(two, {"nope=1"}) == "unknown input \"nope\"; valid inputs are: count, prompt");
  CHECK(error(two, {"z=1", "a=1"}) ==
        "unknown inputs \"a\", \"z\"; valid inputs are: count, prompt");
  CHECK(error(two, {"promt=1"}) ==
        "unknown input \"promt\"; valid inputs are: count, prompt\n"
        "Did you mean \"prompt\" instead of \"promt\"?");
  CHECK(error({}, {"a=1"}) == "unknown input \"a\"; model does not accept inputs");
  CHECK(error(two, {}) == "missing required input \"prompt\"");
  CHECK(error(two, {"prompt"}) ==
        "Failed to parse input 'prompt', expected format is 'name=value'");
}

TEST_CASE("an input is missing where the server would miss it") {
  Input number = input("number", type(Kind::kInteger));
  number.default_value = Json(nullptr);  // `number: int = Input(default=None)`
  CHECK(error({.inputs = {number}, .output = {}}, {}) == "missing required input \"number\"");
  Input key = input("key", type(Kind::kSecret));
  key.default_value = Json(nullptr);
  CHECK(error({.inputs = {key}, .output = {}}, {}) == "no error");
  Type either = type(Kind::kUnion);
  either.items = {type(Kind::kInteger), type(Kind::kString)};
  Input union_input = optional_input("either", either);
  CHECK(error({.inputs = {union_input}, .output = {}}, {}) == "missing required input \"either\"");
  union_input.required = false;  // as a document of one's own may say
  CHECK(error({.inputs = {union_input}, .output = {}}, {}) == "no error");
}

TEST_CASE("types are named as expected and got") {
  CHECK(error(everything(), {"count=x"}) ==
        "invalid input \"count\": expected integer, got string");
  CHECK(error(everything(), {"count=1.5"}) ==
        "invalid input \"count\": expected integer, got string");
  CHECK(json_error(everything(), R"({"count": 1.5})") ==
        "invalid input \"count\": expected integer, got number");
  CHECK(json_error(everything(), R"({"count": 2.0})") == "no error");
  CHECK(json_error(everything(), R"({"text": 1})") ==
        "invalid input \"text\": expected string, got number");
  CHECK(json_error(everything(), R"({"flag": "yes"})") ==
        "invalid input \"flag\": expected boolean, got string");
  CHECK(json_error(everything(), R"({"numbers": [1, "a"]})") ==
        "invalid input \"numbers.1\": expected integer, got string");
  CHECK(json_error(everything(), R"({"either": []})") ==
        "invalid input \"either\": expected integer or string, got array");
  CHECK(json_error(everything(), R"({"text": null})") ==
        "invalid input \"text\": must not be null (omit the input to use its default)");
}

TEST_CASE("constraints") {
  Input count = input("count", type(Kind::kInteger));
  count.ge = 1;
  count.le = 10;
  count.default_value = Json(1);
  Input size = optional_input("size", type(Kind::kString));
  size.choices = {"small", "medium", "large"};
  Input word = optional_input("word", type(Kind::kString));
  word.min_length = 2;
  word.max_length = 3;
  Input code = optional_input("code", type(Kind::kString));
  code.regex = "^[a-z]+$";
  const Signature signature = {.inputs = {count, size, word, code}, .output = {}};
  CHECK(error(signature, {}) == "no error");
  CHECK(error(signature, {"count=0"}) == "invalid input \"count\": number must be at least 1");
  CHECK(error(signature, {"count=11"}) == "invalid input \"count\": number must be at most 10");
  CHECK(error(signature, {"size=tiny"}) ==
        "invalid input \"size\": must be one of: small, medium, large");
  CHECK(error(signature, {"word=a"}) == "invalid input \"word\": minimum string length is 2");
  CHECK(error(signature, {"word=abcd"}) == "invalid input \"word\": maximum string length is 3");
  CHECK(error(signature, {"word=äöü"}) == "no error");
  CHECK(error(signature, {"code=ABC"}) ==
        "invalid input \"code\": string doesn't match the regular expression \"^[a-z]+$\"");
  CHECK(error(signature, {"code=abc"}) == "no error");
  CHECK(error(signature, {"count=0", "size=tiny"}) ==
        "input validation failed:\n"
        "- invalid input \"count\": number must be at least 1\n"
        "- invalid input \"size\": must be one of: small, medium, large");
}

TEST_CASE("fields of a struct") {
  Type point = type(Kind::kStruct);
  point.fields = {
      {.name = "x", .type = type(Kind::kNumber), .default_value = {}, .description = {}},
      {.name = "y", .type = type(Kind::kNumber), .default_value = Json(0), .description = {}}};
  const Signature signature = {.inputs = {input("point", point)}, .output = {}};
  CHECK(error(signature, {R"(point={"x": 1})"}) == "no error");
  CHECK(error(signature, {"point={}"}) == "invalid input \"point.x\": is required");
  CHECK(error(signature, {R"(point={"x": "a"})"}) ==
        "invalid input \"point.x\": expected number, got string");
}

TEST_CASE("coercion does not overreach") {
  CHECK(coerce_scalar("99999999999999999999", type(Kind::kInteger)).is_string());
  CHECK(coerce_scalar("nan", type(Kind::kNumber)).is_string());
  CHECK(coerce_scalar("1x", type(Kind::kNumber)).is_string());
  CHECK(coerce_scalar("", type(Kind::kInteger)).is_string());
  CHECK(coerce_scalar("-5", type(Kind::kInteger)) == Json(-5));
}
