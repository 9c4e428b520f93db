// What of a project goes into an image, and how it is laid out for the engine.
#include "cli/dockerfile/staging.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "cli/image/layout.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"

using cogpp::cli::BuildContext;
using cogpp::cli::copy_regular_file;
using cogpp::cli::given_time;
using cogpp::cli::make_image;
using cogpp::cli::Project;
using cogpp::cli::project_files;
using cogpp::cli::read_file;
using cogpp::cli::SourceFile;
using cogpp::cli::TemporaryDirectory;
using cogpp::cli::warn_of_lost_code;
using cogpp::cli::weight_layers;
using cogpp::cli::write_layout_archive;

namespace fs = std::filesystem;

namespace {

struct StagedProject {
  TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  Project project;

  StagedProject() { project.directory = directory.path(); }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories((directory.path() / name).parent_path());
    std::ofstream(directory.path() / name) << text;
  }
  void grow(const std::string& name, std::uintmax_t size) {
    write(name, "weights");
    fs::resize_file(directory.path() / name, size);
  }
  std::vector<std::string> names() {
    const auto files = project_files(project);
    REQUIRE(files);
    std::vector<std::string> out;
    for (const SourceFile& file : *files) out.push_back(file.path.string());
    return out;
  }
};

struct stat status_of(const fs::path& file) {
  struct stat status {};
  REQUIRE(::lstat(file.c_str(), &status) == 0);
  return status;
}

}  // namespace

TEST_CASE_METHOD(StagedProject, "a copy that fails says why and leaves nothing") {
  write("large", std::string(1 << 20, 'x'));
  const fs::path from = directory.path() / "large";
  const fs::path to = directory.path() / "copy";
  fs::permissions(from, fs::perms::owner_all);
  CHECK_FALSE(copy_regular_file(from, to));
  CHECK(read_file(to).value() == std::string(1 << 20, 'x'));
  CHECK(fs::status(to).permissions() == fs::perms::owner_all);
  CHECK(copy_regular_file(directory.path() / "gone", to) == std::errc::no_such_file_or_directory);
  CHECK(fs::exists(to));

  // The kernel refuses a write in the middle of the file.
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit half = before;
  half.rlim_cur = 1 << 19;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &half) == 0);
  const std::error_code error = copy_regular_file(from, to);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(error == std::errc::file_too_large);
  CHECK_FALSE(fs::exists(to));
}

TEST_CASE_METHOD(StagedProject, "all but .cog and what is ignored goes into the image") {
  write("predict.cpp", "x");
  write(".dockerignore", "notes\nlogs\n!logs/keep.txt\n");
  write("notes/a.txt", "x");
  write("logs/a.txt", "x");
  write("logs/keep.txt", "x");
  write(".cog/openapi_schema.json", "x");
  write("image/oci-layout", "{}");
  write("image/blobs/sha256/0", "x");
  REQUIRE(write_layout_archive(make_image({}, {}, {}), directory.path() / "image.tar", "v1"));
  write("other.tar", "oci-layout is a file" + std::string(2000, '\0'));
  fs::create_symlink("predict.cpp", directory.path() / "link.cpp");
  CHECK(names() == std::vector<std::string>{".dockerignore", "link.cpp", "logs/keep.txt",
                                            "other.tar", "predict.cpp"});
}

TEST_CASE_METHOD(StagedProject, "managed weights do not go into the image") {
  for (const char* name : {"predict.cpp", "w/1", "w/deep/2", "far/3", "mixed/a.bin", "mixed/a.txt",
                           "b.gguf", "more/c.gguf"}) {
    write(name, "x");
  }
  fs::create_directory_symlink("far", directory.path() / "near");
  const auto weight = [](const std::string& uri, std::vector<std::string> include = {}) {
    return cogpp::schema::WeightConfig{
        .name = "a", .target = "/src/w", .sources = {{.uri = uri, .include = std::move(include)}}};
  };
  project.source = "predict.cpp";
  project.config.weights = {
      weight("w/"),       weight("file://near"), weight("mixed", {"*.bin"}),
      weight("hf://w/w"), weight("."),           weight("file://.", {"*.gguf"})};
  CHECK(names() == std::vector<std::string>{"far", "mixed", "mixed/a.txt", "more", "near",
                                            "predict.cpp", "w", "w/deep"});
  // What makes it a model stays, whatever else it is.
  write("model.pt2", "x");
  write("cog.yaml", "x");
  project.source = "model.pt2";
  project.file = directory.path() / "cog.yaml";
  project.config.weights = {weight(".", {"*"})};
  CHECK(names() == std::vector<std::string>{"cog.yaml", "far", "mixed", "model.pt2", "more", "near",
                                            "w", "w/deep"});
}

TEST_CASE_METHOD(StagedProject, "code among managed weights does not go without a word") {
  for (const char* name : {"predict.py", "model/a.bin", "model/net.py", "model/train.py"}) {
    write(name, "x");
  }
  project.source = "predict.py";
  project.config.train = "./model/train.py:train";
  const auto lost_with = [&](const std::string& target) {
    project.config.weights = {{.name = "a", .target = target, .sources = {{.uri = "model"}}}};
    std::vector<fs::path> lost;
    REQUIRE(project_files(project, &lost));
    return lost;
  };
  CHECK(lost_with("/weights") == std::vector<fs::path>{"model/net.py"});
  CHECK(names() == std::vector<std::string>{"model", "model/train.py", "predict.py"});
  // A container finds it where the project has it.
  CHECK(lost_with("/src/model").empty());

  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  cogpp::cli::Console console({}, file.get());
  warn_of_lost_code({}, console);
  CHECK(std::ftell(file.get()) == 0);
  warn_of_lost_code({"model/net.py", "model/block.py"}, console);
  std::rewind(file.get());
  std::string said(200, '\0');
  said.resize(std::fread(said.data(), 1, said.size(), file.get()));
  CHECK(said.find("model/block.py (and 1 more) will not be in the image") != std::string::npos);
}

TEST_CASE_METHOD(StagedProject, "files get the same mode and time everywhere") {
  write("predict.cpp", "x");
  write("run.sh", "x");
  write("deep/er/a.txt", "x");
  fs::permissions(directory.path() / "predict.cpp", static_cast<fs::perms>(0600));
  fs::permissions(directory.path() / "run.sh", static_cast<fs::perms>(0770));
  fs::create_symlink("predict.cpp", directory.path() / "link");
  auto context = BuildContext::create(project, std::nullopt);
  REQUIRE(context);
  REQUIRE(context->add_project(project, *project_files(project)));
  const fs::path source = context->context() / "source/src";
  CHECK((status_of(source / "predict.cpp").st_mode & 07777) == 0644);
  CHECK((status_of(source / "run.sh").st_mode & 07777) == 0755);
  CHECK(fs::read_symlink(source / "link") == "predict.cpp");
  for (const char* name : {"", "predict.cpp", "link", "deep", "deep/er", "deep/er/a.txt"}) {
    CHECK(status_of(source / name).st_mtim.tv_sec == 315532800);
  }
  CHECK((status_of(directory.path() / "predict.cpp").st_mode & 07777) == 0600);
}

TEST_CASE_METHOD(StagedProject, "other content of the same length has another part of a second") {
  const auto time_of = [this](const std::string& text) {
    write("predict.cpp", text);
    auto context = BuildContext::create(project, std::nullopt);
    REQUIRE(context);
    REQUIRE(context->add_project(project, *project_files(project)));
    return status_of(context->context() / "source/src/predict.cpp").st_mtim;
  };
  const timespec one = time_of("1");
  const timespec two = time_of("2");
  const timespec again = time_of("1");
  CHECK(one.tv_sec == two.tv_sec);
  CHECK(one.tv_nsec != two.tv_nsec);
  CHECK(one.tv_nsec == again.tv_nsec);
}

TEST_CASE_METHOD(StagedProject, "weights get layers of their own, the largest first") {
  grow("small.bin", (10 << 20) - 1);
  grow("weights/b.bin", 10 << 20);
  grow("weights/a.bin", 11 << 20);
  auto context = BuildContext::create(project, std::nullopt);
  REQUIRE(context);
  const auto count = context->add_project(project, *project_files(project));
  REQUIRE(count);
  CHECK(*count == 2);
  const fs::path root = context->context();
  CHECK(fs::exists(root / "source/src/small.bin"));
  CHECK_FALSE(fs::exists(root / "source/src/weights/a.bin"));
  CHECK(fs::exists(root / "weights/0/src/weights/a.bin"));
  CHECK(fs::exists(root / "weights/1/src/weights/b.bin"));
  // Linked, not copied: weights are large.
  CHECK(status_of(root / "weights/0/src/weights/a.bin").st_nlink == 2);
}

TEST_CASE_METHOD(StagedProject, "with a time weights have it too, and the project's keep theirs") {
  grow("a.bin", 10 << 20);
  const auto before = status_of(directory.path() / "a.bin").st_mtim.tv_sec;
  auto context = BuildContext::create(project, 1000000000);
  REQUIRE(context);
  REQUIRE(context->add_project(project, *project_files(project)));
  CHECK(status_of(context->context() / "weights/0/src/a.bin").st_mtim.tv_sec == 1000000000);
  CHECK(status_of(directory.path() / "a.bin").st_mtim.tv_sec == before);
}

TEST_CASE("layers are limited, the last one takes the rest") {
  std::vector<SourceFile> files;
  for (int i = 0; i < 40; ++i) {
    files.push_back({.path = std::to_string(i), .size = 10U << 20});
  }
  const auto layers = weight_layers(files);
  REQUIRE(layers.size() == 32);
  CHECK(layers.front().size() == 1);
  CHECK(layers.back().size() == 9);
}

TEST_CASE_METHOD(StagedProject, "the context goes with its object") {
  fs::path place;
  {
    auto context = BuildContext::create(project, std::nullopt);
    REQUIRE(context);
    REQUIRE(context->write("build/requirements.txt", "numpy\n"));
    place = context->context();
    CHECK(*read_file(place / "build/requirements.txt") == "numpy\n");
  }
  CHECK_FALSE(fs::exists(place));
}

TEST_CASE("the time of an image") {
  ::unsetenv("SOURCE_DATE_EPOCH");
  CHECK(*given_time(-1) == std::nullopt);
  CHECK(*given_time(7) == 7);
  ::setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  CHECK(*given_time(-1) == 1700000000);
  CHECK(*given_time(7) == 7);
  ::setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
  CHECK_FALSE(given_time(-1));
  ::unsetenv("SOURCE_DATE_EPOCH");
}

namespace {

/// A project whose predictor is a compiled model; `code` stands for its library.
struct CompiledProject : StagedProject {
  fs::path library = "source/src/m.pt2/data/aotinductor/model/x.so";

  CompiledProject() {
    project.kind = cogpp::cli::PredictorKind::kModelFile;
    project.source = "m.pt2";
  }
  void compile(const std::string& code) {
    const std::string script =
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], 'w'); "
        "z.writestr('name/data/aotinductor/model/x.so', sys.argv[2]); "
        "z.writestr('name/version', '3'); z.writestr('name/../../evil', 'x'); z.close()";
    const fs::path file = directory.path() / "m.pt2";
    REQUIRE(std::system(("python3 -c \"" + script + "\" " + file.string() + " " + code).c_str()) ==
            0);
  }
  BuildContext staged() {
    auto context = BuildContext::create(project, std::nullopt);
    REQUIRE(context);
    const auto added = context->add_project(project, *project_files(project));
    if (!added) FAIL(added.error().message);
    return std::move(*context);
  }
};

}  // namespace

TEST_CASE_METHOD(CompiledProject, "a compiled model lies in the image unpacked, with its digests") {
  compile("code");
  const BuildContext context = staged();
  CHECK(*read_file(context.context() / library) == "code");
  CHECK(*read_file(context.context() / "source/src/m.pt2/SHA256SUMS") ==
        cogpp::cli::sha256("code") + "  data/aotinductor/model/x.so\n" + cogpp::cli::sha256("3") +
            "  version\n");
  CHECK(!fs::exists(directory.path() / ".cog/evil"));
  CHECK(!fs::exists(directory.path() / ".cog/cache/evil"));
  CHECK(fs::is_regular_file(directory.path() / "m.pt2"));
}

TEST_CASE_METHOD(CompiledProject, "a compiled model is unpacked again when it is another one") {
  const auto inode = [&](const BuildContext& context) {
    return status_of(context.context() / library).st_ino;
  };
  compile("code");
  const auto first = inode(staged());
  CHECK(inode(staged()) == first);
  compile("other");
  const BuildContext context = staged();
  CHECK(*read_file(context.context() / library) == "other");
  int kept = 0;
  for (const auto& entry : fs::directory_iterator(directory.path() / ".cog/cache")) {
    if (entry.is_directory()) ++kept;
  }
  CHECK(kept == 1);
}

TEST_CASE_METHOD(CompiledProject, "a compiled model that is cut short is refused by name") {
  compile("code");
  fs::resize_file(directory.path() / "m.pt2", 60);
  auto context = BuildContext::create(project, std::nullopt);
  REQUIRE(context);
  const auto added = context->add_project(project, *project_files(project));
  REQUIRE(!added);
  CHECK(added.error().message.find("m.pt2 is not a readable zip archive") != std::string::npos);
}
