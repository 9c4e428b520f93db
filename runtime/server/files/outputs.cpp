// file_to_quoted_data_url: reads in blocks of whole base64 groups, straight into the text.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "runtime/server/files/base64.hpp"
#include "runtime/server/files/files.hpp"
#include "runtime/server/files/mime.hpp"

namespace cogpp::server {
namespace {

constexpr std::size_t kBlock = 3UL * 64 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error unreadable(const std::filesystem::path& file, const std::string& why) {
  return Error{"cannot read the output file " + file.string() + ": " + why};
}

/// Fills `block` as far as the file goes; minus one on a read error.
ssize_t read_block(int fd, std::vector<char>& block) {
  std::size_t filled = 0;
  while (filled < block.size()) {
    const ssize_t n = ::read(fd, block.data() + filled, block.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(filled);
}

}  // namespace

Result<std::string> file_to_quoted_data_url(const std::filesystem::path& file,
                                            std::uint64_t max_bytes) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not hang the slot.
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) return unreadable(file, strerror(errno));
  if (!S_ISREG(status.st_mode)) return unreadable(file, "it is not a regular file");
  if (static_cast<std::uint64_t>(status.st_size) > max_bytes) {
    return unreadable(file, "its " + std::to_string(status.st_size) +
                                " bytes are more than the limit of " + std::to_string(max_bytes) +
                                "; raise it with --max-output");
  }
  std::string url = "\"data:" + std::string(files::media_type_of(file.native())) + ";base64,";
  url.reserve(url.size() + (static_cast<std::size_t>(status.st_size) + 2) / 3 * 4 + 1);
  std::vector<char> block(kBlock);
  ssize_t n = 0;
  while ((n = read_block(fd.get(), block)) > 0) {
    files::append_base64(url, {block.data(), static_cast<std::size_t>(n)});
    if (static_cast<std::size_t>(n) < block.size()) break;
  }
  if (n < 0) return unreadable(file, strerror(errno));
  url += '"';
  return url;
}

}  // namespace cogpp::server
