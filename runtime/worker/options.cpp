// Reads the options by hand: a worker starts with every replica, and a library for
// this costs more than the rest of its start.
#include "runtime/worker/options.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <thread>

#include "schema/environment.hpp"
#include "schema/json.hpp"

namespace cogpp::worker {
namespace {

constexpr std::uint32_t kMaxSlots = 256;

Result<std::uint32_t> number(const std::string& option, const std::string& text, std::uint32_t low,
                             std::uint32_t high) {
  std::uint32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    return Error{option + " must be a number from " + std::to_string(low) + " to " +
                 std::to_string(high) + ", not '" + text + "'"};
  }
  return value;
}

std::optional<Task> task_of(std::string_view argument) {
  if (argument == "--describe") return Task::kDescribe;
  if (argument == "--probe-device") return Task::kProbeDevice;
  if (argument == "--help" || argument == "-h") return Task::kHelp;
  if (argument == "--version") return Task::kVersion;
  return std::nullopt;
}

/// Stores an option with a value.
Status store(Options& options, const std::string& name, const std::string& value) {
  const auto count = [&](std::uint32_t high, auto& target) -> Status {
    const auto parsed = number(name, value, name == "--slots" || name == "--threads" ? 1 : 0, high);
    if (!parsed) return parsed.error();
    target = static_cast<std::remove_cvref_t<decltype(target)>>(*parsed);
    return {};
  };
  if (name == "--library") {
    options.library = value;
  } else if (name == "--model") {
    options.model = value;
  } else if (name == "--tensors") {
    options.tensors = value;
  } else if (name == "--device") {
    options.device = value;
  } else if (name == "--weights") {
    options.weights = value;
  } else if (name == "--project") {
    options.project = value;
  } else if (name == "--mode") {
    if (value != "predict" && value != "train") {
      return Error{"--mode must be predict or train, not '" + value + "'"};
    }
    options.train = value == "train";
  } else if (name == "--slots") {
    return count(kMaxSlots, options.slots);
  } else if (name == "--threads") {
    return count(4096, options.threads);
  } else if (name == "--control-fd") {
    return count(1U << 20, options.control_fd);
  } else if (name == "--first-slot-fd") {
    return count(1U << 20, options.first_slot_fd);
  } else {
    return Error{"unknown option '" + name + "'; cogpp-worker --help lists them"};
  }
  return {};
}

Status check(const Options& options) {
  if (options.task != Task::kServe && options.task != Task::kDescribe) return {};
  if (options.library.empty()) {
    return Error{"--library is missing: it names the predictor's shared library"};
  }
  if (options.tensors) {
    const auto parsed = parse_json(*options.tensors);
    if (!parsed) return Error{"--tensors is not JSON: " + parsed.error().message};
    if (!parsed->is_object()) return Error{"--tensors must be a JSON object"};
  }
  if (options.task == Task::kServe && (options.control_fd < 0 || options.first_slot_fd < 0)) {
    return Error{
        "--control-fd and --first-slot-fd are missing: cogpp-worker is started by "
        "cogpp-server; only --describe and --probe-device work without it"};
  }
  return {};
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  if (std::string weights = environment_variable("COG_WEIGHTS"); !weights.empty()) {
    options.weights = std::move(weights);
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string name = arguments[i];
    if (const auto task = task_of(name)) {
      options.task = *task;
      continue;
    }
    if (name == "--quiet") {
      options.quiet = true;
      continue;
    }
    std::string value;
    if (const auto equals = name.find('='); name.starts_with("--") && equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      return Error{"'" + name + "' is no option, or lacks its value; cogpp-worker --help"};
    }
    if (auto stored = store(options, name, value); !stored) return stored.error();
  }
  if (auto checked = check(options); !checked) return checked.error();
  return options;
}

const char* help_text() {
  return "cogpp-worker --library LIB [OPTION]...\n"
         "Loads a predictor library and runs its predictions for cogpp-server, which starts it.\n\n"
         "  --library LIB        the predictor's shared library\n"
         "  --model FILE         model file, for a library that runs model files\n"
         "  --tensors JSON       description of that model's tensors\n"
         "  --device DEVICE      auto (default), cpu, cuda or cuda:N\n"
         "  --weights PATH|URL   weights to load instead of the model's own ($COG_WEIGHTS)\n"
         "  --project DIR        working directory\n"
         "  --slots N            predictions at the same time, 1 to 256\n"
         "  --threads N          threads for one prediction's computation\n"
         "  --mode MODE          predict (default), or train: every prediction trains\n"
         "  --quiet              does not tell the device\n"
         "  --control-fd N, --first-slot-fd N   sockets to the server\n"
         "  --describe           prints the predictor's inputs and output as JSON, and exits\n"
         "  --probe-device       prints what CUDA devices there are as JSON, and exits\n";
}

std::string create_options(const Options& options, const std::string& device) {
  const std::uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
  Json json{{"device", device},
            {"weights", nullptr},
            {"slots", options.slots},
            {"threads", options.threads.value_or(std::max(1U, cores / options.slots))}};
  if (options.weights) json["weights"] = *options.weights;
  json["project"] = std::filesystem::current_path().string();
  if (options.model) json["model"] = std::filesystem::absolute(*options.model).string();
  std::string text = to_text(json);
  // As it was written: the order of tensors.inputs is that of the model's arguments.
  if (options.tensors) text.replace(text.size() - 1, 1, ",\"tensors\":" + *options.tensors + "}");
  return text;
}

}  // namespace cogpp::worker
