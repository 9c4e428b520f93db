// Members of JSON trees that foreign programs wrote: asked for, never relied upon.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace cogpp {

/// The member `name` of `tree` (a Json or an OrderedJson); null when `tree` is no object or
/// has no such member.
template <class Tree>
const Tree& part_of(const Tree& tree, std::string_view name) {
  static const Tree kNull;
  if (!tree.is_object()) return kNull;
  const auto found = tree.find(std::string(name));
  return found != tree.end() ? *found : kNull;
}

/// The text of the member `name`; `otherwise` when there is no such member or it is no string.
template <class Tree>
std::string text_member(const Tree& tree, std::string_view name, std::string otherwise = {}) {
  const Tree& value = part_of(tree, name);
  return value.is_string() ? value.template get<std::string>() : std::move(otherwise);
}

}  // namespace cogpp
