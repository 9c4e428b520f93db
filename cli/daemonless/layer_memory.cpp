// A line a layer: the digest of its key, the digest of its bytes.
#include "cli/daemonless/layer_memory.hpp"

#include <sstream>
#include <system_error>

#include "cli/support/files.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// More are forgotten, all of them: each costs one more reading.
constexpr std::size_t kMostLayers = 4096;

}  // namespace

LayerMemory LayerMemory::load(fs::path file) {
  LayerMemory memory(std::move(file));
  const Result<std::string> text = read_file(memory.file_);
  if (!text) return memory;
  std::istringstream lines(*text);
  std::string key;
  std::string digest;
  while (lines >> key >> digest) memory.digests_[key] = digest;
  return memory;
}

std::optional<Digest> LayerMemory::find(const std::string& key) const {
  const auto found = digests_.find(Digest::of(key).hex());
  if (key.empty() || found == digests_.end()) return std::nullopt;
  const Result<Digest> digest = Digest::parse(found->second);
  return digest ? std::optional(*digest) : std::nullopt;
}

void LayerMemory::remember(const std::string& key, const Digest& digest) {
  if (key.empty() || find(key) == digest) return;
  if (digests_.size() >= kMostLayers) digests_.clear();
  digests_[Digest::of(key).hex()] = digest.text();
  std::string text;
  for (const auto& [name, value] : digests_) text += name + " " + value + "\n";
  std::error_code ignored;
  fs::create_directories(file_.parent_path(), ignored);
  static_cast<void>(write_file(file_, text));
}

}  // namespace cogpp::cli
