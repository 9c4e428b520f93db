// What setup() may want to know, for predictors that take it as a parameter.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace cogpp {

/// The worker's options. Valid for the predictor's whole life; any thread may read them.
/// cogpp does not look at what a setup(cogpp::Setup&) makes of them.
class Setup {
 public:
  /// What the functions below return, each under its name. cogpp fills it in; a test of a
  /// predictor may: Setup({.project = "."}).
  struct Values {
    std::optional<std::string> weights = {};
    std::string device = "cpu";
    std::uint32_t slots = 1;
    std::uint32_t threads = 1;
    std::filesystem::path project = {};
  };
  explicit Setup(Values values) : values_(std::move(values)) {}

  /// Path or URL of the weights that were asked for (COG_WEIGHTS); usually absent.
  const std::optional<std::string>& weights() const noexcept { return values_.weights; }
  /// "cpu" or "cuda:N": the device that this worker was given and must use.
  const std::string& device() const noexcept { return values_.device; }
  /// How many predictions may run at once; with more than one, predict() is called
  /// from several threads.
  std::uint32_t slots() const noexcept { return values_.slots; }
  /// How many threads the computation of one prediction should use.
  std::uint32_t threads() const noexcept { return values_.threads; }
  /// The project's folder, which is also the working directory.
  const std::filesystem::path& project() const noexcept { return values_.project; }

 private:
  Values values_;
};

}  // namespace cogpp
