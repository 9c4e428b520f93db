// Output chunks of one prediction in the order in which the model made them, while its
// files are uploaded several at a time.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/server/support/wake_fd.hpp"
#include "schema/result.hpp"

namespace cogpp::server {

/// Used by the thread that runs the prediction. Ends its uploads when it is destroyed.
class OutputQueue {
 public:
  /// A file as JSON text, from another thread. Ends at a stop request.
  using Upload = std::function<Result<std::string>(const std::string& path, std::stop_token)>;
  using Spawn = std::function<void(std::function<void()>)>;

  OutputQueue(Upload upload, Spawn spawn, std::stop_token stop);
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;
  ~OutputQueue();

  void add_chunk(std::string json);
  void add_file(std::string path);
  bool empty() const;
  /// The chunks whose turn has come. The first failed file ends the uploads of the others.
  std::vector<Result<std::string>> take();
  /// Readable when there may be more to take.
  int fd() const { return wake_.fd(); }

 private:
  struct Entry {
    std::string path;
    std::optional<Result<std::string>> done;
  };

  void start_uploads();  ///< With mutex_ held.
  void upload(const std::shared_ptr<Entry>& entry);

  static constexpr std::size_t kParallel = 8;

  const Upload upload_;
  const Spawn spawn_;
  std::stop_source give_up_;
  std::stop_callback<std::function<void()>> chain_;
  WakeFd wake_;
  mutable std::mutex mutex_;  ///< Guards everything below.
  std::condition_variable idle_;
  std::deque<std::shared_ptr<Entry>> entries_;
  std::deque<std::shared_ptr<Entry>> waiting_;  ///< Files not yet begun.
  std::size_t running_ = 0;
};

}  // namespace cogpp::server
