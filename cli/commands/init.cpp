// cogpp init: writes a template's files; a file that exists is never touched.
#include <filesystem>
#include <optional>
#include <string>

#include "cli/build/python_interpreter.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/templates.hpp"
#include "cli/support/files.hpp"
#include "cli/support/program.hpp"

namespace cogpp::cli {

namespace {

/// What a new Python project asks for when this machine has no Python that will do.
constexpr const char* kNewestPython = "3.13";

/// The text, with this machine's Python in the place of the placeholder.
Result<std::string> filled_in(std::string_view text, Context& context) {
  std::string filled = named_examples(std::string(text));
  const auto place = filled.find(kPythonPlaceholder);
  if (place == std::string::npos) return filled;
  const Result<std::optional<std::string>> version = local_python(context);
  if (!version) return version.error();
  filled.replace(place, kPythonPlaceholder.size(), version->value_or(kNewestPython));
  return filled;
}

}  // namespace

Status run_init(const InitOptions& options, Context& context) {
  const auto files = template_files(options.template_name);
  if (files.empty()) {
    return Error{"unknown template \"" + options.template_name +
                 "\"; templates are: cpp, stream, python"};
  }
  context.console.info("Setting up the current directory for use with " + product_name() + "...");
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
    const Result<std::string> text = filled_in(file.text, context);
    if (!text) return text.error();
    if (const Status written = write_file(path, *text); !written) return written;
  }
  context.console.success(std::string("\nDone! ") +
                          (called_cog() ? "For next steps, check out the docs at "
                                          "https://cog.run/getting-started"
                                        : "Run a prediction with: cogpp predict -i prompt=world"));
  return {};
}

}  // namespace cogpp::cli
