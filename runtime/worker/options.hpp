// The command line of cogpp-worker (docs/worker-protocol.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schema/result.hpp"

namespace cogpp::worker {

enum class Task { kServe, kDescribe, kProbeDevice, kHelp, kVersion };

struct Options {
  Task task = Task::kServe;
  std::string library;
  std::optional<std::string> model;
  std::optional<std::string> tensors;  ///< JSON text of an object.
  std::string device = "auto";
  std::optional<std::string> weights;
  std::optional<std::string> project;
  std::uint32_t slots = 1;
  std::optional<std::uint32_t> threads;
  bool train = false;  ///< Predictions run the training (--mode train).
  bool quiet = false;  ///< Only the predictor's own lines in the log of set-up.
  int control_fd = -1;
  int first_slot_fd = -1;
};

/// `arguments` without the program's name; the last of equal options wins. Weights that
/// none names are those of $COG_WEIGHTS. Before any thread starts.
Result<Options> parse_options(const std::vector<std::string>& arguments);

const char* help_text();

/// The options of the C interface's create(), as JSON text (abi.h). `device` is the
/// chosen one.
std::string create_options(const Options& options, const std::string& device);

}  // namespace cogpp::worker
