// The files that `cogpp init` writes.
#pragma once

#include <span>
#include <string_view>

namespace cogpp::cli {

struct TemplateFile {
  std::string_view name;
  std::string_view text;
};

/// The files of a template in the order they are written; empty for an unknown name.
std::span<const TemplateFile> template_files(std::string_view template_name);

}  // namespace cogpp::cli
