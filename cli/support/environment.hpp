// Variables of an environment as programs are given them: `NAME=value`, or to a container's
// engine a `NAME` alone, which has this process's value.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace cogpp::cli {

/// The part in front of the first `=`.
inline std::string_view variable_name(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

/// What stands behind the first `=`; empty where none is.
inline std::string_view variable_value(std::string_view variable) {
  return variable.substr(std::min(variable.size(), variable_name(variable).size() + 1));
}

/// The one called `name`, of several the last, which counts; null: there is none.
const std::string* find_variable(const std::vector<std::string>& variables,
                                 const std::string& name);

/// The value of a variable that a user or engine is given: behind `=`, or this process's.
std::string given_value(const std::string& variable);

/// What a program finds under `name` that gets `added` on top of this process's environment;
/// of two with one name the later counts. Empty: it is empty or not there.
std::string variable_of(const std::vector<std::string>& added, const std::string& name);

}  // namespace cogpp::cli
