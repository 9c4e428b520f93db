// Replay, live reading, truncation and lag of the event log (cog-runtime §7.4).
#include "runtime/server/predictions/event_log.hpp"

#include <poll.h>

#include <catch2/catch_test_macros.hpp>
#include <string>

using cogpp::server::EventKind;
using cogpp::server::EventLog;

namespace {

std::shared_ptr<const std::string> text(const std::string& value) {
  return std::make_shared<const std::string>(value);
}

void add(EventLog& log, int count) {
  for (int i = 0; i < count; ++i) {
    log.append(EventKind::kOutput, text(std::to_string(i)), static_cast<std::uint64_t>(i));
  }
}

bool readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a reader that comes late gets the history and then follows") {
  EventLog log(10);
  add(log, 3);
  auto reader = log.subscribe();
  const auto first = reader->take();
  REQUIRE(first.events.size() == 3);
  CHECK(*first.events[2].text == "2");
  CHECK_FALSE(first.complete);

  CHECK_FALSE(readable(reader->fd()));
  log.append(EventKind::kCompleted, text("{}"));
  CHECK(readable(reader->fd()));
  const auto second = reader->take();
  REQUIRE(second.events.size() == 1);
  CHECK(second.events[0].kind == EventKind::kCompleted);
  CHECK(second.complete);
}

TEST_CASE("a history that is no longer whole is reported as how much was dropped") {
  EventLog log(2);
  add(log, 5);
  const auto batch = log.subscribe()->take();
  CHECK(batch.replay_skipped == 3);
  CHECK(batch.events.empty());
}

TEST_CASE("without history a late reader gets what follows, and no complaint") {
  EventLog log(0);
  add(log, 3);
  auto reader = log.subscribe();
  CHECK(reader->take().replay_skipped == 0);
  log.append(EventKind::kOutput, text("live"), 3);
  const auto batch = reader->take();
  REQUIRE(batch.events.size() == 1);
  CHECK(*batch.events[0].text == "live");
}

TEST_CASE("a reader that lags is cut, one that keeps up is not") {
  EventLog log(4);
  auto slow = log.subscribe();
  auto quick = log.subscribe();
  const int more = static_cast<int>(EventLog::kMaxLag) + 7;
  for (int i = 0; i < more; i += 1000) {
    add(log, std::min(1000, more - i));
    CHECK(quick->take().lag_skipped == 0);
  }
  CHECK(slow->take().lag_skipped == 7);
}

TEST_CASE("readers are counted, and refused beyond the limit") {
  EventLog log(1);
  std::vector<std::unique_ptr<cogpp::server::EventReader>> readers;
  for (std::size_t i = 0; i < EventLog::kMaxReaders; ++i) readers.push_back(log.subscribe());
  CHECK(log.subscribe() == nullptr);
  readers.clear();
  CHECK(log.readers() == 0);
}

TEST_CASE("nothing follows the last event") {
  EventLog log(10);
  log.append(EventKind::kCompleted, text("{}"));
  add(log, 1);
  CHECK(log.size() == 1);
}

TEST_CASE("a kept log is whole, and can be read from any number") {
  EventLog log(2, 1U << 24);
  add(log, 20'000);
  auto reader = log.subscribe_from(5);
  const auto first = reader->take();
  CHECK(first.lost == 0);
  CHECK(first.first == 5);
  REQUIRE(first.events.size() == EventLog::kMaxBatch);
  CHECK(*first.events[0].text == "5");
  CHECK(reader->take().first == 5 + EventLog::kMaxBatch);
  while (!reader->take().events.empty()) {
  }
  log.append(EventKind::kCompleted, text("{}"));
  CHECK(readable(reader->fd()));
  const auto last = reader->take();
  CHECK(last.complete);
  CHECK(last.first == 20'000);
  // Streams of Cog's kind are told about the same loss as ever.
  CHECK(log.subscribe()->take().replay_skipped == 19'999);
}

TEST_CASE("a kept log has a size, and a reader goes on after what it lost") {
  EventLog log(2, 10 * (EventLog::kEventBytes + 100));
  for (int i = 0; i < 25; ++i) log.append(EventKind::kLog, text(std::string(100, 'x')));
  auto reader = log.subscribe_from(3);
  const auto batch = reader->take();
  CHECK(batch.lost == 12);
  CHECK(batch.first == 15);
  CHECK(batch.events.size() == 10);
  CHECK(log.bytes() == 10 * (EventLog::kEventBytes + 100));
  log.append(EventKind::kLog, text("y"));
  CHECK(reader->take().first == 25);
}

TEST_CASE("a number that is still to come waits") {
  EventLog log(2, 1U << 20);
  auto reader = log.subscribe_from(1);
  add(log, 1);
  CHECK(reader->take().events.empty());
  add(log, 1);
  CHECK(reader->take().events.size() == 1);
}
