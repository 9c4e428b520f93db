// Plain text; the console knows about terminals.
#include "cli/registry/progress.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace cogpp::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBarWidth = 24;
constexpr std::size_t kShownDigits = 12;

std::string rate_text(std::uint64_t bytes, Clock::duration time) {
  const double seconds = std::max(std::chrono::duration<double>(time).count(), 1e-3);
  return format_size(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds)) + "/s";
}

std::string bar(std::uint64_t done, std::uint64_t size) {
  const double part = size == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(size);
  const auto filled = static_cast<std::size_t>(std::min(part, 1.0) * kBarWidth);
  return "[" + std::string(filled, '=') + std::string(kBarWidth - filled, ' ') + "]";
}

}  // namespace

std::size_t TransferBoard::add(std::string name, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({.name = std::move(name), .size = size});
  return entries_.size() - 1;
}

void TransferBoard::state(std::size_t entry, TransferState state) {
  const std::lock_guard lock(mutex_);
  TransferStatus& status = entries_[entry];
  status.state = state;
  const auto now = Clock::now();
  if (status.began == Clock::time_point()) status.began = now;
  status.ended = now;
}

void TransferBoard::place(std::size_t entry, std::uint64_t done) {
  const std::lock_guard lock(mutex_);
  entries_[entry].done = done;
}

void TransferBoard::moved(std::size_t entry, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  entries_[entry].done += bytes;
  entries_[entry].moved += bytes;
}

std::vector<TransferStatus> TransferBoard::snapshot() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::string transfer_name(const Digest& digest) {
  return "sha256:" + digest.hex().substr(0, kShownDigits);
}

std::string format_size(std::uint64_t bytes) {
  constexpr std::uint64_t kKilo = 1024;
  struct Unit {
    std::uint64_t size;
    const char* name;
  };
  for (const Unit& unit :
       {Unit{kKilo * kKilo * kKilo, "GB"}, Unit{kKilo * kKilo, "MB"}, Unit{kKilo, "KB"}}) {
    if (bytes < unit.size) continue;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f%s",
                  static_cast<double>(bytes) / static_cast<double>(unit.size), unit.name);
    return text.data();
  }
  return std::to_string(bytes) + "B";
}

std::string transfer_line(const TransferStatus& status, Clock::time_point now) {
  const std::string head = status.name + " ";
  switch (status.state) {
    case TransferState::kWaiting:
      return head + "waiting (" + format_size(status.size) + ")";
    case TransferState::kPresent:
      return head + "already there (" + format_size(status.size) + ")";
    case TransferState::kMounted:
      return head + "mounted (" + format_size(status.size) + ")";
    case TransferState::kDone:
      return head + "done (" + format_size(status.size) + ", " +
             rate_text(status.moved, status.ended - status.began) + ")";
    case TransferState::kFailed:
      return head + "failed";
    case TransferState::kRunning:
    case TransferState::kRetrying:
      break;
  }
  return head + bar(status.done, status.size) + " " + format_size(status.done) + "/" +
         format_size(status.size) + " " + rate_text(status.moved, now - status.began) +
         (status.state == TransferState::kRetrying ? " retrying" : "");
}

std::string transfer_result(const TransferStatus& status, const std::string& verb) {
  std::string result = status.name + ": ";
  if (status.state == TransferState::kPresent) {
    return result + "already there (" + format_size(status.size) + ")";
  }
  if (status.state == TransferState::kMounted) {
    return result + "mounted (" + format_size(status.size) + ")";
  }
  return result + verb + " (" + format_size(status.size) + ", " +
         rate_text(status.moved, status.ended - status.began) + ")";
}

}  // namespace cogpp::cli
