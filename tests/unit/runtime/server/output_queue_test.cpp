// Chunks keep their order while uploads end in any.
#include "runtime/server/predictions/output_queue.hpp"

#include <poll.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <thread>

#include "runtime/server/support/elastic_pool.hpp"

using namespace std::chrono_literals;
using cogpp::Error;
using cogpp::Result;
using cogpp::server::ElasticPool;
using cogpp::server::OutputQueue;

namespace {

/// Sleeps as many milliseconds as the path says, unless it is stopped; "bad" fails.
Result<std::string> upload(const std::string& path, const std::stop_token& stop) {
  if (path == "bad") return Error{"broken"};
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::stoi(path));
  while (std::chrono::steady_clock::now() < end) {
    if (stop.stop_requested()) return Error{"stopped"};
    std::this_thread::sleep_for(1ms);
  }
  return "url-" + path;
}

struct QueueBench {
  ElasticPool pool{ElasticPool::Limits{}};
  std::stop_source stop;
  OutputQueue queue{upload, [this](std::function<void()> task) { pool.submit(std::move(task)); },
                    stop.get_token()};

  std::vector<std::string> take_all() {
    std::vector<std::string> all;
    while (true) {
      for (const auto& chunk : queue.take()) {
        all.push_back(chunk ? *chunk : "error: " + chunk.error().message);
      }
      if (queue.empty()) return all;
      pollfd entry{queue.fd(), POLLIN, 0};
      if (::poll(&entry, 1, 10'000) != 1) return {"nothing came"};
    }
  }
};

}  // namespace

TEST_CASE("a chunk waits for the files that came before it") {
  QueueBench bench;
  bench.queue.add_file("80");
  bench.queue.add_chunk("text");
  bench.queue.add_file("1");
  CHECK(bench.queue.take().empty());
  CHECK(bench.take_all() == std::vector<std::string>{"url-80", "text", "url-1"});
}

TEST_CASE("more files than are uploaded at a time") {
  QueueBench bench;
  std::vector<std::string> expected;
  for (int i = 30; i > 0; --i) {
    bench.queue.add_file(std::to_string(i));
    expected.push_back("url-" + std::to_string(i));
  }
  CHECK(bench.take_all() == expected);
}

TEST_CASE("the first failure is told at once and ends the others") {
  QueueBench bench;
  const auto begun = std::chrono::steady_clock::now();
  bench.queue.add_file("60000");
  bench.queue.add_file("bad");
  CHECK(bench.take_all() == std::vector<std::string>{"error: broken"});
  CHECK(std::chrono::steady_clock::now() - begun < 10s);
}

TEST_CASE("a stop and the end abort what runs") {
  const auto begun = std::chrono::steady_clock::now();
  {
    QueueBench bench;
    bench.queue.add_file("60000");
    bench.stop.request_stop();
    CHECK(bench.take_all() == std::vector<std::string>{"error: stopped"});
    QueueBench other;
    other.queue.add_file("60000");
  }
  CHECK(std::chrono::steady_clock::now() - begun < 10s);
}
