#include "runtime/torch/predictor/recorded_digests.hpp"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "schema/hexadecimal.hpp"

namespace cogpp::torch_models {
namespace {

namespace fs = std::filesystem;

/// As `cogpp build` writes it (cli/dockerfile/model_package.cpp).
constexpr const char* kListName = "SHA256SUMS";
constexpr std::size_t kHexDigits = 64;
constexpr std::size_t kChunk = std::size_t{1} << 20U;

Error not_the_model(const fs::path& model, const std::string& why) {
  return Error{"model '" + model.string() + "' is not the one that was built into its image: " +
               why + ". Build the image again."};
}

/// Empty where the file cannot be read.
std::string digest_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!in || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1) return {};
  std::vector<char> chunk(kChunk);
  while (in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    EVP_DigestUpdate(hash.get(), chunk.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return {};
  std::array<unsigned char, kHexDigits / 2> bytes{};
  EVP_DigestFinal_ex(hash.get(), bytes.data(), nullptr);
  return hexadecimal(bytes);
}

/// Path to digest; `DIGEST  PATH` lines.
std::map<std::string, std::string> read_list(const fs::path& list) {
  std::map<std::string, std::string> digests;
  std::ifstream in(list);
  for (std::string line; std::getline(in, line);) {
    if (line.size() > kHexDigits + 2)
      digests[line.substr(kHexDigits + 2)] = line.substr(0, kHexDigits);
  }
  return digests;
}

}  // namespace

Status check_recorded_digests(const fs::path& model) {
  std::error_code error;
  if (!fs::is_directory(model, error) || !fs::exists(model / kListName, error)) return {};
  std::map<std::string, std::string> recorded = read_list(model / kListName);
  fs::recursive_directory_iterator entry(model, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(model).string();
    if (name == kListName || entry->is_directory(error)) continue;
    const auto known = recorded.find(name);
    if (known == recorded.end()) return not_the_model(model, "'" + name + "' was not part of it");
    if (digest_of(entry->path()) != known->second) {
      return not_the_model(model, "'" + name + "' differs from its digest in " + kListName);
    }
    recorded.erase(known);
  }
  if (error) return Error{"model '" + model.string() + "' cannot be read: " + error.message()};
  if (recorded.empty()) return {};
  return not_the_model(model, "'" + recorded.begin()->first + "' is missing");
}

}  // namespace cogpp::torch_models
