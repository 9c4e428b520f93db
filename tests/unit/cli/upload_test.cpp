// Uploads of blobs: mounted, resumed, refused, and how far they are. A registry of this
// file's own answers.
#include "cli/registry/upload.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <utility>

#include "cli/registry/progress.hpp"
#include "cli/registry/stream_upload.hpp"
#include "cli/support/files.hpp"
#include "tests/unit/cli/fake_transport.hpp"

using namespace cogpp::cli;
namespace fs = std::filesystem;

namespace {

const std::string kBytes = "0123456789abcdefghij";

/// One run of the command that pushes one blob to a registry that answers as it is told.
struct BlobPush {
  FakeTransport transport;
  Cancellation never;
  RegistryAccess access{kBase, {}, never};
  RegistrySession session{access, transport};
  TransferBoard board;
  std::size_t entry = board.add("blob", kBytes.size());
  UploadTarget target;

  explicit BlobPush(std::function<HttpOutcome(const HttpRequest&)> answer,
                    UploadOptions options = {})
      : target{"r.example", "a/b", std::move(options)} {
    transport.answer = std::move(answer);
  }

  cogpp::Status upload(const Blob& blob) {
    return upload_blob(session, target, blob, board, entry);
  }
  cogpp::Result<OciDescriptor> stream(const StreamedLayer& layer) {
    return stream_layer(session, target, layer, board, entry);
  }
  TransferState state() const { return board.snapshot()[entry].state; }
};

}  // namespace

TEST_CASE("what may not be mounted is uploaded") {
  BlobPush push([](const HttpRequest& request) {
    if (request.method == "HEAD") return status(404);
    if (request.url.target.find("mount=") != std::string::npos) return status(403);
    return request.method == "POST" ? status(202, {{"location", "/upload"}}) : status(201);
  });
  Blob blob = make_blob(kBytes, kOciLayer);
  blob.origin = "r.example/base";
  CHECK(push.upload(blob));
  CHECK(push.state() == TransferState::kDone);
}

namespace {

/// A registry that keeps every byte it got, also of a request that broke.
struct Receiving {
  std::string data;
  std::uint64_t break_at = 0;  ///< Breaks once at this many bytes; 0: never.
  bool committed = false;
  int begun = 0;
  std::uint64_t sent = 0;
  bool forgets = false;          ///< An upload that broke is not known any more.
  std::string last_target = {};  ///< Of the latest request.

  HttpOutcome operator()(const HttpRequest& request) {
    const std::string& method = request.method;
    last_target = request.url.target;
    if (method == "HEAD") return status(committed ? 200 : 404);
    if (method == "POST") {
      ++begun;
      data.clear();
      return status(202, {{"location", "/upload"}});
    }
    if (method == "GET") return forgets ? status(404) : status(204, {{"range", range()}});
    if (request.upload && !take(*request.upload)) return {.failure = HttpFailure::kCut};
    if (method == "PATCH") return status(202, {{"location", "/upload"}, {"range", range()}});
    committed = true;
    return status(201);
  }

  std::string range() const { return "0-" + std::to_string(data.empty() ? 0 : data.size() - 1); }
  bool take(const UploadPart& part) {
    CHECK(part.offset == data.size());
    if (part.read) part.read({});
    std::string bytes(part.size, '\0');
    ContentReader reader(*part.content, part.offset);
    REQUIRE(reader.read(bytes.data(), bytes.size()));
    for (const char c : bytes) {
      if (break_at != 0 && data.size() == break_at) {
        break_at = 0;
        return false;
      }
      data.push_back(c);
      if (part.read) part.read({&c, 1});
      ++sent;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("an upload goes on at the byte where it broke") {
  const Blob blob = make_blob(kBytes, kOciLayer);
  for (const std::uint64_t chunk : {3U, 7U, 100U}) {
    Receiving registry{.break_at = 14};
    BlobPush push(std::ref(registry), {.threshold = 5, .chunk = chunk});
    REQUIRE(push.upload(blob));
    CHECK(registry.data == kBytes);
    CHECK(registry.sent == kBytes.size());
    CHECK(registry.begun == 1);
    CHECK(push.state() == TransferState::kDone);
  }
}

TEST_CASE("a layer is hashed while it is sent, wherever the line breaks") {
  const Content content = Content::text(kBytes);
  for (const bool forgets : {false, true}) {
    for (const std::uint64_t break_at : {0U, 3U, 14U, 19U}) {
      INFO("break at " << break_at << (forgets ? ", forgotten" : ""));
      Receiving registry{.break_at = break_at, .forgets = forgets};
      const auto layer = BlobPush(std::ref(registry), {.chunk = 7}).stream({.content = content});
      REQUIRE(layer);
      CHECK(layer->digest == Digest::of(kBytes));
      CHECK(layer->size == kBytes.size());
      CHECK(registry.data == kBytes);
      CHECK(registry.begun == (forgets && break_at != 0 ? 2 : 1));
      CHECK(registry.last_target == "/upload?digest=sha256%3A" + Digest::of(kBytes).hex());
    }
  }
}

TEST_CASE("a streamed layer goes on in a later run, if it is the same") {
  const TemporaryDirectory memory = *TemporaryDirectory::create(fs::temp_directory_path());
  const Content content = Content::text(kBytes);
  Receiving registry;
  int patches = 0;
  const auto run = [&](const std::string& key, bool whole) {
    BlobPush push(
        [&](const HttpRequest& request) {
          if (request.method == "PATCH" && !whole && ++patches == 3) return status(403);
          return registry(request);
        },
        {.chunk = 5, .memory = memory.path()});
    return push.stream({.content = content, .key = key});
  };
  CHECK_FALSE(run("key", false));
  CHECK(registry.data.size() == 10);
  CHECK(run("key", true)->digest == Digest::of(kBytes));
  CHECK(registry.sent == content.size());
  CHECK(registry.begun == 1);
  patches = 0;
  registry = {};
  CHECK_FALSE(run("key", false));
  CHECK(run("other", true)->digest == Digest::of(kBytes));
  CHECK(registry.begun == 2);
}

TEST_CASE("a registry that takes no chunks gets all in one request") {
  const Blob blob = make_blob(kBytes, kOciLayer);
  const Content content = Content::text(kBytes);
  const auto pushed = [&](bool streamed, int refusal, const std::string& first, bool forgets) {
    Receiving registry{.forgets = forgets};
    BlobPush push(
        [&](const HttpRequest& request) {
          const std::string range = header_of(request, "Content-Range");
          const bool refused = request.method == "PATCH" && !range.empty() && range >= first;
          return refused ? status(refusal) : registry(request);
        },
        {.threshold = 5, .chunk = 7});
    if (streamed) {
      const auto layer = push.stream({.content = content});
      REQUIRE(layer);
      CHECK(layer->digest == Digest::of(kBytes));
    } else {
      REQUIRE(push.upload(blob));
    }
    CHECK(registry.data == kBytes);
    CHECK(registry.begun == 2);
  };
  for (const bool streamed : {false, true}) {
    for (const int refusal : {400, 416}) {
      for (const bool forgets : {false, true}) {
        INFO(refusal << (streamed ? ", streamed" : "") << (forgets ? ", forgotten" : ""));
        pushed(streamed, refusal, "0-6", forgets);
        pushed(streamed, refusal, "7-13", forgets);
      }
    }
  }
}

TEST_CASE("what goes in one request is begun anew where the line breaks") {
  const Blob blob = make_blob(kBytes, kOciLayer);
  const Content content = Content::text(kBytes);
  for (const bool streamed : {false, true}) {
    Receiving registry{.break_at = 14};
    BlobPush push(
        [&](const HttpRequest& request) {
          return header_of(request, "Content-Range").empty() ? registry(request) : status(400);
        },
        {.threshold = 5, .chunk = 7});
    CHECK((streamed ? push.stream({.content = content}).ok() : push.upload(blob).ok()));
    CHECK(registry.data == kBytes);
    CHECK(registry.begun == 3);
  }
}

TEST_CASE("a refusal is told in the words of the registry") {
  BlobPush push([](const HttpRequest& request) {
    return status(request.method == "HEAD" ? 404 : 403, {},
                  R"({"errors":[{"code":"DENIED","message":"not yours"}]})");
  });
  const auto pushed = push.upload(make_blob(kBytes, kOciLayer));
  REQUIRE_FALSE(pushed);
  CHECK(pushed.error().message.find("DENIED: not yours") != std::string::npos);
  CHECK(push.transport.requests.size() == 2);
}

TEST_CASE("a repository that the registry does not know") {
  const auto failure = [](const std::string& registry) {
    BlobPush push([](const HttpRequest& request) {
      if (request.method == "HEAD") return status(404);
      return status(404, {}, R"({"errors":[{"code":"NAME_UNKNOWN","message":"unknown"}]})");
    });
    push.target = {registry, "you/model", {}};
    const auto pushed = push.upload(make_blob(kBytes, kOciLayer));
    REQUIRE_FALSE(pushed);
    return pushed.error().message;
  };
  CHECK(failure("r.example") == "repository not found: \"r.example/you/model\"");
  CHECK(failure("r8.im") ==
        "Unable to find existing Replicate model for r8.im/you/model. Go to replicate.com and "
        "create a new model before pushing.\n\nIf the model already exists, you may be getting "
        "this error because you're not logged in as owner of the model. This can happen if you "
        "did 'sudo cogpp login' instead of 'cogpp login' or 'sudo cogpp push' instead of 'cogpp "
        "push', which causes Docker to use the wrong Docker credentials.");
}

TEST_CASE("how far a blob is, and how fast") {
  using std::chrono::seconds;
  const std::chrono::steady_clock::time_point began{seconds(100)};
  TransferStatus blob{
      .name = "sha256:0123456789ab", .size = std::uint64_t{64} << 20U, .began = began};
  CHECK(transfer_line(blob, began) == "sha256:0123456789ab waiting (64.0MB)");
  blob.state = TransferState::kRunning;
  blob.done = blob.size / 4;
  blob.moved = blob.done / 2;  // the other half went in an earlier run
  CHECK(transfer_line(blob, began + seconds(2)) ==
        "sha256:0123456789ab [======                  ] 16.0MB/64.0MB 4.0MB/s");
  blob.state = TransferState::kRetrying;
  CHECK(transfer_line(blob, began + seconds(4)).ends_with("] 16.0MB/64.0MB 2.0MB/s retrying"));
  blob.state = TransferState::kDone;
  blob.done = blob.moved = blob.size;
  blob.ended = began + seconds(4);
  CHECK(transfer_line(blob, began + seconds(9)).ends_with(" done (64.0MB, 16.0MB/s)"));
  CHECK(transfer_result(blob, "pushed") == "sha256:0123456789ab: pushed (64.0MB, 16.0MB/s)");
  blob.state = TransferState::kPresent;
  CHECK(transfer_result(blob, "pushed") == "sha256:0123456789ab: already there (64.0MB)");
  blob.state = TransferState::kMounted;
  CHECK(transfer_result(blob, "pushed") == "sha256:0123456789ab: mounted (64.0MB)");
  CHECK(transfer_line(blob, began).ends_with(" mounted (64.0MB)"));
  // Nothing is divided by nothing.
  const TransferStatus empty{.name = "a", .state = TransferState::kRunning, .began = began};
  CHECK(transfer_line(empty, began) == "a [========================] 0B/0B 0B/s");
  CHECK(format_size(1023) == "1023B");
  CHECK(format_size(1536) == "1.5KB");
  CHECK(format_size(std::uint64_t{3} << 30U) == "3.0GB");
}

TEST_CASE("what is mounted is remembered for the registry") {
  const TemporaryDirectory memory = *TemporaryDirectory::create(fs::temp_directory_path());
  const Blob blob = make_blob(kBytes, kOciLayer);
  const auto asked = [&](const std::string& registry, const std::string& repository) {
    BlobPush push([](const HttpRequest& request) {
      if (request.method == "HEAD") return status(404);
      if (request.url.target.find("mount=") != std::string::npos) return status(201);
      return request.method == "POST" ? status(202, {{"location", "/upload"}}) : status(201);
    });
    push.target = {registry, repository, {.memory = memory.path()}};
    REQUIRE(push.upload(blob));
    return push.transport.requests[1].url.target;
  };
  CHECK(asked("r.example", "a") == "/v2/a/blobs/uploads/");
  CHECK(asked("r.example", "a") == "/v2/a/blobs/uploads/");
  CHECK(asked("r.example", "b").ends_with("&from=a"));
  CHECK(asked("r.example", "c").ends_with("&from=b"));
  CHECK(asked("other.example", "b") == "/v2/b/blobs/uploads/");
}
