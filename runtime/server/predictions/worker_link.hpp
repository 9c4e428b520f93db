// The worker behind a slot, as the prediction side sees it. The supervisor
// implements it; tests have a fake.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace cogpp::server {

class Prediction;

/// One use of a slot: a request to cancel that comes too late names an old one.
struct Ticket {
  std::uint32_t slot = 0;
  std::uint64_t number = 0;  ///< From 1 on, never twice in a worker; the prediction's turn.
};

/// How a worker broke the protocol.
enum class Breach {
  kClosed,   ///< A socket ended: it is probably dying, and how it dies is the reason.
  kGarbage,  ///< It cannot be understood any more.
};

/// Any thread may call any function.
class WorkerLink {
 public:
  virtual ~WorkerLink() = default;

  /// A prediction begins in `slot`: with one slot only, raw output of the worker
  /// belongs to its logs from now on.
  virtual Ticket begin(std::uint32_t slot, const std::shared_ptr<Prediction>& prediction) = 0;
  /// It is over: what the worker's pipes hold is taken first, so nothing is lost.
  virtual void end(const Ticket& ticket) = 0;
  /// Asks the worker to stop the prediction `id`, repeats it until end(), and
  /// after the grace period gives the worker up.
  virtual void cancel(const Ticket& ticket, const std::string& id) = 0;
  /// The worker cannot be used any more: it is killed.
  virtual void broken(Breach breach, const std::string& what) = 0;
  /// Waits until the worker is gone and tells why: "Worker crashed\n…", with the end of
  /// `logs` (what the prediction printed) and of what the worker printed.
  virtual std::string wait_for_end(const std::string& logs) = 0;
  /// A slot of this worker was dropped: it was retired while in use.
  virtual void slot_dropped() = 0;
};

}  // namespace cogpp::server
