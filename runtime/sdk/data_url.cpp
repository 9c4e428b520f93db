// Reads a file and writes it in base64.
#include "runtime/sdk/data_url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

namespace cogpp::sdk {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;
constexpr std::array kTypes{
    Entry{".png", "image/png"},         Entry{".jpg", "image/jpeg"},
    Entry{".jpeg", "image/jpeg"},       Entry{".gif", "image/gif"},
    Entry{".webp", "image/webp"},       Entry{".bmp", "image/bmp"},
    Entry{".tif", "image/tiff"},        Entry{".tiff", "image/tiff"},
    Entry{".svg", "image/svg+xml"},     Entry{".mp3", "audio/mpeg"},
    Entry{".wav", "audio/x-wav"},       Entry{".flac", "audio/flac"},
    Entry{".ogg", "audio/ogg"},         Entry{".mp4", "video/mp4"},
    Entry{".webm", "video/webm"},       Entry{".txt", "text/plain"},
    Entry{".csv", "text/csv"},          Entry{".html", "text/html"},
    Entry{".json", "application/json"}, Entry{".pdf", "application/pdf"},
    Entry{".zip", "application/zip"},
};

std::string_view media_type(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const Entry& entry) { return entry.first == extension; });
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

void append_base64(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    unsigned block = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      block = block << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += i <= count ? kDigits[block >> (18 - 6 * i) & 63] : '=';
    }
  }
}

}  // namespace

Result<std::string> data_url(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return Error{"cannot read the output file " + path.string()};
  std::string url = "data:" + std::string(media_type(path)) + ";base64,";
  url.reserve(url.size() + bytes.size() / 3 * 4 + 4);
  append_base64(url, bytes);
  return url;
}

}  // namespace cogpp::sdk
