// Header, comma, data.
#include "cli/support/data_url.hpp"

#include "cli/support/base64.hpp"

namespace cogpp::cli {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode_percent(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      bytes.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      bytes.push_back(text[i]);
    }
  }
  return bytes;
}

}  // namespace

std::string to_data_url(std::string_view media_type, std::string_view bytes) {
  std::string url = "data:" + std::string(media_type) + ";base64,";
  append_base64(url, bytes);
  return url;
}

Result<DataUrl> parse_data_url(std::string_view url) {
  if (!url.starts_with("data:")) return Error{"not a data URL"};
  url.remove_prefix(5);
  const auto comma = url.find(',');
  if (comma == std::string_view::npos) return Error{"the data URL has no comma"};
  std::string_view header = url.substr(0, comma);
  const std::string_view body = url.substr(comma + 1);
  const bool base64 = header.ends_with(";base64");
  if (base64) header.remove_suffix(7);
  // Some models answer "data:None;base64,": no type is known (cog-cli §9.4).
  DataUrl result{.media_type = header == "None" ? "" : std::string(header), .bytes = {}};
  if (!base64) {
    result.bytes = decode_percent(body);
    return result;
  }
  Result<std::string> bytes = decode_base64(body);
  if (!bytes) return Error{"the data URL is damaged: " + bytes.error().message};
  result.bytes = std::move(*bytes);
  return result;
}

}  // namespace cogpp::cli
