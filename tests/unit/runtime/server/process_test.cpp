// Programs that cannot be run; those that can, the contract tests start.
#include "runtime/server/supervise/process.hpp"

#include <sys/wait.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cerrno>

namespace cogpp::server {
namespace {

void check_refused(const WorkerCommand& command, const std::string& what) {
  const auto started = start_worker(command);
  REQUIRE_FALSE(started);
  CHECK_THAT(started.error().message, Catch::Matchers::ContainsSubstring(what));
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("a worker that cannot be run is named with the reason, and no process is left") {
  check_refused({.arguments = {"/dev/null"}, .directory = {}}, "'/dev/null': Permission denied");
  check_refused({.arguments = {"/bin/true"}, .directory = "/gone"},
                "'/bin/true': No such file or directory");
}

}  // namespace
}  // namespace cogpp::server
