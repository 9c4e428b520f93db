// A predictor for the worker's tests: does what its input says, good or bad.
#include <atomic>
#include <chrono>
#include <cogpp/predictor.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

void sleep_ms(int time) { std::this_thread::sleep_for(std::chrono::milliseconds(time)); }

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

class Probe {
 public:
  void setup(const cogpp::Setup& setup) {
    std::cout << "device " << setup.device() << ", slots " << setup.slots() << std::endl;
    std::cerr << "on stderr" << std::flush;
    const std::string mode = environment("PROBE_SETUP");
    if (mode == "throw") throw std::runtime_error("no weights");
    if (mode == "exit") std::exit(3);
    if (mode == "hang") sleep_ms(60000);
  }

  std::string predict(const std::string& what) {
    if (what == "log") return log();
    if (what == "tail") return tail();
    if (what == "printf") return print();
    if (what == "thread") return from_thread();
    if (what == "hang") sleep_ms(60000);
    if (what == "wait") return wait();
    if (what == "meet") return meet();
    if (what == "throw") throw std::runtime_error("boom");
    if (what == "abort") std::abort();
    if (what == "raw") return raw();
    if (what == "metric") cogpp::current().record_metric("m", 1);
    return what;
  }

 private:
  static std::string log() {
    std::cout << "one\ntw";
    std::cerr << "err" << 1 << '\n';
    std::cout << "o\n";
    cogpp::log("three");
    return "logged";
  }
  static std::string tail() {
    std::cout << "no newline";
    return "tail";
  }
  static std::string print() {
    std::printf("through stdio");
    return "printed";
  }
  static std::string raw() {
    std::cout << "bytes \xff\n";
    return "raw";
  }
  static std::string from_thread() {
    std::thread([] { std::cout << "from a thread\n"; }).join();
    return "thread";
  }
  /// Until cancelled.
  static std::string wait() {
    std::cout << "waiting\n";
    while (true) {
      cogpp::current().throw_if_cancelled();
      sleep_ms(1);
    }
  }
  /// Until another slot is in here, too.
  std::string meet() {
    ++inside_;
    while (inside_ < 2) sleep_ms(1);
    return "met";
  }

  std::atomic<int> inside_{0};
};

COGPP_PREDICTOR(Probe, cogpp::input("what"));
