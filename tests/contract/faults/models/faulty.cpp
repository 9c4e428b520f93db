// Predictor that misbehaves on demand: `mode` says how.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include "cogpp/predictor.hpp"
#include "tests/contract/faults/models/sleep.hpp"

namespace {

using faults::seconds_of;
using faults::sleep_politely;

/// A child that keeps this process's pipes open long after it ended.
void leave_orphan(double seconds) {
  if (fork() != 0) return;
  std::this_thread::sleep_for(seconds_of(seconds));
  _exit(0);
}

}  // namespace

class Predictor {
 public:
  std::string predict(const std::string& mode, std::int64_t n, double seconds) {
    if (mode == "raw" || mode == "raw_exit") write_raw("raw words\n");
    if (mode == "silent_exit" || mode == "raw_exit") _exit(static_cast<int>(n));
    std::cout << "last words of " << mode << std::endl;
    if (mode == "touch" || mode == "signal" || mode == "exit") {
      std::ofstream(cogpp::current().directory() / "left.txt") << "behind";
    }
    if (mode == "signal") raise(static_cast<int>(n));
    if (mode == "exit") std::exit(static_cast<int>(n));
    if (mode == "quick_exit") _exit(static_cast<int>(n));
    if (mode == "terminate") std::thread([] { throw std::runtime_error("in a thread"); }).join();
    if (mode == "throw") throw std::invalid_argument("thrown on purpose");
    if (mode == "throw_int") throw 42;
    if (mode == "bad_alloc") throw std::bad_alloc();
    if (mode == "hang") std::this_thread::sleep_for(seconds_of(seconds));
    if (mode == "sleep" || mode == "late_signal" || mode == "raw") sleep_politely(seconds);
    if (mode == "late_signal") raise(static_cast<int>(n));
    if (mode == "orphan") {
      leave_orphan(seconds);
      std::exit(static_cast<int>(n));
    }
    if (mode == "logs") write_logs(n);
    if (mode == "bad_text") std::cout << std::string("\xff\xfe \0 \x80", 6) << std::endl;
    if (mode == "close_all") {
      for (int fd = 3; fd < 32; ++fd) close(fd);
      std::this_thread::sleep_for(seconds_of(seconds));
    }
    if (mode == "big") return std::string(static_cast<std::size_t>(n), 'x');
    return "ok " + mode;
  }

 private:
  /// Past the SDK, as C libraries print.
  static void write_raw(const std::string& text) {
    if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) throw std::runtime_error("write");
  }
  static void write_logs(std::int64_t bytes) {
    const std::string line(1023, 'l');
    for (std::int64_t written = 0; written < bytes; written += 1024) std::cout << line << '\n';
    std::cout << std::flush;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("mode").default_to("ok"), cogpp::input("n").default_to(0),
                cogpp::input("seconds").default_to(1.0));
