// A property is looked at through its references; a choice's property is an allOf with one.
#include "schema/openapi_reader.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "schema/json_members.hpp"

namespace cogpp::schema {
namespace {

/// A document may refer to itself; what lies deeper than this accepts every value, and so
/// does what comes after so many types.
constexpr int kDeepest = 32;
constexpr int kMostTypes = 10'000;

bool is_true(const Json& object, std::string_view name) { return part_of(object, name) == true; }

/// `#/components/schemas/Input` → that part of the document.
const Json& referred(const Json& document, std::string_view pointer) {
  static const Json kNull;
  const Json* place = &document;
  if (!pointer.starts_with("#/")) return kNull;
  for (std::size_t begin = 2; begin <= pointer.size();) {
    const auto end = std::min(pointer.find('/', begin), pointer.size());
    place = &part_of(*place, pointer.substr(begin, end - begin));
    begin = end + 1;
  }
  return *place;
}

bool list_names(const Json& list, const std::string& name) {
  return list.is_array() && std::find(list.begin(), list.end(), Json(name)) != list.end();
}

class DocumentReader {
 public:
  explicit DocumentReader(const Json& document) : document_(document) {}

  /// The schema itself: references and an allOf of one are followed.
  const Json& resolve(const Json& schema) const {
    const Json* place = &schema;
    for (int i = 0; i < kDeepest; ++i) {
      const std::string reference = text_member(*place, "$ref");
      const Json& all = part_of(*place, "allOf");
      if (!reference.empty()) {
        place = &referred(document_, reference);
      } else if (all.is_array() && all.size() == 1) {
        place = &all.front();
      } else {
        break;
      }
    }
    return *place;
  }

  Type type(const Json& given, int depth = 0) {
    const Json& schema = resolve(given);
    const bool within_limits = depth < kDeepest && --types_left_ > 0;
    Type out = within_limits ? bare_type(schema, depth) : any_type();
    out.optional = out.optional || is_true(schema, "nullable") || is_true(given, "nullable");
    return out;
  }

  Input input(const std::string& name, const Json& property, bool required);

 private:
  static Type any_type() {
    const Type list{.kind = Kind::kArray, .items = {Type{.kind = Kind::kObject}}};
    return {.kind = Kind::kUnion,
            .items = {Type{.kind = Kind::kBoolean}, Type{.kind = Kind::kInteger},
                      Type{.kind = Kind::kNumber}, Type{.kind = Kind::kString},
                      Type{.kind = Kind::kObject}, list}};
  }

  Type bare_type(const Json& schema, int depth) {
    const std::string kind = text_member(schema, "type");
    if (kind == "integer") return {.kind = Kind::kInteger};
    if (kind == "number") return {.kind = Kind::kNumber};
    if (kind == "boolean") return {.kind = Kind::kBoolean};
    if (kind == "string") return string_type(schema);
    if (kind == "object") return object_type(schema, depth);
    if (kind == "array") {
      return {.kind = Kind::kArray, .items = {type(part_of(schema, "items"), depth + 1)}};
    }
    const Json& any = part_of(schema, part_of(schema, "anyOf").is_array() ? "anyOf" : "oneOf");
    return any.is_array() && !any.empty() ? union_type(any, depth) : any_type();
  }

  static Type string_type(const Json& schema) {
    if (text_member(schema, "format") == "uri") return {.kind = Kind::kPath};
    const bool secret =
        is_true(schema, "x-cog-secret") || text_member(schema, "format") == "password";
    return {.kind = secret ? Kind::kSecret : Kind::kString};
  }

  Type object_type(const Json& schema, int depth) {
    const Json& values = part_of(schema, "additionalProperties");
    if (values.is_object()) return {.kind = Kind::kMap, .items = {type(values, depth + 1)}};
    const Json& properties = part_of(schema, "properties");
    if (!properties.is_object()) return {.kind = Kind::kObject};
    Type object{.kind = Kind::kStruct};
    for (const auto& [name, property] : properties.items()) {
      object.fields.push_back({.name = name, .type = type(property, depth + 1)});
      Field& field = object.fields.back();
      field.required = list_names(part_of(schema, "required"), name);
    }
    return object;
  }

  /// `null` among the kinds is what `nullable` is elsewhere.
  Type union_type(const Json& variants, int depth) {
    Type out{.kind = Kind::kUnion};
    for (const Json& variant : variants) {
      if (text_member(variant, "type") == "null") {
        out.optional = true;
      } else {
        out.items.push_back(type(variant, depth + 1));
      }
    }
    if (out.items.empty()) return any_type();
    if (out.items.size() > 1) return out;
    Type only = std::move(out.items.front());
    only.optional = only.optional || out.optional;
    return only;
  }

  const Json& document_;
  int types_left_ = kMostTypes;
};

std::optional<double> number_at(const Json& schema, std::string_view name) {
  const Json& value = part_of(schema, name);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<std::uint64_t> length_at(const Json& schema, std::string_view name) {
  const Json& value = part_of(schema, name);
  return value.is_number_unsigned() ? std::optional(value.get<std::uint64_t>()) : std::nullopt;
}

Input DocumentReader::input(const std::string& name, const Json& property, bool required) {
  Input input{.name = name, .type = type(property)};
  if (property.is_object() && property.contains("default")) {
    input.default_value = property.at("default");
  }
  input.type.optional = input.type.optional || (!required && !input.default_value);
  input.description = text_member(property, "description");
  input.ge = number_at(property, "minimum");
  input.le = number_at(property, "maximum");
  input.min_length = length_at(property, "minLength");
  input.max_length = length_at(property, "maxLength");
  if (part_of(property, "pattern").is_string()) input.regex = text_member(property, "pattern");
  const Json& choices = part_of(resolve(property), "enum");
  if (choices.is_array()) input.choices.assign(choices.begin(), choices.end());
  input.accept = text_member(property, "x-cog-accept");
  input.deprecated = is_true(property, "deprecated");
  if (input.is_required() != required) input.required = required;
  return input;
}

const Json& input_schema(const Json& document, std::string_view path) {
  const Json& schemas = part_of(part_of(document, "components"), "schemas");
  const Json& training = part_of(schemas, "TrainingInput");
  return path == "/trainings" && training.is_object() ? training : part_of(schemas, "Input");
}

std::vector<Input> inputs_of(DocumentReader& reader, const Json& schema) {
  std::vector<std::pair<double, Input>> ordered;
  const Json& properties = part_of(schema, "properties");
  if (properties.is_object()) {
    for (const auto& [name, property] : properties.items()) {
      const bool required = list_names(part_of(schema, "required"), name);
      ordered.emplace_back(number_at(property, "x-order").value_or(0),
                           reader.input(name, property, required));
    }
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Input> inputs;
  inputs.reserve(ordered.size());
  for (auto& [order, input] : ordered) inputs.push_back(std::move(input));
  return inputs;
}

}  // namespace

bool lists_inputs(const Json& document, std::string_view path) {
  return part_of(input_schema(document, path), "properties").is_object();
}

Result<Signature> signature_of(const Json& document, std::string_view path) {
  DocumentReader reader(document);
  const Json& post = part_of(part_of(part_of(document, "paths"), path), "post");
  const Json& content = part_of(part_of(part_of(post, "responses"), "200"), "content");
  const Json& response = reader.resolve(part_of(part_of(content, "application/json"), "schema"));
  const Json& properties = part_of(response, "properties");
  if (!properties.is_object() || !properties.contains("output")) {
    return Error{"invalid OpenAPI schema: missing output definition for " + std::string(path)};
  }
  const Json& output = reader.resolve(part_of(properties, "output"));
  Signature signature{.inputs = inputs_of(reader, input_schema(document, path)),
                      .output = reader.type(output)};
  signature.streaming = is_true(post, "x-cog-streaming");
  const bool iterator = text_member(output, "x-cog-array-type") == "iterator";
  if (!iterator || signature.output.kind != Kind::kArray) return signature;
  const bool joined = text_member(output, "x-cog-array-display") == "concatenate";
  signature.mode = joined ? OutputMode::kConcatenate : OutputMode::kIterator;
  Type item = std::move(signature.output.items.front());
  signature.output = std::move(item);
  return signature;
}

}  // namespace cogpp::schema
