// The C library keeps the last part of argv[0].
#include "cli/support/program.hpp"

#include <cctype>
#include <cerrno>
#include <string_view>

namespace cogpp::cli {
namespace {

constexpr std::string_view kOwnName = "cogpp";
constexpr std::string_view kCogName = "cog";
constexpr std::string_view kPredict = "predict";

/// `cogpp-server`, `cogpp.hpp` and `cogpp::Path` are other words.
bool is_word_part(char c) {
  constexpr std::string_view kJoining = "-./:_";
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         kJoining.find(c) != std::string_view::npos;
}

}  // namespace

bool called_cog() { return program_invocation_short_name == kCogName; }

std::string program_name() { return std::string(called_cog() ? kCogName : kOwnName); }

std::string product_name() { return std::string(called_cog() ? "Cog" : kOwnName); }

std::string predict_name() { return std::string(called_cog() ? "run" : kPredict); }

std::string named_examples(std::string text) {
  const std::string name = program_name();
  for (auto at = text.find(kOwnName); at != std::string::npos; at = text.find(kOwnName, at)) {
    const auto end = at + kOwnName.size();
    const bool whole = (at == 0 || !is_word_part(text[at - 1])) &&
                       (end == text.size() || !is_word_part(text[end]));
    if (!whole) {
      at = end;
      continue;
    }
    text.replace(at, kOwnName.size(), name);
    at += name.size();
    if (text.compare(at + 1, kPredict.size(), kPredict) == 0) {
      text.replace(at + 1, kPredict.size(), predict_name());
    }
  }
  return text;
}

}  // namespace cogpp::cli
