// The predictions in flight, by id.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/server/predictions/prediction.hpp"

namespace cogpp::server {

/// Any thread.
class Registry {
 public:
  /// Adds it even where another one has the same id: a repeated POST runs twice
  /// (cog-runtime §3.4); find() then gives the newer one.
  void add(const std::shared_ptr<Prediction>& prediction);
  /// Adds it unless its id is in flight; then returns that one.
  std::shared_ptr<Prediction> add_unique(const std::shared_ptr<Prediction>& prediction);
  void remove(const Prediction& prediction);

  std::shared_ptr<Prediction> find(const std::string& id) const;
  std::vector<std::shared_ptr<Prediction>> all() const;
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::shared_ptr<Prediction>>> by_id_;
};

}  // namespace cogpp::server
