#include "cli/daemonless/configuration.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "cli/dockerfile/dockerfile.hpp"
#include "schema/json.hpp"

// A base of Dockerfile.gpu has most of it already; a plain distribution has nothing.
namespace cogpp::cli {
namespace {

constexpr std::int64_t kDockerSecond = 1'000'000'000;  // Docker counts in nanoseconds
constexpr const char* kHomeVariable = "HOME";
constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// As in Dockerfile.gpu. It knows no token but the environment's: where another is asked for,
/// there is /readyz.
constexpr const char* kHealthCommand =
    "ask() { exec 3<>/dev/tcp/127.0.0.1/${PORT:-5000} && "
    R"x(printf 'GET %s HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n' )x"
    R"x("$1" "$COGPP_AUTH_TOKEN" >&3 && reply=$(cat <&3); }; )x"
    R"x(ask /health-check && if [[ $reply == HTTP/1.?' 401 '* ]]; then ask /readyz; fi && )x"
    R"x([[ $reply =~ '"status":"'(READY|BUSY|ready)'"' ]])x";

std::optional<std::string> variable_of(const ImageConfig& config, const std::string& name) {
  const std::vector<std::string> variables = config.environment();
  const auto found =
      std::find_if(variables.begin(), variables.end(),
                   [&](const std::string& variable) { return variable.starts_with(name + "="); });
  if (found == variables.end()) return std::nullopt;
  return found->substr(name.size() + 1);
}

/// The search path with `place` in front, unless it has that.
std::string with_place(const std::string& path, const std::string& place) {
  if ((":" + path + ":").find(":" + place + ":") != std::string::npos) return path;
  return path.empty() ? place : place + ":" + path;
}

OrderedJson health_check() {
  return {{"Test", {"CMD", "/bin/bash", "-c", kHealthCommand}},
          {"Interval", 30 * kDockerSecond},
          {"Timeout", 5 * kDockerSecond},
          {"StartPeriod", 600 * kDockerSecond},
          {"Retries", 3}};
}

std::vector<std::string> image_variables(const ImageConfig& base, const Project& project,
                                         bool torch) {
  const std::string path = variable_of(base, "PATH").value_or(kDefaultPath);
  std::vector<std::string> variables = {"PATH=" +
                                        with_place(path, std::string(kImagePrefix) + "/bin")};
  if (torch) {
    const std::string libraries = variable_of(base, "LD_LIBRARY_PATH").value_or("");
    variables.push_back("LD_LIBRARY_PATH=" +
                        with_place(libraries, std::string(kImageTorch) + "/torch/lib"));
  }
  if (!has_home(base)) variables.push_back(std::string(kHomeVariable) + "=" + kModelHome);
  std::vector<std::string> own = project.environment;
  std::sort(own.begin(), own.end());
  variables.insert(variables.end(), own.begin(), own.end());
  if (project.concurrency > 1) {
    variables.push_back("COG_MAX_CONCURRENCY=" + std::to_string(project.concurrency));
  }
  return variables;
}

}  // namespace

bool has_home(const ImageConfig& base) { return variable_of(base, kHomeVariable).has_value(); }

ImageConfig image_configuration(const ImageConfig& base, const Project& project,
                                const Labels& labels, bool torch) {
  ImageConfig config = base;
  config.set_labels({labels.begin(), labels.end()});
  config.set_environment(image_variables(base, project, torch));
  const std::string user = std::to_string(kModelUser);
  config.set("User", user + ":" + user);
  config.set("WorkingDir", "/src");
  config.set("Cmd", native_command(project));
  config.set("ExposedPorts", OrderedJson{{"5000/tcp", OrderedJson::object()}});
  if (!config.has("Healthcheck")) config.set("Healthcheck", health_check());
  return config;
}

}  // namespace cogpp::cli
