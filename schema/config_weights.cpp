// The rules of `weights`, managed weights of a bundle (cog-cli §4.3).
#include "schema/config_weights.hpp"

#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

namespace cogpp::schema {
namespace {

bool is_weight_name(std::string_view name) {
  bool separated = true;  // a letter or digit must come next
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain && (separated || (c != '.' && c != '_' && c != '-'))) return false;
    separated = !plain;
  }
  return !separated;
}

std::string indexed(std::string field, std::size_t index) {
  return field.append("[").append(std::to_string(index)).append("]");
}

class WeightRules {
 public:
  explicit WeightRules(std::vector<std::string>& broken) : broken_(broken) {}

  void check_weight(const WeightConfig& weight, const std::string& field) {
    if (weight.name.empty()) {
      invalid(field + ".name", "", "name is required");
    } else if (!is_weight_name(weight.name)) {
      invalid(field + ".name", weight.name,
              "must contain only lowercase alphanumeric characters, hyphens, dots, or underscores "
              "(e.g. \"my-model-weights\")");
    } else if (!names_.insert(weight.name).second) {
      invalid(field + ".name", weight.name, "duplicate weight name");
    }
    if (weight.sources.empty()) invalid(field + ".source", "", "source is required");
    check_target(weight, field + ".target");
    for (std::size_t i = 0; i < weight.sources.size(); ++i) {
      const std::string field_of_source = field + ".source";
      const std::string place = weight.listed ? indexed(field_of_source, i) : field_of_source;
      check_patterns(weight.sources[i].include, place + ".include");
      check_patterns(weight.sources[i].exclude, place + ".exclude");
    }
  }

 private:
  void check_target(const WeightConfig& weight, const std::string& field) {
    if (weight.target.empty()) return invalid(field, "", "target is required");
    if (weight.target.front() != '/') {
      return invalid(field, weight.target, "target must be an absolute path");
    }
    std::string target = std::filesystem::path(weight.target).lexically_normal().string();
    while (target.size() > 1 && target.back() == '/') target.pop_back();
    if (target == "/") {
      return invalid(field, weight.target, "target must not be the container root \"/\"");
    }
    for (const std::string& other : targets_) {
      if (other == target) return invalid(field, weight.target, "duplicate weight target");
      if (!other.starts_with(target + '/') && !target.starts_with(other + '/')) continue;
      return invalid(field, weight.target,
                     "target overlaps with " + quoted(other) + "; weight targets must be disjoint");
    }
    targets_.push_back(std::move(target));
  }

  void check_patterns(const std::vector<std::string>& patterns, const std::string& field) {
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      const std::string place = indexed(field, i);
      const std::string& pattern = patterns[i];
      if (pattern.find_first_not_of(" \t\r\n") == std::string::npos) {
        invalid(place, pattern, "pattern must not be empty");
      } else if (pattern.front() == '!') {
        invalid(place, pattern, "negation patterns (starting with '!') are not supported");
      } else if (pattern.find('\\') != std::string::npos) {
        invalid(place, pattern, "patterns must use forward slashes, not backslashes");
      }
    }
  }

  void invalid(const std::string& field, const std::string& value, const std::string& problem) {
    broken_.push_back(invalid_text(field, value, problem));
  }

  std::vector<std::string>& broken_;
  std::set<std::string> names_;
  std::vector<std::string> targets_;
};

}  // namespace

void check_weights(const Config& config, std::vector<std::string>& broken) {
  if (config.weights.empty()) return;
  if (config.model.empty()) {
    const std::string advice = " — rename 'image' to 'model'";
    broken.push_back(
        config.image.empty()
            ? invalid_text("model", "", "weights require 'model' in cog.yaml" + advice)
            : invalid_text("image", "", "weights require 'model', not 'image'" + advice));
  }
  WeightRules rules(broken);
  for (std::size_t i = 0; i < config.weights.size(); ++i) {
    rules.check_weight(config.weights[i], indexed("weights", i));
  }
}

}  // namespace cogpp::schema
