// How far each blob of a push or pull is: threads report, the main thread shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "cli/image/digest.hpp"

namespace cogpp::cli {

enum class TransferState { kWaiting, kRunning, kRetrying, kDone, kPresent, kMounted, kFailed };

struct TransferStatus {
  std::string name;  ///< For the user: a digest's first digits.
  std::uint64_t size = 0;
  std::uint64_t done = 0;   ///< Bytes that the other side has, as far as is known.
  std::uint64_t moved = 0;  ///< Bytes that went over the network, repeated ones too.
  TransferState state = TransferState::kWaiting;
  std::chrono::steady_clock::time_point began = {};
  std::chrono::steady_clock::time_point ended = {};
};

/// One entry a blob. Any thread.
class TransferBoard {
 public:
  std::size_t add(std::string name, std::uint64_t size);
  void state(std::size_t entry, TransferState state);
  /// Sets how much the other side has.
  void place(std::size_t entry, std::uint64_t done);
  /// Counts bytes as they go.
  void moved(std::size_t entry, std::uint64_t bytes);
  std::vector<TransferStatus> snapshot() const;

 private:
  mutable std::mutex mutex_;
  std::vector<TransferStatus> entries_;  ///< Under mutex_.
};

/// What a blob is called in progress lines: the first digits of its digest.
std::string transfer_name(const Digest& digest);
/// `1.5GB`, by 1024 (cog-cli §11.1).
std::string format_size(std::uint64_t bytes);
/// The line of one blob on a terminal: name, bar, amount, rate.
std::string transfer_line(const TransferStatus& status, std::chrono::steady_clock::time_point now);
/// What became of a blob, for logs: `sha256:0123456789ab: pushed (64.0MB, 512.0MB/s)`.
std::string transfer_result(const TransferStatus& status, const std::string& verb);

}  // namespace cogpp::cli
