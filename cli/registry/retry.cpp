// Waiting times with jitter, so that many clients do not come back at once.
#include "cli/registry/retry.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace cogpp::cli {

bool is_passing(const HttpOutcome& outcome) {
  if (outcome.failure == HttpFailure::kConnection || outcome.failure == HttpFailure::kCut) {
    return true;
  }
  const int status = outcome.answer.status;
  return outcome.failure == HttpFailure::kNone &&
         (status == 408 || status == 429 || status == 499 || (status >= 500 && status != 501));
}

std::optional<std::chrono::milliseconds> retry_after(std::string_view header, std::int64_t now) {
  std::int64_t seconds = 0;
  const char* end = header.data() + header.size();
  const auto read = std::from_chars(header.data(), end, seconds);
  if (header.empty() || read.ec == std::errc::result_out_of_range) return std::nullopt;
  if (read.ec != std::errc() || read.ptr != end) {
    std::tm date{};
    const char* rest = ::strptime(std::string(header).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (rest == nullptr) return std::nullopt;
    seconds = ::timegm(&date) - now;
  }
  constexpr std::int64_t kMostSeconds = 86'400;
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kMostSeconds));
}

std::optional<std::chrono::milliseconds> Backoff::next(
    std::optional<std::chrono::milliseconds> asked) {
  if (++tries_ >= kMostTries || (asked && *asked > kLongestAsked)) return std::nullopt;
  const auto whole = std::min(kFirst * (1 << (tries_ - 1)), kLongest);
  std::uniform_int_distribution<std::int64_t> part(0, whole.count() / 2);
  const std::chrono::milliseconds own = whole / 2 + std::chrono::milliseconds(part(random_));
  return asked ? std::max(own, *asked + std::chrono::milliseconds(part(random_)) / 4) : own;
}

}  // namespace cogpp::cli
