// The configuration is kept as its document; parse() checks what the getters use.
#include "cli/image/image_config.hpp"

#include <array>
#include <ctime>

#include "cli/support/environment.hpp"
#include "schema/json_members.hpp"

namespace cogpp::cli {
namespace {

/// What parse() insists on: members of the right kind, diff_ids that are digests.
Status check_document(const OrderedJson& document, const std::string& what) {
  if (!document.is_object()) return Error{what + ": is not a JSON object"};
  const auto rootfs = document.find("rootfs");
  if (rootfs == document.end() || !rootfs->is_object() || !rootfs->contains("diff_ids") ||
      !rootfs->at("diff_ids").is_array()) {
    return Error{what + ": rootfs.diff_ids is missing"};
  }
  for (const OrderedJson& id : rootfs->at("diff_ids")) {
    const Result<Digest> digest = Digest::parse(id.is_string() ? id.get<std::string>() : "");
    if (!digest) return digest.error().within(what + ": rootfs.diff_ids");
  }
  const auto config = document.find("config");
  if (config == document.end() || config->is_null()) return {};
  if (!config->is_object()) return Error{what + ": config is not an object"};
  if (const auto labels = config->find("Labels"); labels != config->end() && !labels->is_null()) {
    if (!labels->is_object()) return Error{what + ": config.Labels is not an object"};
    for (const auto& [name, value] : labels->items()) {
      if (!value.is_string()) return Error{what + ": label " + name + " is not a string"};
    }
  }
  if (const auto list = config->find("Env"); list != config->end() && !list->is_null()) {
    if (!list->is_array()) return Error{what + ": config.Env is not a list"};
    for (const OrderedJson& variable : *list) {
      if (!variable.is_string()) return Error{what + ": config.Env holds what is no string"};
    }
  }
  return {};
}

/// What BuildKit says of steps that it adds at the end for layers of a base that has none.
constexpr const char* kMadeUp = "buildkit.exporter.image.v0";

/// A step of the history.
bool adds_layer(const OrderedJson& step) {
  const auto empty = step.find("empty_layer");
  return empty == step.end() || *empty != true;
}

}  // namespace

std::string utc_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

ImageConfig::ImageConfig()
    : document_({{"created", utc_time(0)},
                 {"architecture", "amd64"},
                 {"os", "linux"},
                 {"config", OrderedJson::object()},
                 {"rootfs", {{"type", "layers"}, {"diff_ids", OrderedJson::array()}}},
                 {"history", OrderedJson::array()}}) {}

Result<ImageConfig> ImageConfig::parse(std::string_view text, const std::string& what) {
  OrderedJson document = OrderedJson::parse(text, nullptr, false);
  if (document.is_discarded()) return Error{what + ": is not JSON"};
  if (const Status checked = check_document(document, what); !checked) return checked.error();
  return ImageConfig(std::move(document));
}

OrderedJson& ImageConfig::config() {
  OrderedJson& config = document_["config"];
  if (!config.is_object()) config = OrderedJson::object();
  return config;
}

Platform ImageConfig::platform() const {
  return {.os = text_member(document_, "os"),
          .architecture = text_member(document_, "architecture"),
          .variant = text_member(document_, "variant")};
}

std::vector<Digest> ImageConfig::diff_ids() const {
  std::vector<Digest> ids;
  for (const OrderedJson& id : document_.at("rootfs").at("diff_ids")) {
    ids.push_back(*Digest::parse(id.get<std::string>()));
  }
  return ids;
}

std::optional<std::string> ImageConfig::label(const std::string& name) const {
  const OrderedJson config = document_.value("config", OrderedJson());
  if (!config.is_object() || !config.contains("Labels")) return std::nullopt;
  const OrderedJson& labels = config.at("Labels");
  if (!labels.is_object() || !labels.contains(name)) return std::nullopt;
  return labels.at(name).get<std::string>();
}

void ImageConfig::set_labels(const std::map<std::string, std::string>& labels) {
  OrderedJson& all = config()["Labels"];
  if (!all.is_object()) all = OrderedJson::object();
  for (const auto& [name, value] : labels) all[name] = value;
}

std::vector<std::string> ImageConfig::environment() const {
  std::vector<std::string> variables;
  const OrderedJson config = document_.value("config", OrderedJson());
  if (!config.is_object() || !config.contains("Env") || !config.at("Env").is_array()) return {};
  for (const OrderedJson& variable : config.at("Env")) variables.push_back(variable);
  return variables;
}

void ImageConfig::set_environment(const std::vector<std::string>& variables) {
  std::vector<std::string> all = environment();
  for (const std::string& variable : variables) {
    bool replaced = false;
    for (std::string& other : all) {
      if (variable_name(other) != variable_name(variable)) continue;
      other = variable;
      replaced = true;
    }
    if (!replaced) all.push_back(variable);
  }
  config()["Env"] = all;
}

bool ImageConfig::has(const std::string& member) const {
  const OrderedJson config = document_.value("config", OrderedJson());
  return config.is_object() && config.contains(member) && !config.at(member).is_null();
}

void ImageConfig::set(const std::string& member, const OrderedJson& value) {
  config()[member] = value;
}

void ImageConfig::add_layer(const Digest& diff_id, const std::string& created_by,
                            std::int64_t time) {
  document_["rootfs"]["diff_ids"].push_back(diff_id.text());
  OrderedJson& history = document_["history"];
  if (!history.is_array()) history = OrderedJson::array();
  history.push_back({{"created", utc_time(time)}, {"created_by", created_by}});
}

void ImageConfig::set_created(std::int64_t time) {
  created_ = time;
  document_["created"] = utc_time(time);
}

std::optional<std::size_t> ImageConfig::layers_before(std::string_view step) const {
  const auto history = document_.find("history");
  if (history == document_.end() || !history->is_array()) return std::nullopt;
  std::optional<std::size_t> before;
  std::size_t layers = 0;
  for (const OrderedJson& past : *history) {
    if (!past.is_object() || text_member(past, "comment") == kMadeUp) return std::nullopt;
    if (text_member(past, "created_by").starts_with(step)) before = layers;
    if (adds_layer(past)) ++layers;
  }
  if (layers != document_.at("rootfs").at("diff_ids").size()) return std::nullopt;
  return before;
}

void ImageConfig::fix_times(std::size_t below, std::int64_t time) {
  set_created(time);
  OrderedJson& history = document_["history"];
  if (!history.is_array()) return;
  for (OrderedJson& step : history) {
    if (!step.is_object()) continue;
    if (below == 0) step["created"] = utc_time(time);
    if (below > 0 && adds_layer(step)) --below;
  }
}

void ImageConfig::set_diff_ids(const std::vector<Digest>& ids) {
  OrderedJson list = OrderedJson::array();
  for (const Digest& id : ids) list.push_back(id.text());
  document_["rootfs"]["diff_ids"] = std::move(list);
}

std::string ImageConfig::text() const { return to_text(document_); }

}  // namespace cogpp::cli
