// Predictor whose set-up goes wrong. FAULT_SETUP lists what each start does, one word
// a start, the last one for all that follow: ok, exit, signal, throw, slow, orphan.
// FAULT_COUNTER names a file that counts the starts.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "cogpp/predictor.hpp"
#include "tests/contract/faults/models/sleep.hpp"

namespace {

std::size_t starts_so_far() {
  const std::string file = std::getenv("FAULT_COUNTER");
  std::ifstream in(file, std::ios::ate);
  const std::size_t starts = in ? static_cast<std::size_t>(in.tellg()) : 0;
  std::ofstream(file, std::ios::app) << '.';
  return starts;
}

std::string behaviour() {
  std::istringstream words(std::getenv("FAULT_SETUP"));
  const std::size_t starts = starts_so_far();
  std::string word;
  std::string next;
  for (std::size_t i = 0; i <= starts && words >> next; ++i) word = next;
  return word;
}

}  // namespace

class Predictor {
 public:
  void setup() {
    const std::string word = behaviour();
    std::cout << "set-up does " << word << std::endl;
    if (word == "exit") std::exit(3);
    if (word == "signal") raise(SIGSEGV);
    if (word == "throw") throw std::runtime_error("no weights here");
    if (word == "slow") std::this_thread::sleep_for(std::chrono::seconds(60));
    if (word == "orphan" && fork() == 0) {
      std::this_thread::sleep_for(std::chrono::seconds(5));
      _exit(0);
    }
    if (word == "orphan") std::exit(3);
  }

  std::string predict(const std::string& mode, double seconds) {
    if (mode == "signal") raise(SIGSEGV);
    faults::sleep_politely(seconds);
    return "ok " + mode;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("mode").default_to("ok"),
                cogpp::input("seconds").default_to(0.0));
