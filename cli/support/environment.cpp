#include "cli/support/environment.hpp"

#include <algorithm>

#include "schema/environment.hpp"

namespace cogpp::cli {

const std::string* find_variable(const std::vector<std::string>& variables,
                                 const std::string& name) {
  const auto found = std::find_if(variables.rbegin(), variables.rend(),
                                  [&](const auto& one) { return variable_name(one) == name; });
  return found == variables.rend() ? nullptr : &*found;
}

std::string given_value(const std::string& variable) {
  const bool by_name = variable.find('=') == std::string::npos;
  return by_name ? environment_variable(variable) : std::string(variable_value(variable));
}

std::string variable_of(const std::vector<std::string>& added, const std::string& name) {
  const std::string* found = find_variable(added, name);
  return found == nullptr ? environment_variable(name) : given_value(*found);
}

}  // namespace cogpp::cli
