// Order: base, system packages, Python packages, commands, weights, code; what changes
// often comes late. No `# syntax=` line: builders that have no registry at hand stay usable.
//
// Folders of the context are copied onto `/` and hold the whole path, so that the layers
// carry the folders' own times and not those of the build.
#include "cli/dockerfile/writer.hpp"

#include <algorithm>

#include "cli/dockerfile/cog_base.hpp"
#include "cli/dockerfile/staging.hpp"

namespace cogpp::cli {
namespace {

constexpr const char* kAptCache = "RUN --mount=type=cache,target=/var/cache/apt,sharing=locked ";
constexpr const char* kTracesOfTime =
    " /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache";
constexpr const char* kBundle = "/etc/ssl/certs/ca-certificates.crt";

/// For the day on which a package adds a user (https://reproducible-builds.org/specs/
/// source-date-epoch/); the same for each time of the image, so that another one repeats no step.
std::string step_time() { return "SOURCE_DATE_EPOCH=" + std::to_string(kUsualTime) + " "; }

}  // namespace

void append_escaped(std::string& text, char c) {
  if (c == '"' || c == '\\' || c == '$') text.push_back('\\');
  text.push_back(c);
}

void DockerfileWriter::line(std::string_view text) { text_.append(text).append("\n"); }

void DockerfileWriter::variable(const std::string& name, const std::string& value) {
  std::string escaped;
  for (const char c : value) append_escaped(escaped, c);
  line("ENV " + name + "=\"" + escaped + "\"");
}

void DockerfileWriter::apt(const std::vector<std::string>& packages, bool recommended) {
  if (packages.empty()) return;
  std::string words;
  for (const std::string& package : packages) words += " " + package;
  // docker-clean of Debian's images would empty the cache mount. Logs and the loader's memory tell
  // when the step ran.
  line(kAptCache + std::string("rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update -qq && ") +
       (plan_.time ? step_time() : "") + "DEBIAN_FRONTEND=noninteractive apt-get install -qqy" +
       (recommended ? "" : " --no-install-recommends") + words + " && rm -rf /var/lib/apt/lists/*" +
       kTracesOfTime);
}

void DockerfileWriter::certificate() {
  if (!plan_.ca_certificate) return;
  const std::string bundle = kBundle;
  line("COPY build/cog-ca-cert.crt /tmp/cog-ca-cert.crt");
  // A base without ca-certificates gets that by the first apt-get, which then finds the
  // certificate in its place.
  line(
      "RUN mkdir -p /usr/local/share/ca-certificates /etc/ssl/certs && "
      "cp /tmp/cog-ca-cert.crt /usr/local/share/ca-certificates/cog-ca-cert.crt && "
      "if command -v update-ca-certificates >/dev/null; then update-ca-certificates; fi && "
      "cat /tmp/cog-ca-cert.crt >> " +
      bundle);
  line("ENV SSL_CERT_FILE=" + bundle);
  line("ENV REQUESTS_CA_BUNDLE=" + bundle);
}

void DockerfileWriter::environment() {
  std::vector<std::string> entries = project_.environment;
  std::sort(entries.begin(), entries.end());
  for (const std::string& entry : entries) {
    const auto equals = entry.find('=');
    variable(entry.substr(0, equals), entry.substr(equals + 1));
  }
}

void DockerfileWriter::system_packages() {
  if (!project_.config.build) return;
  std::vector<std::string> packages = project_.config.build->system_packages;
  if (plan_.cog_base) std::erase_if(packages, in_cog_base);
  apt(packages, true);
}

void DockerfileWriter::commands() {
  if (!project_.config.build) return;
  for (const schema::BuildCommand& step : project_.config.build->run) {
    std::string mounts;
    for (const schema::BuildMount& mount : step.mounts) {
      mounts += "--mount=type=" + mount.type + ",id=" + mount.id + ",target=" + mount.target + " ";
    }
    line("RUN " + mounts + step.command);
  }
  for (const std::string& command : project_.config.build->pre_install) line("RUN " + command);
}

void DockerfileWriter::weights() {
  for (std::size_t i = 0; i < plan_.weights; ++i) line("COPY weights/" + std::to_string(i) + "/ /");
}

void DockerfileWriter::concurrency() {
  if (plan_.concurrency > 1) line("ENV COG_MAX_CONCURRENCY=" + std::to_string(plan_.concurrency));
}

void DockerfileWriter::metadata() {
  const bool python = project_.kind == PredictorKind::kPython;
  const bool given = !plan_.given_image.empty();
  const std::string freeze = given ? "python -m pip freeze || true" : "uv pip freeze";
  line(std::string("FROM ") + kModelStage + " AS inventory");
  line("USER root");
  line(std::string("RUN mkdir /inventory && cd /inventory && touch ") + kPackagesFile + " " +
       kDistributionFile +
       " && if [ -r /etc/os-release ]; then (. /etc/os-release && echo \"$ID\") > " +
       kDistributionFile +
       "; fi && if command -v dpkg-query >/dev/null; then dpkg-query -W -f "
       "'${Package}\\t${Version}\\n' > " +
       kPackagesFile + "; fi" +
       (python ? std::string(" && (") + freeze + ") > " + kFreezeFile : std::string()));
  line(std::string("FROM scratch AS ") + kMetadataStage);
  if (!python && !given && plan_.predictor) {
    line(std::string("COPY --from=compile /out") + kModelDirectory + "/" + kSignatureFile + " /");
  }
  line("COPY --from=inventory /inventory/ /");
  line(std::string("FROM ") + kModelStage);
  line("COPY image/ /");
}

std::string dockerfile_text(const Project& project, const DockerfilePlan& plan) {
  DockerfileWriter writer(project, plan);
  if (!plan.given_image.empty()) {
    writer.line("FROM " + plan.given_image + " AS " + kModelStage);
    writer.concurrency();
  } else if (project.kind == PredictorKind::kPython) {
    write_python_stages(project, plan, writer);
  } else {
    write_native_stages(project, plan, writer);
  }
  writer.metadata();
  return std::move(writer).text();
}

}  // namespace cogpp::cli
