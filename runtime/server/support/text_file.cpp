// Opens and copies in two steps, because only the first one sets errno: a file that is not
// there, or may not be read, has a reason; a folder opens and holds nothing.
#include "runtime/server/support/text_file.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "schema/errno_text.hpp"

namespace cogpp::server {

Result<std::string> read_text_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{errno_text(errno)};
  std::ostringstream text;
  text << in.rdbuf();  // An iterator would throw at a folder.
  return text.str();
}

}  // namespace cogpp::server
