// A data URL as an input file: taken apart and decoded, in pieces of any size.
#include "runtime/server/files/data_url.hpp"

#include <string>

#include "runtime/server/files/mime.hpp"
#include "tests/fuzz/target.hpp"

namespace files = cogpp::server::files;

FUZZ_TARGET(bytes) {
  const std::string url = "data:" + std::string(bytes);
  const auto parts = files::split_data_url(url);
  if (!parts) return must(!parts.error().message.empty());
  must(!parts->media_type.empty());
  must(files::file_name_of_type(parts->media_type).find('/') == std::string::npos);
  std::size_t size = 0;
  const auto decoded = files::decode_data_url(*parts, [&size](std::string_view piece) {
    size += piece.size();
    return cogpp::Status();
  });
  must(size <= url.size());
  if (!decoded) must(!decoded.error().message.empty());
}
