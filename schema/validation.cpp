// A JSON Schema checker for what Cog's documents contain. Keywords are visited in
// alphabetical order and properties by name, since the order of the errors is part
// of the contract (cog-runtime §10.5). `format` and `nullable` are not checked (§10.1).
#include "schema/validation.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "schema/pattern.hpp"

namespace cogpp::schema {
namespace {

constexpr const char* kMissing = "value_error.missing";
constexpr const char* kInvalid = "value_error";
constexpr std::string_view kReferencePrefix = "#/components/schemas/";
constexpr int kMaxDepth = 64;  // of a schema; references that go round end here

/// A compiled schema: one member a keyword, alphabetical.
struct Node {
  std::unique_ptr<Node> additional_properties;
  std::vector<Node> all_of;
  std::vector<Node> any_of;
  std::optional<Json> choices;
  std::unique_ptr<Node> items;
  std::optional<std::uint64_t> max_length;
  std::optional<Json> maximum;
  std::optional<std::uint64_t> min_length;
  std::optional<Json> minimum;
  std::optional<Pattern> pattern;
  std::map<std::string, Node, std::less<>> properties;
  std::vector<std::string> required;
  std::vector<std::string> types;
};

/// Where a value stands in the input; a chain on the stack, spelled out on error.
struct Place {
  const Place* parent = nullptr;
  std::string_view key;
  std::size_t index = 0;

  std::string field() const {
    if (parent == nullptr) return "";
    std::string out = parent->field();
    if (!out.empty()) out += '/';
    if (key.data() == nullptr) return out.append(std::to_string(index));
    for (const char c : key) {
      if (c == '~' || c == '/') {
        out += c == '~' ? "~0" : "~1";
      } else {
        out += c;
      }
    }
    return out;
  }
};

bool is_integer(const Json& value) {
  if (!value.is_number_float()) return value.is_number_integer();
  const double number = value.get<double>();
  return std::isfinite(number) && number == std::floor(number);
}

bool has_type(const Json& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return is_integer(value);
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  return type == "null" && value.is_null();
}

/// Exact for every 64-bit integer and double.
long double number_of(const Json& value) {
  if (value.is_number_unsigned()) return static_cast<long double>(value.get<std::uint64_t>());
  if (value.is_number_integer()) return static_cast<long double>(value.get<std::int64_t>());
  return static_cast<long double>(value.get<double>());
}

std::uint64_t code_points(const std::string& text) {
  std::uint64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

std::string characters(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " character" : " characters");
}

// ---- Checking

class Checker {
 public:
  explicit Checker(std::vector<InputError>& errors) : errors_(errors) {}

  void check(const Node& node, const Json& value, const Place& place) {
    for (const Node& part : node.all_of) check(part, value, place);
    if (!node.any_of.empty() && !matches_any(node, value)) {
      report(place, value, "is not valid under any of the schemas listed in the 'anyOf' keyword");
    }
    if (node.choices && !is_choice(*node.choices, value)) {
      report(place, value, "is not one of " + to_text(*node.choices));
    }
    if (node.items && value.is_array()) check_items(*node.items, value, place);
    check_limits(node, value, place);
    if (value.is_object()) check_object(node, value, place);
    check_type(node, value, place);
  }

 private:
  static bool matches_any(const Node& node, const Json& value) {
    for (const Node& variant : node.any_of) {
      std::vector<InputError> errors;
      Checker(errors).check(variant, value, Place{});
      if (errors.empty()) return true;
    }
    return false;
  }

  static bool is_choice(const Json& choices, const Json& value) {
    for (const Json& choice : choices) {
      if (choice == value) return true;
    }
    return false;
  }

  void check_items(const Node& items, const Json& list, const Place& place) {
    for (std::size_t i = 0; i < list.size(); ++i) check(items, list[i], Place{&place, {}, i});
  }

  /// maxLength, maximum, minLength, minimum, pattern.
  void check_limits(const Node& node, const Json& value, const Place& place) {
    if (value.is_string()) return check_string(node, value, place);
    if (!value.is_number()) return;
    if (node.maximum && number_of(value) > number_of(*node.maximum)) {
      report(place, value, "is greater than the maximum of " + to_text(*node.maximum));
    }
    if (node.minimum && number_of(value) < number_of(*node.minimum)) {
      report(place, value, "is less than the minimum of " + to_text(*node.minimum));
    }
  }

  void check_string(const Node& node, const Json& value, const Place& place) {
    const auto& text = value.get_ref<const std::string&>();
    const bool measured = node.max_length || node.min_length;
    const std::uint64_t length = measured ? code_points(text) : 0;
    if (node.max_length && length > *node.max_length) {
      report(place, value, "is longer than " + characters(*node.max_length));
    }
    if (node.min_length && length < *node.min_length) {
      report(place, value, "is shorter than " + characters(*node.min_length));
    }
    if (node.pattern && !node.pattern->found_in(text)) {
      report(place, value, "does not match \"" + node.pattern->expression() + "\"");
    }
  }

  void check_object(const Node& node, const Json& object, const Place& place) {
    if (node.additional_properties) {
      for (const auto& [key, member] : object.get_ref<const Json::object_t&>()) {
        if (node.properties.contains(key)) continue;
        check(*node.additional_properties, member, Place{&place, key});
      }
    }
    for (const auto& [name, property] : node.properties) {
      const auto member = object.find(name);
      if (member != object.end()) check(property, *member, Place{&place, name});
    }
    for (const std::string& name : node.required) {
      if (object.contains(name)) continue;
      errors_.push_back({Place{&place, name}.field(), "Field required", kMissing});
    }
  }

  void check_type(const Node& node, const Json& value, const Place& place) {
    if (node.types.empty()) return;
    std::string names;
    for (const std::string& type : node.types) {
      if (has_type(value, type)) return;
      if (!names.empty()) names += ", ";
      names += quoted(type);
    }
    report(place, value, (node.types.size() == 1 ? "is not of type " : "is not of types ") + names);
  }

  void report(const Place& place, const Json& value, const std::string& problem) {
    std::string field = place.field();
    if (field.empty()) field = "__root__";
    errors_.push_back({std::move(field), to_text(value) + ' ' + problem, kInvalid});
  }

  std::vector<InputError>& errors_;
};

// ---- Compiling

class Compiler {
 public:
  explicit Compiler(const Json& components) : components_(components) {}

  Result<Node> compile(const Json& schema, int depth = 0) {
    if (depth > kMaxDepth) return Error{"the schema is nested too deeply or refers to itself"};
    if (!schema.is_object()) return Error{"a schema must be an object, not " + to_text(schema)};
    if (const auto reference = schema.find("$ref"); reference != schema.end()) {
      return compile_reference(*reference, depth);
    }
    Node node;
    Status status = add_values(schema, node);
    if (status) status = add_subschemas(schema, node, depth);
    if (!status) return status.error();
    return node;
  }

 private:
  Result<Node> compile_reference(const Json& reference, int depth) {
    const std::string target = reference.is_string() ? reference.get<std::string>() : "";
    const std::string name =
        target.starts_with(kReferencePrefix) ? target.substr(kReferencePrefix.size()) : "";
    const auto component = components_.find(name);
    if (component == components_.end()) {
      return Error{"the schema refers to " + to_text(reference) + ", which does not exist"};
    }
    return compile(*component, depth + 1);
  }

  static Status add_values(const Json& schema, Node& node) {
    if (schema.contains("enum")) node.choices = schema["enum"];
    for (const auto& [key, place] :
         {std::pair{"maxLength", &node.max_length}, std::pair{"minLength", &node.min_length}}) {
      if (schema.contains(key) && schema[key].is_number())
        *place = schema[key].get<std::uint64_t>();
    }
    for (const auto& [key, place] :
         {std::pair{"maximum", &node.maximum}, std::pair{"minimum", &node.minimum}}) {
      if (schema.contains(key) && schema[key].is_number()) *place = schema[key];
    }
    for (const Json& name : schema.value("required", Json::array())) {
      if (name.is_string()) node.required.push_back(name.get<std::string>());
    }
    const Json type = schema.value("type", Json::array());
    if (type.is_string()) node.types.push_back(type.get<std::string>());
    for (const Json& name : type.is_array() ? type : Json::array()) {
      if (name.is_string()) node.types.push_back(name.get<std::string>());
    }
    if (!schema.contains("pattern") || !schema["pattern"].is_string()) return {};
    Result<Pattern> pattern = Pattern::compile(schema["pattern"].get<std::string>());
    if (!pattern) return pattern.error();
    node.pattern = std::move(*pattern);
    return {};
  }

  Status add_subschemas(const Json& schema, Node& node, int depth) {
    for (const auto& [key, list] :
         {std::pair{"allOf", &node.all_of}, std::pair{"anyOf", &node.any_of}}) {
      for (const Json& part : schema.value(key, Json::array())) {
        Result<Node> compiled = compile(part, depth + 1);
        if (!compiled) return compiled.error();
        list->push_back(std::move(*compiled));
      }
    }
    for (const auto& [key, place] : {std::pair{"additionalProperties", &node.additional_properties},
                                     std::pair{"items", &node.items}}) {
      if (!schema.contains(key) || !schema[key].is_object()) continue;
      Result<Node> compiled = compile(schema[key], depth + 1);
      if (!compiled) return compiled.error();
      *place = std::make_unique<Node>(std::move(*compiled));
    }
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [name, property] : properties.items()) {
      Result<Node> compiled = compile(property, depth + 1);
      if (!compiled) return compiled.error().within("input " + quoted(name));
      node.properties.emplace(name, std::move(*compiled));
    }
    return {};
  }

  const Json& components_;
};

const Json* member(const Json* object, const std::string& key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

}  // namespace

struct InputValidator::Schema {
  Node root;
  std::vector<std::string> nulls;  ///< Optional properties without a default.
};

InputValidator::InputValidator(std::unique_ptr<const Schema> schema) : schema_(std::move(schema)) {}
InputValidator::InputValidator(InputValidator&&) noexcept = default;
InputValidator& InputValidator::operator=(InputValidator&&) noexcept = default;
InputValidator::~InputValidator() = default;

Result<InputValidator> InputValidator::create(const Json& document, const std::string& component) {
  const Json* schemas = member(member(&document, "components"), "schemas");
  const Json* source = member(schemas, component);
  if (source == nullptr) {
    return Error{"the OpenAPI document has no components.schemas." + component};
  }
  Result<Node> root = Compiler(*schemas).compile(*source);
  if (!root) return root.error();
  auto schema = std::make_unique<Schema>();
  schema->root = std::move(*root);
  const Json* properties = member(source, "properties");
  const auto& required = schema->root.required;
  for (const auto& [name, property] : schema->root.properties) {
    const Json* definition = member(properties, name);
    const Json* nullable = member(definition, "nullable");
    if (nullable == nullptr || *nullable != true) continue;
    if (member(definition, "default") != nullptr) continue;
    if (std::find(required.begin(), required.end(), name) != required.end()) continue;
    schema->nulls.push_back(name);
  }
  return InputValidator(std::move(schema));
}

std::vector<InputError> InputValidator::apply(Json& input,
                                              std::vector<std::string>* dropped) const {
  if (input.is_object()) {
    auto& members = input.get_ref<Json::object_t&>();
    for (auto member = members.begin(); member != members.end();) {
      if (schema_->root.properties.contains(member->first)) {
        ++member;
        continue;
      }
      if (dropped != nullptr) dropped->push_back(member->first);
      member = members.erase(member);
    }
  }
  std::vector<InputError> errors;
  Checker(errors).check(schema_->root, input, Place{});
  if (errors.empty() && input.is_object()) {
    for (const std::string& name : schema_->nulls) {
      if (!input.contains(name)) input[name] = nullptr;
    }
  }
  return errors;
}

Json error_body(const std::vector<InputError>& errors) {
  Json detail = Json::array();
  for (const InputError& error : errors) {
    Json entry = Json::object();
    entry["loc"] = Json::array({"body", "input", error.field});
    entry["msg"] = error.message;
    entry["type"] = error.type;
    detail.push_back(std::move(entry));
  }
  Json body = Json::object();
  body["detail"] = std::move(detail);
  return body;
}

}  // namespace cogpp::schema
