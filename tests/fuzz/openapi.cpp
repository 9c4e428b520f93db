// An image's OpenAPI label, as `cogpp predict IMAGE` reads it.
#include "schema/openapi_reader.hpp"
#include "tests/fuzz/target.hpp"

FUZZ_TARGET(text) {
  const auto document = cogpp::parse_json(text);
  if (!document) return;
  for (const char* path : {"/predictions", "/trainings"}) {
    (void)cogpp::schema::lists_inputs(*document, path);
    const auto signature = cogpp::schema::signature_of(*document, path);
    if (!signature) must(!signature.error().message.empty());
  }
}
