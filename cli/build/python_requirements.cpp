// Lines are pip's but for what would depend on where the file lies: `-r` is put in
// place, `-c` gets an absolute path.
#include "cli/build/python_requirements.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "cli/build/local_package.hpp"
#include "cli/build/sdk_wheel.hpp"
#include "cli/support/files.hpp"
#include "schema/openapi.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr int kDeepest = 20;  // files that include files
/// The first version of cog whose schema can be told from the source (cog-cli §15.1).
constexpr int kOldestMinor = 17;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0)
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
    text.remove_suffix(1);
  return text;
}

/// The lines of a requirements file: continued ones joined, comments dropped.
std::vector<std::string> logical_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    std::string_view part(text.data() + begin, end - begin);
    begin = end + 1;
    if (part.ends_with('\r')) part.remove_suffix(1);
    const bool continued = part.ends_with('\\');
    if (continued) part.remove_suffix(1);
    line += part;
    if (continued) continue;
    // As pip: a comment begins a line or follows a space, so that URLs keep theirs.
    std::size_t comment = line.starts_with('#') ? 0 : line.find(" #");
    const std::string_view kept = trimmed(std::string_view(line).substr(0, comment));
    if (!kept.empty()) lines.emplace_back(kept);
    line.clear();
  }
  return lines;
}

/// The rest of `line` when it is one of the option's spellings.
std::optional<std::string> argument_of(std::string_view line,
                                       const std::array<std::string_view, 2>& names) {
  for (const std::string_view name : names) {
    if (!line.starts_with(name) || line.size() == name.size()) continue;
    const char next = line[name.size()];
    const bool is_short = name.size() == 2;
    if (next != ' ' && next != '=' && !is_short) continue;
    return std::string(trimmed(line.substr(name.size() + (next == ' ' || next == '=' ? 1 : 0))));
  }
  return std::nullopt;
}

/// `cog` of `cog[x] >= 0.9`, in the spelling that PyPI compares.
std::string package_of(std::string_view line) {
  std::string name;
  for (const char c : line) {
    const bool part = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    if (!part && c != '.') break;
    name.push_back(c == '_' || c == '.'
                       ? '-'
                       : static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return name;
}

class Reader {
 public:
  explicit Reader(const Project& project) : project_(project) {}

  Status add_file(const fs::path& file, int depth) {
    if (depth > kDeepest) return Error{file.string() + ": files include one another"};
    const Result<std::string> text = read_file(file);
    if (!text) return text.error().within("failed to open python_requirements file");
    for (const std::string& line : logical_lines(*text)) {
      if (const Status added = add_line(line, file.parent_path(), depth); !added) return added;
    }
    return {};
  }

  Status add_line(const std::string& line, const fs::path& directory, int depth) {
    if (const auto nested = argument_of(line, {"-r", "--requirement"})) {
      if (is_url(*nested)) return keep(line);
      return add_file(directory / *nested, depth + 1);
    }
    if (const auto constraint = argument_of(line, {"-c", "--constraint"})) {
      if (is_url(*constraint)) return keep(line);
      return keep_with("-c " + (directory / *constraint).string(),
                       content_identity(directory / *constraint));
    }
    if (const auto editable = argument_of(line, {"-e", "--editable"})) {
      return add_editable(line, *editable);
    }
    const std::string package = package_of(line);
    if (package == "cog" || package == "coglet") {
      requirements.warnings.push_back(
          "'" + line + "' found in requirements — overriding with cog " + cog_version() +
          ". Remove it from requirements and use build.sdk_version in cog.yaml or COG_SDK_WHEEL to "
          "control the version.");
      return {};
    }
    // pip takes what is local relative to where it runs, the project.
    const std::optional<fs::path> local = local_package(line, project_.directory);
    return local ? keep_with(line, content_identity(*local)) : keep(line);
  }

  std::string cog_version() const {
    const std::string& asked = project_.python.sdk_version;
    return asked.empty() ? schema::kCogVersion : asked;
  }

  Requirements requirements;

 private:
  static bool is_url(std::string_view text) { return text.find("://") != std::string_view::npos; }

  Status keep(const std::string& line) {
    requirements.text += line + '\n';
    requirements.identity += line + '\n';
    return {};
  }

  Status keep_with(const std::string& line, const Result<std::string>& identity) {
    if (!identity) return identity.error();
    requirements.identity += *identity + ' ';
    return keep(line);
  }

  Status add_editable(const std::string& line, const std::string& target) {
    const std::optional<fs::path> directory = local_package("file:" + target, project_.directory);
    if (!directory) return keep(line);
    std::error_code ignored;
    const bool package = fs::exists(*directory / "pyproject.toml", ignored) ||
                         fs::exists(*directory / "setup.py", ignored);
    // `-e .` of a project that is no package: it is in the path already.
    if (!package && fs::equivalent(*directory, project_.directory, ignored)) return {};
    return keep_with(line, editable_identity(*directory));
  }

  const Project& project_;
};

/// Cog's own check: older versions carry a server and a schema of another kind.
Status check_sdk_version(const std::string& version) {
  if (version.empty() || version == "prerelease") return {};
  int minor = 0;
  const bool zero = version.starts_with("0.");
  for (std::size_t i = 2; zero && i < version.size() &&
                          std::isdigit(static_cast<unsigned char>(version[i])) != 0 && minor < 1000;
       ++i) {
    minor = minor * 10 + (version[i] - '0');
  }
  if (!zero || minor >= kOldestMinor) return {};
  return Error{"SDK version " + version + " is not supported by static schema generation; use 0." +
               std::to_string(kOldestMinor) + ".0 or newer (build.sdk_version in cog.yaml)"};
}

/// A wheel of the same name with another content makes another environment.
Status take_wheel(const SdkWheel& wheel, Requirements& requirements) {
  requirements.cog = wheel.requirement;
  requirements.cog_wheel = wheel.file;
  if (wheel.file.empty()) return {};
  const Result<std::string> identity = content_identity(wheel.file);
  if (!identity) return identity.error();
  requirements.identity += *identity + '\n';
  return {};
}

}  // namespace

bool Requirements::hashed() const {
  return text.find("--hash") != std::string::npos ||
         text.find("--require-hashes") != std::string::npos;
}

Result<Requirements> read_requirements(const Project& project) {
  const PythonNeeds& python = project.python;
  const Result<std::optional<SdkWheel>> wheel = given_sdk_wheel();
  if (!wheel) return wheel.error();
  if (const Status known = check_sdk_version(python.sdk_version); !*wheel && !known) {
    return known.error();
  }
  Reader reader(project);
  if (!python.requirements.empty()) {
    if (const Status read = reader.add_file(project.directory / python.requirements, 0); !read) {
      return read.error();
    }
  }
  for (const std::string& package : python.packages) {
    if (const Status added = reader.add_line(package, project.directory, 0); !added) {
      return added.error();
    }
  }
  Requirements requirements = std::move(reader.requirements);
  const bool newest = python.sdk_version == "prerelease";
  requirements.cog = newest ? "cog" : "cog==" + reader.cog_version();
  if (newest && !*wheel) {
    requirements.warnings.emplace_back(
        "build.sdk_version is prerelease: the newest cog is installed, pre-releases included. "
        "Name a version to have the same one each time");
  }
  if (*wheel) {
    if (const Status taken = take_wheel(**wheel, requirements); !taken) return taken.error();
  }
  return requirements;
}

}  // namespace cogpp::cli
