// A worker's life, with a predictor that behaves and misbehaves on request.
#include <signal.h>
#include <sys/wait.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/unit/runtime/worker/worker_process.hpp"

namespace cogpp::worker {
namespace {

using Messages = std::vector<ipc::WorkerMessage>;

/// Sets a variable for the worker that is started in this scope.
class SetVariable {
 public:
  explicit SetVariable(const char* mode) { ::setenv("PROBE_SETUP", mode, 1); }
  ~SetVariable() { ::unsetenv("PROBE_SETUP"); }
};

/// The messages as one text, for comparison.
std::string text(const Messages& messages) {
  std::string all;
  for (const auto& message : messages) {
    if (const auto* log = std::get_if<ipc::Log>(&message)) {
      all += (log->source == ipc::LogSource::kStderr ? "err:" : "out:") + log->data;
    } else {
      all += ipc::encode(message);
    }
    all += "|";
  }
  return all;
}

const std::string kPlain = R"({"type":"output","chunk":"x"}|{"type":"done","stream":false}|)";

TEST_CASE("set-up's output goes to the control socket, then ready") {
  WorkerProcess worker({.library = COGPP_PROBE, .slots = 2, .more = {"--device", "cpu"}});
  Messages set_up = worker.set_up();
  set_up.erase(set_up.begin());
  CHECK(text(set_up) ==
        "out:Device: cpu\n|out:device cpu, slots 2\n|err:on stderr|{\"type\":\"ready\","
        "\"device\":\"cpu\"}|");
}

TEST_CASE("log lines of a prediction arrive whole, and before its end") {
  WorkerProcess worker({.library = COGPP_PROBE});
  worker.set_up();
  CHECK(text(worker.predict(R"({"what":"log"})")) ==
        "out:one\n|err:err1\n|out:two\n|out:three\n|"
        R"({"type":"output","chunk":"logged"}|{"type":"done","stream":false}|)");
  CHECK(text(worker.predict(R"({"what":"tail"})")) ==
        R"({"type":"output","chunk":"tail"}|out:no newline|{"type":"done","stream":false}|)");
  CHECK(text(worker.predict(R"({"what":"x"})")) == kPlain);
  CHECK(text(worker.predict(R"({"what":"raw"})")).starts_with("out:bytes \ufffd\n|"));
}

TEST_CASE("stdio and other threads write to the process's own output") {
  WorkerProcess worker({.library = COGPP_PROBE});
  worker.set_up();
  CHECK(worker.predict(R"({"what":"printf"})").size() == 2);
  CHECK(worker.predict(R"({"what":"thread"})").size() == 2);
  worker.control().close();
  CHECK(worker.wait_for_end() == 0);
  CHECK(worker.printed() == "through stdiofrom a thread\n");
}

TEST_CASE("a failed prediction says why, and the next one runs") {
  WorkerProcess worker({.library = COGPP_PROBE});
  worker.set_up();
  CHECK(as<ipc::Failed>(worker.predict(R"({"what":"throw"})").back()).error ==
        "Prediction failed: Prediction failed: std::runtime_error: boom");
  CHECK(as<ipc::Failed>(worker.predict(R"({"what":5})").back()).error ==
        "Input validation error: what must be a string, not an integer");
  CHECK(text(worker.predict(R"({"what":"x"})")) == kPlain);
}

TEST_CASE("cancel ends the prediction that it names, and no other") {
  WorkerProcess worker({.library = COGPP_PROBE});
  worker.set_up();
  worker.start(R"({"what":"wait"})", 0, "a");
  CHECK(as<ipc::Log>(worker.next()).data == "waiting\n");
  REQUIRE(worker.control().send(ipc::encode(ipc::Cancel{0, "other"})));
  REQUIRE(worker.control().send(ipc::encode(ipc::Cancel{7, "a"})));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::string_view frame;
  CHECK(worker.slot(0).poll_frame(frame) == ipc::FrameState::kNothing);
  REQUIRE(worker.control().send(ipc::encode(ipc::Cancel{0, "a"})));
  as<ipc::Canceled>(worker.finish().back());
  // Late: the prediction has ended, and the next one has another or the same id.
  REQUIRE(worker.control().send(ipc::encode(ipc::Cancel{0, "a"})));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(text(worker.predict(R"({"what":"x"})", 0, "a")) == kPlain);
  CHECK(text(worker.predict(R"({"what":"x"})", 0, "b")) == kPlain);
}

TEST_CASE("a cancellation that overtakes its prediction counts") {
  WorkerProcess worker({.library = COGPP_PROBE});
  worker.set_up();
  REQUIRE(worker.control().send(ipc::encode(ipc::Cancel{0, "early"})));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  as<ipc::Canceled>(worker.predict(R"({"what":"wait"})", 0, "early").back());
}

TEST_CASE("slots run at the same time") {
  WorkerProcess worker({.library = COGPP_PROBE, .slots = 2});
  worker.set_up();
  worker.start(R"({"what":"meet"})", 0);
  worker.start(R"({"what":"meet"})", 1);
  CHECK(as<ipc::Output>(worker.next(0)).chunk == "met");
  CHECK(as<ipc::Output>(worker.next(1)).chunk == "met");
}

TEST_CASE("set-up failures are reported with their reason") {
  {
    const SetVariable variable("throw");
    WorkerProcess worker({.library = COGPP_PROBE});
    CHECK(as<ipc::SetupFailed>(worker.set_up().back()).error ==
          "setup failed: std::runtime_error: no weights");
    REQUIRE(worker.control().send(ipc::encode(ipc::Shutdown{})));
    CHECK(WEXITSTATUS(worker.wait_for_end()) == 1);
  }
  WorkerProcess missing({.library = "/nonexistent/lib.so"});
  CHECK(as<ipc::SetupFailed>(missing.set_up().back())
            .error.starts_with("failed to load predictor: cannot load the predictor: "));
  WorkerProcess wrong({.library = COGPP_WRONG_VERSION});
  const auto error = as<ipc::SetupFailed>(wrong.set_up().back()).error;
  CHECK(error.find("was built for ABI version 2 of cogpp, but this cogpp-worker has version 1") !=
        std::string::npos);
  WorkerProcess folder({.library = COGPP_PROBE, .more = {"--project", "/nonexistent"}});
  CHECK(as<ipc::SetupFailed>(folder.set_up().back()).error ==
        "cannot enter the project folder /nonexistent");
}

TEST_CASE("an explicit GPU without one fails set-up, and names the way out") {
  if (run_worker({"--probe-device"}).output.find("\"cuda\":null") == std::string::npos) {
    SKIP("this machine has a GPU");
  }
  WorkerProcess worker({.library = COGPP_PROBE, .more = {"--device", "cuda"}});
  const auto set_up = worker.set_up();
  as<ipc::Hello>(set_up.front());
  const auto error = as<ipc::SetupFailed>(set_up.back()).error;
  CHECK(error.starts_with("device 'cuda' cannot be used: no CUDA driver: "));
  CHECK(error.ends_with("Use --device cpu to run on the CPU"));
  WorkerProcess automatic({.library = COGPP_PROBE});
  const auto messages = automatic.set_up();
  CHECK(as<ipc::Log>(messages[1]).data.starts_with("Device: cpu (no CUDA driver: "));
}

TEST_CASE("the worker never outlives its server") {
  WorkerProcess idle({.library = COGPP_PROBE, .slots = 3});
  idle.set_up();
  idle.control().close();
  CHECK(idle.wait_for_end() == 0);

  WorkerProcess hanging({.library = COGPP_PROBE});
  hanging.set_up();
  hanging.start(R"({"what":"hang"})");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto before = std::chrono::steady_clock::now();
  hanging.control().close();
  CHECK(hanging.wait_for_end() == 0);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));

  const SetVariable variable("hang");
  WorkerProcess setting_up({.library = COGPP_PROBE});
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  setting_up.control().close();
  CHECK(setting_up.wait_for_end() == 0);
}

TEST_CASE("shutdown lets a running prediction end; a dead server does not wait for it") {
  WorkerProcess worker({.library = COGPP_PROBE});
  worker.set_up();
  worker.start(R"({"what":"wait"})", 0, "a");
  worker.next();
  REQUIRE(worker.control().send(ipc::encode(ipc::Shutdown{})));
  CHECK(worker.wait_for_end(std::chrono::milliseconds(50)) == -1);
  REQUIRE(worker.control().send(ipc::encode(ipc::Cancel{0, "a"})));
  as<ipc::Canceled>(worker.finish().back());
  CHECK(worker.wait_for_end() == 0);

  WorkerProcess hanging({.library = COGPP_PROBE});
  hanging.set_up();
  hanging.start(R"({"what":"hang"})");
  REQUIRE(hanging.control().send(ipc::encode(ipc::Shutdown{})));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  hanging.control().close();
  CHECK(hanging.wait_for_end() == 0);
}

TEST_CASE("a crash ends the process with its signal; nonsense from the server ends it, too") {
  WorkerProcess crashing({.library = COGPP_PROBE});
  crashing.set_up();
  crashing.start(R"({"what":"abort"})");
  const int status = crashing.wait_for_end();
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);

  WorkerProcess confused({.library = COGPP_PROBE});
  confused.set_up();
  REQUIRE(confused.slot(0).send("{}"));
  CHECK(WEXITSTATUS(confused.wait_for_end()) == 1);
  CHECK(confused.printed() == "cogpp-worker: slot 0: unknown message type '' from the server\n");
}

TEST_CASE("an interrupt from the terminal leaves the decision to the server") {
  WorkerProcess worker({.library = COGPP_PROBE});
  worker.set_up();
  REQUIRE(::kill(worker.pid(), SIGINT) == 0);
  REQUIRE(::kill(worker.pid(), SIGHUP) == 0);
  CHECK(text(worker.predict(R"({"what":"x"})")) == kPlain);
}

TEST_CASE("tasks without a server") {
  const Run described = run_worker({"--library", COGPP_PROBE, "--describe"});
  CHECK(described.status == 0);
  CHECK(described.output.find(R"("name":"what")") != std::string::npos);
  const Run missing = run_worker({"--library", "/nonexistent", "--describe"});
  CHECK(WEXITSTATUS(missing.status) == 1);
  CHECK(missing.output.starts_with("cogpp-worker: cannot load the predictor: "));
  const Run probed = run_worker({"--probe-device"});
  CHECK(probed.status == 0);
  CHECK(probed.output.starts_with("{\"cuda\":"));
  const Run alone = run_worker({"--library", COGPP_PROBE});
  CHECK(WEXITSTATUS(alone.status) == 2);
  CHECK(alone.output.find("cogpp-worker is started by cogpp-server") != std::string::npos);
  CHECK(run_worker({"--version"}).output == "cogpp-worker 0.1.0\n");
}

}  // namespace
}  // namespace cogpp::worker
