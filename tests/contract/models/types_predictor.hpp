// Recorded models `types` and `typesreq`: every kind of input with every constraint, reported
// back as Python shows it. Before the include, TYPES_PATH is the type of `p`, TYPES_PATH_INPUT
// its description.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cogpp/predictor.hpp"
#include "input_file.hpp"
#include "python_repr.hpp"

using cogpp::Json;
using OptionalPath = std::optional<cogpp::Path>;
using Union = std::variant<std::string, double>;

class Predictor {
 public:
  Json predict(const std::string& s, std::int64_t i, double f, bool b, const TYPES_PATH& p,
               const std::optional<cogpp::Secret>& sec, const std::vector<std::int64_t>& nums,
               const std::vector<std::string>& strs, const std::optional<std::string>& opt,
               const std::optional<std::int64_t>& optint, const std::string& choice,
               std::int64_t ichoice, const std::string& one, const Json& d,
               const std::optional<Union>& u, const std::vector<cogpp::Path>& paths) {
    using contract::describe;
    return Json::object({{"s", describe(s)},
                         {"i", describe(i)},
                         {"f", describe(f)},
                         {"b", describe(b)},
                         {"p", file(p)},
                         {"sec", sec ? secret() : describe(Json())},
                         {"nums", describe(list(nums))},
                         {"strs", describe(list(strs))},
                         {"opt", describe(opt ? Json(*opt) : Json())},
                         {"optint", describe(optint ? Json(*optint) : Json())},
                         {"choice", describe(choice)},
                         {"ichoice", describe(ichoice)},
                         {"one", describe(one)},
                         {"d", describe(d)},
                         {"u", describe(either(u))},
                         {"paths", files(paths)}});
  }

 private:
  /// As Python prints a Secret: without its text.
  static Json secret() {
    return Json::object(
        {{"type", "Secret"}, {"repr", "Secret(**********)"}, {"str", "**********"}});
  }
  template <class T>
  static Json list(const std::vector<T>& values) {
    auto elements = Json::array();
    for (const auto& value : values) elements.push_back(value);
    return elements;
  }
  static Json file(const cogpp::Path& path) { return contract::describe_file(path, false); }
  static Json file(const OptionalPath& path) { return path ? file(*path) : Json(); }
  static Json files(const std::vector<cogpp::Path>& paths) {
    auto elements = Json::array();
    for (const auto& path : paths) elements.push_back(file(path));
    return elements;
  }
  static Json either(const std::optional<Union>& value) {
    if (!value) return {};
    return std::visit([](const auto& held) { return Json(held); }, *value);
  }
};

COGPP_PREDICTOR(
    Predictor, cogpp::input("s").describe("A string").min_length(2).max_length(5).regex("^[a-z]+$"),
    cogpp::input("i").describe("An int").ge(1).le(10),
    cogpp::input("f").default_to(0.5).ge(0).le(1), cogpp::input("b").default_to(false),
    TYPES_PATH_INPUT, cogpp::input("sec").default_to(nullptr),
    cogpp::input("nums").default_to(std::vector<std::int64_t>{1, 2}),
    cogpp::input("strs").default_to(std::vector<std::string>{"a"}),
    cogpp::input("opt").default_to(nullptr), cogpp::input("optint"),
    cogpp::input("choice").default_to("a").choices({"a", "b"}),
    cogpp::input("ichoice").default_to(1).choices({1, 2}),
    cogpp::input("one").default_to("x").max_length(1), cogpp::input("d").default_to(Json::object()),
    cogpp::input("u").default_to(nullptr),
    cogpp::input("paths").default_to(std::vector<cogpp::Path>{}));
