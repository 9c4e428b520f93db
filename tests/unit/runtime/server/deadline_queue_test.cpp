// Actions at given times, on one thread.
#include "runtime/server/support/deadline_queue.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <vector>

using namespace std::chrono_literals;
using cogpp::server::DeadlineQueue;

TEST_CASE("actions run in the order of their times, whatever the order of the calls") {
  DeadlineQueue queue;
  std::vector<int> order;
  std::promise<void> done;
  const auto now = std::chrono::steady_clock::now();
  queue.at(now + 60ms, [&] {
    order.push_back(3);
    done.set_value();
  });
  queue.at(now + 30ms, [&] { order.push_back(2); });
  queue.soon([&] { order.push_back(1); });
  REQUIRE(done.get_future().wait_for(10s) == std::future_status::ready);
  CHECK(order == std::vector{1, 2, 3});
  CHECK(std::chrono::steady_clock::now() - now >= 60ms);
}

TEST_CASE("an action may ask for another, and the end drops what is not due") {
  std::atomic<int> ran = 0;
  {
    DeadlineQueue queue;
    std::promise<void> done;
    queue.soon([&] {
      ++ran;
      queue.at(std::chrono::steady_clock::now() + 1h, [&] { ++ran; });
      queue.soon([&] {
        ++ran;
        done.set_value();
      });
    });
    REQUIRE(done.get_future().wait_for(10s) == std::future_status::ready);
  }
  CHECK(ran == 2);
}
