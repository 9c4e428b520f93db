// Which addresses are private, and what ends a wait.
#include <arpa/inet.h>

#include <catch2/catch_test_macros.hpp>
#include <stop_token>

#include "runtime/server/client/resolve.hpp"

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
namespace client = cogpp::server::client;

cogpp::Result<std::vector<client::Address>> look_up(const std::string& host) {
  const auto stop = client::StopSignal::create({});
  return client::resolve(host, 80, **stop);
}

TEST_CASE("private addresses are recognised in every spelling") {
  for (const char* text : {"0.0.0.0",
                           "10.1.2.3",
                           "127.0.0.1",
                           "127.255.0.1",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "100.64.0.1",
                           "198.18.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fd12::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "64:ff9b::a00:1",
                           "2002:7f00:1::",
                           "0x7f.1"}) {
    INFO(text);
    const auto addresses = look_up(text);
    REQUIRE(addresses.ok());
    REQUIRE_FALSE(addresses->empty());
    CHECK(client::is_private(addresses->front()));
  }
  for (const char* text : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "192.169.0.1", "2606:4700::1",
                           "::ffff:8.8.8.8", "64:ff9b::808:808", "223.255.255.1"}) {
    INFO(text);
    const auto addresses = look_up(text);
    REQUIRE(addresses.ok());
    CHECK_FALSE(client::is_private(addresses->front()));
  }
}

TEST_CASE("names resolve, and unknown ones say so") {
  const auto addresses = look_up("localhost");
  REQUIRE(addresses.ok());
  CHECK_FALSE(addresses->empty());
  const auto unknown = look_up("no-such-host.invalid");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().message.starts_with("[Errno -"));
}

TEST_CASE("a stop ends a wait at once") {
  std::stop_source source;
  const auto signal = client::StopSignal::create(source.get_token());
  REQUIRE(signal.ok());
  CHECK((*signal)->wait(-1, 0, 5ms) == client::Wait::kTimeout);
  source.request_stop();
  CHECK((*signal)->wait(-1, 0, 10s) == client::Wait::kStopped);
}

}  // namespace
