// A predictor library of another ABI version.
#include <cogpp/abi.h>

extern "C" __attribute__((visibility("default"))) const CogppPredictorTable* cogpp_predictor_entry(
    void) {
  static constexpr CogppPredictorTable kTable{COGPP_ABI_VERSION + 1,
                                              sizeof(CogppPredictorTable),
                                              "9.0.0",
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr};
  return &kTable;
}
