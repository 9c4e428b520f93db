// A folder that is there already is no failure, so the file's own open() decides.
#include "runtime/server/http/ready_marker.hpp"

#include <fcntl.h>

#include <cerrno>
#include <system_error>

#include "runtime/server/support/unique_fd.hpp"
#include "schema/errno_text.hpp"

namespace cogpp::server {

void ReadyMarker::set() {
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  const UniqueFd file(::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (file) return;
  const int reason = errno;
  if (told_.exchange(true)) return;
  log_.write(LogLevel::kWarning, "coglet",
             "The file that tells Kubernetes that the model is ready cannot be made; give its "
             "folder to the model's user, or probe GET /health-check",
             {{"file", file_.string()}, {"error", errno_text(reason)}});
}

}  // namespace cogpp::server
