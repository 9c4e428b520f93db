// Cog's own package is installed without coglet, whose place cogpp takes (runtime/python).
#include <charconv>

#include "cli/dockerfile/writer.hpp"
#include "cli/image/labels.hpp"

namespace cogpp::cli {
namespace {

constexpr const char* kUvCache = "RUN --mount=type=cache,target=/root/.cache/uv ";
/// Of several indexes the best version, as pip and Cog's images do, unless the image says
/// otherwise; uv by itself takes a package from the first index that has it, and the one with
/// PyTorch's wheels has many. The flag is harmless where the interpreter is not the distribution's.
constexpr const char* kInstall =
    "UV_INDEX_STRATEGY=\"${UV_INDEX_STRATEGY:-unsafe-best-match}\" "
    "uv pip install --break-system-packages ";
/// uv notes beside a wheel of the project's when it was put where it lay, and where that was.
/// Without the notes it does not know the wheel again: the step for cog installs it once more.
constexpr const char* kWithoutNotes = "UV_NO_INSTALLER_METADATA=1 ";
constexpr const char* kRequirements = "/tmp/requirements.txt";

/// What cog needs but for its runtime.
constexpr const char* kCogNeeds =
    R"RUN(python -c "import importlib.metadata as m, re; print('\n'.join(r for r in m.requires('cog') or [] if 'extra ==' not in r and not re.match(r'coglet\b', r)))")RUN";

/// The libraries of Python itself, for what embeds it. The loader's memory has inodes in it.
constexpr const char* kFindLibraries =
    R"(RUN find / -xdev -type f -name "*python*.so" -printf "%h\n" | sort -u > /etc/ld.so.conf.d/cog.conf && ldconfig && rm -f /var/cache/ldconfig/aux-cache)";

/// Symbols are for debuggers; where the image has no `strip` they stay.
constexpr const char* kStrip =
    R"( && find / -xdev -type f -name "*python*.so" -not -name "*cpython*.so" -exec strip -S {} \;)";

/// The same bytes at each build: checked against the sources' hash, if at all, and not
/// against their time. What does not compile is not imported either.
constexpr const char* kPrecompile =
    R"RUN(RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" || true)RUN";

/// URLs have characters that a shell takes for its own.
std::string shell_word(const std::string& requirement) {
  return requirement.find("://") == std::string::npos ? requirement : "'" + requirement + "'";
}

void write_preamble(DockerfileWriter& writer) {
  writer.line("ENV DEBIAN_FRONTEND=noninteractive");
  writer.line("ENV PYTHONUNBUFFERED=1");
  writer.line(
      "ENV LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/usr/lib/x86_64-linux-gnu:/usr/local/nvidia/lib64:"
      "/usr/local/nvidia/bin");
  writer.line("ENV NVIDIA_DRIVER_CAPABILITIES=all");
  writer.apt({"ca-certificates", "tini"});
  writer.line(R"(ENTRYPOINT ["/usr/bin/tini", "--"])");
}

/// Cog's bases for this CUDA and later have no `python`.
constexpr int kFirstWithoutLink = 13;

int major_version(const std::string& version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

/// CUDA's images have no Python of the version wanted; what the distribution lacks uv
/// fetches.
void write_interpreter(const std::string& version, const DockerfilePlan& plan,
                       DockerfileWriter& writer) {
  const std::string minor = version.substr(0, version.find('.', version.find('.') + 1));
  if (plan.cog_base && major_version(plan.cuda) >= kFirstWithoutLink) {
    writer.line("RUN ln -sf /usr/bin/python3 /usr/local/bin/python");
  }
  if (plan.cuda_base) {
    // With Python.h, as what uv brings has it: packages without a wheel are compiled.
    writer.apt({"ca-certificates", "curl", "git", "python3", "python3-dev", "python3-pip", "wget",
                "xz-utils"});
    writer.line(
        "RUN python3 -m pip install --no-cache-dir uv || "
        "python3 -m pip install --no-cache-dir --break-system-packages uv");
    writer.line("RUN command -v python" + minor + " || uv python install " + version);
    writer.line("RUN ln -sf \"$(uv python find " + minor +
                ")\" /usr/local/bin/python && ln -sf /usr/local/bin/python /usr/local/bin/python3");
    writer.line("ENV UV_PYTHON=" + minor);
  } else {
    // The oldest pip that images carry does not know --break-system-packages.
    writer.line("RUN PIP_BREAK_SYSTEM_PACKAGES=1 python -m pip install --no-cache-dir uv");
  }
  writer.line("ENV UV_SYSTEM_PYTHON=true");
}

void write_packages(const DockerfilePlan& plan, DockerfileWriter& writer) {
  if (plan.local_packages) {
    writer.line("COPY build/local_package_artifacts/ /tmp/local_package_artifacts/");
  }
  const std::string strip = plan.strip ? kStrip : "";
  const bool noted = plan.local_packages || !plan.cog_wheel.empty();
  const std::string install = std::string(plan.time && noted ? kWithoutNotes : "") + kInstall;
  std::string again;
  if (plan.requirements) {
    writer.line(std::string("COPY build/requirements.txt ") + kRequirements);
    // uv by itself checks the hashes that are there and does not miss the others.
    const std::string hashes = plan.hashed ? "--require-hashes " : "";
    writer.line(kUvCache + install + hashes + "-r " + kRequirements + strip);
    // Cog's own needs must not move what the project pinned.
    again = std::string("-r ") + kRequirements + " ";
  }
  if (!plan.cog_wheel.empty()) {
    writer.line("COPY build/" + plan.cog_wheel + " /tmp/" + plan.cog_wheel);
  }
  const bool any_version = plan.cog == "cog";
  writer.line(kUvCache + install + "--no-deps " + (any_version ? "--prerelease=allow " : "") +
              shell_word(plan.cog) + " && " + kCogNeeds + " > /tmp/cog-requirements.txt && " +
              install + again + "-r /tmp/cog-requirements.txt" + strip);
  if (plan.precompile) writer.line(kPrecompile);
}

void write_start(const Project& project, const DockerfilePlan& plan, DockerfileWriter& writer) {
  writer.line("EXPOSE 5000");
  if (!project.trains_only) {
    writer.variable("COG_PREDICT_TYPE_STUB", project.source.string() + ":" + project.class_name);
  }
  if (!project.train.empty()) writer.variable("COG_TRAIN_TYPE_STUB", project.train);
  writer.concurrency();
  writer.line(R"(CMD ["python", "-m", "cog.server.http"])");
  if (!plan.source) return;
  writer.line("COPY source/ /");
  const std::string file = project.file.filename().string();
  if (file != "cog.yaml") writer.line("RUN cp /src/" + file + " /src/cog.yaml");
}

}  // namespace

void write_python_stages(const Project& project, const DockerfilePlan& plan,
                         DockerfileWriter& writer) {
  const std::string prefix = kImagePrefix;
  writer.line("FROM " + plan.base + " AS " + kModelStage);
  writer.line(kBaseInstruction + ('"' + plan.base + '"'));
  writer.certificate();
  if (!plan.cog_base) write_preamble(writer);
  writer.environment();
  writer.system_packages();
  write_interpreter(project.python.version, plan, writer);
  write_packages(plan, writer);
  if (!plan.cog_base) writer.line(kFindLibraries);
  writer.commands();
  writer.line("COPY --from=" + plan.cogpp_base + " " + prefix + "/ " + prefix + "/");
  writer.line("ENV PYTHONPATH=" + prefix + "/lib/cogpp/python${PYTHONPATH:+:$PYTHONPATH}");
  writer.line("WORKDIR /src");
  if (plan.source) writer.weights();
  write_start(project, plan, writer);
}

}  // namespace cogpp::cli
