// The document's variable half is built from the signature; the constant half
// stands below as text. Keys are alphabetical except in lists of properties,
// components and paths, which keep their order (cog-runtime §17.3, cog-cli §15.7).
#include "schema/openapi.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

namespace cogpp::schema {
namespace {

using Sorted = std::map<std::string, OrderedJson>;

/// The words in which a document for predictions and one for trainings differ.
struct Words {
  std::string_view thing;
  std::string_view title;
  std::string_view verb;
  std::string_view verb_title;
  std::string_view prefix;  ///< Of the components Input and Output.
};
constexpr Words kPrediction{"prediction", "Prediction", "predict", "Predict", ""};
constexpr Words kTraining{"training", "Training", "train", "Train", "Training"};

// $t, $T: thing and its title; $v, $V: the verb; $P: the prefix.
constexpr std::string_view kFixedComponents = R"({
"$TRequest":{"properties":{"id":{"title":"Id","type":"string"},
  "input":{"$ref":"#/components/schemas/$PInput"}},"title":"$TRequest","type":"object"},
"$TResponse":{"properties":{
  "completed_at":{"format":"date-time","title":"Completed At","type":"string"},
  "created_at":{"format":"date-time","title":"Created At","type":"string"},
  "error":{"title":"Error","type":"string"},"id":{"title":"Id","type":"string"},
  "input":{"$ref":"#/components/schemas/$PInput"},
  "logs":{"title":"Logs","type":"string"},"metrics":{"title":"Metrics","type":"object"},
  "output":{"$ref":"#/components/schemas/$POutput"},
  "started_at":{"format":"date-time","title":"Started At","type":"string"},
  "status":{"title":"Status","type":"string"},"version":{"title":"Version","type":"string"}},
  "title":"$TResponse","type":"object"},
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
"/$ts":{"post":{"description":"Run a single $t on the model",
  "operationId":"$v_$ts_post",
  "requestBody":{"content":{"application/json":{
    "schema":{"$ref":"#/components/schemas/$TRequest"}}}},
  "responses":{
    "200":{"content":{"application/json":{
      "schema":{"$ref":"#/components/schemas/$TResponse"}}},
      "description":"Successful Response"},
    "422":{"content":{"application/json":{
      "schema":{"$ref":"#/components/schemas/HTTPValidationError"}}},
      "description":"Validation Error"}},
  "summary":"$V"}},
"/$ts/{$t_id}/cancel":{"post":{
  "operationId":"cancel_$ts__$t_id__cancel_post",
  "parameters":[{"in":"path","name":"$t_id","required":true,
    "schema":{"title":"$T Id","type":"string"}}],
  "responses":{
    "200":{"content":{"application/json":{"schema":{}}},"description":"Successful Response"},
    "422":{"content":{"application/json":{
      "schema":{"$ref":"#/components/schemas/HTTPValidationError"}}},
      "description":"Validation Error"}},
  "summary":"Cancel"}}})";

OrderedJson filled_in(std::string_view text, const Words& words) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string_view word;
    if (text[i] == '$') {
      switch (text[i + 1]) {
        case 't':
          word = words.thing;
          break;
        case 'T':
          word = words.title;
          break;
        case 'v':
          word = words.verb;
          break;
        case 'V':
          word = words.verb_title;
          break;
        case 'P':
          word = words.prefix;
          break;
        default:  // "$ref"
          out.push_back(text[i]);
          continue;
      }
      out.append(word);
      ++i;
      continue;
    }
    out.push_back(text[i]);
  }
  return OrderedJson::parse(out);
}

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
    if (field.is_required()) required.push_back(field.name);
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
  if (input.has_default()) {
    property["default"] = go_value(*input.default_value);
    if (input.default_value->is_null()) property["nullable"] = true;
  }
  if (!input.description.empty()) property["description"] = input.description;
  if (input.deprecated) property["deprecated"] = true;
  add_constraints(input, property);
  property["x-order"] = order;
  return property;
}

OrderedJson input_component(const std::vector<Input>& inputs, const std::string& title) {
  OrderedJson properties = OrderedJson::object();
  OrderedJson required = OrderedJson::array();
  std::size_t order = 0;
  for (const Input& input : inputs) {
    properties[input.name] = property_of(input, order++);
    if (input.is_required()) required.push_back(input.name);
  }
  Sorted component{{"properties", properties}, {"title", title}, {"type", "object"}};
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

/// Of a list it is the element's: Cog's documents lose the list here.
OrderedJson choices_component(const Input& input) {
  const Type& type = input.type.kind == Kind::kArray ? input.type.items.at(0) : input.type;
  const Sorted schema = bare_type_schema(type);
  const auto kind = schema.find("type");  // a union has none
  OrderedJson values = OrderedJson::array();
  for (const Json& choice : input.choices) values.push_back(go_value(choice));
  return Sorted{{"description", "An enumeration."},
                {"enum", values},
                {"title", input.name},
                {"type", kind == schema.end() ? OrderedJson("object") : kind->second}};
}

OrderedJson document_of(const Signature& signature, const Words& words) {
  const std::string prefix(words.prefix);
  OrderedJson components = OrderedJson::object();
  components[prefix + "Input"] = input_component(signature.inputs, prefix + "Input");
  components[prefix + "Output"] = output_component(signature);
  for (const Input& input : signature.inputs) {
    if (!input.choices.empty()) components[input.name] = choices_component(input);
  }
  const OrderedJson fixed = filled_in(kFixedComponents, words);
  for (const auto& [name, component] : fixed.items()) components[name] = component;

  OrderedJson document;
  document["components"]["schemas"] = components;
  document["info"]["title"] = "Cog";
  document["info"]["version"] = kCogVersion;
  document["openapi"] = "3.0.2";
  document["paths"] = filled_in(kPaths, words);
  return document;
}

void add_missing(Json& into, const Json& from) {
  for (const auto& [name, value] : from.items()) {
    if (!into.contains(name)) into[name] = value;
  }
}

/// What Go's encoder escapes in the file; in JSON text these stand in strings only.
std::string with_go_escapes(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEscapes{
      {{"<", "\\u003c"},
       {">", "\\u003e"},
       {"&", "\\u0026"},
       {"\u2028", "\\u2028"},
       {"\u2029", "\\u2029"}}};
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = std::string_view(text).substr(i);
    const auto* const escape =
        std::find_if(kEscapes.begin(), kEscapes.end(),
                     [&](const auto& candidate) { return rest.starts_with(candidate.first); });
    out.append(escape == kEscapes.end() ? rest.substr(0, 1) : escape->second);
    i += escape == kEscapes.end() ? 1 : escape->first.size();
  }
  return out;
}

}  // namespace

OrderedJson openapi_document(const Signature& signature, const std::optional<Signature>& training) {
  OrderedJson document = document_of(signature, kPrediction);
  if (signature.streaming) document["paths"]["/predictions"]["post"]["x-cog-streaming"] = true;
  if (!training) return document;
  Json merged(document);
  const Json other(document_of(*training, kTraining));
  add_missing(merged["components"]["schemas"], other["components"]["schemas"]);
  add_missing(merged["paths"], other["paths"]);
  return OrderedJson(merged);
}

OrderedJson training_document(const Signature& training) {
  return document_of(training, kTraining);
}

std::string training_file_text(const Signature& training) {
  return with_go_escapes(to_text(training_document(training)));
}

std::string openapi_file_text(const Signature& signature,
                              const std::optional<Signature>& training) {
  const OrderedJson document = openapi_document(signature, training);
  return with_go_escapes(training ? indented_text(document) : to_text(document));
}

}  // namespace cogpp::schema
