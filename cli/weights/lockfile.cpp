// JSON with two spaces a level, members in Cog's order.
#include "cli/weights/lockfile.hpp"

#include <algorithm>
#include <system_error>

#include "cli/support/files.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr int kLockVersion = 1;

/// Reads members of one object and keeps the first thing that is wrong.
class LockObject {
 public:
  LockObject(const Json& json, std::string what, std::optional<Error>& failure)
      : json_(json), what_(std::move(what)), failure_(failure) {
    if (!json_.is_object()) fail(what_ + " is not an object");
  }

  std::string text(const char* key) const {
    const Json* member = find(key);
    if (member != nullptr && member->is_string()) return member->get<std::string>();
    fail(what_ + "." + key + " is not a string");
    return {};
  }

  std::uint64_t number(const char* key) const {
    const Json* member = find(key);
    if (member != nullptr && member->is_number_unsigned()) return member->get<std::uint64_t>();
    fail(what_ + "." + key + " is not a whole number");
    return 0;
  }

  Digest digest(const char* key) const {
    const Result<Digest> read = Digest::parse(text(key));
    if (read) return *read;
    fail(what_ + "." + key + ": " + read.error().message);
    return Digest::of("");
  }

  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> list;
    const Json* member = find(key);
    if (member == nullptr || !member->is_array()) return list;
    for (const Json& item : *member) {
      if (!item.is_string()) fail(what_ + "." + key + " is not a list of strings");
      if (item.is_string()) list.push_back(item.get<std::string>());
    }
    return list;
  }

  /// A path that stays below where it is put.
  std::string path(const char* key) const {
    std::string path = text(key);
    const fs::path plain = fs::path(path).lexically_normal();
    // As text: paths that are compared as such do not mind `a//b`.
    if (plain.string() != path || plain.is_absolute() || path.empty() || *plain.begin() == ".." ||
        path == "." || path.ends_with('/')) {
      fail(what_ + "." + key + " \"" + path + "\" is not a plain relative path");
    }
    return path;
  }

  /// Calls `read` with each object of a list.
  template <class T, class Read>
  std::vector<T> list(const char* key, const Read& read) const {
    std::vector<T> items;
    const Json* member = find(key);
    if (member == nullptr || member->is_null()) return items;
    if (!member->is_array()) fail(what_ + "." + key + " is not a list");
    for (std::size_t i = 0; i < member->size() && !failure_; ++i) {
      items.push_back(read(
          LockObject((*member)[i], what_ + "." + key + "[" + std::to_string(i) + "]", failure_)));
    }
    return items;
  }

 private:
  const Json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }
  void fail(std::string message) const {
    if (!failure_) failure_ = Error{std::move(message)};
  }

  const Json& json_;
  std::string what_;
  std::optional<Error>& failure_;
};

LockedFile read_locked_file(const LockObject& json) {
  return {.path = json.path("path"),
          .size = json.number("size"),
          .digest = json.digest("digest"),
          .layer = json.digest("layer")};
}

LockedWeight read_weight(const LockObject& json) {
  return {.name = json.path("name"),
          .target = json.text("target"),
          .sources = json.list<LockedSource>("sources",
                                             [](const LockObject& item) {
                                               return LockedSource{
                                                   .uri = item.text("uri"),
                                                   .fingerprint = item.text("fingerprint"),
                                                   .include = item.texts("include"),
                                                   .exclude = item.texts("exclude")};
                                             }),
          .imported_at = json.text("importedAt"),
          .digest = json.digest("digest"),
          .set_digest = json.digest("setDigest"),
          .size = json.number("size"),
          .compressed = json.number("sizeCompressed"),
          .files = json.list<LockedFile>("files", read_locked_file),
          .layers = json.list<LockedLayer>("layers", [](const LockObject& item) {
            return LockedLayer{.digest = item.digest("digest"),
                               .media_type = item.text("mediaType"),
                               .size = item.number("size"),
                               .unpacked = item.number("sizeUncompressed")};
          })};
}

OrderedJson weight_json(const LockedWeight& weight) {
  OrderedJson json = {{"name", weight.name}, {"target", weight.target}};
  json["sources"] = OrderedJson::array();
  for (const LockedSource& source : weight.sources) {
    json["sources"].push_back({{"uri", source.uri},
                               {"fingerprint", source.fingerprint},
                               {"include", source.include},
                               {"exclude", source.exclude}});
  }
  json["importedAt"] = weight.imported_at;
  json["digest"] = weight.digest.text();
  json["setDigest"] = weight.set_digest.text();
  json["size"] = weight.size;
  json["sizeCompressed"] = weight.compressed;
  json["files"] = OrderedJson::array();
  for (const LockedFile& file : weight.files) {
    json["files"].push_back({{"path", file.path},
                             {"size", file.size},
                             {"digest", file.digest.text()},
                             {"layer", file.layer.text()}});
  }
  json["layers"] = OrderedJson::array();
  for (const LockedLayer& layer : weight.layers) {
    json["layers"].push_back({{"digest", layer.digest.text()},
                              {"mediaType", layer.media_type},
                              {"size", layer.size},
                              {"sizeUncompressed", layer.unpacked}});
  }
  return json;
}

}  // namespace

const LockedWeight* WeightsLock::find(std::string_view name) const {
  const auto found = std::find_if(weights.begin(), weights.end(),
                                  [&](const LockedWeight& weight) { return weight.name == name; });
  return found == weights.end() ? nullptr : &*found;
}

Result<WeightsLock> parse_lock(std::string_view text, const std::string& what) {
  const Result<Json> json = parse_json(text);
  if (!json) return json.error().within(what);
  std::optional<Error> failure;
  const LockObject document(*json, what, failure);
  if (failure) return *failure;
  const std::uint64_t version = document.number("version");
  if (failure) return *failure;
  if (version != kLockVersion) {
    return Error{what + " has version " + std::to_string(version) +
                 ", this cogpp knows version 1; a newer cogpp reads it"};
  }
  WeightsLock lock{.envelope = document.text("envelopeFormat"),
                   .weights = document.list<LockedWeight>("weights", read_weight)};
  if (failure) return *failure;
  return lock;
}

Result<LockedWeight> parse_weight_config(std::string_view text, const std::string& what) {
  const Result<Json> json = parse_json(text);
  if (!json) return json.error().within(what);
  std::optional<Error> failure;
  const LockObject document(*json, what, failure);
  if (failure) return *failure;
  LockedWeight weight{.name = document.path("name"),
                      .target = document.text("target"),
                      .sources = {},
                      .imported_at = {},
                      .digest = Digest::of(""),
                      .set_digest = document.digest("setDigest"),
                      .files = document.list<LockedFile>("files", read_locked_file)};
  if (failure) return *failure;
  return weight;
}

std::string lock_text(const WeightsLock& lock) {
  OrderedJson json = {{"version", kLockVersion}, {"envelopeFormat", lock.envelope}};
  json["weights"] = OrderedJson::array();
  for (const LockedWeight& weight : lock.weights) json["weights"].push_back(weight_json(weight));
  return indented_text(json) + "\n";
}

Result<std::optional<WeightsLock>> read_lock(const fs::path& directory) {
  const fs::path file = directory / kLockFile;
  std::error_code error;
  if (!fs::exists(file, error)) return std::optional<WeightsLock>();
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  Result<WeightsLock> lock = parse_lock(*text, file.string());
  if (!lock) return lock.error();
  return std::optional(std::move(*lock));
}

Status write_lock(const fs::path& directory, const WeightsLock& lock) {
  return write_file(directory / kLockFile, lock_text(lock));
}

Digest digest_of_set(const std::vector<NamedDigest>& files) {
  std::vector<std::string> lines;
  lines.reserve(files.size());
  for (const NamedDigest& file : files) lines.push_back(file.digest.hex() + "  " + file.path);
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return Digest::of(text);
}

std::string weights_document(const WeightsLock& lock) {
  OrderedJson json = {{"weights", OrderedJson::array()}};
  for (const LockedWeight& weight : lock.weights) {
    json["weights"].push_back({{"name", weight.name},
                               {"target", weight.target},
                               {"setDigest", weight.set_digest.text()}});
  }
  return to_text(json);
}

Result<std::string> weights_document(const fs::path& directory) {
  const Result<std::optional<WeightsLock>> lock = read_lock(directory);
  if (!lock) return lock.error();
  return weights_document(lock->value_or(WeightsLock()));
}

}  // namespace cogpp::cli
