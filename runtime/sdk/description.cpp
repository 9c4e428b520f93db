// The worker's options, and the signature's text from what the author declared
// (the format: schema/signature.hpp).
#include <algorithm>
#include <exception>
#include <set>

#include "cogpp/detail/runtime.hpp"
#include "runtime/sdk/tree.hpp"

namespace cogpp::detail {
namespace {

using sdk::Tree;

Tree type_json(const TypeInfo& type) {
  Tree json{{"kind", type.kind}};
  if (type.optional) json["optional"] = true;
  for (const auto& item : type.items) json["items"].push_back(type_json(item));
  for (const auto& field : type.fields) {
    json["fields"].push_back({{"name", field.name}, {"type", type_json(field)}});
  }
  return json;
}

template <class T>
void put(Tree& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}

/// Limits are doubles here, but an integer's are written as integers.
void put_limit(Tree& json, const char* key, const std::optional<double>& value, bool integer) {
  if (!value) return;
  const auto whole = static_cast<std::int64_t>(*value);
  if (integer && static_cast<double>(whole) == *value) {
    json[key] = whole;
  } else {
    json[key] = *value;
  }
}

Tree input_json(const InputInfo& info, const TypeInfo& type) {
  Tree json{{"name", info.name}, {"type", type_json(type)}};
  if (!info.description.empty()) json["description"] = info.description;
  if (!info.accept.empty()) json["accept"] = info.accept;
  const bool integer = std::string_view(type.kind) == "integer";
  put_limit(json, "ge", info.ge, integer);
  put_limit(json, "le", info.le, integer);
  put(json, "min_length", info.min_length);
  put(json, "max_length", info.max_length);
  put(json, "regex", info.regex);
  for (const auto& choice : info.choices) json["choices"].push_back(Tree::parse(choice));
  if (info.default_value) json["default"] = Tree::parse(*info.default_value);
  if (info.deprecated) json["deprecated"] = true;
  return json;
}

bool shows_secret(const TypeInfo& type, const Tree& value) {
  if (std::string_view(type.kind) == "secret") {
    return value.is_string() && !value.get_ref<const std::string&>().empty();
  }
  if (std::string_view(type.kind) == "struct") {
    return std::any_of(type.fields.begin(), type.fields.end(), [&](const TypeInfo& field) {
      return value.contains(field.name) && shows_secret(field, value[field.name]);
    });
  }
  // A list or a map; what else has items holds no secrets.
  return type.items.size() == 1 && std::any_of(value.begin(), value.end(), [&](const Tree& item) {
           return shows_secret(type.items.front(), item);
         });
}

std::string text_or(const Tree& json, const char* key, const std::string& otherwise) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

std::uint32_t count_or_one(const Tree& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_unsigned() ? found->get<std::uint32_t>() : 1;
}

Setup::Values options_from(const Tree& json) {
  Setup::Values values;
  if (json.contains("weights") && json["weights"].is_string()) {
    values.weights = json["weights"].get<std::string>();
  }
  values.device = text_or(json, "device", "cpu");
  values.slots = count_or_one(json, "slots");
  values.threads = count_or_one(json, "threads");
  values.project = text_or(json, "project", "");
  return values;
}

void fail(void* host, const CogppHostTable* table, const std::string& error) {
  table->fail(host, as_text(error));
}

}  // namespace

struct Description::State {
  Setup setup{Setup::Values{}};
  std::vector<std::string> names;
  std::vector<std::optional<Tree>> defaults;
  Tree inputs = Tree::array();
  Tree output;
  std::string signature;
};

Description::Description() : state_(std::make_unique<State>()) {}
Description::~Description() = default;

std::unique_ptr<Description> Description::create(CogppText options, void* host,
                                                 const CogppHostTable* table) {
  auto parsed = parse_json(as_view(options));
  if (!parsed || !parsed->is_object()) {
    fail(host, table,
         "the worker's options are no JSON object" +
             (parsed ? std::string() : ": " + parsed.error().message));
    return nullptr;
  }
  auto description = std::make_unique<Description>();
  description->state_->setup = Setup(options_from(*parsed));
  return description;
}

bool Description::add_inputs(void (*add)(Description&), void* host, const CogppHostTable* table) {
  try {
    add(*this);
    return true;
  } catch (const std::exception& error) {
    fail(host, table, std::string("an input has a default that cannot be one: ") + error.what());
    return false;
  }
}

void Description::add_input(const InputInfo& info, const TypeInfo& type) {
  if (info.default_value && shows_secret(type, Tree::parse(*info.default_value))) {
    throw InputError(info.name + " would show a cogpp::Secret in the API's schema");
  }
  state_->names.push_back(info.name);
  state_->inputs.push_back(input_json(info, type));
  auto& value = state_->defaults.emplace_back();
  if (info.default_value) value = Tree::parse(*info.default_value);
}

void Description::set_output(const OutputInfo& output) {
  state_->output = {{"output", type_json(output.type)}, {"mode", output.mode}};
  if (output.streaming) state_->output["streaming"] = true;
}

bool Description::finish(void* host, const CogppHostTable* table) {
  std::set<std::string> seen;
  for (const auto& name : state_->names) {
    if (name.empty() || !seen.insert(name).second) {
      fail(host, table, "COGPP_PREDICTOR has two inputs named '" + name + "', or one without name");
      return false;
    }
  }
  Tree signature = std::move(state_->output);
  signature["inputs"] = std::move(state_->inputs);
  state_->signature = to_text(signature);
  return true;
}

std::string_view Description::signature() const { return state_->signature; }
Setup& Description::setup() { return state_->setup; }
const std::string& Description::name(std::size_t input) const { return state_->names[input]; }

bool Description::has_input(std::string_view name) const {
  return std::find(state_->names.begin(), state_->names.end(), name) != state_->names.end();
}

std::optional<Node> Description::default_of(std::size_t input) const {
  const auto& value = state_->defaults[input];
  if (!value) return std::nullopt;
  return Node(&*value);
}

}  // namespace cogpp::detail
