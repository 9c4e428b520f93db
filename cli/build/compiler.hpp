// The user's C++ compiler and the command that turns a predictor's source into a
// library.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/build/torch_location.hpp"
#include "cli/support/paths.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct Compiler {
  std::filesystem::path program;
  std::string identity;  ///< Changes when the compiler is replaced.
};

/// $CXX, g++, clang++ or c++. The error says what to install.
Result<Compiler> find_compiler();

/// Whether the source, or a file of its folder that it includes with quotes,
/// includes <cogpp/torch.hpp>.
bool uses_torch(const std::filesystem::path& source);

/// Whether COGPP_TRAINER stands there.
bool names_trainer(const std::filesystem::path& source);

struct CompileRequest {
  std::filesystem::path source;  ///< Relative to the project.
  Installation installation;
  std::optional<TorchLocation> torch;
};

/// The arguments but for the outputs, to be run in the project's folder. $CXXFLAGS
/// and $LDFLAGS stand after cogpp's own.
std::vector<std::string> compile_arguments(const CompileRequest& request);

/// Words as a shell would split `text`, with single and double quotes.
std::vector<std::string> split_words(const std::string& text);

}  // namespace cogpp::cli
