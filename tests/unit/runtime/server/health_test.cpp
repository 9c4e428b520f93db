// What several replicas' states make together, and the flags about capacity.
#include "runtime/server/predictions/health.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>

#include "runtime/server/options.hpp"

using cogpp::server::Health;
using cogpp::server::HealthBoard;

namespace {

std::shared_ptr<const cogpp::server::Model> model() {
  cogpp::schema::Signature signature;
  return cogpp::server::Model::create(signature, std::nullopt, cogpp::server::RunMode::kPredict)
      .value();
}

cogpp::server::ParsedOptions parse(std::vector<const char*> flags) {
  flags.insert(flags.begin(), "cogpp-server");
  flags.insert(flags.end(), {"--", "worker"});
  return cogpp::server::parse_options(static_cast<int>(flags.size()), flags.data());
}

std::chrono::milliseconds setup_timeout(const char* seconds) {
  ::setenv("COG_SETUP_TIMEOUT", seconds, 1);
  const auto options = parse({}).options.value();
  ::unsetenv("COG_SETUP_TIMEOUT");
  CHECK(options.warnings.empty() == (options.setup_timeout.count() > 0));
  return options.setup_timeout;
}

}  // namespace

TEST_CASE("one ready replica is enough") {
  const cogpp::server::SlotPool slots;
  HealthBoard board(slots, 3);
  CHECK(board.health() == Health::kStarting);
  board.setup_failed(0, "no device");
  CHECK(board.health() == Health::kStarting);
  board.setup_succeeded(1, model(), "fine");
  CHECK(board.health() == Health::kReady);
  CHECK(board.body().find("fine") != std::string::npos);
  board.setup_started(1);
  CHECK(board.health() == Health::kStarting);
  board.setup_failed(1, "gone");
  board.setup_failed(2, "gone");
  CHECK(board.health() == Health::kDefunct);
}

TEST_CASE("all replicas failed at first") {
  const cogpp::server::SlotPool slots;
  HealthBoard board(slots, 2);
  board.setup_failed(0, "a");
  board.setup_failed(1, "b");
  CHECK(board.health() == Health::kSetupFailed);
  CHECK(cogpp::Json::parse(board.body())["status"] == "SETUP_FAILED");
}

TEST_CASE("the environment's set-up timeout is any number of seconds") {
  CHECK(setup_timeout("7") == std::chrono::seconds(7));
  CHECK(setup_timeout("5000000000") == setup_timeout("18446744073709551615"));
  CHECK(setup_timeout("5000000000") > std::chrono::hours(24 * 365));
  for (const char* wrong : {"0", "-1", "1.5", "18446744073709551616", "soon"}) {
    CHECK(setup_timeout(wrong).count() == 0);
  }
}

TEST_CASE("nothing beyond Cog is on by default") {
  const auto options = parse({}).options.value();
  CHECK(options.queue == 0);
  CHECK(options.predict_timeout.count() == 0);
  CHECK(options.replicas == 1);
  CHECK(options.devices.empty());
  CHECK(options.keep_finished == 0);
}

TEST_CASE("devices make replicas") {
  const auto options = parse({"--devices", "cuda:0,cuda:1"}).options.value();
  CHECK(options.replicas == 2);
  CHECK(options.devices == std::vector<std::string>{"cuda:0", "cuda:1"});
  CHECK(parse({"--devices", "cpu", "--replicas", "1"}).options);
  for (const auto& wrong :
       std::vector<std::vector<const char*>>{{"--devices", "cuda:0,"},
                                             {"--devices", ""},
                                             {"--devices", "a,b", "--replicas", "3"},
                                             {"--replicas", "0"},
                                             {"--queue", "-1"},
                                             {"--predict-timeout", "-1"},
                                             {"--predict-timeout", "1e300"}}) {
    CAPTURE(wrong);
    CHECK(parse(wrong).exit_code == 2);
  }
}

TEST_CASE("either flag keeps finished predictions") {
  using namespace std::chrono_literals;
  const auto count = parse({"--keep-finished", "5"}).options.value();
  CHECK(count.keep_finished == 5);
  CHECK(count.keep_time == 3600s);
  const auto time = parse({"--keep-seconds", "1.5"}).options.value();
  CHECK(time.keep_finished == 1000);
  CHECK(time.keep_time == 1500ms);
  CHECK(parse({"--keep-finished", "5", "--keep-seconds", "0"}).options->keep_finished == 0);
}
