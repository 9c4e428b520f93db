// The writer and the reader against serde_json's texts, places and limits.
#include "schema/json.hpp"

#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "schema/json_reader.hpp"

namespace cogpp {
namespace {

std::string error_of(std::string_view text) {
  const Result<Json> result = parse_json(text);
  return result ? "parsed as " + to_text(*result) : result.error().message;
}

std::string rewritten(std::string_view text) {
  const Result<Json> result = parse_json(text);
  return result ? to_text(*result) : "error: " + result.error().message;
}

struct Pair {
  std::string_view in;
  std::string_view out;
};

TEST_CASE("numbers are written as serde_json writes them") {
  for (const auto& [in, out] : {Pair{"1.0", "1.0"},
                                Pair{"1e2", "100.0"},
                                Pair{"1E5", "100000.0"},
                                Pair{"1.5e300", "1.5e+300"},
                                Pair{"0.1", "0.1"},
                                Pair{"1e-7", "1e-7"},
                                Pair{"123456789.123456789", "123456789.12345679"},
                                Pair{"9007199254740993", "9007199254740993"},
                                Pair{"1e15", "1000000000000000.0"},
                                Pair{"1e16", "1e+16"},
                                Pair{"0.00001", "0.00001"},
                                Pair{"0.000001", "1e-6"},
                                Pair{"18446744073709551615", "18446744073709551615"},
                                Pair{"18446744073709551616", "1.8446744073709552e+19"},
                                Pair{"-9223372036854775808", "-9223372036854775808"},
                                Pair{"-9223372036854775809", "-9.223372036854776e+18"},
                                Pair{"-0", "-0.0"},
                                Pair{"-0.0", "-0.0"},
                                Pair{"0", "0"},
                                Pair{"0.0", "0.0"},
                                Pair{"1e-400", "0.0"},
                                Pair{"5e-324", "5e-324"},
                                Pair{"1.7976931348623157e308", "1.7976931348623157e+308"},
                                Pair{"123456789012345680.0", "1.2345678901234568e+17"},
                                Pair{"9061488000000000.0", "9061488000000000.0"},
                                Pair{"-12.5", "-12.5"},
                                Pair{"0.000123", "0.000123"},
                                Pair{"3.4e35", "3.4e+35"},
                                Pair{"-7", "-7"}}) {
    CHECK(rewritten(in) == out);
  }
}

TEST_CASE("what JSON cannot say becomes null") {
  CHECK(to_text(Json(std::numeric_limits<double>::infinity())) == "null");
  CHECK(to_text(Json(std::numeric_limits<double>::quiet_NaN())) == "null");
  CHECK(to_text(Json::binary({1, 2})) == "null");
}

TEST_CASE("strings escape only what must be escaped") {
  CHECK(quoted("q\" b\\ n\n t\t r\r bs\b ff\f us\x1f del\x7f sl/ \xe2\x80\xa8") ==
        "\"q\\\" b\\\\ n\\n t\\t r\\r bs\\b ff\\f us\\u001f del\x7f sl/ \xe2\x80\xa8\"");
  CHECK(quoted(std::string("\0", 1)) == "\"\\u0000\"");
  std::string out = "x";
  append_quoted(out, "");
  CHECK(out == "x\"\"");
}

TEST_CASE("trees keep their order and come back") {
  CHECK(rewritten(R"( {"b":1, "a":[true,false,null,{}, []],"A":"x"} )") ==
        R"({"A":"x","a":[true,false,null,{},[]],"b":1})");
  CHECK(to_text(OrderedJson::parse(R"({"b":1,"a":2})")) == R"({"b":1,"a":2})");
  CHECK(rewritten(R"({"a":1,"b":2,"a":[3]})") == R"({"a":[3],"b":2})");
  CHECK(rewritten(R"("\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\")") == "\"é😀/\\b\\f\\n\\r\\t\\\"\\\\\"");
}

TEST_CASE("errors have serde_json's texts and places") {
  CHECK(error_of("") == "EOF while parsing a value at line 1 column 0");
  CHECK(error_of("  \n ") == "EOF while parsing a value at line 2 column 1");
  CHECK(error_of("[1,]") == "trailing comma at line 1 column 4");
  CHECK(error_of("[1 2]") == "expected `,` or `]` at line 1 column 4");
  CHECK(error_of("[") == "EOF while parsing a list at line 1 column 1");
  CHECK(error_of("{\"a\":1") == "EOF while parsing an object at line 1 column 6");
  CHECK(error_of("{\"a\" 1}") == "expected `:` at line 1 column 6");
  CHECK(error_of("{\"a\":1 \"b\"}") == "expected `,` or `}` at line 1 column 8");
  CHECK(error_of("{\n\"a\":1,\n}") == "trailing comma at line 3 column 1");
  CHECK(error_of("{'a':1}") == "key must be a string at line 1 column 2");
  CHECK(error_of("tru") == "EOF while parsing a value at line 1 column 3");
  CHECK(error_of("trux") == "expected ident at line 1 column 4");
  CHECK(error_of("01") == "invalid number at line 1 column 2");
  CHECK(error_of("1.") == "EOF while parsing a value at line 1 column 2");
  CHECK(error_of("1.x") == "invalid number at line 1 column 3");
  CHECK(error_of("-") == "EOF while parsing a value at line 1 column 1");
  CHECK(error_of("1e400") == "number out of range at line 1 column 5");
  CHECK(error_of("-1e400") == "number out of range at line 1 column 6");
  CHECK(error_of("1 2") == "trailing characters at line 1 column 3");
  CHECK(error_of("NaN") == "expected value at line 1 column 1");
  CHECK(error_of("\"a") == "EOF while parsing a string at line 1 column 2");
  CHECK(error_of("\"\\x\"") == "invalid escape at line 1 column 3");
  CHECK(error_of("\"\\ud800\"") == "unexpected end of hex escape at line 1 column 8");
  CHECK(error_of("\"\\ud800\\u0041\"") ==
        "lone leading surrogate in hex escape at line 1 column 13");
  CHECK(error_of("\"\\udc00\"") == "lone leading surrogate in hex escape at line 1 column 7");
  CHECK(error_of("\"a\nb\"") ==
        "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0");
}

TEST_CASE("strings must be UTF-8") {
  for (const std::string_view text :
       {std::string_view("\"\xff\""), std::string_view("\"\xc0\xaf\""),
        std::string_view("\"\xed\xa0\x80\""), std::string_view("\"\xf4\x90\x80\x80\""),
        std::string_view("\"\xe2\x82\""), std::string_view("\"0123456789\xe0\x9f\xbf\"")}) {
    CHECK(error_of(text).starts_with("invalid unicode code point at line 1 column "));
  }
}

TEST_CASE("long strings are scanned in words without losing a byte") {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string plain(length, 'x');
    CHECK(parse_json(quoted(plain)).value().get<std::string>() == plain);
    for (const std::string_view tail : {"\\", "\"", "\n", "é", "\x01", "\x7f"}) {
      const std::string text = plain + std::string(tail) + plain;
      CHECK(parse_json(quoted(text)).value().get<std::string>() == text);
    }
  }
}

TEST_CASE("nesting ends at 127, except in what is skipped") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(parse_json(nested(127)).ok());
  CHECK(error_of(nested(128)) == "recursion limit exceeded at line 1 column 128");
  const std::string deep = nested(100'000);
  JsonReader reader(deep);
  CHECK((reader.skip() && reader.finish()));
}

TEST_CASE("skipped values are checked as serde checks them") {
  for (const auto& [in, out] : {Pair{"[1,]", "expected value at line 1 column 4"},
                                Pair{"{\"a\":1,}", "key must be a string at line 1 column 8"},
                                Pair{"[1 2]", "expected `,` or `]` at line 1 column 4"},
                                Pair{"{\"a\":{}", "EOF while parsing an object at line 1 column 7"},
                                Pair{"[{},[", "EOF while parsing a list at line 1 column 5"},
                                Pair{"\"\\q\"", "invalid escape at line 1 column 3"},
                                Pair{"-x", "invalid number at line 1 column 2"},
                                Pair{"", "EOF while parsing a value at line 1 column 0"}}) {
    JsonReader reader(in);
    CHECK_FALSE(reader.skip());
    CHECK(reader.failure().text == out);
    CHECK(reader.failure().malformed);
  }

  for (const std::string_view good :
       {"[1,-2.5e-3,{\"a\":[null,true,false],\"b\":{}},\"\\ud800\"]", "0", "\"\xff\""}) {
    JsonReader skipper(good);
    CHECK((skipper.skip() && skipper.finish()));
  }
}

TEST_CASE("a failure names its path") {
  const auto path_of = [](std::string_view text) {
    JsonReader reader(text);
    Json value;
    CHECK_FALSE(reader.read(value));
    return reader.failure().path;
  };
  CHECK(path_of(R"({"a":{"b":[0,{"c":tru}]}})") == "a.b[1].c");
  CHECK(path_of(R"({"a":{"b":1,}})") == "a.?");
  CHECK(path_of(R"({"a":1,})").empty());
  CHECK(path_of(R"([[1,]])") == "[0]");
}

}  // namespace
}  // namespace cogpp
