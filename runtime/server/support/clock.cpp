// strftime for the calendar part, in the C locale, and the fraction by hand.
#include "runtime/server/support/clock.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace cogpp::server {
namespace {

std::string calendar(std::time_t time, const char* format) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  const auto size = std::strftime(text.data(), text.size(), format, &parts);
  return {text.data(), size};
}

std::string with_fraction(SystemTime time, long long unit_ns, int digits) {
  using std::chrono::nanoseconds;
  const auto since_epoch = std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count();
  constexpr long long kSecond = 1'000'000'000;
  std::array<char, 24> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%0*lld", digits,
                since_epoch % kSecond / unit_ns);
  return calendar(static_cast<std::time_t>(since_epoch / kSecond), "%Y-%m-%dT%H:%M:%S") +
         fraction.data();
}

}  // namespace

std::string rfc3339_nanos(SystemTime time) { return with_fraction(time, 1, 9) + "+00:00"; }

std::string rfc3339_micros(SystemTime time) { return with_fraction(time, 1000, 6) + "Z"; }

std::string http_date(std::time_t time) { return calendar(time, "%a, %d %b %Y %H:%M:%S GMT"); }

}  // namespace cogpp::server
