// A C++ predictor is compiled, and a model file described, where its libraries are those of
// the image; only the result goes on.
#include "cli/dockerfile/writer.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace {

/// What the predictor finds in both stages: what `build` installs.
void write_needs(DockerfileWriter& writer) {
  writer.certificate();
  writer.environment();
  writer.system_packages();
  writer.commands();
  writer.line("WORKDIR /src");
}

/// The stage `compile`; its result lies in /out as in the image's /.
void write_compile_stage(const Project& project, const DockerfilePlan& plan,
                         DockerfileWriter& writer) {
  writer.line("FROM " + plan.compiler + " AS compile");
  write_needs(writer);
  // Only a model file must be there to be described.
  if (project.kind == PredictorKind::kModelFile) writer.weights();
  writer.line("COPY source/ /");
  writer.line(
      "RUN --mount=type=cache,target=/var/cache/cogpp XDG_CACHE_HOME=/var/cache/cogpp " +
      (plan.time ? "SOURCE_DATE_EPOCH=" + std::to_string(*plan.time) + " " : std::string()) +
      "cogpp compile --file " + project.file.filename().string() +
      (plan.torch ? std::string(" --torch ") + kImageTorch : std::string()) + " --output /out" +
      kModelDirectory);
}

}  // namespace

std::vector<std::string> native_command(const Project& project) {
  const std::string prefix = kImagePrefix;
  std::vector<std::string> words = {prefix + "/bin/cogpp-server", "--",
                                    prefix + "/bin/cogpp-worker", "--library"};
  if (project.kind == PredictorKind::kModelFile) {
    words.insert(words.end(), {prefix + "/lib/cogpp/libcogpp_model.so", "--model",
                               "/src/" + project.source.string()});
    if (!project.tensors.empty()) words.insert(words.end(), {"--tensors", project.tensors});
  } else {
    words.push_back(std::string(kModelDirectory) + "/predictor.so");
  }
  words.insert(words.end(), {"--device", project.gpu ? "cuda" : "cpu", "--project", "/src"});
  return words;
}

void write_native_stages(const Project& project, const DockerfilePlan& plan,
                         DockerfileWriter& writer) {
  if (plan.predictor) write_compile_stage(project, plan, writer);
  writer.line("FROM " + plan.base + " AS " + kModelStage);
  writer.line("USER root");
  write_needs(writer);
  if (plan.source) writer.weights();
  writer.line("EXPOSE 5000");
  writer.concurrency();
  writer.line("USER cogpp");
  writer.line("CMD " + to_text(Json(native_command(project))));
  if (plan.predictor) writer.line("COPY --from=compile /out/ /");
  if (plan.source) writer.line("COPY source/ /");
}

}  // namespace cogpp::cli
