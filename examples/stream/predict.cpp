// A text that arrives word by word, and can be cancelled between two words.
#include <algorithm>
#include <chrono>
#include <cogpp/predictor.hpp>
#include <cstdint>
#include <string>
#include <thread>

namespace {

/// Waits in small steps, so that a cancellation is noticed at once.
void pause(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    cogpp::current().throw_if_cancelled();
    std::this_thread::sleep_for(std::min(time, std::chrono::milliseconds(5)));
  }
}

}  // namespace

class Predictor {
 public:
  cogpp::TextStream predict(std::string text, std::int64_t repeat, std::int64_t delay_ms) {
    std::int64_t words = 0;
    for (std::int64_t i = 0; i < repeat; ++i) {
      for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size() - 1) + 1;
        pause(std::chrono::milliseconds(delay_ms));
        ++words;
        co_yield text.substr(begin, end - begin);
        begin = end;
      }
    }
    cogpp::current().record_metric("words", words);
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text").describe("Text to send word by word").min_length(1),
                cogpp::input("repeat").describe("How often").default_to(1).ge(1).le(100000),
                cogpp::input("delay_ms")
                    .describe("Milliseconds before each word")
                    .default_to(0)
                    .ge(0)
                    .le(60000));
