// Small parts of the server: set-up log, targets, reply heads, event frames, reasons
// of a worker's end, threads on demand.
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "runtime/server/http/reply.hpp"
#include "runtime/server/http/sse.hpp"
#include "runtime/server/http/target.hpp"
#include "runtime/server/supervise/backoff.hpp"
#include "runtime/server/supervise/end_reason.hpp"
#include "runtime/server/support/clock.hpp"
#include "runtime/server/support/elastic_pool.hpp"
#include "runtime/server/support/memory.hpp"
#include "runtime/server/telemetry/log.hpp"

using namespace std::chrono_literals;
namespace server = cogpp::server;

TEST_CASE("the set-up log has lines by target, and only while it collects") {
  server::SetupLog log;
  log.add_event("coglet", "too early");
  log.begin();
  log.add_event("coglet", "Spawning");
  log.add_output("half ");
  log.add_output("line\nno end");
  log.end();
  log.add_event("coglet", "too late");
  CHECK(log.text() == "[coglet] Spawning\n[coglet::setup] half line\n[coglet::setup] no end\n");
  log.begin();
  CHECK(log.text().empty());
}

TEST_CASE("what introduces the server stands in front of every set-up's log, of replicas too") {
  server::Log log(server::LogFormat::kJson);
  std::string line;
  log.redirect([&](std::string_view text) { line = text; });
  log.introduce(server::LogLevel::kWarning, "coglet", "careful");
  CHECK(cogpp::Json::parse(line)["fields"]["message"] == "careful");
  const auto sibling = log.sibling();
  for (server::SetupLog* setup : {&log.setup(), &log.setup(), &sibling->setup()}) {
    setup->begin();
    setup->add_output("printed\n");
    CHECK(setup->text() == "[coglet] careful\n[coglet::setup] printed\n");
  }
}

TEST_CASE("a set-up that prints without end keeps its beginning and says so") {
  server::SetupLog log;
  log.begin();
  const std::string line(1024 * 1024, 'x');
  for (int i = 0; i < 6; ++i) log.add_output(line + "\n");
  CHECK(log.text().size() < 5 * 1024 * 1024);
  CHECK(log.text().find("the rest is not kept") != std::string::npos);
}

TEST_CASE("log lines have Cog's shape") {
  server::Log log(server::LogFormat::kJson);
  std::string line;
  log.redirect([&](std::string_view text) { line = text; });
  log.write(server::LogLevel::kWarning, "coglet", "say \"hi\"", {{"n", 1}});
  const auto json = cogpp::Json::parse(line);
  CHECK(json["level"] == "WARN");
  CHECK(json["fields"] == cogpp::Json{{"message", "say \"hi\""}, {"n", 1}});
  CHECK(json["target"] == "coglet");
  CHECK(line.back() == '\n');
  line.clear();
  log.write(server::LogLevel::kDebug, "coglet", "quiet");
  CHECK(line.empty());
}

TEST_CASE("RUST_LOG, or else COG_LOG_LEVEL, says what is logged") {
  using server::LogFilter;
  using server::LogLevel;
  const auto least = [](const LogFilter& filter, const char* target) {
    std::string levels;
    for (const auto level :
         {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
      levels += filter.passes(level, target) ? '+' : '-';
    }
    return levels;
  };
  CHECK(least(LogFilter(), "coglet") == "-+++");
  for (const auto& [level, written] : {std::pair{"debug", "++++"},
                                       {"info", "-+++"},
                                       {"warn", "--++"},
                                       {"warning", "--++"},
                                       {"error", "---+"},
                                       {"off", "-+++"},
                                       {"trace", "-+++"},
                                       {"loud", "-+++"}}) {
    CAPTURE(level);
    CHECK(least(LogFilter("", level), "coglet::prediction") == written);
    CHECK(least(LogFilter("", level), "coglet::user") == "-+++");
  }
  const LogFilter some("warn, coglet::prediction=DEBUG,coglet::user=off,x[span]=info,a=b,",
                       "error");
  CHECK(least(some, "coglet::webhook") == "--++");
  CHECK(least(some, "coglet::prediction") == "++++");
  CHECK(least(some, "coglet::user") == "----");
  const LogFilter one("coglet::webhook", "debug");
  CHECK(least(one, "coglet::webhook") == "++++");
  CHECK(least(one, "coglet") == "----");
  CHECK(least(LogFilter("a=b", "error"), "coglet") == "---+");
}

TEST_CASE("resources and their methods") {
  using server::Resource;
  CHECK(server::match_target("/predictions/a%2Fb").id == "a%2Fb");
  CHECK(server::match_target("/predictions/x/cancel").resource == Resource::kCancel);
  CHECK(server::match_target("/trainings").resource == Resource::kTrainings);
  CHECK(server::match_target("/trainings/x").resource == Resource::kTraining);
  CHECK(server::match_target("/trainings/x/cancel").resource == Resource::kTrainingCancel);
  for (const char* path :
       {"/trainings/", "/trainingsx", "/predictions/", "/predictions//", "/predictions/x/stream",
        "/predictions/x/cancel/", "/health-check/", "*", "/Predictions"}) {
    CAPTURE(path);
    CHECK(server::match_target(path).resource == Resource::kNone);
  }
  CHECK(server::allows(Resource::kRoot, "HEAD"));
  CHECK_FALSE(server::allows(Resource::kRoot, "get"));
  CHECK_FALSE(server::allows(Resource::kPredictions, "HEAD"));
  CHECK(server::allows(Resource::kTraining, "PUT"));
  CHECK_FALSE(server::allows(Resource::kTrainings, "GET"));
}

TEST_CASE("what can be asked where finished predictions are kept") {
  using server::Resource;
  const auto target = server::match_target("/predictions/x/events");
  CHECK(target.resource == Resource::kEvents);
  CHECK(target.id == "x");
  CHECK_FALSE(server::allows(Resource::kPrediction, "GET"));
  CHECK(server::allows(Resource::kPrediction, "GET", true));
  CHECK(server::allows(Resource::kPrediction, "DELETE", true));
  CHECK(server::allows(Resource::kPrediction, "PUT", true));
  CHECK_FALSE(server::allows(Resource::kPrediction, "GE", true));
  CHECK(server::query_value("a=1&b=2%20x&b=3", "b") == "2 x");
  CHECK(server::query_value("a", "a") == "");
  CHECK_FALSE(server::query_value("ab=1", "b"));
  CHECK_FALSE(server::query_value("", "b"));
}

TEST_CASE("percent encoding of ids") {
  CHECK(server::percent_decode("a%20b%2Fc") == "a b/c");
  CHECK(server::percent_decode("a%zz%4") == "a%zz%4");
  CHECK(server::percent_decode("a+b") == "a+b");
  CHECK_FALSE(server::percent_decode("%ff"));
}

TEST_CASE("heads of replies in Cog's order") {
  const auto head = [](const server::Reply& reply, int minor, server::After after) {
    std::string out;
    server::HeadWriter{minor, after, "D"}.append(out, reply);
    return out;
  };
  CHECK(head(server::Reply::json(200, "{}"), 1, server::After::kClose) ==
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n"
        "connection: close\r\ndate: D\r\n\r\n");
  CHECK(head(server::Reply::empty(404), 1, server::After::kClose) ==
        "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\ndate: D\r\n\r\n");
  CHECK(head(server::Reply::json(200, ""), 0, server::After::kKeep) ==
        "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\ncontent-length: 0\r\n"
        "connection: keep-alive\r\ndate: D\r\n\r\n");
}

TEST_CASE("a refusal says when to come again, and an empty reply has no length") {
  server::Reply full = server::Reply::json(429, "{}");
  full.retry_after = 7;
  std::string out;
  server::HeadWriter{1, server::After::kKeep, "D"}.append(out, full);
  CHECK(out.find("HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\n") == 0);
  out.clear();
  server::HeadWriter{1, server::After::kKeep, "D"}.append(out, server::Reply::empty(204));
  CHECK(out == "HTTP/1.1 204 No Content\r\ndate: D\r\n\r\n");
}

TEST_CASE("frames of events") {
  std::string out;
  const auto text = std::make_shared<const std::string>("\"c\"");
  server::append_frame(out, {server::EventKind::kOutput, 3, text});
  CHECK(out == "event: output\ndata: {\"chunk\":\"c\",\"index\":3}\n\n");
}

TEST_CASE("why a worker ended") {
  CHECK(server::describe_status(3 << 8) == "it exited with code 3");
  CHECK(server::describe_status(SIGSEGV) == "it was killed by signal 11 (SIGSEGV)");
  server::OutputTail tail;
  for (int i = 0; i < 1000; ++i) tail.add("line " + std::to_string(i) + "\n");
  const std::string lines = tail.lines();
  CHECK(lines.starts_with("line 980\n"));
  CHECK(lines.ends_with("\nline 999"));
  CHECK(server::with_output("why", "").find('\n') == std::string::npos);
}

TEST_CASE("pauses grow to ten seconds and start again after success") {
  server::Backoff backoff;
  CHECK(backoff.next() == 100ms);
  CHECK(backoff.next() == 200ms);
  for (int i = 0; i < 10; ++i) backoff.next();
  CHECK(backoff.next() == 10000ms);
  backoff.reset();
  CHECK(backoff.next() == 100ms);
}

TEST_CASE("times as text") {
  const server::SystemTime time{1'000'000'005ns};
  CHECK(server::rfc3339_nanos(time) == "1970-01-01T00:00:01.000000005+00:00");
  CHECK(server::rfc3339_micros(time) == "1970-01-01T00:00:01.000000Z");
  CHECK(server::http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("a task never waits for another one, and idle threads end") {
  server::ElasticPool pool({.threads = 64, .idle = 20ms});
  std::promise<void> release;
  auto released = release.get_future().share();
  std::atomic<int> running{0};
  for (int i = 0; i < 32; ++i) {
    pool.submit([&running, released] {
      ++running;
      released.wait();
    });
  }
  std::promise<void> last;
  pool.submit([&last] { last.set_value(); });
  CHECK(last.get_future().wait_for(5s) == std::future_status::ready);
  release.set_value();
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (pool.threads() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(5ms);
  }
  CHECK(pool.threads() == 0);
  CHECK(running == 32);
}

// Sanitizers have allocators of their own.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

/// Of this process, in bytes.
std::size_t resident() {
  std::size_t all = 0;
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> all >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("a resting thread gives back what another one freed meanwhile") {
  constexpr std::size_t kBlock = std::size_t{64} << 10U;
  constexpr std::size_t kBlocks = 512;  // 32 MiB, in the thread's own heap.
  server::keep_freed_memory();
  server::ElasticPool pool({.idle = 60s, .rest = 10ms});
  std::vector<std::string> blocks;
  std::promise<void> made;
  pool.submit([&] {
    for (std::size_t i = 0; i < kBlocks; ++i) blocks.emplace_back(kBlock, 'x');
    made.set_value();
  });
  made.get_future().wait();
  std::this_thread::sleep_for(100ms);  // It has rested, and found nothing.
  const std::size_t before = resident();
  blocks.clear();
  server::note_large_end();
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (resident() + kBlocks * kBlock / 2 > before &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(5ms);
  }
  CHECK(resident() + kBlocks * kBlock / 2 < before);
}

#endif
