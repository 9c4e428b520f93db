// Messages, relayed logs, event streams, the doctor's report: text in, text out.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <string>

#include "cli/commands/doctor_report.hpp"
#include "cli/support/event_stream.hpp"
#include "cli/support/log_relay.hpp"
#include "cli/support/prediction_call.hpp"

using namespace cogpp::cli;

namespace {

/// A console whose text can be read.
struct Recorder {
  explicit Recorder(ConsoleOptions options = {}) : console(options, file) {}
  ~Recorder() { std::fclose(file); }

  std::string text() const {
    std::fflush(file);
    std::rewind(file);
    std::string result(65536, '\0');
    result.resize(std::fread(result.data(), 1, result.size(), file));
    return result;
  }

  std::FILE* file = std::tmpfile();
  Console console;
};

}  // namespace

TEST_CASE("without colour a message is just its text") {
  Recorder recorder;
  recorder.console.info("one");
  recorder.console.info("");
  recorder.console.warn("two\nthree");
  recorder.console.error("four");
  recorder.console.debug("five");
  CHECK(recorder.text() == "one\n\ntwo\nthree\nfour\n");
}

TEST_CASE("with colour each line has its symbol, an empty one none") {
  Recorder recorder({.color = true, .terminal = false, .quiet = false, .debug = false});
  recorder.console.error("a\n\nb");
  CHECK(recorder.text() == "\x1b[1;31m ✗ \x1b[0ma\n\n\x1b[1;31m ✗ \x1b[0mb\n");
}

TEST_CASE("quiet leaves warnings, errors and logs") {
  Recorder recorder({.color = false, .terminal = true, .quiet = true, .debug = false});
  recorder.console.info("info");
  recorder.console.success("success");
  recorder.console.progress("working");
  recorder.console.tick();
  recorder.console.warn("warn");
  recorder.console.raw("log\n");
  CHECK(recorder.text() == "warn\nlog\n");
}

TEST_CASE("a message is one write, which nothing of another process comes between") {
  std::array<int, 2> ends{};
  // Keeps what each write(2) sent apart from the next.
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends.data()) == 0);
  std::FILE* file = ::fdopen(ends[1], "w");
  std::setvbuf(file, nullptr, _IONBF, 0);  // As standard error is.
  const auto written = [&] {
    std::array<char, 256> text{};
    return std::string(text.data(), static_cast<std::size_t>(std::max<ssize_t>(
                                        ::recv(ends[0], text.data(), text.size(), 0), 0)));
  };
  Console console({.color = true, .terminal = true, .quiet = false, .debug = false}, file);
  console.info("one\ntwo");
  CHECK(written() == "\x1b[2m ⚙  \x1b[0mone\n\x1b[2m ⚙  \x1b[0mtwo\n");
  console.progress("working");
  console.tick();
  CHECK(written().find(" working 0.") != std::string::npos);
  console.raw("log\n");
  CHECK(written() == "\r\x1b[Klog\n");
  console.warn("three");
  CHECK(written() == "\r\x1b[K\x1b[1;33m ⚠ \x1b[0mthree\n");
  console.end_progress();
  CHECK(written() == "\r\x1b[K");
  CHECK(written().empty());
  std::fclose(file);
  ::close(ends[0]);
}

TEST_CASE("progress is drawn on terminals only, and erased before text") {
  Recorder plain;
  plain.console.progress("working");
  plain.console.tick();
  CHECK(plain.text().empty());
  CHECK(plain.console.poll_timeout() == -1);

  Recorder terminal({.color = false, .terminal = true, .quiet = false, .debug = false});
  terminal.console.progress("working");
  CHECK(terminal.console.poll_timeout() > 0);
  terminal.console.tick();
  terminal.console.raw("log\n");
  terminal.console.end_progress();
  const std::string text = terminal.text();
  CHECK(text.find("working 0.") != std::string::npos);
  CHECK(text.find("\r\x1b[Klog\n") != std::string::npos);
  CHECK(text.ends_with("\r\x1b[K"));
}

TEST_CASE("of a prediction's logs only what was not relayed is left") {
  Recorder recorder;
  LogRelay relay(recorder.console);
  const std::string logs = "one\n\ntwo\nthree";
  CHECK(unshown_logs(logs, relay.prediction_bytes()) == logs);
  for (const auto& [line, rest] : {std::pair("one", "two\nthree"), std::pair("", "two\nthree"),
                                   std::pair("two", "three"), std::pair("three", "")}) {
    relay.feed(std::string(R"({"fields":{"message":")") + line + R"(","source":"stdout"}})" + "\n");
    relay.feed(R"({"level":"INFO","fields":{"message":"a server's"},"target":"coglet::server"})"
               "\n");
    CHECK(unshown_logs(logs, relay.prediction_bytes()) == rest);
  }
  CHECK(recorder.text() == "one\n\ntwo\nthree\n");
  CHECK(unshown_logs("fewer", std::string::npos).empty());
}

TEST_CASE("lines of a prediction that come after its answer are not shown twice") {
  Recorder recorder;
  LogRelay relay(recorder.console);
  const std::string late = R"({"fields":{"message":"two","source":"stdout"}})";
  relay.feed(R"({"fields":{"message":"one","source":"stdout"}})");
  relay.feed("\n" + late.substr(0, 20));
  CHECK(unshown_logs("one\ntwo\n", relay.end_prediction()) == "two\n");
  relay.feed(late.substr(20) + "\n" + late + "\n");
  relay.feed(R"({"level":"WARN","fields":{"message":"slow"},"target":"cogpp::server"})");
  relay.feed("\n" + late);
  relay.finish();
  CHECK(recorder.text() == "one\nslow\n");
}

TEST_CASE("a server's variables say whether it writes a prediction's lines") {
  const std::string rules = std::string("RUST_LOG=") + kModelLogs;
  CHECK(relays_predictions({"A=b", rules}));
  CHECK(relays_predictions({}));
  CHECK_FALSE(relays_predictions({rules, "RUST_LOG=warn"}));
}

TEST_CASE("the model's lines are shown bare, the server's only when they matter") {
  Recorder recorder;
  LogRelay relay(recorder.console);
  relay.feed(R"({"level":"INFO","fields":{"message":"loading\n","source":"stdout"},"target":"x"})");
  relay.feed("\n{\"level\":\"INFO\",\"fields\":{\"message\":\"Starting prediction\"},\"target\":");
  relay.feed("\"cogpp::prediction\"}\n");
  relay.feed(R"({"level":"WARN","fields":{"message":"slow"},"target":"cogpp::server"})");
  relay.feed("\nplain text\n{\"not\":\"a log\"}\nno end");
  relay.finish();
  CHECK(recorder.text() == "loading\nslow\nplain text\n{\"not\":\"a log\"}\nno end\n");
}

TEST_CASE("events come out whole however the stream is cut") {
  const std::string stream =
      ": keep-alive\n\nevent: output\ndata: {\"chunk\":1}\n\n"
      "event: completed\r\ndata: a\r\ndata: b\r\n\r\ndata:\n\nevent: cut\ndata: off";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    std::vector<std::pair<std::string, std::string>> events;
    EventStream reader([&](const std::string& event, const std::string& data) {
      events.emplace_back(event, data);
    });
    for (std::size_t i = 0; i < stream.size(); i += size) reader.feed(stream.substr(i, size));
    REQUIRE(events.size() == 2);
    CHECK(events[0] == std::pair<std::string, std::string>("output", "{\"chunk\":1}"));
    CHECK(events[1] == std::pair<std::string, std::string>("completed", "a\nb"));
  }
}

TEST_CASE("a reply that is no success is explained") {
  const cogpp::Json rules = {
      {"detail",
       {{{"loc", {"body", "input", "n"}}, {"msg", "too small"}, {"type", "value_error"}}}}};
  const std::string refused =
      reply_error({.status = 422, .response = rules}, "/predictions").message;
  CHECK(
      refused.starts_with("Failed to run prediction: The inputs you passed could not be "
                          "validated:\n\n- n: too small\n"));
  CHECK(reply_error({.status = 422, .response = {{"detail", "x"}}}, "/predictions")
            .message.starts_with("/predictions call returned status 422, and there was an "
                                 "unexpected message in response:\n\n"));
  CHECK(reply_error({.status = 409, .response = {{"error", "busy"}}}, "/trainings").message ==
        "Failed to run prediction: /trainings call returned status 409: busy");
}

TEST_CASE("the doctor's report and its verdict") {
  Recorder healthy;
  CHECK(show_report({{"Environment", "Compiler", {{Severity::kGood, "g++", ""}}}}, false,
                    healthy.console));
  CHECK(healthy.text() == "Environment\nCompiler\n  g++\n\nno issues found\n");

  Recorder ill;
  CHECK_FALSE(show_report({{"Config", "Parsing", {{Severity::kError, "bad", "mend it"}}},
                           {"Environment", "GPU", {{Severity::kWarning, "old", ""}}},
                           {"Environment", "Disk", {{Severity::kWarning, "full", ""}}}},
                          false, ill.console));
  CHECK(ill.text() ==
        "Config\nParsing\n  bad\n  Remediation: mend it\n\nEnvironment\nGPU\n  old\nDisk\n  full\n"
        "\nFound 1 error, 2 warnings.\n");

  Recorder warned;
  CHECK(show_report({{"A", "B", {{Severity::kWarning, "w", ""}}}}, false, warned.console));
}
