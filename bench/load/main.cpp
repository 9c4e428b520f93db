// bench-load: an HTTP load generator that counts what it gets. One thread, epoll,
// keep-alive. Prints one JSON object (bench/README.md names its members).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/load_run.hpp"

namespace {

struct Arguments {
  cogpp::bench::LoadOptions load;
  std::string method = "POST";
  std::string path = "/predictions";
  std::string body;
  std::string body_file;
  std::vector<std::string> headers;
};

void declare(CLI::App& app, Arguments& arguments) {
  cogpp::bench::LoadOptions& load = arguments.load;
  app.add_option("--port", load.port, "Port on 127.0.0.1")->required();
  app.add_option("--method", arguments.method, "Request method")->capture_default_str();
  app.add_option("--path", arguments.path, "Request target")->capture_default_str();
  app.add_option("--body", arguments.body, "Request body");
  app.add_option("--body-file", arguments.body_file, "File that holds the request body");
  app.add_option("--header", arguments.headers, "Further header line, as 'accept: */*'");
  app.add_option("--expect", load.expect, "Text that a good answer has near its end");
  app.add_option("--connections", load.connections, "Connections")->capture_default_str();
  app.add_option("--idle", load.idle, "Connections that ask nothing")->capture_default_str();
  app.add_option("--warmup", load.warmup, "Seconds before the window")->capture_default_str();
  app.add_option("--seconds", load.seconds, "Length of the window")->capture_default_str();
  app.add_option("--rate", load.rate, "Requests per second; 0: as fast as answers come")
      ->capture_default_str();
}

std::optional<std::string> body_of(const Arguments& arguments) {
  if (arguments.body_file.empty()) {
    return arguments.body;
  }
  std::ifstream file(arguments.body_file, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string request_of(const Arguments& arguments, const std::string& body) {
  std::string request =
      arguments.method + " " + arguments.path + " HTTP/1.1\r\nhost: 127.0.0.1\r\n";
  for (const std::string& header : arguments.headers) {
    request += header + "\r\n";
  }
  if (!body.empty()) {
    request +=
        "content-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n";
  }
  return request + "\r\n" + body;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures an HTTP server on this machine", "bench-load");
  Arguments arguments;
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  const std::optional<std::string> body = body_of(arguments);
  if (!body) {
    std::fprintf(stderr, "bench-load: cannot read %s\n", arguments.body_file.c_str());
    return 2;
  }
  arguments.load.request = request_of(arguments, *body);
  const cogpp::Result<std::string> report = cogpp::bench::LoadRun(arguments.load).run();
  if (!report) {
    std::fprintf(stderr, "bench-load: %s\n", report.error().message.c_str());
    return 1;
  }
  std::puts(report->c_str());
  return 0;
}
