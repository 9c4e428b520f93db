// Incremental HTTP/1.1 response reader; see the header.
#include "bench/load/response.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace cogpp::bench {
namespace {

constexpr std::size_t kMaxHeadBytes = 64 * 1024;
// Longer than any event name; the data lines are not looked at.
constexpr std::size_t kLineStart = 32;

bool equals_lower(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

}  // namespace

void EventCounter::reset() {
  line_.clear();
  outputs_ = 0;
  errors_ = 0;
}

void EventCounter::feed(std::string_view data) {
  while (!data.empty()) {
    const std::size_t end = data.find('\n');
    const std::string_view part = data.substr(0, end);
    if (line_.size() < kLineStart && (end == std::string_view::npos || !line_.empty())) {
      line_.append(part.substr(0, kLineStart));
    }
    if (end == std::string_view::npos) {
      return;
    }
    take_line(line_.empty() ? part : std::string_view(line_));
    line_.clear();
    data.remove_prefix(end + 1);
  }
}

void EventCounter::take_line(std::string_view line) {
  if (line == "event: output") {
    ++outputs_;
  } else if (line == "event: error") {
    ++errors_;
  }
}

void ResponseReader::reset() {
  state_ = State::kHead;
  head_.clear();
  line_.clear();
  tail_.clear();
  events_.reset();
  status_ = 0;
  closes_ = chunked_ = has_length_ = is_event_stream_ = false;
  left_ = body_bytes_ = 0;
}

std::size_t ResponseReader::feed(std::string_view data) {
  std::size_t taken = 0;
  while (taken < data.size() && !done() && !broken()) {
    const std::string_view rest = data.substr(taken);
    switch (state_) {
      case State::kHead:
        taken += feed_head(rest);
        break;
      case State::kBody:
        taken += feed_counted(rest, State::kDone);
        break;
      case State::kChunkData:
        taken += feed_counted(rest, State::kChunkEnd);
        break;
      default:
        taken += feed_line(rest);
        break;
    }
  }
  return taken;
}

void ResponseReader::end_of_stream() {
  const bool body_until_close = state_ == State::kBody && !has_length_;
  state_ = body_until_close ? State::kDone : State::kBroken;
}

std::size_t ResponseReader::feed_head(std::string_view data) {
  const std::size_t before = head_.size();
  head_.append(data.substr(0, kMaxHeadBytes));
  // The end may straddle two pieces.
  const std::size_t end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    if (head_.size() >= kMaxHeadBytes) {
      state_ = State::kBroken;
    }
    return data.size();
  }
  head_.resize(end + 2);
  take_head();
  return end + 4 - before;
}

void ResponseReader::take_head() {
  constexpr std::string_view kVersion = "HTTP/1.";
  const std::string_view head = head_;
  const bool well_formed = head.starts_with(kVersion) && head.size() > 12 && head[8] == ' ';
  if (!well_formed ||
      std::from_chars(head.data() + 9, head.data() + 12, status_).ec != std::errc{}) {
    state_ = State::kBroken;
    return;
  }
  std::size_t line = head.find("\r\n") + 2;
  while (line < head.size()) {
    const std::size_t end = head.find("\r\n", line);
    const std::string_view text = head.substr(line, end - line);
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
      std::string_view value = text.substr(colon + 1);
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      take_header(text.substr(0, colon), value);
    }
    line = end + 2;
  }
  if (chunked_) {
    state_ = State::kChunkSize;
  } else if (has_length_) {
    state_ = left_ == 0 ? State::kDone : State::kBody;
  } else {
    closes_ = true;
    left_ = std::numeric_limits<std::uint64_t>::max();
    state_ = State::kBody;
  }
}

void ResponseReader::take_header(std::string_view name, std::string_view value) {
  if (equals_lower(name, "content-length")) {
    has_length_ =
        std::from_chars(value.data(), value.data() + value.size(), left_).ec == std::errc{};
  } else if (equals_lower(name, "transfer-encoding")) {
    chunked_ = equals_lower(value, "chunked");
  } else if (equals_lower(name, "connection")) {
    closes_ = equals_lower(value, "close");
  } else if (equals_lower(name, "content-type")) {
    is_event_stream_ = value.starts_with("text/event-stream");
  }
}

std::size_t ResponseReader::feed_counted(std::string_view data, State next) {
  const std::size_t count = std::min<std::uint64_t>(data.size(), left_);
  take_body(data.substr(0, count));
  left_ -= count;
  if (left_ == 0) {
    state_ = next;
  }
  return count;
}

std::size_t ResponseReader::feed_line(std::string_view data) {
  const std::size_t end = data.find('\n');
  line_.append(data.substr(0, std::min(end, kLineStart)));
  if (end == std::string_view::npos) {
    return data.size();
  }
  if (!line_.empty() && line_.back() == '\r') {
    line_.pop_back();
  }
  take_line();
  line_.clear();
  return end + 1;
}

void ResponseReader::take_line() {
  if (state_ == State::kChunkEnd) {
    state_ = line_.empty() ? State::kChunkSize : State::kBroken;
    return;
  }
  if (state_ == State::kTrailer) {
    state_ = line_.empty() ? State::kDone : State::kTrailer;
    return;
  }
  const auto parsed = std::from_chars(line_.data(), line_.data() + line_.size(), left_, 16);
  if (parsed.ec != std::errc{}) {
    state_ = State::kBroken;
  } else {
    state_ = left_ == 0 ? State::kTrailer : State::kChunkData;
  }
}

void ResponseReader::take_body(std::string_view data) {
  body_bytes_ += data.size();
  if (is_event_stream_) {
    events_.feed(data);
  }
  if (data.size() >= kTailBytes) {
    tail_.assign(data.substr(data.size() - kTailBytes));
    return;
  }
  tail_.append(data);
  if (tail_.size() > kTailBytes) {
    tail_.erase(0, tail_.size() - kTailBytes);
  }
}

}  // namespace cogpp::bench
