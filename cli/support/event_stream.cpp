#include "cli/support/event_stream.hpp"

// Only `event:` and `data:` lines mean anything here; comments keep the connection alive.
namespace cogpp::cli {
namespace {

/// The value after `name:` and one optional space.
std::string_view field_value(std::string_view line, std::size_t name_size) {
  line.remove_prefix(name_size);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

}  // namespace

void EventStream::feed(std::string_view piece) {
  pending_ += piece;
  std::size_t begin = 0;
  for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', begin)) {
    take_line(std::string_view(pending_).substr(begin, end - begin));
    begin = end + 1;
  }
  pending_.erase(0, begin);
}

void EventStream::take_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) {
    if (!data_.empty()) receiver_(event_, data_);
    event_.clear();
    data_.clear();
  } else if (line.starts_with("event:")) {
    event_ = field_value(line, 6);
  } else if (line.starts_with("data:")) {
    if (!data_.empty()) data_ += '\n';
    data_ += field_value(line, 5);
  }
}

}  // namespace cogpp::cli
