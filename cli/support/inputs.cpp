// Numbers keep 64 bits here; Cog's own command line goes through 32-bit ones.
#include "cli/support/inputs.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/support/data_url.hpp"
#include "cli/support/files.hpp"
#include "cli/support/input_rules.hpp"
#include "cli/support/media_types.hpp"
#include "cli/support/paths.hpp"
#include "schema/openapi.hpp"
#include "schema/utf8.hpp"
#include "schema/validation.hpp"

namespace cogpp::cli {
namespace {

using schema::Kind;
using schema::Type;

/// Begins text that itself begins with one of the two; `@` alone names a file.
constexpr std::string_view kEscapedAt = "@@";

/// All that was given for one name, in order of first appearance.
struct Given {
  std::string name;
  std::vector<std::string> values;
};

Result<std::vector<Given>> group_pairs(const std::vector<std::string>& pairs) {
  std::vector<Given> groups;
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) {
      return Error{"Failed to parse input '" + pair + "', expected format is 'name=value'"};
    }
    const std::string name = pair.substr(0, equals);
    std::string value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Given& given) { return given.name == name; });
    if (group == groups.end()) group = groups.insert(groups.end(), Given{name, {}});
    group->values.push_back(std::move(value));
  }
  return groups;
}

Result<Json> file_value(const std::filesystem::path& path) {
  const Result<std::string> bytes = read_file(path);
  if (!bytes) return bytes.error();
  return Json(to_data_url(media_type_of(path), *bytes));
}

Result<Json> scalar_value(const std::string& text, const Type& type) {
  if (text.starts_with(kEscapedAt)) return Json(text.substr(1));
  if (text.starts_with('@')) return file_value(expand_home(std::string_view(text).substr(1)));
  return coerce_scalar(text, type);
}

bool accepts_object(const Type& type) {
  return accepts(type, Kind::kObject) || accepts(type, Kind::kStruct) || accepts(type, Kind::kMap);
}

const Type* array_type(const Type& type) {
  if (type.kind == Kind::kArray) return &type;
  if (type.kind != Kind::kUnion) return nullptr;
  for (const Type& item : type.items) {
    if (const Type* array = array_type(item)) return array;
  }
  return nullptr;
}

Result<Json> single_value(const std::string& text, const Type& type) {
  if (text.starts_with('@')) return scalar_value(text, type);
  const Type* array = array_type(type);
  if (array != nullptr) {
    Result<Json> parsed = parse_json(text);
    if (parsed && parsed->is_array()) return parsed;
    if (accepts_string(type)) return Json(text);
    return Json::array({coerce_scalar(text, array->items.at(0))});
  }
  if (accepts_object(type)) {
    Result<Json> parsed = parse_json(text);
    if (parsed) return parsed;
    if (!accepts_string(type)) return Error{"not valid JSON: " + parsed.error().message};
  }
  return coerce_scalar(text, type);
}

Result<Json> repeated_value(const std::vector<std::string>& texts, const Type& type) {
  const Type* array = array_type(type);
  const Type& item = array != nullptr ? array->items.at(0) : type;
  Json values = Json::array();
  for (const std::string& text : texts) {
    Result<Json> value = scalar_value(text, item);
    if (!value) return value;
    values.push_back(std::move(*value));
  }
  return values;
}

const schema::Input& input_named(const schema::Signature& signature, const std::string& name) {
  return *std::find_if(signature.inputs.begin(), signature.inputs.end(),
                       [&](const schema::Input& input) { return input.name == name; });
}

/// Whether a value is sent as it is, not as the file that it names.
bool is_text(const std::string& value) {
  return !value.starts_with('@') || value.starts_with(kEscapedAt);
}

/// JSON carries nothing but UTF-8.
Status check_text(const Given& given) {
  const bool valid = std::ranges::all_of(
      given.values, [](const std::string& value) { return !is_text(value) || is_utf8(value); });
  if (valid) return {};
  return Error{"not valid UTF-8; convert the text, or send a file with -i " + given.name +
               "=@path"};
}

Result<Json> inputs_from_pairs(const schema::Signature& signature,
                               const std::vector<std::string>& pairs) {
  const Result<std::vector<Given>> groups = group_pairs(pairs);
  if (!groups) return groups.error();
  std::vector<std::string> names;
  for (const Given& given : *groups) names.push_back(given.name);
  if (const Status known = check_names(signature, names); !known) return known.error();
  Json inputs = Json::object();
  for (const Given& given : *groups) {
    const std::string context = "input \"" + given.name + "\"";
    if (const Status text = check_text(given); !text) return text.error().within(context);
    const Type& type = input_named(signature, given.name).type;
    Result<Json> value = given.values.size() == 1 ? single_value(given.values.front(), type)
                                                  : repeated_value(given.values, type);
    if (!value) return value.error().within(context);
    inputs[given.name] = std::move(*value);
  }
  return inputs;
}

Result<Json> parse_object(const std::string& argument) {
  const bool standard_input = argument == "-" || argument == "@-";
  const bool file = !standard_input && argument.starts_with('@');
  std::string text = argument;
  if (standard_input) {
    Result<std::string> read = read_file("/dev/stdin");
    if (!read) return read.error().within("Failed to read JSON from stdin");
    text = std::move(*read);
  } else if (file) {
    const std::string path = argument.substr(1);
    Result<std::string> read = read_file(path);
    if (!read) return read.error().within("Failed to read JSON from file \"" + path + "\"");
    text = std::move(*read);
  }
  Result<Json> object = parse_json(text);
  if (!object) return object.error().within("Failed to parse JSON");
  if (!object->is_object()) {
    return Error{"Failed to parse JSON: expected an object such as {\"prompt\": \"hello\"}"};
  }
  return object;
}

Result<Json> inputs_from_json(const schema::Signature& signature, const std::string& argument) {
  Result<Json> object = parse_object(argument);
  if (!object) return object;
  std::vector<std::string> names;
  for (const auto& [name, value] : object->items()) names.push_back(name);
  if (const Status known = check_names(signature, names); !known) return known.error();
  for (auto& [name, value] : object->items()) {
    if (!value.is_string() || !value.get_ref<const std::string&>().starts_with('@')) continue;
    const bool escaped = value.get_ref<const std::string&>().starts_with(kEscapedAt);
    const std::string path = value.get_ref<const std::string&>().substr(1);
    if (escaped) {
      value = path;
      continue;
    }
    Result<Json> file = file_value(path);
    if (!file) {
      return file.error().within("input \"" + name + "\": failed to read file \"" + path + "\"");
    }
    value = std::move(*file);
  }
  return object;
}

/// Patterns are the server's business (RE2, PCRE2); its checks run here only where
/// an input has one.
void check_patterns(const schema::Signature& signature, const Json& inputs,
                    std::vector<std::string>& errors) {
  const bool any = std::any_of(signature.inputs.begin(), signature.inputs.end(),
                               [](const schema::Input& input) { return input.regex.has_value(); });
  if (!any) return;
  const auto validator =
      schema::InputValidator::create(Json(schema::openapi_document(signature)), "Input");
  if (!validator) return;
  Json copy = inputs;
  for (const schema::InputError& error : validator->apply(copy)) {
    const std::string name = error.field.substr(0, error.field.find('/'));
    for (const schema::Input& input : signature.inputs) {
      if (input.name != name || !input.regex) continue;
      errors.push_back("invalid input \"" + name +
                       "\": string doesn't match the regular expression \"" + *input.regex + "\"");
    }
  }
}

}  // namespace

Json coerce_scalar(std::string_view text, const Type& type) {
  if (accepts(type, Kind::kBoolean) && (text == "true" || text == "false")) {
    return Json(text == "true");
  }
  const bool number_accepted = accepts(type, Kind::kNumber);
  const char* end = text.data() + text.size();
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  if (!digits.empty() && (number_accepted || accepts(type, Kind::kInteger))) {
    std::int64_t integer = 0;
    const auto [stop, error] = std::from_chars(digits.data(), end, integer);
    if (error == std::errc() && stop == end) return Json(integer);
  }
  if (!digits.empty() && number_accepted) {
    double number = 0;
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (error == std::errc() && stop == end && std::isfinite(number)) return Json(number);
  }
  return Json(std::string(text));
}

Status check_inputs(const schema::Signature& signature, const Json& inputs) {
  std::vector<std::string> names;
  for (const auto& [name, value] : inputs.items()) names.push_back(name);
  if (const Status known = check_names(signature, names); !known) return known;
  std::vector<std::string> errors;
  for (const schema::Input& input : signature.inputs) {
    const auto value = inputs.find(input.name);
    if (value != inputs.end()) {
      check_value(input, *value, errors);
    } else if (input.is_required()) {
      errors.push_back("missing required input \"" + input.name + "\"");
    }
  }
  if (errors.empty()) check_patterns(signature, inputs, errors);
  if (errors.empty()) return {};
  if (errors.size() == 1) return Error{errors.front()};
  std::string message = "input validation failed:";
  for (const std::string& error : errors) message += "\n- " + error;
  return Error{message};
}

Result<Json> read_inputs(const schema::Signature& signature, const InputArguments& arguments) {
  Result<Json> inputs = arguments.json ? inputs_from_json(signature, *arguments.json)
                                       : inputs_from_pairs(signature, arguments.pairs);
  if (!inputs) return inputs;
  if (const Status valid = check_inputs(signature, *inputs); !valid) return valid.error();
  return inputs;
}

}  // namespace cogpp::cli
