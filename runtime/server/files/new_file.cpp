// Creation with O_EXCL under random names, tried again on the rare collision.
#include "runtime/server/files/new_file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace cogpp::server::files {
namespace {

constexpr std::string_view kNameAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789_";
constexpr int kMaxTries = 100;

std::string random_prefix() {
  std::array<unsigned char, 8> bytes{};
  // Up to 256 bytes are never short; a failure leaves zeros, and O_EXCL still guards.
  [[maybe_unused]] const auto got = getrandom(bytes.data(), bytes.size(), 0);
  std::string prefix = "tmp";
  for (const unsigned char byte : bytes) prefix += kNameAlphabet[byte % kNameAlphabet.size()];
  return prefix;
}

Error failed(const std::string& what, const std::string& path) {
  return Error{what + " " + path + ": " + std::strerror(errno)};
}

}  // namespace

Result<NewFile> NewFile::create(const std::filesystem::path& directory, std::string_view name) {
  std::string path;
  for (int i = 0; i < kMaxTries; ++i) {
    path = (directory / (random_prefix() + std::string(name))).string();
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) return NewFile(fd, path);
    if (errno != EEXIST && errno != EINTR) break;
  }
  return failed("cannot create the input file", path);
}

NewFile::NewFile(NewFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      path_(std::move(other.path_)) {}

NewFile::~NewFile() {
  close();
  if (owned_) ::unlink(path_.c_str());
}

Status NewFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("cannot write the input file", path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void NewFile::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace cogpp::server::files
