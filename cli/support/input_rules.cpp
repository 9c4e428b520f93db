// Types first, then the input's own constraints, which hold for the value or for
// each element of an array.
#include "cli/support/input_rules.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "schema/edit_distance.hpp"

namespace cogpp::cli {
namespace {

using schema::Kind;
using schema::Type;

std::string_view expected_name(const Type& type) {
  switch (type.kind) {
    case Kind::kInteger:
      return "integer";
    case Kind::kNumber:
      return "number";
    case Kind::kBoolean:
      return "boolean";
    case Kind::kArray:
      return "array";
    case Kind::kObject:
    case Kind::kStruct:
    case Kind::kMap:
      return "object";
    case Kind::kString:
    case Kind::kPath:
    case Kind::kSecret:
      return "string";
    case Kind::kUnion:
      break;
  }
  return "another type";
}

std::string_view given_name(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "boolean";
  if (value.is_number()) return "number";
  if (value.is_string()) return "string";
  return value.is_array() ? "array" : "object";
}

/// A violated rule at `path` inside the input; empty when there is none.
struct Violation {
  std::string path;
  std::string message;
};

std::vector<Violation> check_type(const Type& type, const Json& value, const std::string& path);

bool has_simple_type(const Type& type, const Json& value) {
  switch (type.kind) {
    case Kind::kString:
    case Kind::kPath:
    case Kind::kSecret:
      return value.is_string();
    case Kind::kBoolean:
      return value.is_boolean();
    case Kind::kNumber:
      return value.is_number();
    case Kind::kInteger:
      return value.is_number_integer() ||
             (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>());
    case Kind::kArray:
      return value.is_array();
    case Kind::kObject:
    case Kind::kMap:
    case Kind::kStruct:
      return value.is_object();
    case Kind::kUnion:
      break;
  }
  return false;
}

std::vector<Violation> check_union(const Type& type, const Json& value, const std::string& path) {
  std::string names;
  for (const Type& item : type.items) {
    if (check_type(item, value, path).empty()) return {};
    names += (names.empty() ? "" : " or ") + std::string(expected_name(item));
  }
  return {{path, "expected " + names + ", got " + std::string(given_name(value))}};
}

std::vector<Violation> check_struct(const Type& type, const Json& value, const std::string& path) {
  std::vector<Violation> violations;
  for (const schema::Field& field : type.fields) {
    const std::string field_path = path + "." + field.name;
    const auto found = value.find(field.name);
    if (found == value.end()) {
      if (field.is_required()) violations.push_back({field_path, "is required"});
      continue;
    }
    for (Violation& violation : check_type(field.type, *found, field_path)) {
      violations.push_back(std::move(violation));
    }
  }
  return violations;
}

std::vector<Violation> check_type(const Type& type, const Json& value, const std::string& path) {
  if (value.is_null() && type.optional) return {};
  if (type.kind == Kind::kUnion) return check_union(type, value, path);
  if (!has_simple_type(type, value)) {
    return {{path, "expected " + std::string(expected_name(type)) + ", got " +
                       std::string(given_name(value))}};
  }
  if (type.kind == Kind::kStruct) return check_struct(type, value, path);
  std::vector<Violation> violations;
  if ((type.kind == Kind::kArray || type.kind == Kind::kMap) && !type.items.empty()) {
    std::size_t index = 0;
    for (const auto& [key, item] : value.items()) {
      const std::string name = type.kind == Kind::kArray ? std::to_string(index++) : key;
      for (Violation& violation : check_type(type.items[0], item, path + "." + name)) {
        violations.push_back(std::move(violation));
      }
    }
  }
  return violations;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// `1` for 1.0: bounds are written the way authors write them.
std::string number_text(double number) {
  if (std::trunc(number) == number && std::abs(number) < 1e15) {
    return std::to_string(static_cast<std::int64_t>(number));
  }
  return to_text(Json(number));
}

std::string choice_text(const Json& choice) {
  return choice.is_string() ? choice.get<std::string>() : to_text(choice);
}

/// The constraint that a value of the right type violates; empty when none.
std::string violated_constraint(const schema::Input& input, const Json& value) {
  if (!input.choices.empty()) {
    if (std::find(input.choices.begin(), input.choices.end(), value) != input.choices.end()) {
      return {};
    }
    std::string names;
    for (const Json& choice : input.choices) {
      names += (names.empty() ? "" : ", ") + choice_text(choice);
    }
    return "must be one of: " + names;
  }
  if (value.is_number()) {
    const double number = value.get<double>();
    if (input.ge && number < *input.ge) return "number must be at least " + number_text(*input.ge);
    if (input.le && number > *input.le) return "number must be at most " + number_text(*input.le);
  }
  if (value.is_string()) {
    const std::size_t length = code_points(value.get_ref<const std::string&>());
    if (input.max_length && length > *input.max_length) {
      return "maximum string length is " + std::to_string(*input.max_length);
    }
    if (input.min_length && length < *input.min_length) {
      return "minimum string length is " + std::to_string(*input.min_length);
    }
  }
  return {};
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

}  // namespace

bool accepts(const Type& type, Kind kind) {
  if (type.kind == kind) return true;
  return type.kind == Kind::kUnion &&
         std::any_of(type.items.begin(), type.items.end(),
                     [&](const Type& item) { return accepts(item, kind); });
}

bool accepts_string(const Type& type) {
  return accepts(type, Kind::kString) || accepts(type, Kind::kPath) || accepts(type, Kind::kSecret);
}

Status check_names(const schema::Signature& signature, const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const schema::Input& input : signature.inputs) known.push_back(input.name);
  std::sort(known.begin(), known.end());
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    if (!std::binary_search(known.begin(), known.end(), name)) unknown.push_back(name);
  }
  if (unknown.empty()) return {};
  std::sort(unknown.begin(), unknown.end());
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  std::string message =
      (unknown.size() == 1 ? "unknown input " : "unknown inputs ") + quoted_list(unknown) + "; ";
  if (known.empty()) return Error{message + "model does not accept inputs"};
  message += "valid inputs are: ";
  for (const std::string& name : known) message += (name == known.front() ? "" : ", ") + name;
  for (const std::string& name : unknown) {
    if (const auto near = schema::nearest_name(name, known)) {
      message += "\nDid you mean \"" + *near + "\" instead of \"" + name + "\"?";
    }
  }
  return Error{message};
}

void check_value(const schema::Input& input, const Json& value, std::vector<std::string>& errors) {
  const auto add = [&](const std::string& path, const std::string& message) {
    errors.push_back("invalid input \"" + path + "\": " + message);
  };
  if (value.is_null()) {
    return add(input.name, "must not be null (omit the input to use its default)");
  }
  const std::vector<Violation> violations = check_type(input.type, value, input.name);
  for (const Violation& violation : violations) add(violation.path, violation.message);
  if (!violations.empty()) return;
  if (input.type.kind != Kind::kArray) {
    const std::string violated = violated_constraint(input, value);
    if (!violated.empty()) add(input.name, violated);
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string violated = violated_constraint(input, value[i]);
    if (!violated.empty()) add(input.name + "." + std::to_string(i), violated);
  }
}

}  // namespace cogpp::cli
