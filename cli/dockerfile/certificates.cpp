#include "cli/dockerfile/certificates.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include "cli/support/base64.hpp"
#include "cli/support/files.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kCertificateVariable = "COG_CA_CERT";
constexpr std::string_view kPemBegin = "-----BEGIN CERTIFICATE-----";

Result<std::string> certificates_in(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string ending = entry.path().extension().string();
    if (ending == ".crt" || ending == ".pem") files.push_back(entry.path());
  }
  if (error) return open_error(directory, error.value());
  std::sort(files.begin(), files.end());
  std::string all;
  for (const fs::path& file : files) {
    const Result<std::string> text = read_file(file);
    if (!text) return text.error();
    all += *text + (text->ends_with('\n') ? "" : "\n");
  }
  return all;
}

}  // namespace

Result<std::string> extra_certificates() {
  const std::string value = environment_variable(kCertificateVariable);
  if (value.empty() || value.find(kPemBegin) != std::string::npos) return value;
  std::error_code ignored;
  Result<std::string> text = std::string();
  if (fs::is_directory(value, ignored)) {
    text = certificates_in(value);
  } else if (fs::exists(value, ignored)) {
    text = read_file(value);
  } else if (const Result<std::string> decoded = decode_base64(value); decoded) {
    text = *decoded;
  }
  if (!text) return text.error().within(kCertificateVariable);
  if (text->find(kPemBegin) != std::string::npos) return text;
  return Error{std::string(kCertificateVariable) +
               " must be a file or folder of certificates, PEM text, or PEM text in base64"};
}

}  // namespace cogpp::cli
