// cog.yaml, as `cogpp` reads it: any bytes, with and without --strict.
#include "schema/config.hpp"

#include "tests/fuzz/target.hpp"

FUZZ_TARGET(text) {
  for (const bool strict : {false, true}) {
    const auto loaded = cogpp::schema::parse_config(
        text, {.file_name = "cog.yaml", .directory = "/nonexistent", .strict = strict});
    if (!loaded) {
      must(!loaded.error().message.empty());
    } else {
      (void)cogpp::schema::deprecations(loaded->config);
      (void)loaded->config.predictor();
    }
  }
}
