// A map from id to the predictions with it, nearly always one.
#include "runtime/server/predictions/registry.hpp"

#include <algorithm>

namespace cogpp::server {

void Registry::add(const std::shared_ptr<Prediction>& prediction) {
  const std::lock_guard lock(mutex_);
  by_id_[prediction->id()].push_back(prediction);
}

std::shared_ptr<Prediction> Registry::add_unique(const std::shared_ptr<Prediction>& prediction) {
  const std::lock_guard lock(mutex_);
  auto& same = by_id_[prediction->id()];
  if (!same.empty()) return same.back();
  same.push_back(prediction);
  return nullptr;
}

void Registry::remove(const Prediction& prediction) {
  const std::lock_guard lock(mutex_);
  const auto entry = by_id_.find(prediction.id());
  if (entry == by_id_.end()) return;
  std::erase_if(entry->second, [&](const auto& other) { return other.get() == &prediction; });
  if (entry->second.empty()) by_id_.erase(entry);
}

std::shared_ptr<Prediction> Registry::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = by_id_.find(id);
  return entry == by_id_.end() ? nullptr : entry->second.back();
}

std::vector<std::shared_ptr<Prediction>> Registry::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Prediction>> all;
  for (const auto& [id, same] : by_id_) all.insert(all.end(), same.begin(), same.end());
  return all;
}

std::size_t Registry::size() const {
  const std::lock_guard lock(mutex_);
  std::size_t size = 0;
  for (const auto& [id, same] : by_id_) size += same.size();
  return size;
}

}  // namespace cogpp::server
