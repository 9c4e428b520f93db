// Which requests are admitted, which join one that runs, and which are refused.
#include "runtime/server/predictions/service.hpp"

#include <catch2/catch_test_macros.hpp>

#include "fake_link.hpp"

using cogpp::server::Admission;
using cogpp::server::Admitted;
using cogpp::server::FakeLink;
using cogpp::server::History;
using cogpp::server::InFlight;
using cogpp::server::Refusal;
using cogpp::server::Service;
using cogpp::server::SlotPool;
namespace server = cogpp::server;

namespace {

/// A ready server with one slot.
struct Bench {
  explicit Bench(std::size_t queue) : slots(queue) {
    slots.add(slots_of(std::make_shared<FakeLink>(), 1));
    health.setup_succeeded(0, std::make_shared<const server::Model>(), "");
  }

  Admission put(const std::string& id) {
    return service.admit({.id = id, .generate_id = false, .unique = true});
  }

  SlotPool slots;
  server::Log log{server::LogFormat::kJson};
  server::HealthBoard health{slots};
  History history{History::Limits{}};
  server::TimeLimit time_limit{std::chrono::milliseconds(0)};
  server::Webhooks webhooks{{}, log};
  server::ElasticPool pool{server::ElasticPool::Limits{}};
  Service service{{log, slots, health, pool, history, time_limit, webhooks}, {}, {}};
};

int status_of(const Admission& admission) {
  const auto* refusal = std::get_if<Refusal>(&admission);
  return refusal != nullptr ? refusal->status : 0;
}

}  // namespace

TEST_CASE("an id that took the only slot is joined, others are refused") {
  Bench bench(0);
  const auto first = bench.put("a");
  REQUIRE(std::holds_alternative<Admitted>(first));
  const auto again = bench.put("a");
  REQUIRE(std::holds_alternative<InFlight>(again));
  CHECK(std::get<InFlight>(again).prediction == std::get<Admitted>(first).prediction);
  CHECK(status_of(bench.put("b")) == 409);
  CHECK(status_of(bench.service.admit({.id = "a", .generate_id = false})) == 409);
}

TEST_CASE("an id that took the last place in the queue is joined, others are refused") {
  Bench bench(1);
  const auto running = bench.put("a");
  const auto waiting = bench.put("b");
  REQUIRE(std::holds_alternative<Admitted>(waiting));
  CHECK(std::holds_alternative<InFlight>(bench.put("a")));
  CHECK(std::holds_alternative<InFlight>(bench.put("b")));
  CHECK(status_of(bench.put("c")) == 429);
}
