// Reads the members of one object of the `tensors:` section: each access names the
// key in its error, and finish() refuses keys that nobody read.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::torch_models {

/// Remembers its first error: read everything, then look at finish(). One thread.
class SpecReader {
 public:
  /// `where` is the object's own name, as "tensors.output".
  SpecReader(const OrderedJson& object, std::string where);

  std::string text(const std::string& key, const std::string& fallback);
  bool boolean(const std::string& key, bool fallback);
  std::int64_t integer(const std::string& key, std::int64_t fallback, std::int64_t least,
                       std::int64_t most);
  std::optional<double> number(const std::string& key);
  std::vector<double> numbers(const std::string& key);
  std::vector<std::int64_t> extents(const std::string& key, std::vector<std::int64_t> fallback,
                                    std::int64_t least);
  std::vector<std::string> texts(const std::string& key);
  /// The place of the text among `choices`, 0 where the key is absent.
  std::size_t choice(const std::string& key, const std::vector<std::string>& choices);
  /// The member as it is; nullptr where absent.
  const OrderedJson* member(const std::string& key);

  /// States an error about `key`; only the first one is kept.
  void refuse(const std::string& key, const std::string& wanted);
  Status finish();

 private:
  const OrderedJson& object_;
  std::string where_;
  std::set<std::string> read_;
  Status status_;
};

}  // namespace cogpp::torch_models
