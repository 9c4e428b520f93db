// A worker in memory: drives the C table of a predictor class and records what it
// says.
#pragma once

#include <atomic>
#include <cogpp/predictor.hpp>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace cogpp::sdk {

struct Host {
  std::vector<std::string> outputs;  ///< JSON text, or "file:" and a path.
  std::vector<std::pair<int, std::string>> logs;
  std::vector<std::string> metrics;  ///< "name=json/mode"
  std::string error;
  std::atomic<bool> cancelled{false};
  std::size_t cancel_after = ~std::size_t{0};  ///< Cancels itself after that many outputs.

  static const CogppHostTable& table();
};

/// A predictor made from its table, set up unless told otherwise.
class Driver {
 public:
  explicit Driver(const CogppPredictorTable* table, std::string options = "{}");
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  bool made() const { return self_ != nullptr; }
  int set_up();
  Json signature() const;
  /// Runs one prediction; its outcome is returned, the rest stands in `host`.
  int predict(const std::string& input, const std::string& context = "{}");
  /// The only output of a prediction that must succeed.
  std::string output_of(const std::string& input);
  /// The error of a prediction that must fail.
  std::string error_of(const std::string& input);
  /// What the health check says: nothing when all is well.
  std::string health();

  Host host;

 private:
  const CogppPredictorTable* table_;
  void* self_;
};

}  // namespace cogpp::sdk

/// The table of a class and its inputs, as COGPP_PREDICTOR makes it.
#define PREDICTOR_TABLE(Class, ...)                                                 \
  ::cogpp::detail::table<Class, decltype([] { return ::std::tuple(__VA_ARGS__); }), \
                         decltype([] { return #Class; })>()
/// The same for COGPP_TRAINER.
#define TRAINER_TABLE(train, ...)                                                           \
  ::cogpp::detail::trainer_table<train, decltype([] { return ::std::tuple(__VA_ARGS__); }), \
                                 decltype([] { return #train; })>()
