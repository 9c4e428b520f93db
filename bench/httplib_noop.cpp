// The fair peer: no-op predictions with cpp-httplib and nlohmann::json in one
// process, no worker, no slots, no event log. What is slower than this in cogpp is
// the price of the worker process and of Cog's contract.
// Usage: bench-httplib-noop; prints the port that it listens on.
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace {

// More threads than the 64 connections of the widest row: httplib holds one for
// each connection as long as it lives.
constexpr std::size_t kThreads = 72;

std::string predict(const std::string& text) { return "hello " + text; }

void answer(const httplib::Request& request, httplib::Response& response,
            std::atomic<std::uint64_t>& served) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const nlohmann::json body = nlohmann::json::parse(request.body, nullptr, false);
  const auto input = body.find("input");
  if (input == body.end() || !input->is_object() || !input->contains("text") ||
      !input->at("text").is_string()) {
    response.status = 422;
    return;
  }
  std::string output = predict(input->at("text").get<std::string>());
  const std::chrono::duration<double> seconds = Clock::now() - start;
  const nlohmann::json reply = {{"id", "pred_" + std::to_string(++served)},
                                {"logs", ""},
                                {"metrics", {{"predict_time", seconds.count()}}},
                                {"output", std::move(output)},
                                {"status", "succeeded"}};
  response.set_content(reply.dump(), "application/json");
}

}  // namespace

int main() {
  std::atomic<std::uint64_t> served{0};
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
  server.set_keep_alive_timeout(3600);
  server.Post("/predictions", [&](const httplib::Request& request, httplib::Response& response) {
    answer(request, response, served);
  });
  server.Get("/health-check", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(R"({"status":"READY"})", "application/json");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  if (port < 0) {
    std::fputs("bench-httplib-noop: cannot listen on 127.0.0.1\n", stderr);
    return 1;
  }
  std::printf("%d\n", port);
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}
