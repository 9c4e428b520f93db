// Which strings of an input are fetched: type and value are walked together.
#include "schema/file_inputs.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace cogpp::schema {
namespace {

/// One input `x` of the type, in the signature's JSON form, and its value.
std::vector<std::string> urls(const std::string& type, const std::string& value) {
  const auto signature = signature_from_json(
      Json::parse(R"({"output":{"kind":"string"},"inputs":[{"name":"x","type":)" + type + "}]}"));
  const Json input = {{"x", Json::parse(value)}, {"other", "http://h/no"}};
  std::vector<std::string> found;
  for (const Json* url : file_urls(input, signature.value()))
    found.push_back(url->get<std::string>());
  return found;
}

using Urls = std::vector<std::string>;

constexpr const char* kClip = R"({"kind":"struct","fields":[
    {"name":"file","type":{"kind":"path"}},{"name":"name","type":{"kind":"string"}},
    {"name":"more","type":{"kind":"array","items":[{"kind":"path","optional":true}]}}]})";

TEST_CASE("a path is fetched by itself when it is a URL") {
  const char* path = R"({"kind":"path"})";
  for (const char* url : {"http://h/a", "https://h/a", "data:,x"}) {
    CHECK(urls(path, to_text(Json(url))) == Urls{url});
  }
  for (const char* value : {R"("/etc/hostname")", R"("HTTP://h/a")", R"("gs://b/o")", R"("")",
                            "null", "7", R"(["/etc/hostname"])", R"({"x":"http://h/a"})"}) {
    CHECK(urls(path, value).empty());
  }
  CHECK(urls(R"({"kind":"string"})", R"("http://h/a")").empty());
  CHECK(urls(R"({"kind":"object"})", R"({"x":"http://h/a"})").empty());
}

TEST_CASE("paths are found in lists, maps and structs, at any depth") {
  const std::string lists =
      R"({"kind":"array","items":[{"kind":"array","items":[{"kind":"path"}]}]})";
  CHECK(urls(lists, R"([["http://h/1","x","data:,2"],[],["http://h/3"],"http://h/no",null])") ==
        Urls{"http://h/1", "data:,2", "http://h/3"});
  const std::string map = R"({"kind":"map","items":[{"kind":"path"}]})";
  CHECK(urls(map, R"({"a":"http://h/1","b":"x","c":{"d":"http://h/no"}})") == Urls{"http://h/1"});
  CHECK(urls(kClip, R"({"file":"http://h/1","name":"http://h/no","more":[null,"data:,2"],
                        "unknown":"http://h/no"})") == Urls{"http://h/1", "data:,2"});
  CHECK(urls(kClip, R"({"name":"n"})").empty());
  CHECK(urls(kClip, R"(["http://h/no"])").empty());
  const std::string all = R"({"kind":"array","optional":true,"items":[{"kind":"map","items":[)" +
                          std::string(kClip) + "]}]}";
  CHECK(urls(all, R"([{"a":{"file":"http://h/1"}},{"b":{"more":["http://h/2"]},"c":null}])") ==
        Urls{"http://h/1", "http://h/2"});
  CHECK(urls(all, "null").empty());
}

TEST_CASE("a file may come as a list of files") {
  CHECK(urls(R"({"kind":"path"})", R"(["http://h/1","x","data:,2"])") ==
        Urls{"http://h/1", "data:,2"});
}

TEST_CASE("what holds no paths is not looked into") {
  const std::string texts =
      R"({"kind":"array","items":[{"kind":"map","items":[{"kind":"string"}]}]})";
  CHECK(urls(texts, R"([{"a":"http://h/no"}])").empty());
  // Neither Cog nor COGPP_PREDICTOR knows a union with files.
  const std::string either =
      R"({"kind":"union","items":[{"kind":"array","items":[{"kind":"path"}]},{"kind":"path"}]})";
  CHECK(urls(either, R"("http://h/no")").empty());
  CHECK(urls(R"({"kind":"array","items":[)" + either + "]}", R"([["http://h/no"]])").empty());
}

TEST_CASE("an input that is no object has no files") {
  Signature signature;
  signature.inputs.push_back({.name = "x", .type = {.kind = Kind::kPath, .fields = {}}});
  for (const Json& input : {Json(), Json("http://h/a"), Json::array({"http://h/a"})}) {
    CHECK(file_urls(input, signature).empty());
  }
}

}  // namespace
}  // namespace cogpp::schema
