// Images whose times are all the same.
#include "cli/image/fixed_times.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "cli/image/tar_layer.hpp"
#include "cli/support/files.hpp"

using namespace cogpp::cli;
using cogpp::Result;
namespace fs = std::filesystem;

namespace {

std::vector<TreeEntry> some_files() {
  const std::string long_name = std::string(120, 'd') + "/" + std::string(150, 'n');
  return {{.path = "src/run", .content = Content::text(std::string(1300, 'r')), .executable = true},
          {.path = "src/empty"},
          {.path = "bin/link", .kind = TreeEntry::Kind::kLink, .link = "../src/run", .owner = 1000},
          {.path = long_name, .content = Content::text("long")}};
}

std::string tar_at(std::int64_t time) { return *read_all(*make_tar(some_files(), {.time = time})); }

Layer layer_at(std::int64_t time) { return *make_layer(some_files(), "COPY", {.time = time}); }

/// A base with a layer of its own, and one upon it, made at `time`.
Image image_at(std::int64_t time) {
  ImageConfig config;
  config.set_created(100);
  config.add_layer(layer_at(900).diff_id, "base", 100);
  config.set_created(time);
  return make_image(config, {layer_at(900).blob}, {layer_at(time)});
}

std::string config_of(const Image& image) { return *read_all(image.config.content); }

/// One archive alone.
Result<Content> with_fixed_times(const Content& tar, std::int64_t time) {
  Result<std::vector<Content>> fixed = with_fixed_times(std::vector{tar}, time);
  if (!fixed) return fixed.error();
  return fixed->front();
}

/// A folder in which commands of the shell run.
class Workshop {
 public:
  bool shell(const std::string& script) const {
    return std::system(("cd " + directory_.path().string() + " && " + script).c_str()) == 0;
  }
  fs::path file(const std::string& name) const { return directory_.path() / name; }
  Content content(const std::string& name) const {
    return Content::file(file(name), 0, fs::file_size(file(name)));
  }

 private:
  TemporaryDirectory directory_ = *TemporaryDirectory::create(fs::temp_directory_path());
};

/// A compiled module of Python, by its flags and the time of its source.
Content module(std::uint8_t flags, std::uint32_t time) {
  std::string bytes("\xa7\r\r\n\0\0\0\0\0\0\0\0size and code", 4 + 8 + 13);
  bytes[4] = static_cast<char>(flags);
  for (int i = 0; i < 4; ++i) bytes[8 + i] = static_cast<char>(time >> (8 * i));
  return Content::text(bytes);
}

TreeEntry compiled(const std::string& name, std::uint8_t flags, std::uint32_t time) {
  return {.path = "lib/__pycache__/" + name + ".cpython-311.pyc", .content = module(flags, time)};
}
TreeEntry source(const std::string& name) { return {.path = "lib/" + name + ".py"}; }

}  // namespace

TEST_CASE("an archive with fixed times is the one that was made at that time") {
  for (const std::int64_t made : {1000, 500, 400}) {
    CHECK(*read_all(*with_fixed_times(Content::text(tar_at(made)), 500)) == tar_at(500));
  }
  const Result<Content> wrong = with_fixed_times(Content::text(std::string(3000, 'x')), 500);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.starts_with("a layer is not a readable tar archive: "));
  CHECK_FALSE(with_fixed_times(Content::text(tar_at(1).substr(0, 2000)), 500));
}

TEST_CASE("an archive keeps all but its times") {
  const Workshop in;
  REQUIRE(in.shell(
      "mkdir in && cd in && echo one > one && ln one two && ln -s one three && mkfifo pipe && "
      "touch 'a name' gr\xc3\xbc\xc3\x9f"
      "e .wh.gone && chmod 4711 one && mkdir -m 1777 tmp && "
      "touch -d @100.25 one && tar --format=pax -cf ../built.tar --sort=name ."));
  const Result<Content> fixed = with_fixed_times(in.content("built.tar"), 200);
  REQUIRE(fixed);
  REQUIRE(write_file(in.file("fixed.tar"), *read_all(*fixed)));
  const std::string list = "tar --warning=no-unknown-keyword --utc --full-time -tvf ";
  const std::string plain = " | sed -E 's/[0-9-]{10} [0-9:.]{8,} +/TIME /' > ";
  REQUIRE(in.shell(list + "built.tar" + plain + "a && " + list + "fixed.tar" + plain + "b"));
  CHECK(*read_file(in.file("a")) == *read_file(in.file("b")));
  CHECK(in.shell("test $(wc -l < b) = 9"));
  CHECK(
      in.shell("mkdir out && tar --warning=no-unknown-keyword -xpf fixed.tar -C out && cmp in/one "
               "out/two && "
               "test out/one -ef out/two && test -e out/gr\xc3\xbc\xc3\x9f"
               "e && "
               "test $(stat -c %Y out/one) = 200 && test $(stat -c %Y out/tmp) = 200 && "
               "test $(stat -c %a out/one) = 4711"));
}

TEST_CASE("an archive keeps the attributes of files") {
  const Workshop in;
  // As of a file with a capability: bytes of all kinds.
  const std::string value("\x01\0\0\x02\n=\xff\0\x20", 9);
  const std::string key = " SCHILY.xattr.security.capability=";
  const std::string record = std::to_string(2 + key.size() + value.size() + 1) + key + value + "\n";
  REQUIRE(in.shell("touch ping && tar --format=pax --pax-option=comment:=" +
                   std::string(record.size() - std::string("NN comment=\n").size(), 'x') +
                   " -cf built.tar ping"));
  std::string built = *read_file(in.file("built.tar"));
  const auto place = built.find(std::to_string(record.size()) + " comment=");
  REQUIRE(place != std::string::npos);
  built.replace(place, record.size(), record);
  const Result<Content> fixed = with_fixed_times(Content::text(built), 200);
  REQUIRE(fixed);
  CHECK(read_all(*fixed)->find(record) != std::string::npos);
}

TEST_CASE("a sparse file is no part of a layer") {
  const Workshop in;
  REQUIRE(
      in.shell("truncate -s 1M holes && echo end >> holes && tar --sparse -cf built.tar holes"));
  CHECK(with_fixed_times(in.content("built.tar"), 200).error().message ==
        "holes is stored without its holes");
}

TEST_CASE("a compiled module stays good for its source") {
  const std::int64_t built = 0x65000000;
  const std::int64_t time = 0x01020304;
  // Compiled where its source lies, and in a later step; not by time; for another time.
  const auto below = [&](std::int64_t made, std::uint32_t here) {
    const auto later = static_cast<std::uint32_t>(built);
    return *make_tar(
        {source("here"),
         source("above"),
         source("hashed"),
         source("stale"),
         compiled("here", 0, here),
         compiled("hashed", 1, later),
         compiled("stale", 0, later - 1),
         compiled("of_base", 0, later),
         {.path = "lib/__pycache__/short.cpython-311.pyc", .content = Content::text("x")}},
        {.time = made});
  };
  const auto above = [](std::int64_t made, std::uint32_t source) {
    return *make_tar({compiled("above", 0, source)}, {.time = made});
  };
  const std::vector<Content> fixed =
      *cogpp::cli::with_fixed_times({below(built, built), above(built + 9, built)}, time);
  REQUIRE(fixed.size() == 2);
  CHECK(*read_all(fixed[0]) == *read_all(below(time, time)));
  CHECK(*read_all(fixed[1]) == *read_all(above(time, time)));
}

TEST_CASE("a module of a source that a later step changed does not become good for it") {
  const std::vector<Content> layers = {
      *make_tar({source("it"), compiled("it", 0, 1000)}, {.time = 1000}),
      *make_tar({source("it")}, {.time = 2000})};
  const std::vector<Content> fixed = *cogpp::cli::with_fixed_times(layers, 500);
  CHECK(*read_all(fixed[0]) ==
        *read_all(*make_tar({source("it"), compiled("it", 0, 1000)}, {.time = 500})));
}

TEST_CASE("an image with fixed times has its base's layers as they were") {
  const Image fixed = *with_fixed_times(image_at(2000), 1, 500);
  CHECK(fixed.layers[0].descriptor == layer_at(900).blob.descriptor);
  CHECK(fixed.layers[1].descriptor == layer_at(500).blob.descriptor);
  CHECK(fixed.descriptor == with_fixed_times(image_at(3000), 1, 500)->descriptor);
  CHECK(config_of(fixed) == config_of(image_at(500)));
  CHECK(with_fixed_times(image_at(400), 1, 500)->descriptor == fixed.descriptor);
  CHECK(with_fixed_times(image_at(2000), 0, 500)->layers[0].descriptor ==
        layer_at(500).blob.descriptor);
}

TEST_CASE("the history tells which layers are a base's") {
  const auto config = [](const std::string& history, const std::string& layers) {
    return *ImageConfig::parse(
        R"({"history":[)" + history + R"(],"rootfs":{"diff_ids":[)" + layers + "]}}", "it");
  };
  const std::string id = R"("sha256:)" + std::string(64, 'a') + '"';
  const std::string step = R"({"created_by":"RUN LABEL base="},)";
  const std::string label = R"({"created_by":"LABEL base=a","empty_layer":true},)";
  const std::string last = R"({"created_by":"COPY","empty_layer":false})";
  const std::string three = id + "," + id + "," + id;
  CHECK(config(step + label + step + last, three).layers_before("LABEL base=") == 1);
  CHECK(config(label + step + step + label + last, three).layers_before("LABEL base=") == 2);
  CHECK(config(step + step + last, three).layers_before("LABEL base=") == std::nullopt);
  CHECK(config(label + step + last, three).layers_before("LABEL base=") == std::nullopt);
  CHECK(config(label + step + R"({"comment":"buildkit.exporter.image.v0"})", id + "," + id)
            .layers_before("LABEL base=") == std::nullopt);
  CHECK(config(label + "7," + last, id).layers_before("LABEL base=") == std::nullopt);
  CHECK(ImageConfig::parse(R"({"rootfs":{"diff_ids":[]}})", "it")->layers_before("") ==
        std::nullopt);
}

TEST_CASE("the steps of a base keep their times") {
  ImageConfig config = *ImageConfig::parse(
      R"({"created":"2026-11-22T17:51:07.95Z",)"
      R"("history":[{"created":"1999-01-01T00:00:00Z"},{"created":"x","empty_layer":true},{}],)"
      R"("rootfs":{"diff_ids":[]}})",
      "it");
  config.fix_times(1, 946684800);
  CHECK(config.text() ==
        R"({"created":"2000-01-01T00:00:00Z","history":[{"created":"1999-01-01T00:00:00Z"},)"
        R"({"created":"2000-01-01T00:00:00Z","empty_layer":true},)"
        R"({"created":"2000-01-01T00:00:00Z"}],"rootfs":{"diff_ids":[]}})");
}

TEST_CASE("a compressed layer is named") {
  Image image = image_at(2000);
  image.layers[1] = make_blob("compressed", kOciLayerGzip);
  CHECK(with_fixed_times(image, 1, 500).error().message ==
        "layer " + image.layers[1].descriptor.digest.text() + " is compressed");
}

TEST_CASE("a part of a content is cut across its pieces") {
  Content content = Content::text("abc");
  content.append(Content::zeros(2));
  content.append(Content::text("defg"));
  CHECK(*read_all(content.slice(1, 6)) == std::string("bc\0\0de", 6));
  CHECK(*read_all(content.slice(6, 100)) == "efg");
  CHECK(content.slice(9, 1).size() == 0);
  CHECK(content.slice(20, 1).size() == 0);
  CHECK(*read_all(content.slice(5, 4).slice(1, 2)) == "ef");
}
