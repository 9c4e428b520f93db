// How `cogpp predict` finds a running `cogpp serve` of the same project: a file
// `.cog/serve.json` where serve adds itself when it is ready and takes itself out when it
// ends. The last one removes the file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/http_client.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// What a prediction depends on besides its input: the predictor's key, the device,
/// the weights, the environment. Equal keys may share a server.
struct ServeKeyParts {
  std::string predictor;
  std::string device;
  std::string weights;
  std::vector<std::string> environment;
};
std::string serve_key(const ServeKeyParts& parts);

/// This process's entry in the file, for as long as it serves. Removed by the destructor.
class ServeState {
 public:
  /// `directory` is the project's `.cog`.
  static Result<ServeState> publish(const std::filesystem::path& directory,
                                    const Endpoint& endpoint, const std::string& key);
  ServeState(ServeState&& other) noexcept;
  ServeState& operator=(ServeState&&) = delete;
  ~ServeState();

 private:
  explicit ServeState(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path directory_;  ///< Empty: moved from.
};

/// Whether predict may use a server at this host: inputs never leave the machine
/// because of a file in a project.
bool is_loopback(const std::string& host);

/// The loopback endpoint of the newest living server with this key. Entries whose process
/// is gone are removed.
std::optional<Endpoint> find_server(const std::filesystem::path& directory, const std::string& key);

}  // namespace cogpp::cli
