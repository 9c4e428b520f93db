// Programs that cannot be run; those that can, the contract tests start.
#include "runtime/server/supervise/process.hpp"

#include <sys/wait.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cerrno>

namespace cogpp::server {
namespace {

TEST_CASE("a worker that cannot be run is named with the reason, and no process is left") {
  const auto started = start_worker({.arguments = {"/dev/null"}, .directory = {}});
  REQUIRE_FALSE(started);
  CHECK_THAT(started.error().message,
             Catch::Matchers::ContainsSubstring("'/dev/null': Permission denied"));
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

}  // namespace
}  // namespace cogpp::server
