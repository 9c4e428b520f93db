// The files that `cogpp init` writes.
#pragma once

#include <span>
#include <string_view>

namespace cogpp::cli {

struct TemplateFile {
  std::string_view name;
  std::string_view text;
};

/// Stands in a template's cog.yaml for the version of Python on this machine.
inline constexpr std::string_view kPythonPlaceholder = "{python}";

/// The files of a template in the order they are written; empty for an unknown name.
std::span<const TemplateFile> template_files(std::string_view template_name);

}  // namespace cogpp::cli
