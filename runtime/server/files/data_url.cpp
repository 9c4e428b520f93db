// Splits at the first comma; escapes are undone before base64, as urllib does.
#include "runtime/server/files/data_url.hpp"

#include <algorithm>
#include <utility>

#include "runtime/server/files/base64.hpp"
#include "runtime/server/files/mime.hpp"
#include "schema/authority.hpp"

namespace cogpp::server::files {
namespace {

constexpr std::string_view kSpaces = " \t\n\r\f\v";
constexpr std::string_view kBase64Marker = ";base64";
/// Text that is decoded at once: it and its bytes fit into a processor's cache.
constexpr std::size_t kPiece = 128UL * 1024;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// The type alone, as the email package's get_content_type() gives it.
std::string type_without_parameters(std::string_view media_type) {
  std::string type(trimmed(media_type.substr(0, media_type.find(';'))));
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::ranges::count(type, '/') == 1 ? type : "text/plain";
}

}  // namespace

Result<DataUrl> split_data_url(std::string_view url) {
  url = trimmed(url);
  if (url.ends_with('#')) url.remove_suffix(1);  // An empty fragment is dropped, others are data.
  url.remove_prefix(url.find(':') + 1);
  const std::size_t comma = url.find(',');
  if (comma == std::string_view::npos) {
    return Error{"not enough values to unpack (expected 2, got 1)"};
  }
  std::string_view media_type = url.substr(0, comma);
  const bool base64 = media_type.ends_with(kBase64Marker);
  if (base64) media_type.remove_suffix(kBase64Marker.size());
  return DataUrl{type_without_parameters(media_type), url.substr(comma + 1), base64};
}

Status decode_data_url(const DataUrl& url, const std::function<Status(std::string_view)>& sink) {
  std::string_view data = url.data;
  std::string unescaped;
  Base64Decoder decoder;
  while (!data.empty()) {
    std::string_view piece = data.substr(0, kPiece);
    if (unescaped.empty() && piece.find('%') != std::string_view::npos) {
      unescaped = cogpp::percent_decode(data);
      data = unescaped;
      piece = data.substr(0, kPiece);
    }
    data.remove_prefix(piece.size());
    if (Status taken = sink(url.base64 ? decoder.decode(piece) : piece); !taken) return taken;
  }
  return decoder.finish();
}

std::string file_name_of_type(std::string_view media_type) {
  return "file" + std::string(extension_of(media_type));
}

}  // namespace cogpp::server::files
