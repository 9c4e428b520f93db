// Children: their output, end, groups, and that nothing is left behind. Also the
// file by which predict finds serve.
#include "cli/support/process.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "cli/commands/launch.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/paths.hpp"
#include "cli/support/serve_state.hpp"

using namespace cogpp::cli;
using cogpp::Result;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

Command shell(const std::string& script) {
  return {.program = "/bin/sh", .arguments = {"-c", script}};
}

struct ProcessFixture {
  TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  Console console{{}, stderr};
  Interrupt interrupt = *Interrupt::create();

  Finished run_shell(const std::string& script) {
    Result<Finished> finished = run(shell(script), interrupt, console);
    REQUIRE(finished);
    return *finished;
  }
};

bool alive(int pid) { return ::kill(pid, 0) == 0; }

/// Whether `pid` is gone within ten seconds.
bool vanishes(int pid) {
  for (int i = 0; i < 1000 && alive(pid); ++i) std::this_thread::sleep_for(10ms);
  return !alive(pid);
}

}  // namespace

TEST_CASE_METHOD(ProcessFixture, "output, errors and status of a program") {
  const Finished finished = run_shell("echo out; echo err >&2; exit 3");
  CHECK(finished.output == "out\n");
  CHECK(finished.errors == "err\n");
  CHECK(finished.status == 3);
  CHECK(run_shell("kill -9 $$").status == 128 + SIGKILL);
}

TEST_CASE_METHOD(ProcessFixture, "much output on both pipes does not block") {
  const Finished finished = run_shell("head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2");
  CHECK(finished.output.size() == 1000000);
  CHECK(finished.errors.size() == 1000000);
}

TEST_CASE_METHOD(ProcessFixture, "environment, directory and signals of a child") {
  Command command = shell("echo $COGPP_TEST; pwd; kill -TERM $$; echo survived");
  // Of two with one name the later counts.
  command.environment = {"COGPP_TEST=first", "COGPP_TEST=x y", "HOME=/"};
  command.directory = directory.path();
  const auto finished = run(command, interrupt, console);
  REQUIRE(finished);
  // Blocked signals are not inherited: SIGTERM ends the child.
  CHECK(finished->output == "x y\n" + fs::canonical(directory.path()).string() + "\n");
  CHECK(finished->status == 128 + SIGTERM);
}

TEST_CASE_METHOD(ProcessFixture, "a program that cannot be started is an error") {
  const auto finished = run({.program = "/no/such/program"}, interrupt, console);
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message.starts_with("could not start /no/such/program: "));
}

TEST_CASE_METHOD(ProcessFixture, "only named descriptors are inherited") {
  Result<Pipe> pipe = Pipe::create();
  REQUIRE(pipe);
  const std::string number = std::to_string(pipe->write.get());
  CHECK(run_shell("echo x >&" + number + " && echo inherited").output.empty());
  Command command = shell("echo hello >&" + number);
  command.descriptors = {pipe->write.get()};
  REQUIRE(run(command, interrupt, console));
  pipe->write.reset();
  std::string text;
  while (read_available(pipe->read.get(), text)) {
  }
  CHECK(text == "hello\n");
}

TEST_CASE_METHOD(ProcessFixture, "an interrupt ends the program and what it started") {
  const std::string file = (directory.path() / "pid").string();
  std::thread sender([&] {
    std::this_thread::sleep_for(300ms);
    ::kill(::getpid(), SIGINT);
  });
  const auto finished = run(shell("sleep 60 & echo $! > " + file + "; wait"), interrupt, console);
  sender.join();
  REQUIRE_FALSE(finished);
  CHECK(finished.error() == interrupted());
  CHECK(vanishes(std::stoi(*read_file(file))));
}

TEST_CASE_METHOD(ProcessFixture, "a program that takes too long is ended with what it started") {
  const std::string file = (directory.path() / "pid").string();
  Command command = shell("sleep 60 & echo $! > " + file + "; wait");
  command.limit = 1s;
  const auto finished = run(command, interrupt, console);
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message == "it did not end within 1 s");
  CHECK(vanishes(std::stoi(*read_file(file))));
  command = shell("echo quick");
  command.limit = 60s;
  CHECK(run(command, interrupt, console)->output == "quick\n");
}

TEST_CASE_METHOD(ProcessFixture, "a child that ignores SIGTERM is killed") {
  Result<Pipe> pipe = Pipe::create();
  REQUIRE(pipe);
  Command command = shell("trap '' TERM; echo ready; while :; do sleep 1; done");
  command.standard_output = pipe->write.get();
  Result<Child> child = Child::start(command);
  REQUIRE(child);
  std::string text;
  read_available(pipe->read.get(), text);
  const int pid = child->pid();
  CHECK(child->stop(100ms) == 128 + SIGKILL);
  CHECK_FALSE(alive(pid));
}

TEST_CASE_METHOD(ProcessFixture, "a server is found while its process lives and its key fits") {
  const fs::path folder = directory.path() / ".cog";
  {
    const auto state = ServeState::publish(folder, {"127.0.0.1", 1234}, "key");
    REQUIRE(state);
    const auto endpoint = find_server(folder, "key");
    REQUIRE(endpoint);
    CHECK(endpoint->port == 1234);
    CHECK(endpoint->host == "127.0.0.1");
    CHECK_FALSE(find_server(folder, "another"));
    CHECK(fs::exists(folder / "serve.json"));
  }
  CHECK_FALSE(fs::exists(folder / "serve.json"));
  CHECK_FALSE(find_server(folder, "key"));
}

TEST_CASE_METHOD(ProcessFixture, "servers of one project do not take each other's entry") {
  const fs::path file = directory.path() / "serve.json";
  const int other = ::getppid();
  REQUIRE(write_file(file, "[{\"pid\":" + std::to_string(other) + ",\"started\":\"" +
                               process_start(other) +
                               "\",\"host\":\"127.0.0.1\",\"port\":1,\"key\":\"key\"}]"));
  {
    const auto state = ServeState::publish(directory.path(), {"127.0.0.1", 2}, "key");
    REQUIRE(state);
    const auto newest = find_server(directory.path(), "key");
    REQUIRE(newest);
    CHECK(newest->port == 2);
  }
  const auto left = find_server(directory.path(), "key");
  REQUIRE(left);
  CHECK(left->port == 1);
}

TEST_CASE_METHOD(ProcessFixture, "a server elsewhere is not used") {
  const auto state = ServeState::publish(directory.path(), {"192.0.2.1", 1234}, "key");
  REQUIRE(state);
  CHECK_FALSE(find_server(directory.path(), "key"));
}

TEST_CASE_METHOD(ProcessFixture, "a stale or broken server file is removed") {
  const fs::path file = directory.path() / "serve.json";
  for (const std::string text :
       {"[{\"pid\":2147483646,\"started\":\"1\",\"host\":\"127.0.0.1\",\"port\":1,\"key\":\"k\"}]",
        "[{\"pid\":\"x\"}]", "{\"pid\":1}", "[]", "garbage", ""}) {
    REQUIRE(write_file(file, text));
    CHECK_FALSE(find_server(directory.path(), "k"));
    CHECK_FALSE(fs::exists(file));
  }
}

TEST_CASE("keys differ by everything that set-up sees") {
  const ServeKeyParts base = {.predictor = "p", .device = "cpu", .weights = "", .environment = {}};
  ServeKeyParts device = base;
  device.device = "cuda";
  ServeKeyParts weights = base;
  weights.weights = "w";
  ServeKeyParts environment = base;
  environment.environment = {"A=1"};
  CHECK(serve_key(base) == serve_key(base));
  CHECK(serve_key(base) != serve_key(device));
  CHECK(serve_key(base) != serve_key(weights));
  CHECK(serve_key(base) != serve_key(environment));
}

TEST_CASE("devices and environment variables") {
  CHECK(choose_device("", false) == "cpu");
  CHECK(choose_device("", true) == "cuda");
  CHECK(choose_device("auto", true) == "auto");
  ::setenv("COGPP_TEST_SET", "v", 1);
  ::unsetenv("COGPP_TEST_UNSET");
  const auto expanded = expand_environment({"A=1", "B=", "COGPP_TEST_SET", "COGPP_TEST_UNSET"});
  REQUIRE(expanded);
  CHECK(*expanded == std::vector<std::string>{"A=1", "B=", "COGPP_TEST_SET=v"});
  CHECK_FALSE(expand_environment({"=x"}));
}

TEST_CASE("programs and home") {
  REQUIRE(find_program("sh"));
  CHECK(find_program("sh")->is_absolute());
  CHECK_FALSE(find_program("no-such-program-anywhere"));
  CHECK_FALSE(find_program(""));
  ::setenv("HOME", "/somewhere", 1);
  CHECK(expand_home("~/x") == "/somewhere/x");
  CHECK(expand_home("a/~/x") == "a/~/x");
  ::setenv("XDG_CACHE_HOME", "/cache", 1);
  CHECK(cache_directory() == "/cache/cogpp");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  CHECK(cache_directory() == "/somewhere/.cache/cogpp");
}

TEST_CASE_METHOD(ProcessFixture, "a signal ends what reads for long, and nothing else") {
  const fs::path file = directory.path() / "file";
  const fs::path copy = directory.path() / "copy";
  REQUIRE(write_file(file, "text"));
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Descriptor out(ends[0]);
  const Descriptor in(ends[1]);
  const fs::path pipe = "/proc/self/fd/" + std::to_string(out.get());
  std::jthread later([] {
    std::this_thread::sleep_for(20ms);
    ::kill(::getpid(), SIGTERM);
  });
  CHECK(read_file(pipe).error() == interrupted());
  CHECK(sha256_of_file(file).error() == interrupted());
  CHECK(copy_regular_file(file, copy) == std::errc::operation_canceled);
  CHECK_FALSE(fs::exists(copy));
  CHECK(read_file(file).value() == "text");
  CHECK(interrupt.take() == SIGTERM);
  CHECK(sha256_of_file(file));
}
