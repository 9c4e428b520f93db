// What a C table runs: predict() of a class, train() of a class, or a training
// function. The templates of predictor.hpp take one of these. Not for authors.
#pragma once

#include <type_traits>
#include <utility>

#include "cogpp/detail/checks.hpp"
#include "cogpp/detail/runtime.hpp"

namespace cogpp::detail {

template <class Class>
struct PredictJob {
  using Object = Class;
  using Function = Method<decltype(&Class::predict)>;
  static constexpr Phase kPhase = Phase::kPredict;
  static constexpr const char* kMember = ".predict";  ///< Behind the name, in error texts.

  template <class... Value>
  static typename Function::Result run(Object& object, Value&&... value) {
    return object.predict(std::forward<Value>(value)...);
  }
};

template <class Class>
struct TrainJob {
  using Object = Class;
  using Function = Method<decltype(&Class::train)>;
  static constexpr Phase kPhase = Phase::kTrain;
  static constexpr const char* kMember = ".train";  ///< Behind the name, in error texts.

  template <class... Value>
  static typename Function::Result run(Object& object, Value&&... value) {
    return object.train(std::forward<Value>(value)...);
  }
};

template <auto kFunction>
struct TrainFunctionJob {
  struct Object {};
  using Function = Method<decltype(kFunction)>;
  static constexpr Phase kPhase = Phase::kTrain;
  static constexpr const char* kMember = "";  ///< Behind the name, in error texts.

  template <class... Value>
  static typename Function::Result run(Object&, Value&&... value) {
    return kFunction(std::forward<Value>(value)...);
  }
};

/// Whether the class has a health check; one of a wrong shape does not compile.
template <class Class>
constexpr bool has_healthcheck() {
  if constexpr (requires { &Class::healthcheck; }) {
    static_assert(
        std::is_invocable_r_v<bool, decltype(&Class::healthcheck), Class&> &&
            std::is_same_v<bool, std::invoke_result_t<decltype(&Class::healthcheck), Class&>>,
        "cogpp: healthcheck() takes no parameters and returns bool");
    return true;
  }
  return false;
}

}  // namespace cogpp::detail
