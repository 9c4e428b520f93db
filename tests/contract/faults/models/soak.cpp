// Predictor of tests/soak: a stream that names its process, works for a while, and goes
// wrong in the way that `mode` begins with. The rest of `mode` tells predictions apart.
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cogpp/predictor.hpp"
#include "tests/contract/faults/models/sleep.hpp"

namespace {

constexpr std::size_t kBlock = 1 << 20;

/// Never returns and never asks whether it is cancelled, as a stuck kernel.
[[noreturn]] void spin() {
  std::atomic<std::uint64_t> turns = 0;
  while (true) ++turns;
}

/// Takes memory, and uses it, until there is none.
void take_all_memory() {
  std::vector<std::unique_ptr<std::array<char, kBlock>>> blocks;
  while (true) blocks.push_back(std::make_unique<std::array<char, kBlock>>());
}

/// The same in code that cannot throw: it ends the process.
void take_all_memory_or_abort() noexcept { take_all_memory(); }

/// Through the prediction's stream, or past it on descriptor 1.
void write_logs(std::int64_t bytes, bool raw) {
  const std::string lines = [] {
    std::string text;
    while (text.size() < kBlock / 16) text += std::string(1023, 'l') + '\n';
    return text;
  }();
  for (std::int64_t written = 0; written < bytes;
       written += static_cast<std::int64_t>(lines.size())) {
    if (!raw) std::cout << lines;
    if (raw && write(STDOUT_FILENO, lines.data(), lines.size()) < 0) return;
  }
  std::cout << std::flush;
}

}  // namespace

class Predictor {
 public:
  cogpp::Stream<std::string> predict(std::string mode, std::int64_t n, double seconds) {
    std::cout << "soak in process " << getpid() << std::endl;
    co_yield mode;
    go_wrong(mode.substr(0, mode.find(' ')), n);
    faults::sleep_politely(seconds);
    co_yield "end";
  }

 private:
  static void go_wrong(std::string_view how, std::int64_t n) {
    if (how == "file") std::ofstream(cogpp::current().directory() / "left.txt") << "behind";
    if (how == "throw") throw std::invalid_argument("thrown on purpose");
    if (how == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
    if (how == "spin") spin();
    if (how == "logs") write_logs(n, false);
    if (how == "raw_logs") write_logs(n, true);
    if (how == "memory") take_all_memory();
    if (how == "memory_abort") take_all_memory_or_abort();
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("mode").default_to("work"), cogpp::input("n").default_to(0),
                cogpp::input("seconds").default_to(0.0));
