// One command compiles and links: a predictor is one source file. Projects with
// more bring a CMakeLists.txt.
#include "cli/build/compiler.hpp"

#include <sys/stat.h>

#include <set>
#include <sstream>

#include "cli/support/files.hpp"
#include "cli/support/text.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

bool is_include(const std::string& line) {
  const auto hash = line.find_first_not_of(" \t");
  return hash != std::string::npos && line[hash] == '#' &&
         line.find("include", hash) != std::string::npos;
}

bool includes_torch(const std::string& line) {
  return is_include(line) && (line.find("<cogpp/torch.hpp>") != std::string::npos ||
                              line.find("\"cogpp/torch.hpp\"") != std::string::npos);
}

/// Whether a line of the file, or of one of its folder that it includes with quotes, is one
/// that is looked for.
bool has_line(const fs::path& file, bool (*wanted)(const std::string&), std::set<fs::path>& seen) {
  if (!seen.insert(file.lexically_normal()).second) return false;
  const Result<std::string> text = read_file(file);
  if (!text) return false;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (wanted(line)) return true;
    if (!is_include(line)) continue;
    const auto open = line.find('"');
    const auto close = open == std::string::npos ? open : line.find('"', open + 1);
    if (close == std::string::npos) continue;
    const fs::path included = file.parent_path() / line.substr(open + 1, close - open - 1);
    if (has_line(included, wanted, seen)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word.push_back(c);
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word.push_back(c);
      in_word = true;
    }
  }
  if (in_word) words.push_back(word);
  return words;
}

Result<Compiler> find_compiler() {
  std::vector<std::string> names = {"g++", "clang++", "c++"};
  const std::string chosen = environment_variable("CXX");
  if (!chosen.empty()) names = {chosen};
  for (const std::string& name : names) {
    const std::optional<fs::path> program = find_program(name);
    struct stat status {};
    if (!program || ::stat(program->c_str(), &status) != 0) continue;
    return Compiler{*program, program->string() + " " + std::to_string(status.st_size) + " " +
                                  std::to_string(status.st_mtim.tv_sec)};
  }
  if (!chosen.empty()) {
    return Error{"the compiler $CXX=" + chosen + " was not found. Correct CXX or unset it"};
  }
  return Error{
      "no C++ compiler was found. Install one (Debian, Ubuntu: apt-get install g++) or "
      "set CXX"};
}

bool uses_torch(const fs::path& source) {
  std::set<fs::path> seen;
  return has_line(source, includes_torch, seen);
}

bool names_trainer(const fs::path& source) {
  std::set<fs::path> seen;
  const auto names = [](const std::string& line) {
    return line.find("COGPP_TRAINER") != std::string::npos;
  };
  return has_line(source, names, seen);
}

std::vector<std::string> compile_arguments(const CompileRequest& request) {
  const Installation& installation = request.installation;
  std::vector<std::string> words = {"-std=c++20",
                                    "-O2",
                                    "-fPIC",
                                    "-shared",
                                    "-pthread",
                                    "-fvisibility=hidden",
                                    "-fvisibility-inlines-hidden",
                                    "-Wall",
                                    "-isystem",
                                    installation.include().string()};
  if (request.torch) {
    const fs::path include = request.torch->package / "include";
    append(words, {"-isystem", include.string(), "-isystem",
                   (include / "torch/csrc/api/include").string(), "-D_GLIBCXX_USE_CXX11_ABI=1"});
  }
  append(words, split_words(environment_variable("CXXFLAGS")));
  words.push_back(request.source.string());
  if (request.torch) {
    const std::string libraries = request.torch->libraries().string();
    append(words, {(installation.libraries() / "libcogpp_torch.a").string(), "-L" + libraries,
                   "-ltorch_cpu", "-lc10", "-Wl,--allow-shlib-undefined", "-Wl,--enable-new-dtags",
                   "-Wl,-rpath," + libraries});
  }
  append(words, {(installation.libraries() / "libcogpp_sdk.a").string(), "-Wl,--no-undefined",
                 "-Wl,-z,now", "-Wl,--exclude-libs,ALL"});
  append(words, split_words(environment_variable("LDFLAGS")));
  return words;
}

}  // namespace cogpp::cli
