// cogpp-worker --describe: what a predictor takes and gives, without setting it up.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "runtime/worker/library.hpp"
#include "runtime/worker/worker.hpp"
#include "schema/json.hpp"
#include "schema/signature.hpp"

namespace cogpp::worker {
namespace {

/// The host while a predictor is only described: logs go to standard error.
struct DescribeHost {
  std::string error;

  static const CogppHostTable& table() {
    static constexpr CogppHostTable kTable{
        .abi_version = COGPP_ABI_VERSION,
        .struct_size = sizeof(CogppHostTable),
        .output = [](void*, CogppText) {},
        .file = [](void*, CogppText) {},
        .log = [](void*, int, CogppText text) { std::fwrite(text.data, 1, text.size, stderr); },
        .metric = [](void*, CogppText, CogppText, int) {},
        .cancelled = [](void*) -> int { return 0; },
        .fail =
            [](void* host, CogppText text) {
              static_cast<DescribeHost*>(host)->error = std::string(as_view(text));
            }};
    return kTable;
  }
};

/// The signature with the author's name for what has it, as `name`.
Result<Json> describe_table(const CogppPredictorTable* table, const std::string& options) {
  DescribeHost host;
  const auto destroy = [&](void* self) { table->destroy(self); };
  const std::unique_ptr<void, decltype(destroy)> self(
      table->create(as_text(options), &host, &DescribeHost::table()), destroy);
  if (!self) return Error{host.error.empty() ? "the predictor gave no reason" : host.error};
  const auto json = parse_json(as_view(table->signature(self.get())));
  if (!json) return json.error().within("the predictor's signature");
  const auto signature = schema::signature_from_json(*json);
  if (!signature) return signature.error();
  if (auto checked = schema::check(*signature); !checked) return checked.error();
  Json described = schema::to_json(*signature);
  if (const auto name = name_of(*table); !name.empty()) described["name"] = name;
  return described;
}

/// The signature as JSON; that of the training, if there is one, as its `training`.
Result<Json> describe_library(const Options& options) {
  if (options.project && ::chdir(options.project->c_str()) != 0) {
    return Error{"cannot enter the project folder " + *options.project};
  }
  const auto library = load_library(options.library);
  if (!library) return library.error();
  const std::string settings = create_options(options, "cpu");
  auto described = describe_table(library->predictor, settings);
  if (!described || !library->trainer) return described;
  auto training = describe_table(library->trainer, settings);
  if (!training) return training.error().within("the training");
  (*described)["training"] = std::move(*training);
  return described;
}

}  // namespace

int describe(const Options& options) {
  const auto signature = describe_library(options);
  if (!signature) {
    std::fprintf(stderr, "cogpp-worker: %s\n", signature.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", to_text(*signature).c_str());
  return 0;
}

}  // namespace cogpp::worker
