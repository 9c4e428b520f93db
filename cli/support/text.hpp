// Small operations on text that several files of the command line need. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cogpp::cli {

/// Without its end.
inline std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

/// Adds words to a command line.
inline void append(std::vector<std::string>& words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
}

}  // namespace cogpp::cli
