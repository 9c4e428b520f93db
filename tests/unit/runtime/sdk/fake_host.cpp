// Records in plain vectors; predictors under test run in the test's own thread.
#include "tests/unit/runtime/sdk/fake_host.hpp"

#include <catch2/catch_test_macros.hpp>

namespace cogpp::sdk {

using detail::as_text;
using detail::as_view;

const CogppHostTable& Host::table() {
  static constexpr CogppHostTable kTable{
      .abi_version = COGPP_ABI_VERSION,
      .struct_size = sizeof(CogppHostTable),
      .output =
          [](void* host, CogppText json) {
            auto* self = static_cast<Host*>(host);
            self->outputs.emplace_back(as_view(json));
            if (self->outputs.size() >= self->cancel_after) self->cancelled = true;
          },
      .file =
          [](void* host, CogppText path) {
            static_cast<Host*>(host)->outputs.push_back("file:" + std::string(as_view(path)));
          },
      .log =
          [](void* host, int source, CogppText text) {
            static_cast<Host*>(host)->logs.emplace_back(source, as_view(text));
          },
      .metric =
          [](void* host, CogppText name, CogppText json, int mode) {
            static_cast<Host*>(host)->metrics.push_back(std::string(as_view(name)) + "=" +
                                                        std::string(as_view(json)) + "/" +
                                                        std::to_string(mode));
          },
      .cancelled = [](void* host) { return static_cast<Host*>(host)->cancelled ? 1 : 0; },
      .fail = [](void* host,
                 CogppText error) { static_cast<Host*>(host)->error = as_view(error); }};
  return kTable;
}

Driver::Driver(const CogppPredictorTable* table, std::string options)
    : table_(table), self_(table->create(as_text(options), &host, &Host::table())) {}

Driver::~Driver() {
  if (self_) table_->destroy(self_);
}

int Driver::set_up() { return table_->setup(self_, &host, &Host::table()); }

Json Driver::signature() const { return Json::parse(as_view(table_->signature(self_))); }

int Driver::predict(const std::string& input, const std::string& context) {
  host.outputs.clear();
  host.metrics.clear();
  host.logs.clear();
  host.error.clear();
  CogppPrediction prediction{};
  prediction.struct_size = sizeof prediction;
  prediction.id = as_text("p1");
  prediction.input = as_text(input);
  prediction.context = as_text(context);
  prediction.directory = as_text("/tmp/of-p1");
  prediction.host = &host;
  prediction.host_table = &Host::table();
  return table_->predict(self_, &prediction);
}

std::string Driver::output_of(const std::string& input) {
  const int outcome = predict(input);
  CAPTURE(host.error);
  REQUIRE(outcome == COGPP_SUCCEEDED);
  REQUIRE(host.outputs.size() == 1);
  return host.outputs[0];
}

std::string Driver::error_of(const std::string& input) {
  REQUIRE(predict(input) == COGPP_FAILED);
  return host.error;
}

std::string Driver::health() {
  host.error.clear();
  const int outcome = table_->healthcheck(self_, &host, &Host::table());
  CHECK(host.error.empty() == (outcome == COGPP_SUCCEEDED));
  return host.error;
}

}  // namespace cogpp::sdk
