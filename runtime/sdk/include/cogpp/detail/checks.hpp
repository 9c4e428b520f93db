// What COGPP_PREDICTOR and COGPP_TRAINER check while they compile, with texts for people:
// the shape of predict() and train(), the number of inputs, and options that do not fit
// a parameter's type. Not for authors.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "cogpp/detail/codec.hpp"
#include "cogpp/input.hpp"
#include "cogpp/stream.hpp"

namespace cogpp::detail {

/// Result and parameters of a member function or a function.
template <class Function>
struct Method {
  static_assert(kNever<Function>,
                "cogpp: predict() and train() are member functions without & or && or volatile "
                "behind their parameters, and without C's variable arguments");
};
template <class Return, class... Parameters>
struct Method<Return (*)(Parameters...)> {
  using Result = Return;
  using Declared = std::tuple<std::type_identity<Parameters>...>;
  using Values = std::tuple<std::remove_cvref_t<Parameters>...>;
  static constexpr std::size_t kCount = sizeof...(Parameters);
};
template <class Return, class... Parameters>
struct Method<Return (*)(Parameters...) noexcept> : Method<Return (*)(Parameters...)> {};
template <class Class, class Return, class... Parameters>
struct Method<Return (Class::*)(Parameters...)> : Method<Return (*)(Parameters...)> {};
template <class Class, class Return, class... Parameters>
struct Method<Return (Class::*)(Parameters...) const> : Method<Return (Class::*)(Parameters...)> {};
template <class Class, class Return, class... Parameters>
struct Method<Return (Class::*)(Parameters...) noexcept>
    : Method<Return (Class::*)(Parameters...)> {};
template <class Class, class Return, class... Parameters>
struct Method<Return (Class::*)(Parameters...) const noexcept>
    : Method<Return (Class::*)(Parameters...)> {};

template <class Class>
concept HasPredict = requires {
  &Class::predict;
};
template <class Class>
concept HasTrain = requires {
  &Class::train;
};

template <class T>
struct Optional {
  using Inner = T;
};
template <class T>
struct Optional<std::optional<T>> {
  using Inner = T;
};
template <class T>
using without_optional = typename Optional<T>::Inner;

/// Where a value holds files. The server finds those of an input by the input's type, which
/// in a union is not known before.
enum class Files { kNone, kFound, kInUnion };
template <class T>
inline constexpr Files kFiles = std::is_same_v<T, Path> ? Files::kFound : Files::kNone;
template <class T>
inline constexpr Files kFiles<std::optional<T>> = kFiles<T>;
template <class T>
inline constexpr Files kFiles<std::vector<T>> = kFiles<T>;
template <class T>
inline constexpr Files kFiles<std::map<std::string, T>> = kFiles<T>;
template <class... T>
inline constexpr Files kFiles<std::variant<T...>> = ((kFiles<T> == Files::kNone) && ...)
                                                        ? Files::kNone
                                                        : Files::kInUnion;
template <class Fields>
inline constexpr Files kFilesOfFields = Files::kNone;
template <class... Struct, class... Member>
inline constexpr Files kFilesOfFields<std::tuple<FieldOf<Struct, Member>...>> =
    ((kFiles<Member> == Files::kInUnion) || ...) ? Files::kInUnion
    : ((kFiles<Member> == Files::kFound) || ...) ? Files::kFound
                                                 : Files::kNone;
template <Described T>
inline constexpr Files kFiles<T> = kFilesOfFields<decltype(cogpp_fields(Tag<T>{}))>;

/// Whether a value of type Default may be the default of a parameter.
template <class Parameter, class Default>
inline constexpr bool kFits = std::is_same_v<Parameter, Default> ||
                              (kIsIntegral<Parameter> && kIsIntegral<Default>) ||
                              (std::is_floating_point_v<Parameter> &&
                               (std::is_floating_point_v<Default> || kIsIntegral<Default>)) ||
                              (std::is_same_v<Parameter, std::string> &&
                               std::is_convertible_v<Default, std::string_view>) ||
                              std::is_same_v<Parameter, Json>;
template <class Parameter, class Default>
inline constexpr bool kFits<std::optional<Parameter>, Default> =
    std::is_same_v<Default, std::nullptr_t> || std::is_same_v<Default, std::optional<Parameter>> ||
    kFits<Parameter, Default>;
template <class Parameter, class Default>
inline constexpr bool kFits<std::vector<Parameter>, std::vector<Default>> =
    kFits<Parameter, Default>;
template <class... Parameter, class Default>
inline constexpr bool kFits<std::variant<Parameter...>, Default> =
    std::is_same_v<std::variant<Parameter...>, Default> || (kFits<Parameter, Default> || ...);

template <class T>
struct StreamOf : std::false_type {};
template <class T, Live kLive>
struct StreamOf<Stream<T, kLive>> : std::true_type {};

/// `kNumber` is the position of the input, from 1, for the compiler's note.
template <std::size_t kNumber, class Declared, class Spec>
struct CheckInput {
  static_assert(kNever<Spec>,
                "cogpp: COGPP_PREDICTOR and COGPP_TRAINER take a cogpp::input(\"name\") for each "
                "parameter, with its options behind it");
  static constexpr bool kPassed = true;
};
template <std::size_t kNumber, class Declared, unsigned kOptions, class Default>
struct CheckInput<kNumber, Declared, Input<kOptions, Default>> {
  using Value = std::remove_cvref_t<Declared>;
  using Type = without_optional<Value>;

  static_assert(!std::is_lvalue_reference_v<Declared> ||
                    std::is_const_v<std::remove_reference_t<Declared>>,
                "cogpp: predict() and train() take their inputs by value or by const reference");
  static_assert(
      kIsValue<Value>,
      "cogpp: this parameter of predict() or train() cannot be an input: use "
      "std::string, std::int64_t, double, bool, cogpp::Path, cogpp::Secret, "
      "cogpp::Json, a COGPP_STRUCT, or std::optional, std::vector, std::map<std::string, T> or "
      "std::variant (without files and secrets) of them");
  static_assert(kFiles<Value> != Files::kInUnion,
                "cogpp: an input has no files inside of a std::variant, also not in a list, map or "
                "struct there: make the file an input or a field of its own");
  static_assert(!(kOptions & kRange) || kIsIntegral<Type> || std::is_floating_point_v<Type>,
                "cogpp: ge() and le() need a number parameter, such as std::int64_t or double");
  static_assert(!(kOptions & (kLength | kRegex)) || std::is_same_v<Type, std::string> ||
                    (!(kOptions & kRegex) && std::is_same_v<Type, Secret>),
                "cogpp: min_length(), max_length() and regex() need a std::string parameter");
  static_assert(!(kOptions & kTextChoices) || std::is_same_v<Type, std::string>,
                "cogpp: choices() of texts need a std::string parameter");
  static_assert(!(kOptions & kIntegerChoices) || kIsIntegral<Type>,
                "cogpp: choices() of integers need an integer parameter, such as std::int64_t");
  static_assert(!(kOptions & kAccept) || std::is_same_v<Type, Path> ||
                    std::is_same_v<Type, std::vector<Path>>,
                "cogpp: accept() needs a cogpp::Path parameter");
  static_assert(std::is_same_v<Default, NoDefault> || std::is_same_v<Default, std::nullptr_t> ||
                    !std::is_same_v<Type, Path>,
                "cogpp: a cogpp::Path parameter has no default: make it std::optional");
  static_assert(std::is_same_v<Default, NoDefault> || std::is_same_v<Default, std::nullptr_t> ||
                    !std::is_same_v<Type, Secret>,
                "cogpp: a cogpp::Secret parameter has no default, which the API's schema would "
                "show: make it std::optional");
  static_assert(std::is_same_v<Default, NoDefault> || kFits<Value, Default>,
                "cogpp: the value of default_to() does not have the type of the parameter");

  static constexpr bool kPassed = true;
};

template <class Result>
constexpr void check_output() {
  if constexpr (StreamOf<Result>::value) {
    static_assert(kIsValue<typename Result::value_type>,
                  "cogpp: cogpp::Stream<T> cannot send this type: use std::string, std::int64_t, "
                  "double, bool, cogpp::Path, cogpp::Json, a COGPP_STRUCT, std::optional, "
                  "std::vector, std::map<std::string, T> or std::variant of them");
  } else if constexpr (!std::is_void_v<Result> && !std::is_same_v<Result, TextStream>) {
    static_assert(kIsValue<std::remove_cvref_t<Result>>,
                  "cogpp: predict() and train() cannot return this type: use void, std::string, "
                  "std::int64_t, double, bool, cogpp::Path, cogpp::Json, a COGPP_STRUCT, "
                  "std::optional, std::vector, std::map<std::string, T> or std::variant of "
                  "them, cogpp::Stream<T> or cogpp::TextStream");
  }
}

template <class Declared, class... Spec, std::size_t... kIndex>
constexpr bool check_inputs(std::index_sequence<kIndex...>) {
  return (CheckInput<kIndex + 1, typename std::tuple_element_t<kIndex, Declared>::type,
                     Spec>::kPassed &&
          ...);
}

/// The part that predict() and train() share; their number is checked before.
template <class Function, class... Spec>
constexpr bool check_function() {
  check_output<typename Function::Result>();
  if constexpr (Function::kCount == sizeof...(Spec)) {
    return check_inputs<typename Function::Declared, Spec...>(std::index_sequence_for<Spec...>{});
  }
  return true;
}

/// Ends the compilation unless Class and the inputs fit together.
template <class Class, class... Spec>
constexpr bool check_predictor(std::type_identity<std::tuple<Spec...>>) {
  static_assert(std::is_default_constructible_v<Class>,
                "cogpp: the predictor's class needs a public constructor without parameters");
  static_assert(HasPredict<Class>,
                "cogpp: the predictor's class needs one public member function predict(), "
                "neither overloaded nor a template");
  if constexpr (HasPredict<Class>) {
    using Predict = Method<decltype(&Class::predict)>;
    static_assert(Predict::kCount == sizeof...(Spec),
                  "cogpp: COGPP_PREDICTOR needs exactly one cogpp::input(...) for each parameter "
                  "of predict(), in their order");
    return check_function<Predict, Spec...>();
  }
  return true;
}

/// The same for a training's function, with its type.
template <class Function, class... Spec>
constexpr bool check_training(std::type_identity<std::tuple<Spec...>>) {
  static_assert(Method<Function>::kCount == sizeof...(Spec),
                "cogpp: COGPP_TRAINER needs exactly one cogpp::input(...) for each parameter "
                "of the training, in their order");
  return check_function<Method<Function>, Spec...>();
}

/// The same for a class that trains.
template <class Class, class... Spec>
constexpr bool check_trainer(std::type_identity<std::tuple<Spec...>> inputs) {
  static_assert(std::is_default_constructible_v<Class>,
                "cogpp: the trainer's class needs a public constructor without parameters");
  static_assert(HasTrain<Class>,
                "cogpp: the trainer's class needs one public member function train(), "
                "neither overloaded nor a template");
  if constexpr (HasTrain<Class>) return check_training<decltype(&Class::train)>(inputs);
  return true;
}

}  // namespace cogpp::detail
