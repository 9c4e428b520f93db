// --upload-url: output files are PUT to a server, and their URLs are the output
// (cog-runtime §9.3, live B18, C1).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "schema/result.hpp"

namespace cogpp::server {

namespace client {
class Trust;
}

struct UploadTarget {
  std::string url;  ///< File names are appended to it, after one slash.
  std::shared_ptr<client::Trust> trust;
  /// Without a byte taken or answered. Cog allows this for a whole upload; here a large
  /// file may take its time.
  std::chrono::seconds stall{25};
};

/// Sends `file` from the disk, in blocks, and returns its URL: the reply's Location, else
/// where it was sent, without the query. Blocks; a stop request aborts it within 20 ms.
/// The error is the whole text that fails the prediction; `on_detail` gets what it lacks.
/// Any thread; the program must ignore SIGPIPE.
Result<std::string> upload_file(const std::filesystem::path& file, const std::string& prediction_id,
                                const UploadTarget& target, std::stop_token stop,
                                const std::function<void(const std::string&)>& on_detail);

/// Whether files can be uploaded there; the error says what is wrong with the URL.
Status check_upload_url(const std::string& url);

}  // namespace cogpp::server
