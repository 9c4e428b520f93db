// Media types in both directions, as the recordings files/out_ext_* and
// files/in_data_* show them.
#include "runtime/server/files/mime.hpp"

#include <catch2/catch_test_macros.hpp>

namespace {

using cogpp::server::files::extension_of;
using cogpp::server::files::media_type_of;

TEST_CASE("the type follows the extension in any case") {
  CHECK(media_type_of("f.JPG") == "image/jpeg");
  CHECK(media_type_of("f.png") == "image/png");
  CHECK(media_type_of("f.csv") == "text/csv");
  CHECK(media_type_of("f.glb") == "model/gltf-binary");
  CHECK(media_type_of("f.heic") == "image/heic");
  CHECK(media_type_of("f.py") == "text/plain");
  CHECK(media_type_of("f.tar.gz") == "application/gzip");
  CHECK(media_type_of("f.ts") == "video/vnd.dlna.mpeg-tts");
  CHECK(media_type_of("f.wav") == "audio/wav");
  CHECK(media_type_of("f.yaml") == "text/x-yaml");
  CHECK(media_type_of("/a.png/b.txt") == "text/plain");
  CHECK(media_type_of("f.7z") == "application/x-7z-compressed");
  CHECK(media_type_of("f.zip") == "application/zip");
}

TEST_CASE("a name without a known extension is a stream of bytes") {
  for (const char* name : {"f.bin", "f.jsonl", "f.safetensors", "f.zst", "noext", ".png", "f.", "",
                           "/dir.png/noext", "/dir/.png"}) {
    INFO(name);
    CHECK(media_type_of(name) == "application/octet-stream");
  }
}

TEST_CASE("the extension is the one that Python guesses") {
  CHECK(extension_of("image/jpeg") == ".jpg");
  CHECK(extension_of("image/webp") == ".webp");
  CHECK(extension_of("image/svg+xml") == ".svg");
  CHECK(extension_of("image/tiff") == ".tiff");
  CHECK(extension_of("text/plain") == ".txt");
  CHECK(extension_of("application/json") == ".json");
  CHECK(extension_of("audio/mpeg") == ".mp3");
  CHECK(extension_of("audio/wav").empty());
  CHECK(extension_of("foo/bar").empty());
  CHECK(extension_of("").empty());
}

}  // namespace
