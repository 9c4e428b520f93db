// Recorded model `outputs`: one value of each shape that JSON has. What Python has beyond that
// (sets, tuples, enums, dates, classes) is given as Cog serialises it.
#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "cogpp/predictor.hpp"

using cogpp::Json;

namespace {

const std::map<std::string_view, std::string_view> kTexts{
    {"str", R"("s")"},
    {"none", "null"},
    {"int", "3"},
    {"bool", "true"},
    // Two of these are wider than any integer of C++.
    {"ints", R"({"a":9223372036854775807,"b":18446744073709551615,"c":18446744073709551616,)"
             R"("d":-9223372036854775808,"e":-9223372036854775809})"},
    {"dict", R"({"b":1,"a":{"z":1,"y":[1,"x"]},"é":"ü","A":0})"},
    {"list", R"(["a","b"])"},
    {"emptylist", "[]"},
    {"list1", R"(["a"])"},
    {"tuple", R"(["a",1])"},
    {"set", "[1]"},
    {"frozenset", "[2]"},
    {"gen", R"(["g1","g2"])"},
    {"emptygen", "[]"},
    {"enum", R"("a-value")"},
    {"dt", R"("2020-01-02T03:04:05.000006")"},
    {"dataclass", R"({"y":1,"x":"q"})"},
    {"model", R"({"b":2,"a":null})"},
    {"dictintkey", R"({"1":"a"})"},
};

Json floats() {
  return Json::object({{"a", 1e-6},
                       {"b", 1e16},
                       {"c", 3.4e35},
                       {"d", 0.1},
                       {"e", 1e15},
                       {"f", -0.0},
                       {"g", 9061488000000000.0},
                       {"h", 0.00001},
                       {"i", 5e-324},
                       {"j", 1.7976931348623157e308},
                       {"k", 123456789012345680.0},
                       {"l", 1e-5},
                       {"m", 1e21},
                       {"n", 100.0}});
}

}  // namespace

class Predictor {
 public:
  Json predict(const std::string& kind) {
    if (kind == "float") return 1.0;
    if (kind == "floats") return floats();
    if (kind == "big") return std::string(7'000'000, 'x');
    if (kind == "inf") return std::numeric_limits<double>::infinity();
    if (kind == "surrogate") return "\xed\xa0\x80";  // U+D800 alone: not UTF-8
    return Json::parse(kTexts.at(kind));
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("kind").default_to("str"));
