// A stream over a real socket: the comments that keep it open while nothing happens.
#include "runtime/server/http/sse.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "runtime/server/client/exchange.hpp"
#include "runtime/server/http/server.hpp"

namespace server = cogpp::server;
namespace client = cogpp::server::client;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kComment = ": keep-alive\n\n";

std::shared_ptr<const std::string> event_text(const char* text) {
  return std::make_shared<const std::string>(text);
}

/// The stream of a log, as a client gets it. The log is completed at its second comment.
std::string read_stream(const server::HttpLimits& limits,
                        void (*stream)(server::Connection&, server::EventReader&)) {
  server::EventLog log(10);
  log.append(server::EventKind::kStart, event_text("{}"));
  server::ElasticPool pool{server::ElasticPool::Limits{}};
  const auto http = std::move(
      *server::HttpServer::listen({.host = "127.0.0.1", .port = 0, .limits = limits}, pool));
  http->serve([&](server::Connection& connection) {
    const auto reader = log.subscribe_from(0);
    stream(connection, *reader);
  });
  std::string text;
  const client::ReplySink sink{
      .head = {}, .body = [&](std::string_view bytes) {
        const auto before = text.find(kComment);
        text += bytes;
        if (before != std::string::npos && text.find(kComment, before + 1) != std::string::npos) {
          log.append(server::EventKind::kCompleted, event_text("{}"));
        }
        return true;
      }};
  const auto url = client::parse_url("http://127.0.0.1:" + std::to_string(http->port()) + "/");
  const client::Request request{
      .method = "GET", .headers = {{"host", "h"}}, .content = {}, .body = {}};
  const auto stop = client::StopSignal::create({});
  const auto result = client::exchange(*url, request, sink, {}, **stop);
  CHECK(result.end == client::Exchanged::End::kComplete);
  return text;
}

}  // namespace

TEST_CASE("a stream in which nothing happens gets a comment now and then") {
  const auto text = read_stream({.stream_silence = 50ms}, server::stream_events);
  CHECK(text.starts_with("event: start\ndata: {}\n\n: keep-alive\n\n: keep-alive\n\n"));
  CHECK(text.ends_with("event: completed\ndata: {}\n\n"));
}

TEST_CASE("a resumable stream gets them too") {
  const auto text = read_stream({.stream_silence = 50ms}, server::stream_log);
  CHECK(text.starts_with("id: 0\nevent: start\ndata: {}\n\n: keep-alive\n\n"));
  CHECK(text.ends_with("id: 1\nevent: completed\ndata: {}\n\n"));
}

TEST_CASE("the silence is Cog's where nobody says otherwise") {
  CHECK(server::HttpLimits{}.stream_silence == 15s);
}
