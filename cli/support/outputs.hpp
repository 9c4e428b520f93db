// A prediction's output: on standard output or into files (cog-cli §9.4).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/support/console.hpp"
#include "schema/json.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::cli {

struct OutputOptions {
  std::string path;   ///< `-o`; empty: standard output, files beside.
  bool json = false;  ///< Print the whole response.
};

/// Where a prediction's output goes; made, and checked, before the prediction runs.
class OutputPlan {
 public:
  /// Fails when the place cannot be written to.
  static Result<OutputPlan> create(const OutputOptions& options, Console& console);

  /// Writes a response `{"status","output","error","metrics"}`. Fails when the
  /// prediction failed or something could not be written.
  Status write(const Json& response, const schema::Signature& signature, Console& console) const;

  /// Whether pieces may go to standard output as they come instead of write().
  bool live_allowed() const { return path_.empty() && !json_; }

 private:
  OutputPlan(std::filesystem::path path, bool json) : path_(std::move(path)), json_(json) {}
  Result<std::filesystem::path> write_media(const std::string& url,
                                            std::optional<std::size_t> index,
                                            Console& console) const;
  Result<Json> write_files(const Json& output, Console& console) const;
  Status write_text(const std::string& text, Console& console) const;
  Status write_json(const Json& response, bool files, Console& console) const;

  std::filesystem::path path_;
  bool json_;
};

/// Writes to standard output at once. A reader that has gone away (`| head`) is no failure.
Status print(std::string_view text);

}  // namespace cogpp::cli
