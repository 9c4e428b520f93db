// Calls that are given up before there is an answer.
#include "cli/support/prediction_call.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "cli/support/files.hpp"

using cogpp::Json;
using cogpp::cli::PredictionCall;
using cogpp::cli::reply_error;

TEST_CASE("a call ends when it is destroyed, however far it has come") {
  ::signal(SIGPIPE, SIG_IGN);  // as the program does: a call may be cut while it sends
  // Takes connections and never answers.
  const cogpp::cli::Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener.get(), 64) == 0);
  REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const cogpp::cli::Endpoint endpoint{"127.0.0.1", ntohs(address.sin_port)};
  for (int i = 0; i < 30; ++i) {
    auto call = PredictionCall::start(endpoint, "/predictions", "{}", {});
    REQUIRE(call);
    std::this_thread::sleep_for(std::chrono::microseconds(20 * i));
  }
}

TEST_CASE("a wrong token is told by the name of its variable") {
  CHECK(
      reply_error({.status = 401, .response = {{"error", "Unauthorized"}}}, "/trainings").message ==
      "Failed to run prediction: the server asks for another token (status 401): set "
      "COGPP_AUTH_TOKEN to the server's, with -e for a container's");
}

TEST_CASE("a refusal is shown with its reason, JSON or not") {
  const std::string refused = "Failed to run prediction: /predictions call returned status 400";
  const auto text = [](Json body) {
    return reply_error({.status = 400, .response = std::move(body)}, "/predictions").message;
  };
  CHECK(text({{"error", "no slot"}}) == refused + ": no slot");
  CHECK(text("Failed to parse the body\n") == refused + ": Failed to parse the body");
  CHECK(text("") == refused);
  CHECK(text({{"detail", 1}}) == refused);
}
