// The queue for slots: order, leaving, refusals, and who waits in it.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <thread>

#include "fake_link.hpp"
#include "runtime/server/predictions/queued_run.hpp"
#include "runtime/server/predictions/slot_queue.hpp"

using namespace std::chrono_literals;
using cogpp::server::FakeLink;
using cogpp::server::Prediction;
using cogpp::server::PredictionStatus;
using cogpp::server::QueuedRun;
using cogpp::server::QueuePlace;
using cogpp::server::Slot;
using cogpp::server::SlotLease;
using cogpp::server::SlotPool;
using cogpp::server::Turn;

namespace {

std::shared_ptr<Prediction> prediction_of(const std::string& id) {
  return std::make_shared<Prediction>(
      cogpp::server::PredictionSpec{
          .id = id, .input = "{}", .input_tree = nullptr, .context = "{}"},
      cogpp::server::PredictionLimits{});
}

/// Leaves as soon as somebody looks.
class LeavingClient : public cogpp::server::ClientWatch {
 public:
  int fd() const override { return wake_.fd(); }
  bool left() override { return true; }
  void leave() { wake_.signal(); }

 private:
  cogpp::server::WakeFd wake_;
};

}  // namespace

TEST_CASE("a slot that comes back goes to the first in the queue") {
  SlotPool pool(2);
  pool.add(slots_of(std::make_shared<FakeLink>(), 1));
  auto held = pool.lease();
  auto first = pool.enqueue();
  auto second = pool.enqueue();
  REQUIRE(first);
  REQUIRE(second);
  CHECK_FALSE(pool.enqueue());
  CHECK(pool.counts().waiting == 2);
  bool told = false;
  first->when_settled([&told] { told = true; });
  CHECK_FALSE(told);
  held.reset();
  CHECK(told);
  CHECK_FALSE(pool.lease());  // It overtakes nobody.
  auto lease = first->take();
  REQUIRE(lease);
  CHECK_FALSE(second->take());
  lease.reset();
  CHECK(second->take());
  CHECK(pool.counts().free == 1);
  CHECK(pool.counts().waiting == 0);
}

TEST_CASE("who leaves the queue makes room, and what he was given goes on") {
  SlotPool pool(2);
  pool.add(slots_of(std::make_shared<FakeLink>(), 1));
  auto held = pool.lease();
  auto first = pool.enqueue();
  auto second = pool.enqueue();
  bool told = false;
  first->when_settled([&told] { told = true; });
  SECTION("before his turn") {
    first->leave();
    CHECK(pool.counts().waiting == 1);
    held.reset();
    CHECK_FALSE(told);
  }
  SECTION("with his slot in hand, not yet taken") {
    held.reset();
    CHECK(told);
    first.reset();
  }
  CHECK(second->take());
}

TEST_CASE("a queue of none takes nobody, and a slot that just came back is given at once") {
  SlotPool none;
  CHECK_FALSE(none.enqueue());
  SlotPool pool(1);
  pool.add(slots_of(std::make_shared<FakeLink>(), 1));
  auto place = pool.enqueue();
  REQUIRE(place);
  CHECK(place->take());
}

TEST_CASE("new slots go to who waits, and a dead worker's do not") {
  SlotPool pool(4);
  const auto old = std::make_shared<FakeLink>();
  pool.add(slots_of(old, 1));
  auto held = pool.lease();
  auto first = pool.enqueue();
  auto second = pool.enqueue();
  pool.retire(old.get());
  held.reset();
  CHECK(old->dropped == 1);
  CHECK_FALSE(first->take());
  pool.add(slots_of(std::make_shared<FakeLink>(), 3));
  CHECK(first->take());
  CHECK(second->take());
  CHECK(pool.counts().free == 3);
}

TEST_CASE("the least loaded worker is next") {
  SlotPool pool;
  const auto a = std::make_shared<FakeLink>();
  const auto b = std::make_shared<FakeLink>();
  pool.add(slots_of(a, 2));
  pool.add(slots_of(b, 2));
  const auto first = pool.lease();
  const auto second = pool.lease();
  auto third = pool.lease();
  CHECK((*first)->worker == a);
  CHECK((*second)->worker == b);
  CHECK((*third)->worker == a);
  CHECK(pool.counts().total == 4);
  pool.retire(a.get());
  CHECK(pool.counts().total == 2);
  CHECK((*pool.lease())->worker == b);
}

TEST_CASE("a thread waits for its turn, a cancel, or the end of the queue") {
  SlotPool pool(1);
  pool.add(slots_of(std::make_shared<FakeLink>(), 1));
  auto held = pool.lease();
  auto place = pool.enqueue();
  const auto prediction = prediction_of("p");
  cogpp::server::ClientWatch* nobody = nullptr;
  auto waiting =
      std::async(std::launch::async, [&] { return wait_for_turn(*place, *prediction, nobody); });
  CHECK(waiting.wait_for(20ms) == std::future_status::timeout);
  SECTION("its turn") {
    held.reset();
    CHECK(waiting.get().lease);
  }
  SECTION("a cancel") {
    prediction->request_cancel();
    const auto turn = waiting.get();
    CHECK_FALSE(turn.lease);
    CHECK(turn.ended.status == PredictionStatus::kCanceled);
    CHECK(pool.counts().waiting == 0);
  }
  SECTION("the end of the queue") {
    pool.drop_queue("closing time");
    const auto turn = waiting.get();
    CHECK_FALSE(turn.lease);
    CHECK(turn.ended.status == PredictionStatus::kFailed);
    CHECK(turn.ended.error == "closing time");
  }
}

TEST_CASE("a client that leaves ends its wait") {
  SlotPool pool(1);
  auto place = pool.enqueue();
  const auto prediction = prediction_of("p");
  LeavingClient client;
  cogpp::server::ClientWatch* watched = &client;
  auto waiting =
      std::async(std::launch::async, [&] { return wait_for_turn(*place, *prediction, watched); });
  client.leave();
  CHECK(waiting.get().ended.status == PredictionStatus::kCanceled);
  CHECK(prediction->cancel_requested());
  CHECK(watched == nullptr);
  CHECK(pool.counts().waiting == 0);
}

TEST_CASE("a task put off goes on exactly once, and nothing holds it afterwards") {
  SlotPool pool(1);
  pool.add(slots_of(std::make_shared<FakeLink>(), 1));
  auto held = pool.lease();
  auto prediction = prediction_of("p");
  const std::weak_ptr<Prediction> alive = prediction;
  int turns = 0;
  bool with_slot = false;
  const auto go_on = [&](const std::shared_ptr<Prediction>& /*prediction*/, const Turn& turn) {
    ++turns;
    with_slot = turn.lease.has_value();
  };
  std::vector<std::function<void()>> tasks;
  const auto later = [&tasks](std::function<void()> task) { tasks.push_back(std::move(task)); };
  QueuedRun::start(prediction, std::move(*pool.enqueue()), later, go_on);
  CHECK(pool.counts().waiting == 1);
  SECTION("with a slot, cancelled too late") {
    held.reset();
    REQUIRE(tasks.size() == 1);
    tasks[0]();
    CHECK(with_slot);
  }
  SECTION("cancelled") {
    prediction->request_cancel();
    held.reset();
    REQUIRE(tasks.size() == 1);
    tasks[0]();
    CHECK_FALSE(with_slot);
    CHECK(pool.counts().free == 1);
  }
  prediction->request_cancel();
  tasks.clear();
  CHECK(turns == 1);
  prediction.reset();
  CHECK(alive.expired());
}

TEST_CASE("a hundred threads and four slots: everybody gets one, nobody two") {
  SlotPool pool(100);
  pool.add(slots_of(std::make_shared<FakeLink>(), 4));
  std::atomic<int> in_use{0};
  std::atomic<int> most{0};
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&] {
      const auto prediction = prediction_of("p");
      cogpp::server::ClientWatch* nobody = nullptr;
      for (int turn = 0; turn < 20; ++turn) {
        auto place = pool.enqueue();
        if (!place) continue;
        const auto got = wait_for_turn(*place, *prediction, nobody);
        if (!got.lease) continue;
        most = std::max<int>(most, ++in_use);
        ++served;
        --in_use;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(served == 2000);
  CHECK(most <= 4);
  CHECK(pool.counts().free == 4);
}
