// Reads YAML into the structs. The only file that sees yaml-cpp.
//
// Types follow go-yaml, which Cog decodes with: a scalar of any type serves where a
// string is wanted, null leaves a key unset, anything else is a decode error with its
// line. Each mapping names its keys with their readers; other keys are reported.
#include "schema/config.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <utility>

#include "schema/edit_distance.hpp"

namespace cogpp::schema {
namespace {

constexpr int kMaxTensorDepth = 32;  // also ends anchors that contain themselves

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

/// YAML 1.2's type of a scalar, as go-yaml names it in errors.
std::string_view scalar_type(const YAML::Node& node) {
  if (node.Tag() == "!") return "!!str";  // quoted
  const std::string& text = node.Scalar();
  if (text == "true" || text == "True" || text == "TRUE") return "!!bool";
  if (text == "false" || text == "False" || text == "FALSE") return "!!bool";
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::string_view digits = std::string_view(text).substr(sign);
  if (digits.empty()) return "!!str";
  if (digits.find_first_not_of("0123456789") == std::string_view::npos) return "!!int";
  if (digits == ".inf" || digits == ".nan") return "!!float";
  const bool starts = digits.front() == '.' || (digits.front() >= '0' && digits.front() <= '9');
  double number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return starts && parsed.ptr == digits.data() + digits.size() ? "!!float" : "!!str";
}

std::string described(const YAML::Node& node) {
  if (node.IsSequence()) return "!!seq";
  if (node.IsMap()) return "!!map";
  constexpr std::size_t kShown = 10;  // go-yaml shows ten characters at most
  std::string text = node.Scalar();
  if (text.size() > kShown) text = text.substr(0, kShown - 3) + "...";
  return std::string(scalar_type(node)).append(" `").append(text).append("`");
}

OrderedJson scalar_to_json(const YAML::Node& node) {
  const std::string_view type = scalar_type(node);
  const std::string& text = node.Scalar();
  if (type == "!!bool") return text.front() == 't' || text.front() == 'T';
  const std::string_view number = std::string_view(text).substr(text.starts_with('+') ? 1 : 0);
  if (type == "!!int") {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
    if (parsed.ec == std::errc()) return value;
  }
  double value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (type != "!!str" && parsed.ec == std::errc()) return value;
  return text;
}

class Decoder {
 public:
  explicit Decoder(const ConfigOptions& options) : options_(options) {}

  Config decode(const YAML::Node& root) {
    Config config;
    mapping(root, "", keys_of(config));
    return config;
  }

  /// Empty, or go-yaml's report of all values of a wrong type.
  std::string decode_errors() const {
    std::string out;
    for (const std::string& error : errors_) out.append("\n  ").append(error);
    return out.empty() ? out : "yaml: unmarshal errors:" + out;
  }
  const std::vector<std::string>& unknown_keys() const { return unknown_keys_; }

 private:
  using Reader = std::function<void(const YAML::Node&)>;
  using Keys = std::vector<std::pair<std::string, Reader>>;

  static Keys::const_iterator find_key(const Keys& keys, const std::string& key) {
    return std::find_if(keys.begin(), keys.end(),
                        [&key](const auto& entry) { return entry.first == key; });
  }

  void error(int line, const std::string& problem) {
    errors_.push_back("line " + std::to_string(line) + ": " + problem);
  }
  void wrong_type(const YAML::Node& node, const char* wanted) {
    error(line_of(node), "cannot unmarshal " + described(node) + " into " + wanted);
  }

  /// Reads each known key of `node` with its reader; `where` names the mapping.
  void mapping(const YAML::Node& node, const std::string& where, const Keys& keys) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return wrong_type(node, "a mapping");
    std::map<std::string, int> lines;
    for (const auto& member : node) {
      const std::string key = member.first.IsScalar() ? member.first.Scalar() : "";
      const int line = line_of(member.first);
      const auto [before, fresh] = lines.emplace(key, line);
      if (!fresh) {
        error(line, "mapping key " + quoted(key) + " already defined at line " +
                        std::to_string(before->second));
        continue;
      }
      const auto known = find_key(keys, key);
      if (known != keys.end()) {
        known->second(member.second);
      } else if (key == "<<" && member.second.IsMap()) {
        mapping(member.second, where, keys);  // YAML 1.1's merge key
      } else {
        unknown_key(key, line, where, keys);
      }
    }
  }

  void unknown_key(const std::string& key, int line, const std::string& where, const Keys& keys) {
    std::string report = options_.file_name + ':' + std::to_string(line) + ": unknown key ";
    report += quoted(key);
    if (!where.empty()) report.append(" in ").append(where);
    report += "; " + advice(key, keys);
    unknown_keys_.push_back(std::move(report));
  }

  /// What to do with an unknown key: the same one of another section is meant, or the
  /// nearest of this one, or none.
  std::string advice(const std::string& key, const Keys& keys) {
    if (const std::optional<std::string> section = section_with(key)) {
      if (section->empty()) return "did you mean " + quoted(key) + " at the top level?";
      return "did you mean " + quoted(*section + "." + key) + "?";
    }
    std::vector<std::string> names;
    for (const auto& [name, reader] : keys) names.push_back(name);
    const std::optional<std::string> nearest = nearest_name(key, names);
    if (nearest) return "did you mean " + quoted(*nearest) + "?";
    return options_.strict ? "remove it" : "it is ignored";
  }

  /// The section that knows `key`, empty for the top level. Lists have no sections.
  std::optional<std::string> section_with(const std::string& key) {
    Config config;
    BuildConfig build;
    ConcurrencyConfig concurrency;
    const std::vector<std::pair<std::string, Keys>> sections{{"", keys_of(config)},
                                                             {"build", keys_of(build)},
                                                             {"concurrency", keys_of(concurrency)},
                                                             {"tensors", tensor_keys()}};
    for (const auto& [section, keys] : sections) {
      if (find_key(keys, key) != keys.end()) return section;
    }
    return std::nullopt;
  }

  Keys keys_of(Config& config) {
    return {
        {"build", [&](const YAML::Node& node) { build(node, config.build); }},
        {"image", [&](const YAML::Node& node) { text(node, config.image); }},
        {"model", [&](const YAML::Node& node) { text(node, config.model); }},
        {"run", [&](const YAML::Node& node) { text(node, config.run); }},
        {"predict", [&](const YAML::Node& node) { text(node, config.predict); }},
        {"train", [&](const YAML::Node& node) { text(node, config.train); }},
        {"concurrency", [&](const YAML::Node& node) { concurrency(node, config.concurrency); }},
        {"environment", [&](const YAML::Node& node) { texts(node, config.environment); }},
        {"weights", [&](const YAML::Node& node) { weights(node, config.weights); }},
        {"tensors", [&](const YAML::Node& node) { tensors(node, config.tensors); }},
    };
  }

  void text(const YAML::Node& node, std::string& out) {
    if (node.IsNull()) return;
    if (!node.IsScalar()) return wrong_type(node, "string");
    out = node.Scalar();
  }

  void flag(const YAML::Node& node, bool& out) {
    // go-yaml takes YAML 1.1's words where a bool is wanted.
    constexpr std::array<std::string_view, 8> kTrue{"true", "True", "TRUE", "y",
                                                    "yes",  "Yes",  "on",   "On"};
    constexpr std::array<std::string_view, 8> kFalse{"false", "False", "FALSE", "n",
                                                     "no",    "No",    "off",   "Off"};
    if (node.IsNull()) return;
    const auto is = [&node](const auto& words) {
      return node.IsScalar() && node.Tag() != "!" &&
             std::find(words.begin(), words.end(), node.Scalar()) != words.end();
    };
    if (!is(kTrue) && !is(kFalse)) return wrong_type(node, "bool");
    out = is(kTrue);
  }

  void number(const YAML::Node& node, std::optional<std::int64_t>& out) {
    if (node.IsNull()) return;
    const OrderedJson value = node.IsScalar() ? scalar_to_json(node) : OrderedJson();
    if (!value.is_number_integer()) return wrong_type(node, "int");
    out = value.get<std::int64_t>();
  }

  void texts(const YAML::Node& node, std::vector<std::string>& out) {
    if (node.IsNull()) return;
    if (!node.IsSequence()) return wrong_type(node, "[]string");
    for (const YAML::Node& item : node) text(item, out.emplace_back());
  }

  void build(const YAML::Node& node, std::optional<BuildConfig>& out) {
    if (node.IsNull()) return;
    mapping(node, "build", keys_of(out.emplace()));
  }

  Keys keys_of(BuildConfig& build) {
    const auto to_text = [this](std::string& target) -> Reader {
      return [this, &target](const YAML::Node& value) { text(value, target); };
    };
    const auto to_texts = [this](std::vector<std::string>& target) -> Reader {
      return [this, &target](const YAML::Node& value) { texts(value, target); };
    };
    return {
        {"gpu", [&](const YAML::Node& value) { flag(value, build.gpu); }},
        {"cuda", to_text(build.cuda)},
        {"cudnn", to_text(build.cudnn)},
        {"python_version", to_text(build.python_version)},
        {"python_requirements", to_text(build.python_requirements)},
        {"python_packages", to_texts(build.python_packages)},
        {"system_packages", to_texts(build.system_packages)},
        {"pre_install", to_texts(build.pre_install)},
        {"run", [&](const YAML::Node& value) { commands(value, build.run); }},
        {"sdk_version", to_text(build.sdk_version)},
        {"base_image", to_text(build.base_image)},
    };
  }

  void commands(const YAML::Node& node, std::vector<BuildCommand>& out) {
    if (node.IsNull()) return;
    if (!node.IsSequence()) return wrong_type(node, "a list of commands");
    for (const YAML::Node& item : node) {
      BuildCommand& command = out.emplace_back();
      if (item.IsScalar()) {
        command.command = item.Scalar();
        continue;
      }
      mapping(item, "build.run",
              {
                  {"command", [&](const YAML::Node& value) { text(value, command.command); }},
                  {"mounts", [&](const YAML::Node& value) { mounts(value, command.mounts); }},
              });
    }
  }

  void mounts(const YAML::Node& node, std::vector<BuildMount>& out) {
    if (node.IsNull()) return;
    if (!node.IsSequence()) return wrong_type(node, "a list of mounts");
    for (const YAML::Node& item : node) {
      BuildMount& mount = out.emplace_back();
      mapping(item, "build.run.mounts",
              {
                  {"type", [&](const YAML::Node& value) { text(value, mount.type); }},
                  {"id", [&](const YAML::Node& value) { text(value, mount.id); }},
                  {"target", [&](const YAML::Node& value) { text(value, mount.target); }},
              });
    }
  }

  void concurrency(const YAML::Node& node, std::optional<ConcurrencyConfig>& out) {
    if (node.IsNull()) return;
    mapping(node, "concurrency", keys_of(out.emplace()));
  }

  Keys keys_of(ConcurrencyConfig& concurrency) {
    return {
        {"max", [&](const YAML::Node& value) { number(value, concurrency.max); }},
        {"default_target", [](const YAML::Node&) {}},  // Cog reads it and forgets it
    };
  }

  void weights(const YAML::Node& node, std::vector<WeightConfig>& out) {
    if (node.IsNull()) return;
    if (!node.IsSequence()) return wrong_type(node, "a list of weights");
    for (const YAML::Node& item : node) {
      WeightConfig& weight = out.emplace_back();
      mapping(item, "weights",
              {
                  {"name", [&](const YAML::Node& value) { text(value, weight.name); }},
                  {"target", [&](const YAML::Node& value) { text(value, weight.target); }},
                  {"source", [&](const YAML::Node& value) { sources(value, weight); }},
              });
    }
  }

  void sources(const YAML::Node& node, WeightConfig& weight) {
    weight.listed = node.IsSequence();
    if (!weight.listed) return source(node, weight.sources);
    for (const YAML::Node& item : node) source(item, weight.sources);
  }

  void source(const YAML::Node& node, std::vector<WeightSource>& out) {
    if (node.IsNull()) return;
    WeightSource& source = out.emplace_back();
    mapping(node, "weights.source",
            {
                {"uri", [&](const YAML::Node& value) { text(value, source.uri); }},
                {"include", [&](const YAML::Node& value) { texts(value, source.include); }},
                {"exclude", [&](const YAML::Node& value) { texts(value, source.exclude); }},
            });
  }

  /// Kept as a tree: which keys go with which type, the model predictor knows.
  void tensors(const YAML::Node& node, std::optional<OrderedJson>& out) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return wrong_type(node, "a mapping");
    out = tree(node, 0);
    mapping(node, "tensors", tensor_keys());
  }

  static Keys tensor_keys() {
    const Reader ignore = [](const YAML::Node&) {};
    return {{"inputs", ignore}, {"output", ignore}, {"stateless", ignore}, {"warm_up", ignore}};
  }

  OrderedJson tree(const YAML::Node& node, int depth) {
    if (depth > kMaxTensorDepth) {
      error(line_of(node), "tensors is nested too deeply");
      return nullptr;
    }
    if (node.IsScalar()) return scalar_to_json(node);
    if (node.IsSequence()) {
      OrderedJson list = OrderedJson::array();
      for (const YAML::Node& item : node) list.push_back(tree(item, depth + 1));
      return list;
    }
    if (!node.IsMap()) return nullptr;
    OrderedJson object = OrderedJson::object();
    for (const auto& member : node) {
      const std::string key = member.first.IsScalar() ? member.first.Scalar() : "";
      if (depth > 0 && object.contains(key)) {  // mapping() reports those of the section
        error(line_of(member.first), "mapping key " + quoted(key) + " already defined");
      }
      object[key] = tree(member.second, depth + 1);
    }
    return object;
  }

  const ConfigOptions& options_;
  std::vector<std::string> errors_;
  std::vector<std::string> unknown_keys_;
};

Result<YAML::Node> load_yaml(const std::string& text) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& exception) {
    const std::string line = std::to_string(exception.mark.line + 1);
    return Error{"yaml: " + (exception.mark.is_null() ? "" : "line " + line + ": ") +
                 exception.msg};
  }
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out.append(out.empty() ? "" : "\n").append(line);
  return out;
}

}  // namespace

Error LoadedConfig::error(const std::string& problem) const {
  std::vector<std::string> lines = warnings;
  if (!problem.empty()) lines.push_back(problem);
  return Error{joined(lines)};
}

Result<LoadedConfig> parse_config(std::string_view text, const ConfigOptions& options) {
  const std::string context = "failed to parse " + options.file_name + ": invalid YAML";
  const Result<YAML::Node> root = load_yaml(std::string(text));
  if (!root) return root.error().within(context);

  LoadedConfig loaded;
  loaded.directory = options.directory;
  Decoder decoder(options);
  try {
    loaded.config = decoder.decode(*root);
  } catch (const YAML::Exception& exception) {  // yaml-cpp throws on nodes it cannot give
    return Error{context + ": yaml: " + exception.msg};
  }
  loaded.warnings = decoder.unknown_keys();
  const std::string decode_errors = decoder.decode_errors();
  if (!decode_errors.empty()) return loaded.error(context + ": " + decode_errors);
  const std::vector<std::string> broken = broken_rules(loaded.config, options);
  const bool refused = options.strict && !loaded.warnings.empty();
  if (refused || !broken.empty()) return loaded.error(joined(broken));
  loaded.deprecations = deprecations(loaded.config);
  return loaded;
}

}  // namespace cogpp::schema
