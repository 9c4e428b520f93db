// What a C table runs: predict() of a class, train() of a class, or a training
// function. The templates of predictor.hpp take one of these. Not for authors.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "cogpp/detail/checks.hpp"
#include "cogpp/detail/runtime.hpp"
#include "cogpp/setup.hpp"

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

// What two bases have cannot be named in the derived class, whatever it is in either and
// whoever may use it. So a member is found that is private or overloaded, too.
struct NamedMembers {
  void setup();
  void healthcheck();
};
template <class Class>
struct WithNamedMembers : Class, NamedMembers {};

template <class Class>
concept HasOneSetup = requires {
  &Class::setup;
};
template <class Class>
concept HasOneHealthcheck = requires {
  &Class::healthcheck;
};
template <class Class>
concept NamesSetup =
    HasOneSetup<Class> || !(std::is_final_v<Class> || HasOneSetup<WithNamedMembers<Class>>);
template <class Class>
concept NamesHealthcheck = HasOneHealthcheck<Class> ||
    !(std::is_final_v<Class> || HasOneHealthcheck<WithNamedMembers<Class>>);

/// What setup() is called with.
enum class SetupForm { kNone, kPlain, kWithOptions };

/// How the class takes its set-up; one that could not be called does not compile.
template <class Class>
constexpr SetupForm setup_form() {
  if constexpr (NamesSetup<Class>) {
    constexpr bool kPlain = requires(Class & it) { it.setup(); };
    constexpr bool kWithOptions = requires(Class & it, Setup & setup) { it.setup(setup); };
    static_assert(HasOneSetup<Class> && (kPlain || kWithOptions),
                  "cogpp: setup() is one public member function without parameters or with "
                  "const cogpp::Setup&, neither overloaded nor a template");
    if (kWithOptions) return SetupForm::kWithOptions;
    if (kPlain) return SetupForm::kPlain;
  }
  return SetupForm::kNone;
}

/// Whether the class has a health check; one of a wrong shape does not compile.
template <class Class>
constexpr bool has_healthcheck() {
  if constexpr (NamesHealthcheck<Class>) {
    constexpr bool kBoolean = requires(Class & it) {
      { it.healthcheck() } -> std::same_as<bool>;
    };
    static_assert(HasOneHealthcheck<Class> && kBoolean,
                  "cogpp: healthcheck() is one public member function that takes no parameters "
                  "and returns bool, neither overloaded nor a template");
    return HasOneHealthcheck<Class> && kBoolean;
  }
  return false;
}

}  // namespace cogpp::detail
