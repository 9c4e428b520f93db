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
// with its type and text; one that leaves setup() fails the model.
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
    send_chunk(call, value);
    return COGPP_SUCCEEDED;
  } else {
    send_chunk(call, value);
    return COGPP_SUCCEEDED;
  }
}

/// Sends each piece as it comes, until the end or a cancellation.
template <class Result>
int send_stream(Call& call, Result stream) {
  TextPieces pieces(call);
  while (true) {
    call.phase(Phase::kIterate);
    if (call.cancelled() || !stream.next()) break;
    call.phase(Phase::kPredict);
    if constexpr (std::is_same_v<Result, TextStream>) {
      pieces.add(stream.value());
    } else {
      send_chunk(call, stream.value());
    }
  }
  pieces.finish();
  return COGPP_SUCCEEDED_STREAM;
}

/// The functions of the C table for one predictor class. `Specs` is the type of a
/// lambda without captures that returns the tuple of inputs.
template <class Class, class Specs>
class Glue {
  using Predict = Method<decltype(&Class::predict)>;
  using Values = typename Predict::Values;

 public:
  static void* create(CogppText options, void* host, const CogppHostTable* table) {
    auto description = Description::create(options, host, table);
    if (!description) return nullptr;
    add_inputs(*description, Specs{}(), std::make_index_sequence<Predict::kCount>{});
    description->set_output(describe_output<typename Predict::Result>());
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
      call.phase(Phase::kInput);
      Values values = glue.decode(call, std::make_index_sequence<Predict::kCount>{});
      call.phase(Phase::kPredict);
      return call.ended(glue.run(call, values));
    } catch (...) {
      return call.failed();
    }
  }

  static void destroy(void* self) { delete static_cast<Glue*>(self); }

 private:
  template <class Tuple, std::size_t... kIndex>
  static void add_inputs(Description& description, const Tuple& specs,
                         std::index_sequence<kIndex...>) {
    (description.add_input(std::get<kIndex>(specs).info(),
                           Codec<std::tuple_element_t<kIndex, Values>>::describe()),
     ...);
  }

  void construct() {
    predictor_ = std::make_unique<Class>();
    if constexpr (requires(Class & it, const Setup& setup) { it.setup(setup); }) {
      predictor_->setup(description_->setup());
    } else if constexpr (requires(Class & it) { it.setup(); }) {
      predictor_->setup();
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
    using Result = typename Predict::Result;
    const auto invoke = [&](auto&... value) -> Result {
      return predictor_->predict(std::move(value)...);
    };
    if constexpr (std::is_void_v<Result>) {
      std::apply(invoke, values);
      return COGPP_SUCCEEDED;
    } else if constexpr (std::is_same_v<Result, TextStream> || StreamOf<Result>::value) {
      return send_stream(call, std::apply(invoke, values));
    } else {
      return send_value<std::remove_cvref_t<Result>>(call, std::apply(invoke, values));
    }
  }

  std::unique_ptr<Description> description_;
  std::unique_ptr<Class> predictor_;
};

template <class Class, class Specs>
const CogppPredictorTable* table() {
  using Inputs = std::remove_cvref_t<decltype(Specs{}())>;
  if constexpr (check_predictor<Class>(std::type_identity<Inputs>{})) {
    using G = Glue<Class, Specs>;
    static constexpr CogppPredictorTable kTable{COGPP_ABI_VERSION, sizeof(CogppPredictorTable),
                                                kSdkVersion,       G::create,
                                                G::signature,      G::setup,
                                                G::predict,        nullptr,
                                                G::destroy};
    return &kTable;
  }
}

}  // namespace cogpp::detail

/// Makes Class the predictor of this library: COGPP_PREDICTOR(Class, cogpp::input(…)…)
/// with one input for each parameter of Class::predict, in their order. At namespace
/// scope, once per library. Wrong inputs do not compile; the compiler's message
/// starts with "cogpp:".
#define COGPP_PREDICTOR(Class, ...)                                                             \
  extern "C" __attribute__((visibility("default"))) const CogppPredictorTable*                  \
  cogpp_predictor_entry(void) {                                                                 \
    return ::cogpp::detail::table<Class, decltype([] { return ::std::tuple(__VA_ARGS__); })>(); \
  }                                                                                             \
  static_assert(true, "a semicolon may follow")
