// A line-wise parser: finds the empty line, then reads the request line and each
// header.
#include "runtime/server/http/head.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cogpp::server {
namespace {

constexpr int kBad = 400;
constexpr int kGood = 200;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_token_char(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos && c != '\0';
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

/// Visible ASCII and bytes of other characters.
bool is_target_char(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }
bool is_value_char(char c) {
  return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes a line off `text`; its end may be CRLF or LF.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Bytes up to and with the empty line, or npos; it does not end within `searched` bytes.
std::size_t head_end(std::string_view text, std::size_t searched) {
  const std::size_t start = searched > 2 ? searched - 2 : 0;  // Half of it may be there.
  for (auto at = text.find('\n', start); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    if (text.substr(at + 1, 1) == "\n") return at + 2;
    if (text.substr(at + 1, 2) == "\r\n") return at + 3;
  }
  return std::string_view::npos;
}

std::size_t leading_empty_lines(std::string_view text) {
  std::size_t at = 0;
  while (true) {
    if (text.substr(at, 1) == "\n") {
      ++at;
    } else if (text.substr(at, 2) == "\r\n") {
      at += 2;
    } else {
      return at;
    }
  }
}

std::string_view path_of(std::string_view target) {
  if (!target.starts_with('/') && target.find("://") != std::string_view::npos) {
    target.remove_prefix(target.find("://") + 3);
    const auto slash = target.find_first_of("/?");
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  target = target.substr(0, target.find_first_of("?#"));
  return target.empty() ? "/" : target;
}

std::string_view query_of(std::string_view target) {
  target = target.substr(0, target.find('#'));
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> RequestHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers_) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

/// Fills a RequestHead from its text.
class HeadParser {
 public:
  explicit HeadParser(RequestHead& head) : head_(head) {}

  int parse(std::string_view text) {
    head_.text_ = text;
    head_.headers_.clear();
    std::string_view rest = head_.text_;
    if (const int status = request_line(take_line(rest)); status != kGood) return status;
    for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
      if (const int status = header_line(line); status != kGood) return status;
    }
    return framing();
  }

 private:
  int request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return kBad;
    head_.method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (!is_token(head_.method) || target.empty()) return kBad;
    if (!std::all_of(target.begin(), target.end(), is_target_char)) return kBad;
    if (target.size() > kMaxTarget) return 414;
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return kBad;
    head_.minor_version = version.back() - '0';
    head_.path = path_of(target);
    head_.query = query_of(target);
    return kGood;
  }

  int header_line(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return kBad;
    const auto value = trimmed(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_char)) return kBad;
    if (head_.headers_.size() == kMaxHeaders) return 431;
    head_.headers_.emplace_back(line.substr(0, colon), value);
    return kGood;
  }

  // How long the body is and whether the connection stays.
  int framing() {
    head_.keep_alive = head_.minor_version == 1;
    head_.expects_continue = head_.chunked = false;
    head_.content_length = 0;
    std::optional<std::uint64_t> length;
    for (const auto& [name, value] : head_.headers_) {
      if (equal_ignoring_case(name, "content-length")) {
        const auto parsed = content_length(value);
        if (!parsed || (length && *length != *parsed)) return kBad;
        length = parsed;
      } else if (equal_ignoring_case(name, "transfer-encoding")) {
        // Only one coding is known, and only once.
        if (head_.chunked || head_.minor_version == 0) return kBad;
        if (!equal_ignoring_case(value, "chunked")) return kBad;
        head_.chunked = true;
      } else if (equal_ignoring_case(name, "connection")) {
        connection(value);
      } else if (equal_ignoring_case(name, "expect")) {
        head_.expects_continue =
            head_.minor_version == 1 && equal_ignoring_case(value, "100-continue");
      }
    }
    if (length && !head_.chunked) head_.content_length = *length;
    // Something before this server may have gone by the length: what it takes for the next
    // request must not be one here (RFC 9112 §6.1).
    if (length && head_.chunked) head_.keep_alive = false;
    return kGood;
  }

  static std::optional<std::uint64_t> content_length(std::string_view value) {
    std::uint64_t number = 0;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || code != std::errc() || end != value.data() + value.size()) {
      return std::nullopt;
    }
    return number;
  }

  void connection(std::string_view value) {
    while (!value.empty()) {
      const auto comma = value.find(',');
      const auto option = trimmed(value.substr(0, comma));
      if (equal_ignoring_case(option, "close")) head_.keep_alive = false;
      if (equal_ignoring_case(option, "keep-alive")) head_.keep_alive = true;
      if (comma == std::string_view::npos) return;
      value.remove_prefix(comma + 1);
    }
  }

  RequestHead& head_;
};

int parse_head(std::string_view buffer, RequestHead& head, HeadProgress& progress) {
  progress.consumed = leading_empty_lines(buffer);
  const auto text = buffer.substr(progress.consumed);
  const auto size = head_end(text, progress.searched);
  if (size == std::string_view::npos) {
    progress.searched = text.size();
    // What can be told before the end: a line that will never become a request.
    if (text.size() > kMaxHeadBytes) {
      return text.find('\n') == std::string_view::npos ? 414 : 431;
    }
    return 0;
  }
  if (size > kMaxHeadBytes) return 431;
  progress.consumed += size;
  return HeadParser(head).parse(text.substr(0, size));
}

}  // namespace cogpp::server
