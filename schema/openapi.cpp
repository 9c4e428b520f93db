// The document's variable half is built from the signature; the constant half
// stands below as text. Keys are alphabetical except in lists of properties,
// components and paths, which keep their order (cog-runtime §17.3, cog-cli §15.7).
#include "schema/openapi.hpp"

#include <cctype>
#include <cmath>
#include <map>
#include <string_view>

namespace cogpp::schema {
namespace {

using Sorted = std::map<std::string, OrderedJson>;

constexpr std::string_view kFixedComponents = R"({
"PredictionRequest":{"properties":{"id":{"title":"Id","type":"string"},
  "input":{"$ref":"#/components/schemas/Input"}},"title":"PredictionRequest","type":"object"},
"PredictionResponse":{"properties":{
  "completed_at":{"format":"date-time","title":"Completed At","type":"string"},
  "created_at":{"format":"date-time","title":"Created At","type":"string"},
  "error":{"title":"Error","type":"string"},"id":{"title":"Id","type":"string"},
  "input":{"$ref":"#/components/schemas/Input"},"logs":{"title":"Logs","type":"string"},
  "metrics":{"title":"Metrics","type":"object"},
  "output":{"$ref":"#/components/schemas/Output"},
  "started_at":{"format":"date-time","title":"Started At","type":"string"},
  "status":{"title":"Status","type":"string"},"version":{"title":"Version","type":"string"}},
  "title":"PredictionResponse","type":"object"},
"Status":{"description":"An enumeration.",
  "enum":["starting","processing","succeeded","canceled","failed"],"title":"Status",
  "type":"string"},
"HTTPValidationError":{"properties":{"detail":{
  "items":{"$ref":"#/components/schemas/ValidationError"},"title":"Detail","type":"array"}},
  "title":"HTTPValidationError","type":"object"},
"ValidationError":{"properties":{
  "loc":{"items":{"anyOf":[{"type":"string"},{"type":"integer"}]},"title":"Location",
    "type":"array"},
  "msg":{"title":"Message","type":"string"},"type":{"title":"Error Type","type":"string"}},
  "required":["loc","msg","type"],"title":"ValidationError","type":"object"}})";

constexpr std::string_view kPaths = R"({
"/":{"get":{"operationId":"root__get","responses":{"200":{
  "content":{"application/json":{"schema":{}}},"description":"Successful Response"}},
  "summary":"Root"}},
"/health-check":{"get":{"operationId":"healthcheck_health_check_get","responses":{"200":{
  "content":{"application/json":{"schema":{}}},"description":"Successful Response"}},
  "summary":"Healthcheck"}},
"/predictions":{"post":{"description":"Run a single prediction on the model",
  "operationId":"predict_predictions_post",
  "requestBody":{"content":{"application/json":{
    "schema":{"$ref":"#/components/schemas/PredictionRequest"}}}},
  "responses":{
    "200":{"content":{"application/json":{
      "schema":{"$ref":"#/components/schemas/PredictionResponse"}}},
      "description":"Successful Response"},
    "422":{"content":{"application/json":{
      "schema":{"$ref":"#/components/schemas/HTTPValidationError"}}},
      "description":"Validation Error"}},
  "summary":"Predict"}},
"/predictions/{prediction_id}/cancel":{"post":{
  "operationId":"cancel_predictions__prediction_id__cancel_post",
  "parameters":[{"in":"path","name":"prediction_id","required":true,
    "schema":{"title":"Prediction Id","type":"string"}}],
  "responses":{
    "200":{"content":{"application/json":{"schema":{}}},"description":"Successful Response"},
    "422":{"content":{"application/json":{
      "schema":{"$ref":"#/components/schemas/HTTPValidationError"}}},
      "description":"Validation Error"}},
  "summary":"Cancel"}}})";

/// `api_key` → `Api Key`.
std::string title_of(const std::string& name) {
  std::string title = name;
  bool start = true;
  for (char& c : title) {
    if (start) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    start = c == '_';
    if (start) c = ' ';
  }
  return title;
}

/// Go, which writes these documents for Cog, has one number type: 1.0 is `1`.
OrderedJson go_number(double value) {
  constexpr double kInt64Limit = 9.2e18;
  const bool whole = value == std::floor(value) && std::abs(value) < kInt64Limit;
  if (whole && (value != 0 || !std::signbit(value))) return static_cast<std::int64_t>(value);
  return value;
}

OrderedJson go_value(const Json& value) {
  if (value.is_number_float()) return go_number(value.get<double>());
  if (value.is_array()) {
    OrderedJson list = OrderedJson::array();
    for (const Json& item : value) list.push_back(go_value(item));
    return list;
  }
  if (value.is_object()) {
    OrderedJson object = OrderedJson::object();
    for (const auto& [key, member] : value.items()) object[key] = go_value(member);
    return object;
  }
  return OrderedJson(value);
}

Sorted type_schema(const Type& type);

Sorted struct_schema(const Type& type) {
  OrderedJson properties = OrderedJson::object();
  OrderedJson required = OrderedJson::array();
  for (const Field& field : type.fields) {
    Sorted property = type_schema(field.type);
    property["title"] = title_of(field.name);
    if (!field.description.empty()) property["description"] = field.description;
    properties[field.name] = property;
    if (!field.type.optional && !field.default_value) required.push_back(field.name);
  }
  Sorted schema{{"type", "object"}, {"properties", properties}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

Sorted union_schema(const Type& type) {
  OrderedJson variants = OrderedJson::array();
  for (Type variant : type.items) {
    variant.optional = variant.optional || type.optional;
    variants.push_back(type_schema(variant));
  }
  return Sorted{{"anyOf", variants}};
}

Sorted bare_type_schema(const Type& type) {
  switch (type.kind) {
    case Kind::kString:
      return {{"type", "string"}};
    case Kind::kInteger:
      return {{"type", "integer"}};
    case Kind::kNumber:
      return {{"type", "number"}};
    case Kind::kBoolean:
      return {{"type", "boolean"}};
    case Kind::kPath:
      return {{"type", "string"}, {"format", "uri"}};
    case Kind::kSecret:
      return {
          {"type", "string"}, {"format", "password"}, {"writeOnly", true}, {"x-cog-secret", true}};
    case Kind::kObject:
      return {{"type", "object"}};
    case Kind::kArray:
      return {{"type", "array"}, {"items", type_schema(type.items.at(0))}};
    case Kind::kUnion:
      return union_schema(type);
    case Kind::kStruct:
      return struct_schema(type);
    case Kind::kMap:
      return {{"type", "object"}, {"additionalProperties", type_schema(type.items.at(0))}};
  }
  return {};
}

Sorted type_schema(const Type& type) {
  Sorted schema = bare_type_schema(type);
  if (type.optional) schema["nullable"] = true;
  return schema;
}

/// Null as the default of a type without null means "no default"; a secret's means
/// "may be left out" (cog-runtime §17.4).
bool is_effective(const Input& input) {
  if (!input.default_value) return false;
  return !input.default_value->is_null() || input.type.optional || input.type.kind == Kind::kSecret;
}

bool is_required(const Input& input) {
  return !is_effective(input) && (!input.type.optional || input.type.kind == Kind::kUnion);
}

void add_constraints(const Input& input, Sorted& property) {
  if (input.ge) property["minimum"] = go_number(*input.ge);
  if (input.le) property["maximum"] = go_number(*input.le);
  if (input.min_length) property["minLength"] = *input.min_length;
  if (input.max_length) property["maxLength"] = *input.max_length;
  if (input.regex) property["pattern"] = *input.regex;
  if (!input.accept.empty()) property["x-cog-accept"] = input.accept;
}

OrderedJson property_of(const Input& input, std::size_t order) {
  Sorted property;
  if (input.choices.empty()) {
    property = type_schema(input.type);
    property["title"] = title_of(input.name);
  } else {
    OrderedJson reference;
    reference["$ref"] = "#/components/schemas/" + input.name;
    property["allOf"] = OrderedJson::array({reference});
    if (input.type.optional) property["nullable"] = true;
  }
  if (is_effective(input)) {
    property["default"] = go_value(*input.default_value);
    if (input.default_value->is_null()) property["nullable"] = true;
  }
  if (!input.description.empty()) property["description"] = input.description;
  if (input.deprecated) property["deprecated"] = true;
  add_constraints(input, property);
  property["x-order"] = order;
  return property;
}

OrderedJson input_component(const std::vector<Input>& inputs) {
  OrderedJson properties = OrderedJson::object();
  OrderedJson required = OrderedJson::array();
  std::size_t order = 0;
  for (const Input& input : inputs) {
    properties[input.name] = property_of(input, order++);
    if (is_required(input)) required.push_back(input.name);
  }
  Sorted component{{"properties", properties}, {"title", "Input"}, {"type", "object"}};
  if (!required.empty()) component["required"] = required;
  return component;
}

OrderedJson output_component(const Signature& signature) {
  Sorted component;
  if (signature.mode == OutputMode::kValue) {
    component = type_schema(signature.output);
  } else {
    component = {{"type", "array"}, {"items", type_schema(signature.output)}};
    component["x-cog-array-type"] = "iterator";
    if (signature.mode == OutputMode::kConcatenate)
      component["x-cog-array-display"] = "concatenate";
  }
  component["title"] = "Output";
  return component;
}

OrderedJson choices_component(const Input& input) {
  OrderedJson values = OrderedJson::array();
  for (const Json& choice : input.choices) values.push_back(go_value(choice));
  return Sorted{{"description", "An enumeration."},
                {"enum", values},
                {"title", input.name},
                {"type", input.type.kind == Kind::kInteger ? "integer" : "string"}};
}

}  // namespace

OrderedJson openapi_document(const Signature& signature) {
  OrderedJson components = OrderedJson::object();
  components["Input"] = input_component(signature.inputs);
  components["Output"] = output_component(signature);
  for (const Input& input : signature.inputs) {
    if (!input.choices.empty()) components[input.name] = choices_component(input);
  }
  const OrderedJson fixed = OrderedJson::parse(kFixedComponents);
  for (const auto& [name, component] : fixed.items()) components[name] = component;

  OrderedJson paths = OrderedJson::parse(kPaths);
  if (signature.streaming) paths["/predictions"]["post"]["x-cog-streaming"] = true;

  OrderedJson document;
  document["components"]["schemas"] = components;
  document["info"]["title"] = "Cog";
  document["info"]["version"] = kCogVersion;
  document["openapi"] = "3.0.2";
  document["paths"] = paths;
  return document;
}

}  // namespace cogpp::schema
