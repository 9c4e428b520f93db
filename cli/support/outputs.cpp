// File outputs arrive as data URLs; their bytes go into `<stem><extension>`.
#include "cli/support/outputs.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>

#include "cli/support/data_url.hpp"
#include "cli/support/files.hpp"
#include "cli/support/media_types.hpp"
#include "cli/support/paths.hpp"
#include "schema/errno_text.hpp"
#include "schema/json_members.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kOutputPermissions = 0755;  // as Cog writes them

bool is_file_output(const schema::Signature& signature) {
  const schema::Type& type = signature.output;
  if (type.kind == schema::Kind::kPath) return true;
  return type.kind == schema::Kind::kArray && !type.items.empty() &&
         type.items[0].kind == schema::Kind::kPath;
}

bool is_integer_extension(const std::string& extension) {
  return extension.size() > 1 && std::all_of(extension.begin() + 1, extension.end(),
                                             [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Cog's order of members, which is not alphabetical.
std::string response_text(const Json& response, const Json& output) {
  std::string text = "{\n";
  const auto add = [&](const char* name, const Json& value) {
    if (text.size() > 2) text += ",\n";
    text += "  " + quoted(name) + ": " + indented_text(value, 1);
  };
  add("status", response.value("status", Json()));
  add("output", output);
  add("error", text_member(response, "error"));
  if (response.contains("metrics")) add("metrics", response["metrics"]);
  return text + "\n}";
}

}  // namespace

Status print(std::string_view text) {
  errno = 0;
  const std::size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
  if ((written == text.size() && std::fflush(stdout) == 0) || errno == EPIPE) return {};
  return Error{"cannot write to standard output: " + errno_text()};
}

Result<OutputPlan> OutputPlan::create(const OutputOptions& options, Console& console) {
  if (options.path.empty()) return OutputPlan({}, options.json);
  const std::string_view given = options.path;
  fs::path path = expand_home(given.starts_with('@') ? given.substr(1) : given);
  const std::string fallback = options.json ? "output.json" : "output";
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    path /= fallback;
    if (fs::is_directory(path, ignored)) {
      return Error{"Output path is not writable: Default output name \"" + fallback +
                   "\" conflicts with directory, provide --output"};
    }
  }
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!fs::is_directory(directory, ignored)) {
    return Error{"Output path is not writable: Output directory does not exist: " +
                 directory.string()};
  }
  if (::access(directory.c_str(), W_OK) != 0) {
    return Error{"Output path is not writable: Output directory is not writable: " +
                 directory.string()};
  }
  if (options.json && path.extension() != ".json") {
    console.warn("--output value does not have a .json suffix: " + path.string());
  }
  return OutputPlan(std::move(path), options.json);
}

Status OutputPlan::write(const Json& response, const schema::Signature& signature,
                         Console& console) const {
  const std::string status = text_member(response, "status");
  const Json& output = part_of(response, "output");
  if (json_) return write_json(response, is_file_output(signature), console);
  if (status != "succeeded") {
    return Error{"Prediction failed with status \"" + status +
                 "\": " + text_member(response, "error")};
  }
  if (output.is_null()) {
    console.warn("No output generated");
    return {};
  }
  if (is_file_output(signature)) {
    const Result<Json> written = write_files(output, console);
    return written ? Status{} : written.error();
  }
  return write_text(output.is_string() ? output.get<std::string>() : indented_text(output),
                    console);
}

Status OutputPlan::write_json(const Json& response, bool files, Console& console) const {
  Json output = part_of(response, "output");
  const bool succeeded = text_member(response, "status") == "succeeded";
  if (files && succeeded && !output.is_null()) {
    Result<Json> written = write_files(output, console);
    if (!written) return written.error();
    output = std::move(*written);
  }
  if (const Status written = write_text(response_text(response, output), console); !written) {
    return written;
  }
  if (succeeded) return {};
  return Error{"Prediction failed with status \"" + text_member(response, "status") +
               "\": " + text_member(response, "error")};
}

Status OutputPlan::write_text(const std::string& text, Console& console) const {
  if (path_.empty()) return print(text + "\n");
  if (const Status written = write_file(path_, text, kOutputPermissions); !written) {
    return written.error().within("Failed to write output");
  }
  console.info("Written output to: " + path_.string());
  return {};
}

Result<Json> OutputPlan::write_files(const Json& output, Console& console) const {
  if (output.is_string()) {
    const Result<fs::path> file = write_media(output.get<std::string>(), std::nullopt, console);
    if (!file) return file.error();
    return Json(file->string());
  }
  Json paths = Json::array();
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (!output[i].is_string()) return Error{"Failed to write output: a file was expected"};
    const Result<fs::path> file = write_media(output[i].get<std::string>(), i, console);
    if (!file) return file.error();
    paths.push_back(file->string());
  }
  return paths;
}

Result<fs::path> OutputPlan::write_media(const std::string& url, std::optional<std::size_t> index,
                                         Console& console) const {
  if (url.starts_with("http://") || url.starts_with("https://")) {
    console.info("Output is at: " + url);  // the server uploaded it
    return fs::path(url);
  }
  const Result<DataUrl> media = parse_data_url(url);
  if (!media) return media.error().within("Failed to write output");
  // With --json, -o names the response's own file.
  fs::path file = path_.empty() || json_ ? path_.parent_path() / "output" : path_;
  std::string extension = file.extension().string();
  if (extension.size() < 2 || is_integer_extension(extension)) {
    extension = extension_of(media->media_type);
  } else {
    file.replace_extension();
  }
  if (index) file += "." + std::to_string(*index);
  file += extension;
  if (const Status written = write_file(file, media->bytes, kOutputPermissions); !written) {
    return written.error().within("Failed to write output");
  }
  console.info("Written output to: " + file.string());
  return file;
}

}  // namespace cogpp::cli
