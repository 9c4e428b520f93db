// What receivers are told of predictions, good receivers and bad ones.
#include "runtime/server/webhooks/webhooks.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "tests/unit/runtime/server/files/local_server.hpp"

using namespace std::chrono_literals;
using cogpp::Json;
using cogpp::server::Outcome;
using cogpp::server::Prediction;
using cogpp::server::WebhookOptions;
using cogpp::server::Webhooks;
using cogpp::test::LocalServer;
using cogpp::test::Peer;
namespace server = cogpp::server;

namespace {

cogpp::server::SteadyTime in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// A receiver that keeps the bodies; `answer` gets their number and writes the reply.
struct Receiver {
  using Answer = std::function<void(Peer&, std::size_t number)>;
  explicit Receiver(Answer wanted = {}) : answer(std::move(wanted)) {}

  std::vector<Json> got() const {
    const std::lock_guard lock(mutex);
    return bodies;
  }

  Answer answer;
  mutable std::mutex mutex;
  std::vector<Json> bodies;
  LocalServer http{[this](Peer& peer, const std::string& head) {
    const auto body = peer.read_body(head);
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex);
      number = bodies.size();
      bodies.push_back(Json::parse(body));
    }
    answer ? answer(peer, number) : peer.reply("200 OK", "", "");
  }};
};

/// The sender, and the lines that it logs.
struct Sender {
  explicit Sender(WebhookOptions options = {}) : webhooks(std::move(options), log) {
    log.redirect([this](std::string_view line) {
      const std::lock_guard lock(mutex);
      lines += line;
    });
  }

  std::string logged() {
    const std::lock_guard lock(mutex);
    return lines;
  }

  std::shared_ptr<Prediction> predict(const std::string& url, const std::string& id = "p",
                                      const std::string& input = "{}", Json tree = nullptr) {
    auto prediction = std::make_shared<Prediction>(
        server::PredictionSpec{
            .id = id, .input = input, .input_tree = std::move(tree), .context = "{}"},
        server::PredictionLimits{});
    webhooks.watch(prediction, {.url = url});
    prediction->start();
    return prediction;
  }

  std::mutex mutex;
  std::string lines;
  server::Log log{server::LogFormat::kJson};
  Webhooks webhooks;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a burst of events arrives whole and in order, completed last") {
  Receiver receiver;
  Sender sender({.interval = 0ns});
  const auto prediction = sender.predict(receiver.http.url("/w"));
  for (int i = 0; i < 5; ++i) {
    prediction->add_log(cogpp::ipc::LogSource::kStdout, "line\n");
    REQUIRE(prediction->add_output(std::to_string(i)));
  }
  prediction->conclude(Outcome{server::PredictionStatus::kSucceeded, {}, true});
  REQUIRE(sender.webhooks.wait_idle(in(10s)));
  const auto got = receiver.got();
  REQUIRE(got.size() == 12);
  CHECK(got[0] == Json::parse(R"({"id":"p","logs":"","metrics":{},"status":"processing"})"));
  CHECK(got[1]["logs"] == "line\n");
  CHECK_FALSE(got[1].contains("output"));
  CHECK(got[2]["output"] == Json::parse("[0]"));
  CHECK(got[10]["output"] == Json::parse("[0,1,2,3,4]"));
  CHECK(got[10]["status"] == "processing");
  CHECK(got[11]["status"] == "succeeded");
  CHECK(got[11]["metrics"].contains("predict_time"));
  CHECK(sender.logged().empty());
}

TEST_CASE("a slow receiver gets the newest state, not a backlog, and the end last") {
  Receiver receiver([](Peer& peer, std::size_t) {
    std::this_thread::sleep_for(100ms);
    peer.reply("200 OK", "", "");
  });
  Sender sender({.slow = 30ms});
  const auto prediction = sender.predict(receiver.http.url("/w"));
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 300; ++i) REQUIRE(prediction->add_output(std::to_string(i)));
  CHECK(std::chrono::steady_clock::now() - begun < 100ms);  // The prediction does not wait.
  std::this_thread::sleep_for(250ms);
  prediction->conclude(Outcome{server::PredictionStatus::kSucceeded, {}, true});
  REQUIRE(sender.webhooks.wait_idle(in(10s)));
  const auto got = receiver.got();
  CHECK(got.size() <= 5);
  CHECK(std::ranges::count_if(
            got, [](const Json& body) { return body["status"] != "processing"; }) == 1);
  CHECK(got.back()["output"].size() == 300);
  CHECK(got[got.size() - 2]["output"].size() == 300);
}

TEST_CASE("the end of a prediction is repeated until it is taken, and told once") {
  Receiver receiver(
      [](Peer& peer, std::size_t number) { peer.reply(number < 3 ? "500 X" : "200 OK", "", ""); });
  std::atomic<int> told = 0;
  Sender sender({.retry_unit = 5ms, .on_end = [&](bool completed, bool delivered) {
                   if (completed && delivered) ++told;
                 }});
  auto prediction = sender.predict(receiver.http.url("/w"));
  prediction->conclude({});
  REQUIRE(sender.webhooks.wait_idle(in(10s)));
  // The start was answered with 500, too, and is not repeated.
  const auto got = receiver.got();
  REQUIRE(got.size() == 4);
  CHECK(got[0]["status"] == "processing");
  CHECK(got[1] == got[3]);
  CHECK(told == 1);
  CHECK(count(sender.logged(), "Failed to send webhook (non-terminal)") == 1);
}

TEST_CASE("a refused end is not repeated, and the loss is reported") {
  Receiver receiver([](Peer& peer, std::size_t) { peer.reply("404 X", "", ""); });
  Sender sender;
  sender.predict(receiver.http.url("/w?secret=1"))->conclude({});
  REQUIRE(sender.webhooks.wait_idle(in(10s)));
  CHECK(receiver.got().size() == 2);
  const auto log = sender.logged();
  CHECK(count(log, "Webhook lost") == 1);
  CHECK(log.find("status 404") != std::string::npos);
  CHECK(log.find("secret") == std::string::npos);
}

TEST_CASE("a receiver that refuses connections is tried 13 times") {
  Sender sender({.retry_unit = 0ms});
  sender.predict("http://127.0.0.1:1/w")->conclude({});
  REQUIRE(sender.webhooks.wait_idle(in(10s)));
  CHECK(sender.logged().find("after 12 retries") != std::string::npos);
}

TEST_CASE("one receiver that hangs does not hold up another") {
  Receiver hanging([](Peer& peer, std::size_t) { peer.hang(); });
  Receiver receiver;
  Sender sender({.threads = 4, .per_receiver = 2});
  std::vector<std::shared_ptr<Prediction>> stuck;
  for (int i = 0; i < 20; ++i) {
    stuck.push_back(sender.predict(hanging.http.url("/w"), std::to_string(i)));
    stuck.back()->conclude({});
  }
  const auto begun = std::chrono::steady_clock::now();
  sender.predict(receiver.http.url("/w"))->conclude({});
  while (receiver.got().size() < 2 && std::chrono::steady_clock::now() - begun < 10s) {
    std::this_thread::sleep_for(5ms);
  }
  CHECK(receiver.got().size() == 2);
  CHECK_FALSE(sender.webhooks.wait_idle(in(10ms)));
  sender.webhooks.give_up();
  CHECK(sender.webhooks.wait_idle(in(1s)));
  CHECK(count(sender.logged(), "Webhook lost") == 20);
}

TEST_CASE("an event that hangs gives way to the end of its prediction") {
  Receiver receiver([](Peer& peer, std::size_t number) {
    number == 0 ? peer.hang() : peer.reply("200 OK", "", "");
  });
  Sender sender({.grace = 50ms});
  const auto prediction = sender.predict(receiver.http.url("/w"));
  while (receiver.got().empty()) std::this_thread::sleep_for(5ms);
  prediction->conclude({});
  REQUIRE(sender.webhooks.wait_idle(in(10s)));
  REQUIRE(receiver.got().size() == 2);
  CHECK(receiver.got()[1]["status"] == "succeeded");
}

TEST_CASE("what waits is bounded: the oldest is lost and reported") {
  Receiver receiver([](Peer& peer, std::size_t) { peer.reply("503 X", "", ""); });
  Sender sender({.retry_unit = 1min, .waiting = 3});
  for (int i = 0; i < 5; ++i) {
    sender.predict(receiver.http.url("/w"), "id-" + std::to_string(i))->conclude({});
    while (receiver.got().size() < static_cast<std::size_t>(2 * (i + 1))) {
      std::this_thread::sleep_for(1ms);
    }
    std::this_thread::sleep_for(20ms);
  }
  const auto log = sender.logged();
  CHECK(count(log, "too many others are waiting") == 2);
  CHECK(log.find("\"prediction_id\":\"id-0\",\"url\"") != std::string::npos);
  CHECK(count(log, "Webhook lost") == 2);
}

TEST_CASE("inputs count for what waits, as text and as trees") {
  const std::string large(1024UL * 1024, 'x');
  Receiver receiver([](Peer& peer, std::size_t) { peer.hang(); });
  Sender sender({.threads = 1, .per_receiver = 1, .bytes = 4UL << 20});
  // The first is being sent: its input is still held, as those of the next ones are.
  sender.predict(receiver.http.url("/w"), "first", large)->conclude({});
  while (receiver.got().empty()) std::this_thread::sleep_for(1ms);
  sender.predict(receiver.http.url("/w"), "text", large)->conclude({});
  sender.predict(receiver.http.url("/w"), "tree", "", {{"file", large}})->conclude({});
  CHECK(count(sender.logged(), "Webhook lost") == 0);
  sender.predict(receiver.http.url("/w"), "list", "", {{"files", {large, "x"}}})->conclude({});
  CHECK(count(sender.logged(), "Webhook lost") == 1);
  CHECK(sender.logged().find("\"prediction_id\":\"text\",\"url\"") != std::string::npos);
}

TEST_CASE("once its last text is made, a prediction's input does not count any more") {
  const std::string large(1024UL * 1024, 'x');
  Receiver receiver([](Peer& peer, std::size_t) { peer.reply("503 X", "", ""); });
  Sender sender({.retry_unit = 1min, .bytes = 4UL << 20});
  for (std::size_t i = 0; i < 6; ++i) {
    sender.predict(receiver.http.url("/w"), std::to_string(i), large)->conclude({});
    while (receiver.got().size() < 2 * (i + 1)) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(20ms);  // Until it waits for its next attempt.
  }
  CHECK(count(sender.logged(), "Webhook lost") == 0);
}

TEST_CASE("at the end of the server failed deliveries are repeated at once") {
  std::atomic<bool> up = false;
  Receiver receiver([&](Peer& peer, std::size_t) { peer.reply(up ? "200 OK" : "503 X", "", ""); });
  Sender sender({.retry_unit = 1h});
  sender.predict(receiver.http.url("/w"))->conclude({});
  while (receiver.got().size() < 2) std::this_thread::sleep_for(5ms);
  std::this_thread::sleep_for(50ms);
  up = true;
  sender.webhooks.hurry(in(10s));
  REQUIRE(sender.webhooks.wait_idle(in(5s)));
  CHECK(receiver.got().size() == 3);
  CHECK(count(sender.logged(), "Webhook lost") == 0);
}

TEST_CASE("at the deadline of the server's end losses are reported") {
  Receiver receiver([](Peer& peer, std::size_t) { peer.hang(); });
  Sender sender;
  sender.predict(receiver.http.url("/w"))->conclude({});
  while (receiver.got().empty()) std::this_thread::sleep_for(5ms);
  sender.webhooks.hurry(in(100ms));
  REQUIRE(sender.webhooks.wait_idle(in(5s)));
  CHECK(sender.logged().find("the server ended") != std::string::npos);
}

TEST_CASE("a webhook's URL may have blanks around it, line breaks and dot segments") {
  Receiver receiver;
  Sender sender;
  sender.predict(" " + receiver.http.url("/a/../b/./c\td\n"))->conclude({});
  REQUIRE(sender.webhooks.wait_idle(in(5s)));
  REQUIRE_FALSE(receiver.http.requests().empty());
  CHECK(receiver.http.requests().back().starts_with("POST /b/cd HTTP/1.1\r\n"));
}

TEST_CASE("a webhook that is no URL is reported and costs nothing") {
  Sender sender;
  sender.predict("not a url")->conclude({});
  CHECK(sender.webhooks.wait_idle(in(0ms)));
  CHECK(count(sender.logged(), "no http or https URL") == 1);
}
