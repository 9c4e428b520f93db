// Two engines behind one interface; see the header for which takes what.
#include "schema/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>

#include <utility>

namespace cogpp::schema {
namespace {

// An input check must not stall the server: these bound one search to some
// milliseconds and 16 MiB, far beyond what honest patterns use.
constexpr std::uint32_t kMatchLimit = 200'000;
constexpr std::uint32_t kDepthLimit = 10'000;
constexpr std::uint32_t kHeapLimitKib = 16 * 1024;

struct PcreDeleter {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
template <class T>
using PcreHandle = std::unique_ptr<T, PcreDeleter>;

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

RE2::Options re2_options() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

std::string pcre_message(int code) {
  PCRE2_UCHAR buffer[256];
  const int length = pcre2_get_error_message(code, buffer, sizeof buffer);
  return length < 0 ? "unknown error" : std::string(reinterpret_cast<char*>(buffer));
}

}  // namespace

struct Pattern::Engine {
  std::unique_ptr<RE2> linear;
  PcreHandle<pcre2_code> backtracking;
  PcreHandle<pcre2_match_context> limits;
};

Pattern::Pattern(std::string expression, std::unique_ptr<const Engine> engine)
    : expression_(std::move(expression)), engine_(std::move(engine)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(const std::string& expression) {
  auto engine = std::make_unique<Engine>();
  engine->linear = std::make_unique<RE2>(expression, re2_options());
  if (engine->linear->ok()) return Pattern(expression, std::move(engine));
  engine->linear.reset();

  int code = 0;
  PCRE2_SIZE offset = 0;
  engine->backtracking.reset(pcre2_compile(units(expression), expression.size(),
                                           PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &code, &offset,
                                           nullptr));
  engine->limits.reset(pcre2_match_context_create(nullptr));
  if (!engine->backtracking || !engine->limits) {
    return Error{"the pattern \"" + expression + "\" is not a valid regular expression: " +
                 pcre_message(code) + " at offset " + std::to_string(offset)};
  }
  pcre2_set_match_limit(engine->limits.get(), kMatchLimit);
  pcre2_set_depth_limit(engine->limits.get(), kDepthLimit);
  pcre2_set_heap_limit(engine->limits.get(), kHeapLimitKib);
  return Pattern(expression, std::move(engine));
}

bool Pattern::found_in(std::string_view text) const {
  if (engine_->linear) {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *engine_->linear);
  }
  const PcreHandle<pcre2_match_data> data(
      pcre2_match_data_create_from_pattern(engine_->backtracking.get(), nullptr));
  if (!data) return false;
  return pcre2_match(engine_->backtracking.get(), units(text), text.size(), 0, 0, data.get(),
                     engine_->limits.get()) >= 0;
}

}  // namespace cogpp::schema
