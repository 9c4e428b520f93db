// How many connections a descriptor limit allows, and waits that find no descriptor.
#include "runtime/server/support/descriptors.hpp"

#include <sys/resource.h>

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <utility>

#include "fake_link.hpp"
#include "runtime/server/predictions/event_log.hpp"
#include "runtime/server/predictions/queued_run.hpp"
#include "runtime/server/predictions/slot_queue.hpp"

using cogpp::server::connection_limit;
using cogpp::server::kLeastConnections;
using cogpp::server::kMaxConnections;

namespace {

/// While it lives, no further file can be opened.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &former_) == 0);
    rlimit none = former_;
    none.rlim_cur = 3;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &former_); }

 private:
  rlimit former_{};
};

}  // namespace

TEST_CASE("connections get what slots and webhooks leave") {
  CHECK(connection_limit(1'048'576, {}).value() == kMaxConnections);
  CHECK(connection_limit(1'048'576, {.slots = 256, .replicas = 64}).value() == kMaxConnections);
  CHECK(connection_limit(8192, {}).value() < kMaxConnections);
  const auto few = connection_limit(1024, {}).value();
  CHECK(few >= kLeastConnections);
  CHECK(connection_limit(1026, {}).value() == few + 1);
  CHECK(connection_limit(1024, {.slots = 8}).value() < few);
  CHECK(connection_limit(1024, {.slots = 8, .replicas = 2}).value() <
        connection_limit(1024, {.slots = 8}).value());
}

TEST_CASE("a limit that is too low is refused, and what would do is named") {
  const auto refused = connection_limit(256, {.slots = 100, .replicas = 2});
  REQUIRE_FALSE(refused);
  const std::string text = refused.error().message;
  CHECK(text.find("may open 256 files; --concurrency 100 with --replicas 2 needs ") !=
        std::string::npos);
  const auto at = text.find("needs ") + 6;
  const std::size_t enough = std::stoul(text.substr(at));
  CHECK(connection_limit(enough, {.slots = 100, .replicas = 2}).value() == kLeastConnections);
  CHECK_FALSE(connection_limit(enough - 1, {.slots = 100, .replicas = 2}));
}

TEST_CASE("a wait that finds no descriptor fails instead of waiting for ever") {
  using cogpp::server::EventLog;
  cogpp::server::SlotPool pool(1);
  pool.add(slots_of(std::make_shared<cogpp::server::FakeLink>(), 1));
  const auto held = pool.lease();
  auto place = pool.enqueue();
  cogpp::server::Prediction prediction({.id = "p", .input = "{}", .context = "{}"}, {});
  cogpp::server::ClientWatch* client = nullptr;
  EventLog log(16);
  std::optional<NoDescriptors> none(std::in_place);
  const auto turn = wait_for_turn(*place, prediction, client);
  const bool subscribed = log.subscribe() != nullptr || log.subscribe_from(0) != nullptr;
  none.reset();  // UBSan's own checks need a descriptor.
  CHECK_FALSE(subscribed);
  CHECK_FALSE(turn.lease);
  CHECK(turn.ended.error.find("no file descriptor left") != std::string::npos);
  CHECK(pool.counts().waiting == 0);
}
