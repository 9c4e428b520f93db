// libcogpp_model.so: the predictor of model files as the table of abi.h. The place
// where exceptions of libtorch that reached this far become a failed prediction.
#include <cogpp/abi.h>

#include <cogpp/version.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/torch/predictor/model_predictor.hpp"

namespace {

using cogpp::torch_models::ModelPredictor;

CogppText text_of(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view_of(CogppText text) { return {text.data, text.size}; }

/// Runs `body`; an exception goes to fail() and gives `failed`.
template <class Value, class Body>
Value guarded(void* host, const CogppHostTable* table, Value failed, Body&& body) {
  std::string reason = "unknown exception";
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& failure) {
    reason = failure.what();
  } catch (...) {
  }
  table->fail(host, text_of(reason));
  return failed;
}

void* create(CogppText options, void* host, const CogppHostTable* table) {
  return guarded<void*>(host, table, nullptr, [&]() -> void* {
    auto made = ModelPredictor::create(view_of(options));
    if (made) return made->release();
    table->fail(host, text_of(made.error().message));
    return nullptr;
  });
}

CogppText signature(void* predictor) {
  return text_of(static_cast<ModelPredictor*>(predictor)->signature());
}

int setup(void* predictor, void* host, const CogppHostTable* table) {
  return guarded<int>(host, table, COGPP_FAILED, [&]() -> int {
    const auto done = static_cast<ModelPredictor*>(predictor)->setup();
    if (done) return COGPP_SUCCEEDED;
    table->fail(host, text_of(done.error().message));
    return COGPP_FAILED;
  });
}

int predict(void* predictor, const CogppPrediction* prediction) {
  void* host = prediction->host;
  const CogppHostTable* table = prediction->host_table;
  return guarded<int>(host, table, COGPP_FAILED, [&]() -> int {
    if (table->cancelled(host) != 0) return COGPP_CANCELED;
    auto output = static_cast<ModelPredictor*>(predictor)->predict(view_of(prediction->input),
                                                                   view_of(prediction->directory));
    // A kernel that runs cannot be stopped; what it gave is thrown away.
    if (table->cancelled(host) != 0) return COGPP_CANCELED;
    if (!output) {
      table->fail(host, text_of(output.error().message));
      return COGPP_FAILED;
    }
    if (!output->file.empty()) table->file(host, text_of(output->file.native()));
    for (const std::string& chunk : output->chunks) table->output(host, text_of(chunk));
    return output->list ? COGPP_SUCCEEDED_STREAM : COGPP_SUCCEEDED;
  });
}

void destroy(void* predictor) { delete static_cast<ModelPredictor*>(predictor); }

}  // namespace

extern "C" __attribute__((visibility("default"))) const CogppPredictorTable* cogpp_predictor_entry(
    void) {
  static const CogppPredictorTable table{COGPP_ABI_VERSION,
                                         sizeof(CogppPredictorTable),
                                         cogpp::kSdkVersion,
                                         create,
                                         signature,
                                         setup,
                                         predict,
                                         /*predict_batch=*/nullptr,
                                         destroy,
                                         /*healthcheck=*/nullptr,
                                         /*name=*/nullptr};
  return &table;
}
