// Texts as Python's repr() and str() give them, for models that report what they received.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "cogpp/json.hpp"

namespace contract {

inline std::string python_float(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

/// Enough for the recorded values: no quotes or escapes inside of a text.
inline std::string python_string(std::string_view text) {
  std::string quoted = "'";
  quoted += text;
  quoted += '\'';
  return quoted;
}

inline std::string python_repr(const cogpp::Json& value) {
  using Kind = cogpp::Json::Kind;
  std::string text;
  switch (value.kind()) {
    case Kind::kNull:
      return "None";
    case Kind::kBoolean:
      return value.as_bool() ? "True" : "False";
    case Kind::kInteger:
      return std::to_string(value.as_integer());
    case Kind::kNumber:
      return python_float(value.as_number());
    case Kind::kString:
      return python_string(value.as_string());
    case Kind::kArray:
      for (std::size_t i = 0; i < value.size(); ++i) {
        text += (i == 0 ? "" : ", ") + python_repr(value.at(i));
      }
      return text.insert(0, 1, '[') + ']';
    case Kind::kObject:
      for (const auto& key : value.keys()) {
        text += (text.empty() ? "" : ", ") + python_string(key) + ": " + python_repr(value.at(key));
      }
      return text.insert(0, 1, '{') + '}';
  }
  return text;
}

inline std::string python_type(const cogpp::Json& value) {
  switch (value.kind()) {
    case cogpp::Json::Kind::kNull:
      return "NoneType";
    case cogpp::Json::Kind::kBoolean:
      return "bool";
    case cogpp::Json::Kind::kInteger:
      return "int";
    case cogpp::Json::Kind::kNumber:
      return "float";
    case cogpp::Json::Kind::kString:
      return "str";
    case cogpp::Json::Kind::kArray:
      return "list";
    case cogpp::Json::Kind::kObject:
      return "dict";
  }
  return {};
}

/// {"type", "repr", "str"} of a value.
inline cogpp::Json describe(const cogpp::Json& value) {
  const bool text = value.kind() == cogpp::Json::Kind::kString;
  return cogpp::Json::object({{"type", python_type(value)},
                              {"repr", python_repr(value)},
                              {"str", text ? value.as_string() : python_repr(value)}});
}

}  // namespace contract
