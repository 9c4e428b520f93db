// One PUT a file. The name is escaped, so that it is one segment of the path whatever
// it holds.
#include "runtime/server/files/upload.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "runtime/server/client/send.hpp"
#include "runtime/server/client/text.hpp"
#include "runtime/server/files/mime.hpp"
#include "runtime/server/support/unique_fd.hpp"

namespace cogpp::server {
namespace {

using client::Exchanged;
using BlockReader = std::function<Result<std::string_view>()>;

constexpr std::size_t kUploadBlock = 256 * 1024;
constexpr const char* kFailed = "Failed to upload output: ";
/// What has a meaning in a segment of a path.
constexpr std::string_view kSegmentUnsafe = "\"#%/<>?\\^`{|}";

struct Reason {
  int status;
  const char* text;
};

/// As Cog's HTTP library names them.
constexpr std::array<Reason, 29> kReasons = {{{300, "Multiple Choices"},
                                              {301, "Moved Permanently"},
                                              {302, "Found"},
                                              {303, "See Other"},
                                              {304, "Not Modified"},
                                              {307, "Temporary Redirect"},
                                              {308, "Permanent Redirect"},
                                              {400, "Bad Request"},
                                              {401, "Unauthorized"},
                                              {402, "Payment Required"},
                                              {403, "Forbidden"},
                                              {404, "Not Found"},
                                              {405, "Method Not Allowed"},
                                              {406, "Not Acceptable"},
                                              {408, "Request Timeout"},
                                              {409, "Conflict"},
                                              {410, "Gone"},
                                              {411, "Length Required"},
                                              {412, "Precondition Failed"},
                                              {413, "Payload Too Large"},
                                              {415, "Unsupported Media Type"},
                                              {422, "Unprocessable Entity"},
                                              {429, "Too Many Requests"},
                                              {500, "Internal Server Error"},
                                              {501, "Not Implemented"},
                                              {502, "Bad Gateway"},
                                              {503, "Service Unavailable"},
                                              {504, "Gateway Timeout"},
                                              {507, "Insufficient Storage"}}};

const char* reason_of(int status) {
  const auto found = std::ranges::find(kReasons, status, &Reason::status);
  return found != kReasons.end() ? found->text : "<unknown status code>";
}

Error not_sent(const std::filesystem::path& file, const std::string& why) {
  return Error{"Failed to read output file: cannot read the output file " + file.string() + ": " +
               why};
}

/// An output file, open, with the size that it had then.
struct Source {
  std::filesystem::path file;
  UniqueFd fd;
  std::uint64_t size = 0;
};

Result<Source> open_source(const std::filesystem::path& file) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not hang.
  Source source{file, UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), 0};
  struct stat status {};
  if (!source.fd || ::fstat(source.fd.get(), &status) != 0) {
    return not_sent(file, strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) return not_sent(file, "it is not a regular file");
  source.size = static_cast<std::uint64_t>(status.st_size);
  return source;
}

/// Reads `source` from its start, `block` at a time.
BlockReader reader_of(const Source& source, std::vector<char>& block) {
  return [&source, &block, offset = std::uint64_t{0}]() mutable -> Result<std::string_view> {
    const auto want = std::min<std::uint64_t>(block.size(), source.size - offset);
    if (want == 0) return std::string_view();
    ssize_t n = 0;
    do {
      n = ::pread(source.fd.get(), block.data(), want, static_cast<off_t>(offset));
    } while (n < 0 && errno == EINTR);
    if (n < 0) return not_sent(source.file, strerror(errno));
    if (n == 0) return not_sent(source.file, "it became shorter during the upload");
    offset += static_cast<std::uint64_t>(n);
    return std::string_view(block.data(), static_cast<std::size_t>(n));
  };
}

/// Control characters, which no header can carry, are escaped.
std::string header_value(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out;
}

/// An absolute URL without its query; anything else as it is.
std::string without_query(const std::string& url) {
  const auto fragment = std::min(url.find('#'), url.size());
  const auto query = url.find('?');
  const auto colon = url.find(':');
  const bool absolute = colon != std::string::npos && colon > 0 && colon < url.find_first_of("/?#");
  if (!absolute || query >= fragment) return url;
  return url.substr(0, query) + url.substr(fragment);
}

client::Message message_of(const Source& source, const std::string& prediction_id,
                           std::vector<char>& block) {
  return {.method = "PUT",
          .headers = {{"content-type", std::string(files::media_type_of(source.file.native()))},
                      {"x-prediction-id", header_value(prediction_id)},
                      {"accept", "*/*"}},
          .content = {},
          .open_body = [&]() -> Result<BlockReader> { return reader_of(source, block); },
          .size = source.size,
          .becomes_get = false};
}

Result<std::string> result_of(const client::Sent& sent) {
  const auto& reply = sent.result.reply;
  if (reply.status < 200 || reply.status > 299) {
    return Error{kFailed + std::string("upload returned status ") + std::to_string(reply.status) +
                 " " + reason_of(reply.status)};
  }
  return without_query(reply.location ? *reply.location : sent.url.text());
}

}  // namespace

Result<std::string> upload_file(const std::filesystem::path& file, const std::string& prediction_id,
                                const UploadTarget& target, std::stop_token stop,
                                const std::function<void(const std::string&)>& on_detail) {
  const auto source = open_source(file);
  if (!source) return source.error();
  const std::string slash = target.url.ends_with('/') ? "" : "/";
  const auto name = client::percent_encode(file.filename().native(), kSegmentUnsafe);
  const auto url = client::parse_url(target.url + slash + name);
  if (!url) return Error{kFailed + url.error().message};
  const auto signal = client::StopSignal::create(std::move(stop));
  if (!signal) return Error{kFailed + signal.error().message};
  std::vector<char> block(kUploadBlock);
  const client::Limits limits{
      .connect_timeout = target.stall, .read_timeout = target.stall, .trust = target.trust};
  const auto sent = client::send(*url, message_of(*source, prediction_id, block), limits, **signal);
  if (sent.result.end == Exchanged::End::kComplete) return result_of(sent);
  if (sent.result.end == Exchanged::End::kStopped) return Error{"the upload was canceled"};
  const std::string& why = sent.result.error.message;
  if (why.starts_with("Failed to read")) return sent.result.error;
  const bool late = sent.result.end == Exchanged::End::kTimedOut;
  on_detail(!why.empty() ? why : late ? "it stalled" : "the connection was closed");
  return Error{kFailed + std::string("upload request failed: error sending request")};
}

Status check_upload_url(const std::string& url) {
  const auto parsed = client::parse_url(url);
  if (parsed) return {};
  return parsed.error();
}

}  // namespace cogpp::server
