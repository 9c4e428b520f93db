// The head of a request, whole and as it grows, and what its target names.
#include "runtime/server/http/head.hpp"
#include "runtime/server/http/target.hpp"
#include "tests/fuzz/target.hpp"

namespace server = cogpp::server;

FUZZ_TARGET(bytes) {
  server::RequestHead head;
  server::HeadProgress progress;
  const int status = server::parse_head(bytes, head, progress);
  const std::size_t consumed = progress.consumed;
  must(status == 0 || status == 200 || status == 400 || status == 414 || status == 431);
  if (status != 200) return;
  must(consumed > 0 && consumed <= bytes.size());
  must(!head.path.empty() && !(head.chunked && head.content_length > 0));
  // What follows a head does not change it, and less than the head is not one.
  server::RequestHead again;
  server::HeadProgress same;
  must(server::parse_head(bytes.substr(0, consumed), again, same) == 200 &&
       same.consumed == consumed);
  must(again.path == head.path && again.content_length == head.content_length);
  server::HeadProgress less;
  must(server::parse_head(bytes.substr(0, consumed - 1), again, less) != 200);
  const auto target = server::match_target(head.path);
  (void)server::allowed_methods(target.resource, true);
  (void)server::percent_decode(target.id);
  (void)server::query_value(head.query, "from");
  (void)head.header("content-type");
}
