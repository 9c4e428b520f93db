// Managed weights: patterns, the lock, drift, packing, what is missing, status; names of
// models; broken downloads.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <functional>

#include "cli/registry/download.hpp"
#include "cli/registry/model_reference.hpp"
#include "cli/weights/bundle.hpp"
#include "cli/weights/drift.hpp"
#include "cli/weights/mounts.hpp"
#include "cli/weights/pack.hpp"
#include "cli/weights/pattern.hpp"
#include "cli/weights/pull.hpp"
#include "cli/weights/status.hpp"

using namespace cogpp::cli;
using cogpp::Json;
using cogpp::OrderedJson;
namespace fs = std::filesystem;
namespace schema = cogpp::schema;

namespace {

struct Place {
  TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  WeightStore store{directory.path() / "store"};

  PackedFile add(const std::string& path, const std::string& bytes) const {
    const TemporaryDirectory parts = *store.workspace();
    REQUIRE(write_file(parts.path() / "one", bytes));
    const Digest digest = Digest::of(bytes);
    REQUIRE(store.adopt(parts.path() / "one", digest));
    return {path, bytes.size(), digest};
  }
};

schema::WeightConfig some_weight() {
  return {.name = "alpha", .target = "/src/a", .sources = {{.uri = "weights"}}};
}

LockedWeight some_locked() {
  const Digest layer = Digest::of("layer");
  return {.name = "alpha",
          .target = "/src/a",
          .sources = {{.uri = "file://./weights", .fingerprint = "sha256:0"}},
          .imported_at = "2026-08-21T10:11:12Z",
          .digest = Digest::of("manifest"),
          .set_digest = Digest::of("set"),
          .size = 1,
          .compressed = 2048,
          .files = {{.path = "f", .size = 1, .digest = Digest::of("x"), .layer = layer}},
          .layers = {{.digest = layer, .media_type = kOciLayer, .size = 2048, .unpacked = 1}}};
}

/// Sets a variable for a scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

std::string model_text(const schema::Config& config) {
  const auto model = resolve_model(config, 0);
  if (!model) return model.error().message;
  return *model ? (*model)->text() : "none";
}

}  // namespace

TEST_CASE("patterns have gitignore's meaning") {
  struct Case {
    const char* pattern;
    const char* path;
    bool matches;
  };
  for (const Case& one : {Case{"*.md", "a.md", true},
                          Case{"*.md", "x/y/a.md", true},
                          Case{"/*.md", "x/a.md", false},
                          Case{"/*.md", "a.md", true},
                          Case{"x/*.md", "x/a.md", true},
                          Case{"x/*.md", "z/x/a.md", false},
                          Case{"x/*.md", "x/y/a.md", false},
                          Case{"x/**", "x/y/a", true},
                          Case{"x/**", "x", false},
                          Case{"**/a", "a", true},
                          Case{"**/a", "x/y/a", true},
                          Case{"x/**/a", "x/a", true},
                          Case{"x/**/a", "x/1/2/a", true},
                          Case{"sub", "sub/a", true},
                          Case{"sub/", "sub/a", true},
                          Case{"sub/", "sub", false},
                          Case{"sub/", "x/sub/a", true},
                          Case{"a?[bc]", "a1c", true},
                          Case{"a?[bc]", "a/c", false},
                          Case{"", "a", false},
                          Case{"/", "a", false},
                          Case{"**", "a/b", true}}) {
    INFO(one.pattern << " on " << one.path);
    CHECK(matches_pattern(one.pattern, one.path) == one.matches);
  }
  CHECK(is_selected({}, {}, "a"));
  CHECK(is_selected({"*.bin"}, {"old"}, "a.bin"));
  CHECK_FALSE(is_selected({"*.bin"}, {"old"}, "old/a.bin"));
  CHECK_FALSE(is_selected({"*.bin"}, {}, "a.txt"));
  const std::string many = "**/**/**/**/**/**/**/**/**/**/**/**/x";
  CHECK_FALSE(matches_pattern(many, "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/y"));
}

TEST_CASE("a lock is read as it was written, and odd ones are refused") {
  const WeightsLock lock{.envelope = packing_rules(), .weights = {some_locked()}};
  const std::string text = lock_text(lock);
  const auto read = parse_lock(text, "weights.lock");
  REQUIRE(read);
  CHECK(read->envelope == lock.envelope);
  CHECK(read->weights == lock.weights);
  CHECK(lock_text(*read) == text);
  CHECK(read->find("alpha") != nullptr);
  CHECK(read->find("beta") == nullptr);
  const auto broken = [&](const std::function<void(Json&)>& change) {
    Json json = *cogpp::parse_json(text);
    change(json);
    const auto result = parse_lock(cogpp::to_text(json), "weights.lock");
    return result ? "" : result.error().message;
  };
  CHECK(broken([](Json& json) { json["version"] = 2; }).find("version 2") != std::string::npos);
  CHECK(broken([](Json& json) { json["weights"] = 1; }) == "weights.lock.weights is not a list");
  CHECK(broken([](Json& json) { json["weights"][0].erase("size"); }) ==
        "weights.lock.weights[0].size is not a whole number");
  for (const char* path : {"../x", "/x", "a/../x", "", "a//b", "./a", "a/", "."}) {
    INFO(path);
    CHECK_FALSE(broken([&](Json& json) { json["weights"][0]["files"][0]["path"] = path; }).empty());
  }
  CHECK_FALSE(
      broken([](Json& json) { json["weights"][0]["layers"][0]["digest"] = "md5:1"; }).empty());
  CHECK(weights_document(lock) ==
        "{\"weights\":[{\"name\":\"alpha\",\"target\":\"/src/a\","
        "\"setDigest\":\"" +
            Digest::of("set").text() + "\"}]}");
}

TEST_CASE("a set of files is known by its sorted lines") {
  const Digest a = Digest::of("a");
  const Digest b = Digest::of("b");
  const Digest expected = Digest::of(b.hex() + "  y\n" + a.hex() + "  x");
  const Digest other = Digest::of(a.hex() + "  x\n" + b.hex() + "  y");
  const Digest sorted = a.hex() < b.hex() ? other : expected;
  CHECK(digest_of_set({{"x", a}, {"y", b}}) == sorted);
  CHECK(digest_of_set({{"y", b}, {"x", a}}) == sorted);
}

TEST_CASE("sources have one form") {
  for (const char* uri :
       {"weights", "./weights", "weights/", "file://weights", "file://./weights"}) {
    INFO(uri);
    CHECK(normalized_uri(uri) == "file://./weights");
  }
  CHECK(normalized_uri(".") == "file://.");
  CHECK(normalized_uri("../w") == "file://./../w");
  CHECK(normalized_uri("file:///abs/w") == "file:///abs/w");
  CHECK(normalized_uri("hf://a/b@c") == "hf://a/b@c");
}

TEST_CASE("drift names what changed") {
  const std::optional<WeightsLock> lock = WeightsLock{.envelope = "x", .weights = {some_locked()}};
  CHECK(check_weights_lock({some_weight()}, lock));
  CHECK(check_weights_lock({}, std::optional<WeightsLock>()));
  schema::WeightConfig changed = some_weight();
  changed.target = "/src/b";
  changed.sources[0].include = {"b", "a"};
  CHECK(check_weights_lock({changed}, lock).error().message ==
        "weights.lock is out of sync with cog.yaml:\n"
        "  - \"alpha\": config changed (target: /src/a → /src/b; include: [] → [a b])\n"
        "Run 'cogpp weights import' to update.");
  schema::WeightConfig other = some_weight();
  other.name = "beta";
  CHECK(check_weights_lock({other}, lock).error().message ==
        "weights.lock is out of sync with cog.yaml:\n"
        "  - \"beta\": not imported yet\n"
        "  - \"alpha\": removed from cog.yaml but still in lockfile\n"
        "Run 'cogpp weights import' to update.");
}

TEST_CASE("files are packed by size, and known layers are not read again") {
  const Place place;
  const std::vector<PackedFile> files = {place.add("a", "first"), place.add("b/c", "second")};
  const auto packed = pack_weight(files, place.store, nullptr);
  REQUIRE(packed);
  REQUIRE(packed->layers.size() == 1);
  CHECK(packed->layers[0].unpacked == 11);
  CHECK(packed->files[1].layer == packed->layers[0].digest);
  CHECK(describe(packed->blobs[0].content, kOciLayer)->digest == packed->layers[0].digest);

  LockedWeight known = some_locked();
  known.files = packed->files;
  known.layers = packed->layers;
  fs::remove(place.store.file(files[0].digest));
  CHECK(pack_weight(files, place.store, &known)->layers == packed->layers);
  CHECK_FALSE(pack_weight(files, place.store, nullptr));
  known.files.pop_back();  // then it was another layer
  CHECK_FALSE(pack_weight(files, place.store, &known));
}

TEST_CASE("large files have layers of their own") {
  const Place place;
  const auto sparse = [&](const std::string& path, std::uint64_t size) {
    const Digest digest = Digest::of(path);  // not of its bytes, which nobody reads here
    const TemporaryDirectory parts = *place.store.workspace();
    REQUIRE(write_file(parts.path() / "one", ""));
    fs::resize_file(parts.path() / "one", size);
    REQUIRE(place.store.adopt(parts.path() / "one", digest));
    return PackedFile{path, size, digest};
  };
  const std::vector<PackedFile> files = {sparse("a", kBundledFile), sparse("b", kBundledFile - 1),
                                         place.add("c", "small")};
  const auto packed = pack_weight(files, place.store, nullptr);
  REQUIRE(packed);
  CHECK(packed->layers.size() == 2);
  CHECK(packed->files[1].layer == packed->files[2].layer);
  CHECK(packed->files[0].layer != packed->files[1].layer);
}

TEST_CASE("a weight's artifact says what it is") {
  const LockedWeight locked = some_locked();
  const Image image = weight_image(locked, {});
  const Json manifest = *cogpp::parse_json(image.manifest);
  CHECK(manifest["artifactType"] == "application/vnd.cog.weight.v1");
  CHECK(manifest["annotations"]["run.cog.weight.target"] == "/src/a");
  CHECK(image.descriptor.digest == Digest::of(image.manifest));
  CHECK(weight_tag("a.b_c-d", Digest::of("")) == "cog-weight.a-b_c-d.e3b0c44298fc");
  const Json index = *cogpp::parse_json(bundle_text(
      OciDescriptor{.media_type = "", .digest = Digest::of("i"), .size = 1}, Platform{}, {}));
  CHECK(index["manifests"][0]["mediaType"] == kOciManifest);
  CHECK(index["manifests"][0]["platform"]["architecture"] == "amd64");
}

TEST_CASE("what is in the store is not fetched") {
  const Place place;
  LockedWeight locked = some_locked();
  CHECK(missing_layers(locked, place.store).size() == 1);
  place.add("f", "x");
  CHECK(missing_layers(locked, place.store).empty());
  locked.files[0].size = 2;  // a file of another size is a damaged one
  CHECK(missing_layers(locked, place.store).size() == 1);
}

TEST_CASE("reports come in cog.yaml's order") {
  schema::WeightConfig other = some_weight();
  other.name = "beta";
  const WeightsLock lock{.envelope = "x", .weights = {some_locked()}};
  const auto reports = compare_weights({other}, lock);
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].state == WeightState::kPending);
  CHECK(reports[1].state == WeightState::kOrphaned);
  CHECK_FALSE(all_ready(reports));
  CHECK(all_ready(compare_weights({some_weight()}, lock)));
  CHECK(status_table({}, false) == "NAME  TARGET  STATUS  SIZE  LAYERS  DIGEST\n");
  CHECK(status_json({}) == "{\n  \"weights\": []\n}\n");
}

TEST_CASE("a model is named by the environment, then by cog.yaml") {
  schema::Config config;
  CHECK(model_text(config) == "none");
  config.model = "r.example/owner/model";
  CHECK(model_text(config) == "r.example/owner/model:19700101T000000Z");
  config.model = "owner/model";
  CHECK(model_text(config) == "r8.im/owner/model:19700101T000000Z");
  const Variable tag("COG_MODEL_TAG", "v1");
  CHECK(model_text(config) == "r8.im/owner/model:v1");
  {
    const Variable registry("COG_MODEL_REGISTRY", "localhost:5000");
    CHECK(model_text(config) == "localhost:5000/owner/model:v1");
  }
  {
    const Variable host("COG_REGISTRY_HOST", "r.example");
    CHECK(model_text(config) == "r.example/owner/model:v1");
  }
  {
    const Variable host("COG_REGISTRY_HOST", "http://127.0.0.1:5000");
    CHECK(model_text(config) ==
          "invalid registry host \"http://127.0.0.1:5000\" (--registry or COG_REGISTRY_HOST): must "
          "be a bare host (no scheme, path, tag, or digest)");
    const Variable registry("COG_MODEL_REGISTRY", "localhost:5000");  // which wins
    CHECK(model_text(config) == "localhost:5000/owner/model:v1");
  }
  const Variable whole("COG_MODEL", "h.example/a/b:t");
  CHECK(model_text(config) == "h.example/a/b:t");
  config.image = "x/y";
  CHECK(model_text(config).starts_with("'image' in cog.yaml cannot be combined"));
}

TEST_CASE("a download goes on where it broke, and its digest counts") {
  const Place place;
  const std::string whole = "0123456789";
  int tries = 0;
  bool ranges = true;
  const SendRequest send = [&](const HttpRequest& request) -> HttpOutcome {
    std::size_t begin = 0;
    for (const auto& [name, value] : request.headers) {
      if (name == "Range" && ranges) begin = std::stoul(value.substr(6));
    }
    const int status = begin > 0 ? 206 : 200;
    request.answered(status);
    if (++tries == 1) {
      request.receiver(whole.substr(0, 4));
      return {.failure = HttpFailure::kCut, .reason = "cut"};
    }
    request.receiver(whole.substr(begin));
    return {.answer = {.status = status}};
  };
  TransferBoard board;
  board.add("one", whole.size());
  const Cancellation cancellation;
  const DownloadReport report{board, 0, cancellation};
  Download wanted{.what = "one",
                  .request = {},
                  .target = place.directory.path() / "file",
                  .digest = Digest::of(whole)};
  CHECK(*download(wanted, send, report) == Digest::of(whole));
  CHECK(*read_file(wanted.target) == whole);
  CHECK(board.snapshot()[0].moved == whole.size());
  tries = 0;
  ranges = false;  // the server sends the whole again
  CHECK(*download(wanted, send, report) == Digest::of(whole));
  CHECK(*read_file(wanted.target) == whole);
  wanted.digest = Digest::of("else");
  CHECK(download(wanted, send, report).error().message.find("other bytes") != std::string::npos);
  const SendRequest refuse = [](const HttpRequest&) -> HttpOutcome {
    return {.answer = {.status = 404}};
  };
  CHECK(download(wanted, refuse, report).error().message == "one: answered with status 404");
}

TEST_CASE("weights are mounted as links into the store") {
  const Place place;
  LockedWeight weight = some_locked();
  weight.files = {{.path = "f", .size = 1, .digest = Digest::of("x"), .layer = Digest::of("l")},
                  {.path = "a/g", .size = 2, .digest = Digest::of("yy"), .layer = Digest::of("l")}};
  const fs::path state = place.directory.path() / ".cog";
  const auto missing = WeightMounts::create({weight}, place.store, state);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message ==
        "weight \"alpha\" is not fully cached locally (missing f); run 'cogpp weights pull' first");
  place.add("f", "x");
  place.add("g", "yy");
  fs::path source;
  {
    const auto mounts = WeightMounts::create({weight}, place.store, state);
    REQUIRE(mounts.ok());
    REQUIRE(mounts->folders().size() == 1);
    CHECK(mounts->folders()[0].target == "/src/a");
    source = mounts->folders()[0].source;
    CHECK(source.string().starts_with((state / "mounts").string()));
    CHECK(*read_file(source / "a/g") == "yy");
    CHECK(fs::equivalent(source / "f", place.store.file(Digest::of("x"))));
  }
  CHECK_FALSE(fs::exists(source));
  CHECK(place.store.has(Digest::of("x"), 1));
  CHECK(WeightMounts::create({}, place.store, state)->folders().empty());
}

TEST_CASE("weights of another file system are linked beside the store") {
  const Place place;  // /dev/shm is one of its own nearly everywhere
  std::error_code error;
  const fs::path other = fs::path("/dev/shm") / place.directory.path().filename();
  fs::create_directories(other, error);
  const bool same = error || fs::space(other, error).capacity == fs::space("/tmp", error).capacity;
  if (same) SKIP("no second file system at hand");
  place.add("f", "x");
  const auto mounts = WeightMounts::create({some_locked()}, place.store, other / ".cog");
  REQUIRE(mounts.ok());
  CHECK(mounts->folders()[0].source.string().starts_with(place.store.root().string()));
  fs::remove_all(other);
}
