// The header that a predictor in C++ includes, and the only one it needs.
//
//   #include <cogpp/predictor.hpp>
//
//   class Predictor {
//    public:
//     void setup();                                   // optional; may take const cogpp::Setup&
//     std::string predict(const std::string& prompt, std::int64_t steps);
//   };
//
//   COGPP_PREDICTOR(Predictor,
//       cogpp::input("prompt").describe("Text to continue"),
//       cogpp::input("steps").default_to(25).ge(1).le(100));
//
// The class is constructed and set up once per worker, in one thread; then predict()
// is called by one thread per slot (concurrency.max in cog.yaml), at the same time
// if there are several. An exception that leaves predict() fails that prediction
// with its type and text; one that leaves setup() fails the model. A setup() that cannot
// be called, because it is private, overloaded or wants something else, does not compile.
//
// bool healthcheck(), where the class has it, is called for GET /health-check, from a
// thread of its own and also while predict() runs; false or an exception shows the model
// as UNHEALTHY, and so does an answer that takes longer than five seconds.
//
// COGPP_TRAINER(train, cogpp::input("epochs")) beside it lets the model be trained: `train`
// is a function, or a class with train() and, if it likes, setup().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "cogpp/abi.h"
#include "cogpp/detail/checks.hpp"
#include "cogpp/detail/codec.hpp"
#include "cogpp/detail/jobs.hpp"
#include "cogpp/detail/runtime.hpp"
#include "cogpp/input.hpp"
#include "cogpp/json.hpp"
#include "cogpp/prediction.hpp"
#include "cogpp/setup.hpp"
#include "cogpp/stream.hpp"
#include "cogpp/struct.hpp"
#include "cogpp/types.hpp"
#include "cogpp/version.hpp"

namespace cogpp::detail {

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

/// Description of what predict() returns.
template <class Result>
OutputInfo describe_output() {
  if constexpr (std::is_void_v<Result>) {
    return {.type = {.kind = "object"}};
  } else if constexpr (std::is_same_v<Result, TextStream>) {
    return {.type = {.kind = "string"}, .mode = "concatenate", .streaming = true};
  } else if constexpr (StreamOf<Result>::value) {
    return {.type = Codec<typename Result::value_type>::describe(),
            .mode = "iterator",
            .streaming = Result::live == Live::kOn};
  } else {
    return {.type = Codec<std::remove_cvref_t<Result>>::describe()};
  }
}

/// Sends one value as one chunk; an absent optional sends none.
template <class T>
void send_chunk(Call& call, const T& value) {
  if constexpr (kIsOptional<T>) {
    if (value) send_chunk(call, *value);
  } else if constexpr (std::is_same_v<T, Path>) {
    call.file(value);
  } else {
    std::string text;
    Codec<T>::encode(text, value);
    call.output(text);
  }
}

/// Sends what predict() returned; returns a CogppOutcome.
template <class T>
int send_value(Call& call, const T& value) {
  if constexpr (kIsVector<T>) {
    for (const auto& element : value) {
      send_chunk<typename T::value_type>(call, element);
    }
    return COGPP_SUCCEEDED_STREAM;
  } else if constexpr (std::is_same_v<T, Json>) {
    if (value.kind() == Json::Kind::kArray) {
      for (std::size_t i = 0; i < value.size(); ++i) send_chunk(call, value.at(i));
      return COGPP_SUCCEEDED_STREAM;
    }
    if (value.kind() != Json::Kind::kNull) send_chunk(call, value);
    return COGPP_SUCCEEDED;
  } else {
    send_chunk(call, value);
    return COGPP_SUCCEEDED;
  }
}

/// Sends each piece as it comes, until the end or a cancellation.
template <class Result>
int send_stream(Call& call, Phase phase, Result stream) {
  TextPieces pieces(call);
  while (true) {
    call.phase(Phase::kIterate);
    if (call.cancelled() || !stream.next()) break;
    call.phase(phase);
    if constexpr (std::is_same_v<Result, TextStream>) {
      pieces.add(stream.value());
    } else {
      send_chunk(call, stream.value());
    }
  }
  pieces.finish();
  return COGPP_SUCCEEDED_STREAM;
}

/// The functions of the C table for one job (jobs.hpp). `Specs` is the type of a lambda
/// without captures that returns the tuple of inputs; Name's returns what the author calls
/// the class or the function.
template <class Job, class Specs, class Name>
class Glue {
  using Object = typename Job::Object;
  using Function = typename Job::Function;
  using Values = typename Function::Values;

 public:
  static void* create(CogppText options, void* host, const CogppHostTable* table) {
    auto description = Description::create(options, host, table);
    if (!description) return nullptr;
    const auto add = [](Description& it) {
      add_inputs(it, Specs{}(), std::make_index_sequence<Function::kCount>{});
    };
    if (!description->add_inputs(add, host, table)) return nullptr;
    description->set_output(describe_output<typename Function::Result>());
    if (!description->finish(host, table)) return nullptr;
    auto glue = std::make_unique<Glue>();
    glue->description_ = std::move(description);
    return glue.release();
  }

  static CogppText signature(void* self) {
    return as_text(static_cast<Glue*>(self)->description_->signature());
  }

  static int setup(void* self, void* host, const CogppHostTable* table) {
    return run_setup([](void* glue) { static_cast<Glue*>(glue)->construct(); }, self, host, table);
  }

  static int predict(void* self, const CogppPrediction* prediction) {
    auto& glue = *static_cast<Glue*>(self);
    Call call(*prediction);
    try {
      call.phase(Job::kPhase);
      call.refuse_unknown(*glue.description_, glue.function_);
      call.phase(Phase::kInput);
      Values values = glue.decode(call, std::make_index_sequence<Function::kCount>{});
      call.phase(Job::kPhase);
      return call.ended(glue.run(call, values));
    } catch (...) {
      return call.failed();
    }
  }

  static int healthcheck(void* self, void* host,
                         const CogppHostTable* table) requires(has_healthcheck<Object>()) {
    return run_healthcheck(
        [](void* glue) { return static_cast<Glue*>(glue)->object_->healthcheck(); }, self, host,
        table);
  }

  static void destroy(void* self) { delete static_cast<Glue*>(self); }

 private:
  template <class Tuple, std::size_t... kIndex>
  static void add_inputs(Description& description, const Tuple& specs,
                         std::index_sequence<kIndex...>) {
    (add_input<kIndex>(description, std::get<kIndex>(specs).info()), ...);
  }

  // A default that could not be decoded would fail each prediction that needs it.
  template <std::size_t kIndex>
  static void add_input(Description& description, const InputInfo& info) {
    using Value = std::tuple_element_t<kIndex, Values>;
    description.add_input(info, Codec<Value>::describe());
    const auto value = description.default_of(kIndex);
    if (value) Codec<Value>::decode(*value, Where{nullptr, info.name});
  }

  void construct() {
    object_ = std::make_unique<Object>();
    constexpr SetupForm kForm = setup_form<Object>();
    if constexpr (kForm == SetupForm::kWithOptions) {
      object_->setup(description_->setup());
    } else if constexpr (kForm == SetupForm::kPlain) {
      object_->setup();
    }
  }

  // Braces: the inputs are decoded, and refused, in their order.
  template <std::size_t... kIndex>
  Values decode(Call& call, std::index_sequence<kIndex...>) const {
    return Values{decode_one<std::tuple_element_t<kIndex, Values>>(call, kIndex)...};
  }

  template <class T>
  T decode_one(Call& call, std::size_t index) const {
    const Where where{nullptr, description_->name(index)};
    const auto found = call.find(*description_, index);
    if (found) return Codec<T>::decode(*found, where);
    if constexpr (kIsOptional<T>) {
      return std::nullopt;
    } else {
      refuse_missing(where);
    }
  }

  // `values` outlives a stream, whose coroutine may refer to its parameters.
  int run(Call& call, Values& values) {
    using Result = typename Function::Result;
    const auto invoke = [&](auto&... value) -> Result {
      return Job::run(*object_, std::move(value)...);
    };
    if constexpr (std::is_void_v<Result>) {
      std::apply(invoke, values);
      return COGPP_SUCCEEDED;
    } else if constexpr (std::is_same_v<Result, TextStream> || StreamOf<Result>::value) {
      return send_stream(call, Job::kPhase, std::apply(invoke, values));
    } else {
      return send_value<std::remove_cvref_t<Result>>(call, std::apply(invoke, values));
    }
  }

  const std::string function_ = std::string(Name{}()) + Job::kMember;  ///< For error texts.
  std::unique_ptr<Description> description_;
  std::unique_ptr<Object> object_;
};

template <class Job, class Specs, class Name>
const CogppPredictorTable* job_table() {
  using G = Glue<Job, Specs, Name>;
  static constexpr CogppPredictorTable kTable{
      .abi_version = COGPP_ABI_VERSION,
      .struct_size = sizeof(CogppPredictorTable),
      .sdk_version = kSdkVersion,
      .create = G::create,
      .signature = G::signature,
      .setup = G::setup,
      .predict = G::predict,
      .predict_batch = nullptr,
      .destroy = G::destroy,
      .healthcheck =
          [] {
            if constexpr (has_healthcheck<typename Job::Object>()) {
              return &G::healthcheck;
            } else {
              return nullptr;
            }
          }(),
      .name = Name{}()};
  return &kTable;
}

template <class Specs>
using InputsOf = std::type_identity<std::remove_cvref_t<decltype(Specs{}())>>;

template <class Class, class Specs, class Name>
const CogppPredictorTable* table() {
  if constexpr (check_predictor<Class>(InputsOf<Specs>{})) {
    return job_table<PredictJob<Class>, Specs, Name>();
  }
}

// COGPP_TRAINER names a class or a function: one of the two takes it.
template <class Class, class Specs, class Name>
const CogppPredictorTable* trainer_table() {
  if constexpr (check_trainer<Class>(InputsOf<Specs>{})) {
    return job_table<TrainJob<Class>, Specs, Name>();
  }
}
template <auto kFunction, class Specs, class Name>
const CogppPredictorTable* trainer_table() {
  if constexpr (check_training<decltype(kFunction)>(InputsOf<Specs>{})) {
    return job_table<TrainFunctionJob<kFunction>, Specs, Name>();
  }
}

}  // namespace cogpp::detail

/// Makes Class the predictor of this library, which cog.yaml names without its namespace
/// (predict: predict.cpp:Class): COGPP_PREDICTOR(Class, cogpp::input(…)…)
/// with one input for each parameter of Class::predict, in their order. At namespace
/// scope, once per library. Wrong inputs do not compile; the compiler's message
/// starts with "cogpp:".
#define COGPP_PREDICTOR(Class, ...)                                                          \
  extern "C" __attribute__((visibility("default"))) const CogppPredictorTable*               \
  cogpp_predictor_entry(void) {                                                              \
    return ::cogpp::detail::table<Class, decltype([] { return ::std::tuple(__VA_ARGS__); }), \
                                  decltype([] { return #Class; })>();                        \
  }                                                                                          \
  static_assert(true, "a semicolon may follow")

/// Makes `train`, a function or a class with a member function train(), the training of
/// this library, with one input for each of its parameters: COGPP_TRAINER(train,
/// cogpp::input(…)…). At namespace scope, beside COGPP_PREDICTOR, at most once. It runs
/// where the model is trained (cog.yaml's `train`); what it returns is its output, as
/// with predict().
#define COGPP_TRAINER(train, ...)                                                             \
  extern "C" __attribute__((visibility("default"))) const CogppPredictorTable*                \
  cogpp_trainer_entry(void) {                                                                 \
    return ::cogpp::detail::trainer_table<train,                                              \
                                          decltype([] { return ::std::tuple(__VA_ARGS__); }), \
                                          decltype([] { return #train; })>();                 \
  }                                                                                           \
  static_assert(true, "a semicolon may follow")
