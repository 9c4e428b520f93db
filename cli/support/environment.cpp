#include "cli/support/environment.hpp"

#include <algorithm>
#include <ranges>

#include "schema/environment.hpp"

namespace cogpp::cli {

std::string variable_of(const std::vector<std::string>& added, const std::string& name) {
  auto latest_first = added | std::views::reverse;
  const auto found = std::ranges::find(latest_first, name, variable_name);
  if (found != latest_first.end()) return found->substr(std::min(found->size(), name.size() + 1));
  return environment_variable(name);
}

}  // namespace cogpp::cli
