// Images as values: digests, manifests, configurations, layers, layouts.
#include "cli/image/image.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "cli/image/archive_files.hpp"
#include "cli/image/docker_archive.hpp"
#include "cli/image/fixed_times.hpp"
#include "cli/image/layout.hpp"
#include "cli/image/source.hpp"
#include "cli/image/tar_file.hpp"
#include "cli/image/tar_layer.hpp"
#include "cli/support/process.hpp"

using namespace cogpp::cli;
namespace fs = std::filesystem;

namespace {

constexpr const char* kEmptyDigest =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Fixture {
  TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  fs::path path(const std::string& name) const { return directory.path() / name; }
  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories(path(name).parent_path());
    REQUIRE(write_file(path(name), text));
    return path(name);
  }
};

std::vector<TreeEntry> some_entries() {
  return {{.path = "src/b.txt", .content = Content::text("second")},
          {.path = "src/a.txt", .content = Content::text("first")},
          {.path = "bin/link", .kind = TreeEntry::Kind::kLink, .link = "../src/a.txt"}};
}

Image some_image() {
  ImageConfig config;
  config.set_labels({{"run.cog.config", "{}"}});
  return make_image(config, {}, {*make_layer(some_entries(), "COPY . /src")});
}

}  // namespace

TEST_CASE("a digest is sha256 and 64 digits") {
  CHECK(Digest::of("").text() == kEmptyDigest);
  CHECK(Digest::parse(kEmptyDigest)->hex().size() == 64);
  Sha256 hash;
  hash.update("ab");
  CHECK(hash.digest() == Digest::of("ab"));
  hash.update("c");
  CHECK(hash.digest() == Digest::of("abc"));
  for (const char* wrong : {"", "sha256:", "sha256:abc", "sha512:00", "../../etc/passwd"}) {
    CHECK_FALSE(Digest::parse(wrong));
  }
  std::string upper = kEmptyDigest;
  upper.back() = 'F';
  CHECK_FALSE(Digest::parse(upper));
}

TEST_CASE("a content is read from any place across its pieces") {
  Fixture fixture;
  Content content = Content::text("abc");
  content.append(Content::file(fixture.write("f", "0123456789"), 2, 5));
  content.append(Content::zeros(2));
  content.append(Content::text("z"));
  const std::string whole("abc23456\0\0z", 11);
  CHECK(*read_all(content) == whole);
  for (std::size_t offset = 0; offset <= whole.size(); ++offset) {
    std::string rest(whole.size(), 'x');
    ContentReader reader(content, offset);
    CHECK(*reader.read(rest.data(), rest.size()) == whole.size() - offset);
    CHECK(rest.substr(0, whole.size() - offset) == whole.substr(offset));
  }
  fs::resize_file(fixture.path("f"), 4);
  CHECK(read_all(content).error().message.find("has become shorter") != std::string::npos);
}

TEST_CASE("a layer is the same whatever the order and the clock") {
  std::vector<TreeEntry> reversed = some_entries();
  std::reverse(reversed.begin(), reversed.end());
  const Layer layer = *make_layer(some_entries(), "one");
  CHECK(layer.diff_id == make_layer(reversed, "two")->diff_id);
  CHECK(layer.diff_id != make_layer(some_entries(), "one", {.time = 1})->diff_id);
  CHECK(layer.blob.descriptor.size % 512 == 0);

  Fixture fixture;
  fixture.write("p/run.sh", "#!/bin/sh\n");
  fs::permissions(fixture.path("p/run.sh"), fs::perms::owner_all);
  fixture.write("p/skipped/x", "");
  const auto skip = [](const std::string& path, bool directory) {
    return directory && path == "skipped";
  };
  const auto entries = *tree_entries(fixture.path("p"), "src", skip);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].path == "src/run.sh");
  CHECK(entries[0].executable);
  CHECK_FALSE(make_tar({{.path = "../out"}}));
  CHECK_FALSE(make_tar({{.path = "/root"}}));
}

TEST_CASE("libarchive reads back what a layer holds, long names too") {
  Fixture fixture;
  const std::string long_name = std::string(120, 'd') + "/" + std::string(150, 'n');
  std::vector<TreeEntry> entries = some_entries();
  entries.push_back({.path = long_name, .content = Content::text("long")});
  const fs::path file = fixture.write("layer.tar", *read_all(*make_tar(entries)));
  const auto tar = TarFile::open(file);
  REQUIRE(tar);
  CHECK(*read_all(*tar->find("src/a.txt")) == "first");
  CHECK(*read_all(*tar->find("./src//b.txt")) == "second");
  CHECK(*read_all(*tar->find("bin/link")) == "first");
  CHECK(*read_all(*tar->find(long_name)) == "long");
  CHECK_FALSE(tar->find("src"));
  CHECK_FALSE(TarFile::open(fixture.write("no.tar", std::string(2000, 'x'))));
}

TEST_CASE("an image survives a layout and its archive") {
  Fixture fixture;
  const Image image = some_image();
  REQUIRE(write_layout(image, fixture.path("layout"), "v1"));
  REQUIRE(write_layout(image, fixture.path("layout"), "v1"));
  REQUIRE(write_layout_archive(image, fixture.path("image.tar"), "v1"));
  for (const std::string& place :
       {"oci:" + fixture.path("layout").string(), "oci:" + fixture.path("layout").string() + ":v1",
        "tar:" + fixture.path("image.tar").string()}) {
    INFO(place);
    const auto location = parse_image_location(place);
    REQUIRE(location);
    const auto read = open_image(*location);
    REQUIRE(read);
    CHECK(read->manifest == image.manifest);
    CHECK(read->layers[0].descriptor == image.layers[0].descriptor);
    CHECK(*read_all(read->layers[0].content) == *read_all(image.layers[0].content));
    CHECK(read_config(*read)->label("run.cog.config") == "{}");
  }
  const auto absent =
      open_image(*parse_image_location("oci:" + fixture.path("layout").string() + ":v2"));
  CHECK(absent.error().message.find("holds no image called v2") != std::string::npos);
}

TEST_CASE("of several images in a layout one must be named") {
  Fixture fixture;
  const Image one = some_image();
  const Image two = make_image(ImageConfig(), {}, {*make_layer(some_entries(), "COPY . /src")});
  const std::string layout = fixture.path("layout").string();
  const auto open = [&](const std::string& name) {
    return open_image(*parse_image_location("oci:" + layout + name));
  };
  REQUIRE(write_layout(one, layout, "you/one:1"));
  REQUIRE(write_layout(one, layout, "you/one:latest"));
  CHECK(open("")->manifest == one.manifest);  // one image under two names
  REQUIRE(write_layout(two, layout, "you/two:1"));
  CHECK(open("").error().message == "oci:" + layout +
                                        " holds several images: you/one:1, you/one:latest, "
                                        "you/two:1. Say which, as in oci:" +
                                        layout + ":you/one:1");
  CHECK(open(":you/one:1")->manifest == one.manifest);
  CHECK(open(":you/two:1")->manifest == two.manifest);
  // Those of other platforms, and weights, are none of them.
  auto index = *parse_index(*read_file(fixture.path("layout/index.json")), "index");
  index.manifests[0].platform = Platform{.architecture = "arm64"};
  index.manifests[1].platform = Platform{.os = "unknown", .architecture = "unknown"};
  REQUIRE(write_file(fixture.path("layout/index.json"), index_text(index)));
  CHECK(open("")->manifest == two.manifest);
}

TEST_CASE("images of a layout are told apart as docker names them") {
  Fixture fixture;
  const Image one = some_image();
  const Image two = make_image(ImageConfig(), {}, {*make_layer(some_entries(), "COPY . /src")});
  const std::string layout = fixture.path("layout").string();
  REQUIRE(write_layout(one, layout, "one"));
  REQUIRE(write_layout(two, layout, "two"));
  Index index = *parse_index(*read_file(fixture.path("layout/index.json")), "index");
  const auto name = [&](std::size_t entry, Annotations annotations) {
    index.manifests[entry].annotations = std::move(annotations);
    REQUIRE(write_file(fixture.path("layout/index.json"), index_text(index)));
  };
  const auto open = [&](const std::string& of) {
    return open_image(*parse_image_location("oci:" + layout + of));
  };
  const auto refusal = [&](const std::string& of) {
    const auto image = open(of);
    return image ? std::string() : image.error().message;
  };
  const std::string several = "oci:" + layout + " holds several images: ";
  // docker save writes the bare tag where the name is to be.
  name(0, {{kReferenceName, "1"}, {kFullName, "docker.io/library/one:1"}});
  name(1, {{kReferenceName, "1"}, {kFullName, "docker.io/you/two:1"}});
  for (const bool platforms : {true, false}) {
    CAPTURE(platforms);
    for (OciDescriptor& manifest : index.manifests) {
      manifest.platform = platforms ? std::optional(Platform()) : std::nullopt;
    }
    REQUIRE(write_file(fixture.path("layout/index.json"), index_text(index)));
    for (const char* of : {"", ":1"}) {
      CHECK(refusal(of).starts_with(several + "one:1, you/two:1. Say which, as in "));
    }
    for (const char* of : {":one:1", ":docker.io/library/one:1"}) {
      CHECK(open(of)->manifest == one.manifest);
    }
    const auto read = open(":you/two:1");
    REQUIRE(read);
    CHECK(read->manifest == two.manifest);
    CHECK(read->descriptor.annotations.empty());
  }
  // Without names, or with one name, there is nothing to choose by.
  const std::string hint = ". Give each a name of its own, or leave one out";
  name(0, {});
  name(1, {});
  CHECK(refusal("") == several + "one without a name, one without a name" + hint);
  name(0, {{kReferenceName, "v1"}});
  name(1, {{kReferenceName, "v1"}});
  CHECK(refusal(":v1") == several + "v1, v1" + hint);
  // Variants of a platform are one image.
  index.manifests[0].platform = Platform();
  index.manifests[1].platform = Platform{.variant = "v3"};
  name(0, {{kReferenceName, "v1"}});
  CHECK(open("")->manifest == one.manifest);
  name(1, {{kReferenceName, "v2"}});
  CHECK(refusal("").starts_with(several + "v1, v2"));
}

TEST_CASE("the blobs of an image that is replaced go, unless another has them") {
  Fixture fixture;
  const Layer shared = *make_layer(some_entries(), "base");
  const auto image_of = [&](const std::string& text) {
    return make_image({}, {},
                      {shared, *make_layer({{.path = "x", .content = Content::text(text)}}, "x")});
  };
  const fs::path layout = fixture.path("layout");
  const auto blobs = [&] {
    const fs::directory_iterator found(layout / "blobs/sha256");
    return std::distance(begin(found), end(found));
  };
  REQUIRE(write_layout(image_of("one"), layout, "v1"));
  CHECK(blobs() == 4);  // manifest, configuration, two layers
  REQUIRE(write_layout(image_of("two"), layout, "v1"));
  CHECK(blobs() == 4);
  REQUIRE(write_layout(image_of("two"), layout, "other"));
  REQUIRE(write_layout(image_of("three"), layout, "v1"));
  CHECK(blobs() == 7);
  for (const char* name : {"v1", "other"}) {
    CHECK(open_image({.path = layout, .reference = name}));
  }
  // Who knows what an image needs whose manifest is lost.
  fs::remove(layout / "blobs/sha256" / image_of("two").descriptor.digest.hex());
  REQUIRE(write_layout(image_of("four"), layout, "v1"));
  CHECK(blobs() == 9);
}

TEST_CASE("an image that is read keeps its blobs when it is replaced") {
  Fixture fixture;
  const fs::path layout = fixture.path("layout");
  const auto image_of = [](const std::string& text) {
    return make_image({}, {}, {*make_layer({{.path = "x", .content = Content::text(text)}}, "x")});
  };
  const auto blob_of = [&](const std::string& text) {
    return layout / "blobs/sha256" / image_of(text).descriptor.digest.hex();
  };
  REQUIRE(write_layout(image_of("one"), layout, "v1"));
  {
    const auto reading = open_image({.path = layout});
    REQUIRE(reading);
    REQUIRE(write_layout(image_of("two"), layout, "v1"));
    CHECK(read_all(reading->layers[0].content));
    CHECK(open_image({.path = layout})->manifest == image_of("two").manifest);
  }
  REQUIRE(write_layout(image_of("three"), layout, "v1"));
  CHECK_FALSE(fs::exists(blob_of("two")));
}

TEST_CASE("who waits for a layout can be interrupted") {
  Fixture fixture;
  const fs::path layout = fixture.path("layout");
  REQUIRE(write_layout(some_image(), layout, "v1"));
  const Descriptor other(::open(layout.c_str(), O_RDONLY | O_DIRECTORY));
  REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  const auto interrupt = Interrupt::create();
  REQUIRE(interrupt);
  ::raise(SIGINT);
  CHECK(write_layout(some_image(), layout, "v2", &*interrupt).error() == interrupted());
  CHECK(interrupt->take() == SIGINT);
}

TEST_CASE("who reads and writes images can be interrupted") {
  Fixture fixture;
  const fs::path file = fixture.write("weights", "0123456789");
  const Layer layer =
      *make_layer({{.path = "weights", .content = Content::file(file, 0, 10)}}, "COPY");
  const Content tar = layer.blob.content;
  const Image image = make_image(ImageConfig(), {}, {layer});
  const auto interrupt = Interrupt::create();
  REQUIRE(interrupt);
  REQUIRE(write_layout_archive(image, fixture.path("before.tar"), "v1"));
  const auto before = TarFile::open(fixture.path("before.tar"));
  REQUIRE(before);
  CHECK_FALSE(interrupt_pending());
  ::raise(SIGINT);
  CHECK(interrupt_pending());
  CHECK(describe(tar, kOciLayer).error() == interrupted());
  CHECK(read_docker_archive(*before, "archive").error() == interrupted());
  CHECK(with_fixed_times(image, 0, 500).error() == interrupted());
  const auto none = [](const std::string&, const ReadArchiveBytes& read) -> cogpp::Status {
    char byte = 0;
    const auto count = read(&byte, 1);
    return count ? cogpp::Status() : count.error();
  };
  CHECK(read_tar_files(fixture.path("before.tar"), none).error() == interrupted());
  CHECK(store_layer(tar, fixture.path("layout")).error() == interrupted());
  CHECK(write_layout(image, fixture.path("layout"), "v1").error() == interrupted());
  CHECK_FALSE(fs::exists(fixture.path("layout/index.json")));
  CHECK(fs::is_empty(fixture.path("layout/blobs/sha256")));
  CHECK(write_layout_archive(image, fixture.path("after.tar"), "v1").error() == interrupted());
  CHECK_FALSE(fs::exists(fixture.path("after.tar")));
  CHECK(interrupt->take() == SIGINT);
  CHECK(describe(tar, kOciLayer));
}

TEST_CASE("docker load finds its way in the archive of a layout") {
  Fixture fixture;
  const Image image = some_image();
  for (const auto& [given, tag] :
       {std::pair("you/model", "you/model:latest"), std::pair("h:5000/model:v1", "h:5000/model:v1"),
        std::pair("h:5000/model", "h:5000/model:latest")}) {
    REQUIRE(write_layout_archive(image, fixture.path("image.tar"), given));
    const auto archive = TarFile::open(fixture.path("image.tar"));
    REQUIRE(archive);
    const auto read = read_docker_archive(*archive, "archive", tag);
    REQUIRE(read);
    CHECK(read->config.descriptor.digest == image.config.descriptor.digest);
    CHECK(read->layers[0].descriptor.digest == image.layers[0].descriptor.digest);
  }
}

TEST_CASE("a layer is hashed while it is put into a layout") {
  Fixture fixture;
  const Content tar = *make_tar(some_entries());
  const auto stored = store_layer(tar, fixture.path("layout"));
  REQUIRE(stored);
  CHECK(stored->digest == Digest::of(*read_all(tar)));
  CHECK(*read_file(fixture.path("layout/blobs/sha256") / stored->digest.hex()) == *read_all(tar));
  Sha256 one;
  one.update("a");
  Sha256 two = one.copy();
  two.update("b");
  CHECK(one.digest() == Digest::of("a"));
  CHECK(two.digest() == Digest::of("ab"));
}

TEST_CASE("an entry may have an owner") {
  const auto header = *read_all(
      *tar_header({.path = "home/me", .kind = TreeEntry::Kind::kDirectory, .owner = 01750}));
  CHECK(header.substr(108, 7).find("1750") != std::string::npos);  // where ustar has the user
  CHECK(header.substr(116, 7).find("1750") != std::string::npos);
}

TEST_CASE("a file that changes behind its layer's back is found out") {
  Fixture fixture;
  const fs::path file = fixture.write("weights", "before");
  const Layer layer = *make_layer({*file_entry(file, "weights")}, "weights");
  fixture.write("weights", "beyond");
  const Image image = make_image(ImageConfig(), {}, {layer});
  CHECK_FALSE(write_layout(image, fixture.path("layout"), ""));
  CHECK_FALSE(fs::exists(fixture.path("layout/index.json")));
  CHECK_FALSE(write_layout_archive(image, fixture.path("image.tar"), ""));
  CHECK_FALSE(fs::exists(fixture.path("image.tar")));
}

TEST_CASE("the configuration of a base keeps what cogpp does not know") {
  auto config = *ImageConfig::parse(
      R"({"os":"linux","architecture":"arm64","x":1,"config":{"Env":["A=1","B=2"],"Y":[2]},)"
      R"("rootfs":{"type":"layers","diff_ids":[]}})",
      "base");
  config.set_environment({"B=3", "C=4"});
  config.add_layer(Digest::of("layer"), "RUN it", 1);
  CHECK(config.environment() == std::vector<std::string>{"A=1", "B=3", "C=4"});
  CHECK(config.platform().architecture == "arm64");
  CHECK(config.diff_ids() == std::vector<Digest>{Digest::of("layer")});
  CHECK(config.text().find(R"("x":1)") != std::string::npos);
  CHECK(config.text().find(R"("Y":[2])") != std::string::npos);
  CHECK(config.text().find("1970-01-01T00:00:01Z") != std::string::npos);
  for (const char* wrong : {"", "[]", "{}", R"({"rootfs":{"diff_ids":[1]}})",
                            R"({"rootfs":{"diff_ids":[]},"config":{"Labels":{"a":1}}})",
                            R"({"rootfs":{"diff_ids":[]},"config":{"Env":"A=1"}})"}) {
    INFO(wrong);
    CHECK_FALSE(ImageConfig::parse(wrong, "it"));
  }
}

TEST_CASE("manifests that are not what they should be are refused") {
  const Image image = some_image();
  CHECK(parse_manifest(image.manifest, "m")->layers.size() == 1);
  for (const char* wrong : {"", "[]", "{}", R"({"schemaVersion":1})", R"({"schemaVersion":2})",
                            R"({"schemaVersion":2,"config":{"digest":"x","size":1},"layers":[]})",
                            R"({"schemaVersion":2,"manifests":[]})"}) {
    INFO(wrong);
    CHECK_FALSE(parse_manifest(wrong, "m"));
  }
  Index index{.manifests = {image.descriptor, image.descriptor}};
  index.manifests[0].platform = Platform{.os = "unknown", .architecture = "unknown"};
  index.manifests[1].platform = Platform{.architecture = "arm64"};
  CHECK(select_platform(index, {.architecture = "arm64"}));
  CHECK(select_platform(index, {}).error().message == "no image for linux/amd64 among linux/arm64");
  CHECK(parse_index(index_text(index), "i")->manifests == index.manifests);
}
