// The Dockerfile of each kind of predictor.
#include "cli/dockerfile/dockerfile.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using cogpp::cli::dockerfile_text;
using cogpp::cli::DockerfilePlan;
using cogpp::cli::native_command;
using cogpp::cli::PredictorKind;
using cogpp::cli::Project;

namespace {

Project project_of(PredictorKind kind, const std::string& source) {
  Project project;
  project.directory = "/p";
  project.file = "/p/cog.yaml";
  project.kind = kind;
  project.source = source;
  project.class_name = kind == PredictorKind::kModelFile ? "" : "Predictor";
  project.config.build.emplace();
  return project;
}

DockerfilePlan plan_of() {
  DockerfilePlan plan;
  plan.base = "cogpp-base:1";
  plan.cogpp_base = "cogpp-base:1";
  plan.compiler = "cogpp-base-compiler:1";
  return plan;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Whether the parts stand in this order.
bool in_order(const std::string& text, const std::vector<std::string>& parts) {
  std::size_t at = 0;
  return std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
    at = text.find(part, at);
    return at != std::string::npos;
  });
}

}  // namespace

TEST_CASE("a C++ predictor is compiled apart from its image") {
  const Project project = project_of(PredictorKind::kCpp, "predict.cpp");
  const std::string text = dockerfile_text(project, plan_of());
  CHECK(text ==
        "FROM cogpp-base-compiler:1 AS compile\n"
        "WORKDIR /src\n"
        "COPY source/ /\n"
        "RUN --mount=type=cache,target=/var/cache/cogpp XDG_CACHE_HOME=/var/cache/cogpp "
        "cogpp compile --file cog.yaml --output /out/opt/model\n"
        "FROM cogpp-base:1 AS model\n"
        "USER root\n"
        "WORKDIR /src\n"
        "EXPOSE 5000\n"
        "USER cogpp\n"
        "CMD [\"/opt/cogpp/bin/cogpp-server\",\"--\",\"/opt/cogpp/bin/cogpp-worker\","
        "\"--library\",\"/opt/model/predictor.so\",\"--device\",\"cpu\",\"--project\",\"/src\"]\n"
        "COPY --from=compile /out/ /\n"
        "COPY source/ /\n"
        "FROM model AS inventory\n"
        "USER root\n"
        "RUN mkdir /inventory && cd /inventory && touch packages.tsv distribution.txt && if [ -r "
        "/etc/os-release ]; then (. /etc/os-release && echo \"$ID\") > distribution.txt; fi && if "
        "command -v dpkg-query >/dev/null; then dpkg-query -W -f '${Package}\\t${Version}\\n' > "
        "packages.tsv; fi\n"
        "FROM scratch AS metadata\n"
        "COPY --from=compile /out/opt/model/signature.json /\n"
        "COPY --from=inventory /inventory/ /\n"
        "FROM model\n"
        "COPY image/ /\n");
}

TEST_CASE("what the project needs is in both stages, weights come before code") {
  Project project = project_of(PredictorKind::kCpp, "predict.cpp");
  project.environment = {"A=1 $2 \"3\"", "B="};
  project.config.build->system_packages = {"ffmpeg", "sox"};
  project.config.build->run = {
      {.command = "echo one", .mounts = {{.type = "secret", .id = "token", .target = "/t"}}},
      {.command = "echo two", .mounts = {}}};
  project.config.build->pre_install = {"echo three"};
  DockerfilePlan plan = plan_of();
  plan.torch = true;
  plan.ca_certificate = true;
  plan.weights = 2;
  plan.concurrency = 4;
  const std::string text = dockerfile_text(project, plan);
  const std::vector<std::string> needs = {"COPY build/cog-ca-cert.crt",
                                          R"(ENV A="1 \$2 \"3\"")",
                                          "ENV B=\"\"",
                                          " ffmpeg sox ",
                                          "RUN --mount=type=secret,id=token,target=/t echo one",
                                          "RUN echo two",
                                          "RUN echo three"};
  std::vector<std::string> order = {"AS compile"};
  order.insert(order.end(), needs.begin(), needs.end());
  order.insert(order.end(), {"COPY source/ /", "--torch /opt/torch --output", "AS model"});
  order.insert(order.end(), needs.begin(), needs.end());
  order.insert(order.end(), {"COPY weights/0/ /", "COPY weights/1/ /", "ENV COG_MAX_CONCURRENCY=4",
                             "COPY --from=compile", "COPY source/ /"});
  INFO(text);
  CHECK(in_order(text, order));
  // The compiler needs no weights.
  CHECK(text.find("COPY weights/") > text.find("AS model"));
}

TEST_CASE("a model file is there when it is described, and served by cogpp's own library") {
  Project project = project_of(PredictorKind::kModelFile, "model.pt2");
  project.tensors = R"({"output":{"type":"tensor"}})";
  project.gpu = true;
  DockerfilePlan plan = plan_of();
  plan.weights = 1;
  const std::string text = dockerfile_text(project, plan);
  CHECK(in_order(text, {"AS compile", "COPY weights/0/ /", "COPY source/ /", "cogpp compile",
                        "AS model", "COPY weights/0/ /"}));
  CHECK(native_command(project) ==
        std::vector<std::string>{"/opt/cogpp/bin/cogpp-server", "--", "/opt/cogpp/bin/cogpp-worker",
                                 "--library", "/opt/cogpp/lib/cogpp/libcogpp_model.so", "--model",
                                 "/src/model.pt2", "--tensors", project.tensors, "--device", "cuda",
                                 "--project", "/src"});
}

TEST_CASE("a Python project keeps Cog's order") {
  Project project = project_of(PredictorKind::kPython, "predict.py");
  project.python.version = "3.12";
  project.train = "train.py:train";
  project.environment = {"A=1"};
  project.config.build->system_packages = {"ffmpeg"};
  project.config.build->run = {{.command = "cowsay moo", .mounts = {}}};
  DockerfilePlan plan = plan_of();
  plan.base = "python:3.12-slim";
  plan.requirements = true;
  plan.local_packages = true;
  plan.cog = "cog==0.22.0";
  plan.weights = 1;
  const std::string text = dockerfile_text(project, plan);
  INFO(text);
  CHECK(in_order(text, {"FROM python:3.12-slim AS model",
                        "ENV PYTHONUNBUFFERED=1",
                        " ca-certificates tini ",
                        "ENTRYPOINT [\"/usr/bin/tini\", \"--\"]",
                        "ENV A=\"1\"",
                        " ffmpeg ",
                        "install --no-cache-dir uv",
                        "ENV UV_SYSTEM_PYTHON=true",
                        "COPY build/local_package_artifacts/",
                        "COPY build/requirements.txt /tmp/requirements.txt",
                        "--break-system-packages -r /tmp/requirements.txt\n",
                        "--no-deps cog==0.22.0",
                        "ldconfig",
                        "RUN cowsay moo",
                        "COPY --from=cogpp-base:1 /opt/cogpp/ /opt/cogpp/",
                        "ENV PYTHONPATH=/opt/cogpp/lib/cogpp/python${PYTHONPATH:+:$PYTHONPATH}\n",
                        "WORKDIR /src",
                        "COPY weights/0/ /",
                        "EXPOSE 5000",
                        "ENV COG_PREDICT_TYPE_STUB=\"predict.py:Predictor\"",
                        "ENV COG_TRAIN_TYPE_STUB=\"train.py:train\"",
                        "CMD [\"python\", \"-m\", \"cog.server.http\"]",
                        "COPY source/ /",
                        "(uv pip freeze) > pip_freeze.txt"}));
  CHECK_FALSE(has(text, "AS compile"));
  CHECK_FALSE(has(text, "USER cogpp"));
  CHECK_FALSE(has(text, "syntax="));
}

TEST_CASE("of several indexes the best version is taken, as by pip") {
  Project project = project_of(PredictorKind::kPython, "predict.py");
  project.python.version = "3.12";
  DockerfilePlan plan = plan_of();
  plan.requirements = true;
  const std::string text = dockerfile_text(project, plan);
  const std::string install =
      R"(UV_INDEX_STRATEGY="${UV_INDEX_STRATEGY:-unsafe-best-match}" uv pip install )";
  INFO(text);
  CHECK(in_order(text, {install + "--break-system-packages -r /tmp/requirements.txt\n",
                        install + "--break-system-packages --no-deps",
                        install + "--break-system-packages -r /tmp/requirements.txt -r"}));
}

TEST_CASE("a certificate is trusted before anything is fetched") {
  Project project = project_of(PredictorKind::kPython, "predict.py");
  project.python.version = "3.12";
  DockerfilePlan plan = plan_of();
  plan.base = "python:3.12-slim";
  plan.ca_certificate = true;
  const std::string text = dockerfile_text(project, plan);
  INFO(text);
  CHECK(
      text.starts_with("FROM python:3.12-slim AS model\n"
                       "LABEL org.opencontainers.image.base.name=\"python:3.12-slim\"\n"
                       "COPY build/cog-ca-cert.crt "));
  CHECK(text.find("ENV REQUESTS_CA_BUNDLE=") < text.find("apt-get"));
  // The first apt-get may be what brings it.
  CHECK(has(text,
            "if command -v update-ca-certificates >/dev/null; then update-ca-certificates; fi"));
}

TEST_CASE("on a base of CUDA Python is installed, and another file becomes cog.yaml") {
  Project project = project_of(PredictorKind::kPython, "predict.py");
  project.python.version = "3.12.1";
  project.file = "/p/other.yaml";
  DockerfilePlan plan = plan_of();
  plan.cuda_base = true;
  const std::string text = dockerfile_text(project, plan);
  CHECK(has(text, " python3 python3-dev python3-pip "));
  CHECK(has(text, "RUN command -v python3.12 || uv python install 3.12.1\n"));
  CHECK(has(text, "ENV UV_PYTHON=3.12\n"));
  CHECK(has(text, "COPY source/ /\nRUN cp /src/other.yaml /src/cog.yaml\n"));
}

TEST_CASE("a project that will be mounted is not copied") {
  DockerfilePlan plan = plan_of();
  plan.source = false;
  plan.weights = 1;
  Project python = project_of(PredictorKind::kPython, "predict.py");
  python.python.version = "3.12";
  CHECK_FALSE(has(dockerfile_text(python, plan), "COPY source/"));
  CHECK_FALSE(has(dockerfile_text(python, plan), "COPY weights/"));
  const std::string native = dockerfile_text(project_of(PredictorKind::kCpp, "predict.cpp"), plan);
  CHECK(native.find("COPY source/") < native.find("AS model"));
  CHECK(native.rfind("COPY source/") < native.find("AS model"));
  plan.predictor = false;
  const std::string environment =
      dockerfile_text(project_of(PredictorKind::kCpp, "predict.cpp"), plan);
  CHECK_FALSE(has(environment, "compile"));
  CHECK(has(environment, "FROM cogpp-base:1 AS model\n"));
}

TEST_CASE("the user's own Dockerfile is gone on from, not made") {
  DockerfilePlan plan = plan_of();
  plan.given_image = "mine:1";
  plan.concurrency = 2;
  const std::string text = dockerfile_text(project_of(PredictorKind::kCpp, "predict.cpp"), plan);
  CHECK(text.starts_with(
      "FROM mine:1 AS model\nENV COG_MAX_CONCURRENCY=2\nFROM model AS inventory\n"));
  CHECK_FALSE(has(text, "compile"));
  CHECK(text.ends_with("FROM model\nCOPY image/ /\n"));
}

TEST_CASE("the time of the files reaches what has them, and no other step") {
  DockerfilePlan plan = plan_of();
  Project python = project_of(PredictorKind::kPython, "predict.py");
  python.python.version = "3.12";
  plan.local_packages = true;
  CHECK_FALSE(has(dockerfile_text(python, plan), "UV_NO_INSTALLER_METADATA"));
  CHECK_FALSE(has(dockerfile_text(python, plan), "SOURCE_DATE_EPOCH"));
  plan.time = 1700000000;
  CHECK(has(dockerfile_text(project_of(PredictorKind::kCpp, "predict.cpp"), plan),
            "SOURCE_DATE_EPOCH=1700000000 cogpp compile --file cog.yaml"));
  const std::string text = dockerfile_text(python, plan);
  CHECK(in_order(
      text, {"SOURCE_DATE_EPOCH=315532800 DEBIAN_FRONTEND=", "UV_NO_INSTALLER_METADATA=1 UV_INDEX",
             "--no-deps", "&& UV_NO_INSTALLER_METADATA=1 UV_INDEX"}));
  plan.time = 1700000001;
  CHECK(dockerfile_text(python, plan) == text);
  plan.local_packages = false;
  CHECK_FALSE(has(dockerfile_text(python, plan), "UV_NO_INSTALLER_METADATA"));
}

TEST_CASE("Cog's base has what others begin with") {
  Project project = project_of(PredictorKind::kPython, "predict.py");
  project.python.version = "3.12";
  project.environment = {"B=2", "A=1"};
  project.config.build->system_packages = {"ffmpeg", "cowsay"};
  DockerfilePlan plan = plan_of();
  plan.base = "r8.im/cog-base:cuda13.0-python3.12";
  plan.cog_base = true;
  plan.cuda = "13.0";
  const std::string text = dockerfile_text(project, plan);
  INFO(text);
  CHECK(in_order(
      text, {"FROM r8.im/cog-base:cuda13.0-python3.12 AS model\n",
             "base.name=\"r8.im/cog-base:cuda13.0-python3.12\"\nENV A=\"1\"\nENV B=\"2\"\n",
             "install -qqy cowsay ", "RUN ln -sf /usr/bin/python3 /usr/local/bin/python\n",
             "ENV UV_SYSTEM_PYTHON=true", "--no-deps --prerelease=allow cog ", "WORKDIR /src"}));
  CHECK_FALSE(has(text, "tini"));
  CHECK_FALSE(has(text, "&& ldconfig"));
  plan.cuda = "12.8";
  CHECK_FALSE(has(dockerfile_text(project, plan), "ln -sf"));
  project.config.build->system_packages = {"ffmpeg"};
  CHECK_FALSE(has(dockerfile_text(project, plan), "install -qqy"));
}

TEST_CASE("packages are stripped and compiled where that is asked for") {
  Project project = project_of(PredictorKind::kPython, "predict.py");
  project.python.version = "3.12";
  DockerfilePlan plan = plan_of();
  plan.requirements = true;
  CHECK_FALSE(has(dockerfile_text(project, plan), "strip -S"));
  CHECK_FALSE(has(dockerfile_text(project, plan), "compileall"));
  plan.strip = true;
  plan.precompile = true;
  const std::string text = dockerfile_text(project, plan);
  INFO(text);
  CHECK(in_order(
      text, {"-r /tmp/requirements.txt && find / -xdev", "-exec strip -S {} \\;\n", "--no-deps",
             "-r /tmp/cog-requirements.txt && find / -xdev", "-exec strip -S {} \\;\n",
             "RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash "}));
}

TEST_CASE("the package cog may be a wheel or lie at a URL") {
  Project project = project_of(PredictorKind::kPython, "predict.py");
  project.python.version = "3.12";
  DockerfilePlan plan = plan_of();
  plan.cog = "/tmp/cog-1-py3-none-any.whl";
  plan.cog_wheel = "cog-1-py3-none-any.whl";
  CHECK(in_order(dockerfile_text(project, plan),
                 {"COPY build/cog-1-py3-none-any.whl /tmp/cog-1-py3-none-any.whl\n",
                  "--no-deps /tmp/cog-1-py3-none-any.whl && "}));
  plan.cog = "https://example.com/cog.whl?a=1&b=2";
  plan.cog_wheel.clear();
  CHECK(has(dockerfile_text(project, plan), "--no-deps 'https://example.com/cog.whl?a=1&b=2' && "));
}
