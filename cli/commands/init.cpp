// cogpp init: writes a template's files; a file that exists is never touched.
#include <filesystem>

#include "cli/commands/commands.hpp"
#include "cli/commands/templates.hpp"
#include "cli/support/files.hpp"

namespace cogpp::cli {

Status run_init(const InitOptions& options, Context& context) {
  const auto files = template_files(options.template_name);
  if (files.empty()) {
    return Error{"unknown template \"" + options.template_name + "\"; templates are: cpp, stream"};
  }
  context.console.info("Setting up the current directory for use with cogpp...");
  context.console.info("");
  for (const TemplateFile& file : files) {
    const std::filesystem::path path(file.name);
    std::error_code ignored;
    // symlink_status: a link to nowhere is the user's file, too.
    if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
      context.console.info("Skipped existing " + path.string());
      continue;
    }
    context.console.info("Creating " + path.string());
    if (const Status written = write_file(path, file.text); !written) return written;
  }
  context.console.success("\nDone! Run a prediction with: cogpp predict -i prompt=world");
  return {};
}

}  // namespace cogpp::cli
