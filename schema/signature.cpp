// Signature ⇄ JSON, and the rules that its types cannot express.
//
// Defaults are checked with the very document and validator that requests meet
// later, so that the two cannot disagree.
#include "schema/signature.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "schema/openapi.hpp"
#include "schema/pattern.hpp"
#include "schema/validation.hpp"

namespace cogpp::schema {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 11> kKindNames{{
    {Kind::kString, "string"},
    {Kind::kInteger, "integer"},
    {Kind::kNumber, "number"},
    {Kind::kBoolean, "boolean"},
    {Kind::kPath, "path"},
    {Kind::kSecret, "secret"},
    {Kind::kObject, "object"},
    {Kind::kArray, "array"},
    {Kind::kUnion, "union"},
    {Kind::kStruct, "struct"},
    {Kind::kMap, "map"},
}};

constexpr std::array<std::pair<OutputMode, std::string_view>, 3> kModeNames{{
    {OutputMode::kValue, "value"},
    {OutputMode::kIterator, "iterator"},
    {OutputMode::kConcatenate, "concatenate"},
}};

template <class Names, class Value>
std::string name_of(const Names& names, Value value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return std::string(name);
  }
  return "";
}

// ---- To JSON

Json type_to_json(const Type& type);

Json field_to_json(const Field& field) {
  Json json{{"name", field.name}, {"type", type_to_json(field.type)}};
  if (field.default_value) json["default"] = *field.default_value;
  if (!field.description.empty()) json["description"] = field.description;
  if (field.required) json["required"] = *field.required;
  return json;
}

Json type_to_json(const Type& type) {
  Json json{{"kind", name_of(kKindNames, type.kind)}};
  if (type.optional) json["optional"] = true;
  for (const Type& item : type.items) json["items"].push_back(type_to_json(item));
  for (const Field& field : type.fields) json["fields"].push_back(field_to_json(field));
  return json;
}

Json input_to_json(const Input& input) {
  Json json = field_to_json(Field{.name = input.name,
                                  .type = input.type,
                                  .default_value = input.default_value,
                                  .description = input.description});
  if (input.ge) json["ge"] = *input.ge;
  if (input.le) json["le"] = *input.le;
  if (input.min_length) json["min_length"] = *input.min_length;
  if (input.max_length) json["max_length"] = *input.max_length;
  if (input.regex) json["regex"] = *input.regex;
  if (!input.choices.empty()) json["choices"] = input.choices;
  if (!input.accept.empty()) json["accept"] = input.accept;
  if (input.deprecated) json["deprecated"] = true;
  return json;
}

// ---- From JSON

/// Reads members of JSON objects; the first problem is kept with the place where it
/// is, and later reads do nothing.
class Reader {
 public:
  std::optional<Error> problem;

  Signature signature(const Json& json) {
    Signature out;
    if (!expect(json.is_object(), "signature", "an object")) return out;
    each(json, "inputs", "inputs", [&](const Json& item, const std::string& where) {
      out.inputs.push_back(input(item, where));
    });
    if (expect(json.contains("output"), "output", "present")) {
      out.output = type(json["output"], "output");
    }
    if (json.contains("mode")) out.mode = named(kModeNames, json["mode"], "mode");
    get(json, "streaming", "", out.streaming);
    return out;
  }

 private:
  bool expect(bool holds, const std::string& where, const std::string& what) {
    if (!holds && !problem) problem = Error{"invalid signature: " + where + " must be " + what};
    return holds && !problem;
  }

  template <class Names>
  auto named(const Names& names, const Json& json, const std::string& where)
      -> decltype(names.front().first) {
    std::string known;
    for (const auto& [value, name] : names) {
      if (json.is_string() && json.get_ref<const std::string&>() == name) return value;
      known.append(known.empty() ? "" : ", ").append(name);
    }
    expect(false, where, "one of " + known + ", not " + to_text(json));
    return names.front().first;
  }

  template <class Function>
  void each(const Json& json, const char* key, const std::string& where, Function&& function) {
    if (!json.contains(key) || !expect(json[key].is_array(), where, "a list")) return;
    std::size_t index = 0;
    for (const Json& item : json[key]) {
      function(item, where + '[' + std::to_string(index++) + ']');
      if (problem) return;
    }
  }

  static bool holds(const Json& json, const std::string&) { return json.is_string(); }
  static bool holds(const Json& json, double) { return json.is_number(); }
  static bool holds(const Json& json, bool) { return json.is_boolean(); }
  static bool holds(const Json& json, std::uint64_t) { return json.is_number_unsigned(); }
  static const char* described(const std::string&) { return "a string"; }
  static const char* described(double) { return "a number"; }
  static const char* described(bool) { return "true or false"; }
  static const char* described(std::uint64_t) { return "a whole number from 0 on"; }

  template <class T>
  void get(const Json& json, const char* key, const std::string& where, T& out) {
    if (!json.contains(key)) return;
    const Json& value = json[key];
    if (expect(holds(value, T()), where + key, described(T()))) out = value.get<T>();
  }
  template <class T>
  void get(const Json& json, const char* key, const std::string& where, std::optional<T>& out) {
    if (json.contains(key)) get(json, key, where, out.emplace());
  }

  Type type(const Json& json, const std::string& where) {
    Type out;
    if (!expect(json.is_object() && json.contains("kind"), where, "a type with its kind"))
      return out;
    out.kind = named(kKindNames, json["kind"], where + ".kind");
    get(json, "optional", where + '.', out.optional);
    each(json, "items", where + ".items", [&](const Json& item, const std::string& place) {
      out.items.push_back(type(item, place));
    });
    each(json, "fields", where + ".fields", [&](const Json& item, const std::string& place) {
      out.fields.push_back(field(item, place));
    });
    const bool single = out.kind == Kind::kArray || out.kind == Kind::kMap;
    if (single) expect(out.items.size() == 1, where + ".items", "one type");
    if (out.kind == Kind::kUnion)
      expect(out.items.size() >= 2, where + ".items", "two or more types");
    return out;
  }

  Field field(const Json& json, const std::string& where) {
    Field out;
    if (!expect(json.is_object() && json.contains("name") && json.contains("type"), where,
                "an object with name and type")) {
      return out;
    }
    get(json, "name", where + '.', out.name);
    out.type = type(json["type"], where + ".type");
    if (json.contains("default")) out.default_value = json["default"];
    get(json, "description", where + '.', out.description);
    get(json, "required", where + '.', out.required);
    return out;
  }

  Input input(const Json& json, const std::string& where) {
    Field common = field(json, where);
    Input out;
    if (problem) return out;
    out.name = std::move(common.name);
    out.type = std::move(common.type);
    out.default_value = std::move(common.default_value);
    out.description = std::move(common.description);
    const std::string place = where + '.';
    get(json, "ge", place, out.ge);
    get(json, "le", place, out.le);
    get(json, "min_length", place, out.min_length);
    get(json, "max_length", place, out.max_length);
    get(json, "regex", place, out.regex);
    each(json, "choices", place + "choices",
         [&](const Json& choice, const std::string&) { out.choices.push_back(choice); });
    get(json, "accept", place, out.accept);
    get(json, "deprecated", place, out.deprecated);
    return out;
  }
};

// ---- Rules

Status check_type(const Type& type) {
  const bool single = type.kind == Kind::kArray || type.kind == Kind::kMap;
  if (single && type.items.size() != 1) {
    return Error{"a list or map needs exactly one type of element"};
  }
  if (type.kind == Kind::kUnion && type.items.size() < 2) {
    return Error{"a union needs two types or more"};
  }
  for (const Type& item : type.items) {
    if (Status status = check_type(item); !status) return status;
  }
  std::set<std::string_view> names;
  for (const Field& field : type.fields) {
    if (field.name.empty()) return Error{"a field has no name"};
    if (!names.insert(field.name).second)
      return Error{"two fields are named " + quoted(field.name)};
    if (Status status = check_type(field.type); !status) {
      return status.error().within("field " + quoted(field.name));
    }
  }
  return {};
}

bool is_text(Kind kind) {
  return kind == Kind::kString || kind == Kind::kPath || kind == Kind::kSecret;
}

Status check_constraints(const Input& input) {
  const Kind kind = input.type.kind;
  const bool number = kind == Kind::kInteger || kind == Kind::kNumber;
  const std::string have = ", which " + name_of(kKindNames, kind) + " has not; remove it";
  if ((input.ge || input.le) && !number) return Error{"ge and le need a number" + have};
  if ((input.min_length || input.max_length || input.regex) && !is_text(kind)) {
    return Error{"min_length, max_length and regex need a string" + have};
  }
  const bool files =
      kind == Kind::kPath || (kind == Kind::kArray && input.type.items.front().kind == Kind::kPath);
  if (!input.accept.empty() && !files) {
    return Error{"accept is only valid on Path or File inputs"};
  }
  if (input.ge && input.le && *input.ge > *input.le) {
    return Error{"ge " + to_text(Json(*input.ge)) + " is greater than le " +
                 to_text(Json(*input.le))};
  }
  if (input.min_length && input.max_length && *input.min_length > *input.max_length) {
    return Error{"min_length is greater than max_length"};
  }
  if (input.regex) {
    if (Result<Pattern> pattern = Pattern::compile(*input.regex); !pattern) return pattern.error();
  }
  return {};
}

/// Components of every document: an enumeration of one of these names would vanish.
constexpr std::array<std::string_view, 7> kTakenNames{"Input",
                                                      "Output",
                                                      "PredictionRequest",
                                                      "PredictionResponse",
                                                      "Status",
                                                      "HTTPValidationError",
                                                      "ValidationError"};

Status check_choices(const Input& input) {
  if (input.choices.empty()) return {};
  const Kind kind = input.type.kind;
  if (kind != Kind::kString && kind != Kind::kInteger) {
    return Error{"choices need a string or an integer, not " + name_of(kKindNames, kind)};
  }
  for (const Json& choice : input.choices) {
    if (kind == Kind::kString ? choice.is_string() : choice.is_number_integer()) continue;
    return Error{"the choice " + to_text(choice) + " is not of type " +
                 quoted(name_of(kKindNames, kind))};
  }
  if (std::find(kTakenNames.begin(), kTakenNames.end(), input.name) != kTakenNames.end()) {
    return Error{
        "an input with choices cannot have this name, which the API's schema uses; "
        "rename it"};
  }
  return {};
}

Status check_input(const Input& input, std::set<std::string_view>& names) {
  if (!names.insert(input.name).second) return Error{"two inputs have this name"};
  Status status = check_type(input.type);
  if (status) status = check_constraints(input);
  if (status) status = check_choices(input);
  return status;
}

}  // namespace

Json to_json(const Signature& signature) {
  Json json{{"output", type_to_json(signature.output)},
            {"mode", name_of(kModeNames, signature.mode)}};
  json["inputs"] = Json::array();
  for (const Input& input : signature.inputs) json["inputs"].push_back(input_to_json(input));
  if (signature.streaming) json["streaming"] = true;
  return json;
}

bool Input::has_default() const {
  if (!default_value) return false;
  return !default_value->is_null() || type.optional || type.kind == Kind::kSecret;
}

bool Input::is_required() const {
  return required.value_or(!has_default() && (!type.optional || type.kind == Kind::kUnion));
}

Result<Signature> signature_from_json(const Json& json) {
  Reader reader;
  Signature signature = reader.signature(json);
  if (reader.problem) return *reader.problem;
  return signature;
}

Status check(const Signature& signature) {
  std::set<std::string_view> names;
  for (const Input& input : signature.inputs) {
    if (input.name.empty()) return Error{"an input has no name"};
    if (Status status = check_input(input, names); !status) {
      return status.error().within("input " + quoted(input.name));
    }
  }
  if (Status status = check_type(signature.output); !status) return status.error().within("output");
  if (signature.mode == OutputMode::kConcatenate && signature.output.kind != Kind::kString) {
    return Error{"output: pieces that are concatenated must be strings, not " +
                 name_of(kKindNames, signature.output.kind)};
  }
  if (signature.streaming && signature.mode == OutputMode::kValue) {
    return Error{"output: streaming needs an output that comes in pieces"};
  }
  return check_defaults(signature);
}

// Null stands for "no default".
Status check_defaults(const Signature& signature) {
  Result<InputValidator> validator =
      InputValidator::create(Json(openapi_document(signature)), "Input");
  if (!validator) return validator.error();
  Json defaults = Json::object();
  for (const Input& input : signature.inputs) {
    if (input.default_value && !input.default_value->is_null()) {
      defaults[input.name] = *input.default_value;
    }
  }
  for (const InputError& error : validator->apply(defaults)) {
    if (!defaults.contains(error.field.substr(0, error.field.find('/')))) continue;
    return Error{"input " + quoted(error.field) + ": its default " + error.message};
  }
  return {};
}

}  // namespace cogpp::schema
