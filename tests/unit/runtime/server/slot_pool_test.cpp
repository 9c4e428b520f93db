// Leases of slots, and what becomes of them when a worker is retired.
#include "runtime/server/predictions/slot_pool.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <thread>

#include "fake_link.hpp"

using cogpp::server::FakeLink;
using cogpp::server::Slot;
using cogpp::server::SlotPool;

TEST_CASE("a lease gives its slot back") {
  SlotPool pool;
  pool.add(slots_of(std::make_shared<FakeLink>(), 1));
  {
    const auto lease = pool.lease();
    REQUIRE(lease);
    CHECK_FALSE(pool.lease());
    CHECK(pool.counts().free == 0);
    CHECK(pool.counts().total == 1);
  }
  CHECK(pool.lease());
}

TEST_CASE("a slot that comes free in time is leased") {
  using namespace std::chrono_literals;
  SlotPool pool;
  pool.add(slots_of(std::make_shared<FakeLink>(), 1));
  auto first = pool.lease();
  REQUIRE(first);
  CHECK_FALSE(pool.lease_within(1ms));
  const std::jthread other([&first] {
    std::this_thread::sleep_for(20ms);
    first.reset();
  });
  CHECK(pool.lease_within(1min));
}

TEST_CASE("a retired worker's slots go, those in use when they come back") {
  SlotPool pool;
  const auto old = std::make_shared<FakeLink>();
  pool.add(slots_of(old, 2));
  auto lease = pool.lease();
  CHECK(pool.retire(old.get()) == 1);
  CHECK(pool.counts().total == 0);
  CHECK_FALSE(pool.lease());

  pool.add(slots_of(std::make_shared<FakeLink>(), 1));
  CHECK(pool.counts().total == 1);
  CHECK(old->dropped == 0);
  lease.reset();
  CHECK(old->dropped == 1);
  CHECK(pool.counts().free == 1);
  CHECK(pool.retire(old.get()) == 0);
}
