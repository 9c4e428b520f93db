// A worker that is none, for tests: records what is asked of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/server/predictions/slot_pool.hpp"
#include "runtime/server/predictions/worker_link.hpp"

namespace cogpp::server {

class FakeLink : public WorkerLink {
 public:
  Ticket begin(std::uint32_t slot, const std::shared_ptr<Prediction>& /*prediction*/) override {
    return {slot, ++tickets};
  }
  void end(const Ticket& /*ticket*/) override { ++ended; }
  void cancel(const Ticket& /*ticket*/, const std::string& id) override { cancelled.push_back(id); }
  void broken(Breach breach, const std::string& what) override {
    breaches.push_back((breach == Breach::kClosed ? "closed: " : "garbage: ") + what);
  }
  std::string wait_for_end(const std::string& logs) override { return "Worker crashed\n" + logs; }
  void slot_dropped() override { ++dropped; }

  std::uint64_t tickets = 0;
  int ended = 0;
  int dropped = 0;
  std::vector<std::string> cancelled;
  std::vector<std::string> breaches;
};

/// `count` slots of `worker`, with sockets that lead nowhere.
inline std::vector<std::unique_ptr<Slot>> slots_of(const std::shared_ptr<FakeLink>& worker,
                                                   int count) {
  std::vector<std::unique_ptr<Slot>> slots;
  for (int i = 0; i < count; ++i) {
    slots.push_back(std::make_unique<Slot>(
        Slot{static_cast<std::uint32_t>(i), ipc::FrameSocket(-1), worker, Scratch(), false}));
  }
  return slots;
}

}  // namespace cogpp::server
