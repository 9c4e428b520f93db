// What every test of fetch_inputs needs: a signature with all kinds of inputs, a
// folder that must be empty after a failure, and the file that came out.
#pragma once

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <stop_token>
#include <string>
#include <thread>

#include "runtime/server/files/files.hpp"
#include "tests/unit/runtime/server/files/temp_folder.hpp"

namespace cogpp::test {

/// Inputs `p` (optional path), `ps` (list of paths), `s` (string), `ss` (list of strings),
/// `deep` (a map of lists of paths).
inline schema::Signature signature_with_files() {
  using schema::Kind;
  schema::Type path{.kind = Kind::kPath, .optional = true, .items = {}, .fields = {}};
  schema::Type plain_path{.kind = Kind::kPath, .optional = false, .items = {}, .fields = {}};
  schema::Type text{.kind = Kind::kString, .optional = false, .items = {}, .fields = {}};
  schema::Type paths{.kind = Kind::kArray, .optional = false, .items = {plain_path}, .fields = {}};
  schema::Type deep{.kind = Kind::kMap, .optional = false, .items = {paths}, .fields = {}};
  schema::Type texts{.kind = Kind::kArray, .optional = false, .items = {text}, .fields = {}};
  schema::Signature signature;
  const std::pair<const char*, schema::Type> inputs[] = {
      {"p", path}, {"ps", paths}, {"s", text}, {"ss", texts}, {"deep", deep}};
  for (const auto& [name, type] : inputs) {
    schema::Input input;
    input.name = name;
    input.type = type;
    signature.inputs.push_back(input);
  }
  return signature;
}

inline std::string contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class Fetch {
 public:
  server::FetchLimits limits;
  TempFolder folder;

  /// Replaces the files of `input`.
  Status run(Json& input, std::stop_token stop = {}) {
    auto fetched = server::fetch_inputs(input, signature_with_files(), folder.path(), limits, stop);
    if (!fetched) return fetched.error();
    input = std::move(*fetched);
    return {};
  }

  /// The error of fetching one URL; "no error" when there is none.
  std::string error(const std::string& url) {
    Json input = {{"p", url}};
    const Status status = run(input);
    return status ? "no error" : status.error().message;
  }

  /// The new file's name without its random start.
  std::string name(const std::string& url) {
    Json input = {{"p", url}};
    if (const Status status = run(input); !status) return "error: " + status.error().message;
    const auto path = std::filesystem::path(input["p"].get<std::string>());
    return path.parent_path() == folder.path() ? path.filename().string().substr(11)
                                               : "elsewhere: " + path.string();
  }

  /// Milliseconds from a stop request, made `delay` after the start, to the return.
  double milliseconds_to_stop(const std::string& url, std::chrono::milliseconds delay) {
    std::stop_source source;
    std::chrono::steady_clock::time_point asked;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(delay);
      asked = std::chrono::steady_clock::now();
      source.request_stop();
    });
    Json input = {{"p", url}, {"ps", {url, url, url}}};
    const Status status = run(input, source.get_token());
    const auto end = std::chrono::steady_clock::now();
    stopper.join();
    return status ? -1 : std::chrono::duration<double, std::milli>(end - asked).count();
  }
};

}  // namespace cogpp::test
