#include "runtime/torch/predictor/spec_reader.hpp"

#include <utility>

namespace cogpp::torch_models {

SpecReader::SpecReader(const OrderedJson& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object()) status_ = Error{where_ + " must be a mapping"};
}

const OrderedJson* SpecReader::member(const std::string& key) {
  read_.insert(key);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void SpecReader::refuse(const std::string& key, const std::string& wanted) {
  if (status_) status_ = Error{where_ + "." + key + " " + wanted};
}

std::string SpecReader::text(const std::string& key, const std::string& fallback) {
  const OrderedJson* value = member(key);
  if (value == nullptr) return fallback;
  if (value->is_string()) return value->get<std::string>();
  refuse(key, "must be a text");
  return fallback;
}

bool SpecReader::boolean(const std::string& key, bool fallback) {
  const OrderedJson* value = member(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  refuse(key, "must be true or false");
  return fallback;
}

std::int64_t SpecReader::integer(const std::string& key, std::int64_t fallback, std::int64_t least,
                                 std::int64_t most) {
  const OrderedJson* value = member(key);
  if (value == nullptr) return fallback;
  if (value->is_number_integer()) {
    const auto number = value->get<std::int64_t>();
    if (number >= least && number <= most) return number;
  }
  refuse(key, "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return fallback;
}

std::optional<double> SpecReader::number(const std::string& key) {
  const OrderedJson* value = member(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  refuse(key, "must be a number");
  return std::nullopt;
}

std::vector<double> SpecReader::numbers(const std::string& key) {
  const OrderedJson* value = member(key);
  if (value == nullptr) return {};
  std::vector<double> numbers;
  if (value->is_array()) {
    for (const OrderedJson& element : *value) {
      if (element.is_number()) numbers.push_back(element.get<double>());
    }
    if (numbers.size() == value->size()) return numbers;
  }
  refuse(key, "must be a list of numbers");
  return {};
}

std::vector<std::int64_t> SpecReader::extents(const std::string& key,
                                              std::vector<std::int64_t> fallback,
                                              std::int64_t least) {
  const OrderedJson* value = member(key);
  if (value == nullptr) return fallback;
  std::vector<std::int64_t> extents;
  if (value->is_array() && value->size() <= 8) {
    for (const OrderedJson& element : *value) {
      if (!element.is_number_integer()) continue;
      const auto extent = element.get<std::int64_t>();
      if (extent >= least && extent != 0 && extent <= 1 << 24) extents.push_back(extent);
    }
    if (extents.size() == value->size()) return extents;
  }
  refuse(key, std::string("must be a list of at most 8 extents of 1 or more") +
                  (least < 0 ? ", or -1 for any extent" : ""));
  return fallback;
}

std::vector<std::string> SpecReader::texts(const std::string& key) {
  const OrderedJson* value = member(key);
  if (value == nullptr) return {};
  std::vector<std::string> texts;
  if (value->is_array()) {
    for (const OrderedJson& element : *value) {
      if (element.is_string()) texts.push_back(element.get<std::string>());
    }
    if (texts.size() == value->size()) return texts;
  }
  refuse(key, "must be a list of texts");
  return {};
}

std::size_t SpecReader::choice(const std::string& key, const std::vector<std::string>& choices) {
  const std::string wanted = text(key, choices.front());
  std::string names;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == wanted) return i;
    names += (i == 0 ? "" : ", ") + choices[i];
  }
  refuse(key, "is '" + wanted + "'; it must be one of " + names);
  return 0;
}

Status SpecReader::finish() {
  if (!status_ || !object_.is_object()) return status_;
  for (const auto& [key, value] : object_.items()) {
    if (read_.contains(key)) continue;
    std::string known;
    for (const std::string& name : read_) known += (known.empty() ? "" : ", ") + name;
    return Error{where_ + "." + key + " is not known; known are " + known};
  }
  return {};
}

}  // namespace cogpp::torch_models
