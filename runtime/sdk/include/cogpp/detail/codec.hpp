// Codec<T>: for each type that may be an input or output, its description, its
// reading and its writing. Not for authors; an unsupported type ends in a readable
// static_assert in predictor.hpp.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "cogpp/detail/value.hpp"
#include "cogpp/json.hpp"
#include "cogpp/struct.hpp"
#include "cogpp/types.hpp"

namespace cogpp::detail {

/// A type as the worker describes it to the server (schema/signature.hpp).
struct TypeInfo {
  const char* kind = "string";
  bool optional = false;
  std::vector<TypeInfo> items = {};
  std::vector<TypeInfo> fields = {};  ///< Of a struct, each with its name.
  std::string name = {};
};

/// False, but only once T is known.
template <class T>
inline constexpr bool kNever = false;

template <class T>
inline constexpr bool kIsIntegral =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
    !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> &&
    !std::is_same_v<T, char32_t>;

template <class T>
concept Described = requires {
  cogpp_fields(Tag<T>{});
};

/// Whether a value may stand in an input: every output type that is not a stream.
template <class T>
inline constexpr bool kIsValue =
    std::is_same_v<T, bool> || kIsIntegral<T> || std::is_floating_point_v<T> ||
    std::is_same_v<T, std::string> || std::is_same_v<T, Path> || std::is_same_v<T, Secret> ||
    std::is_same_v<T, Json> || Described<T>;
template <class T>
inline constexpr bool kIsValue<std::optional<T>> = kIsValue<T>;
template <class T>
inline constexpr bool kIsValue<std::vector<T>> = kIsValue<T>;
template <class T>
inline constexpr bool kIsValue<std::map<std::string, T>> = kIsValue<T>;
template <class... T>
inline constexpr bool kIsValue<std::variant<T...>> = (kIsValue<T> && ...) &&
                                                     !(std::is_same_v<T, Path> || ...) &&
                                                     !(std::is_same_v<T, Secret> || ...);

/// How well a JSON value fits an alternative of a union.
enum class Fit { kNo, kConverts, kExactly };

template <class T>
struct Codec;

template <class T>
concept Encodable = requires(std::string& out, const T& value) {
  Codec<T>::encode(out, value);
};

template <>
struct Codec<bool> {
  static TypeInfo describe() { return {.kind = "boolean"}; }
  static Fit fit(const Node& node) {
    return node.kind() == Json::Kind::kBoolean ? Fit::kExactly : Fit::kNo;
  }
  static bool decode(const Node& node, const Where& where) {
    if (fit(node) == Fit::kNo) refuse(where, "a boolean", node);
    return node.as_bool();
  }
  static void encode(std::string& out, bool value) { append(out, value); }
};

template <class T>
requires kIsIntegral<T>
struct Codec<T> {
  static TypeInfo describe() { return {.kind = "integer"}; }
  static Fit fit(const Node& node) {
    if (node.kind() == Json::Kind::kInteger) return Fit::kExactly;
    return node.is_integral() ? Fit::kConverts : Fit::kNo;
  }
  static T decode(const Node& node, const Where& where) {
    const bool integral = node.is_integral();
    // An integer that is not integral here has more than 64 bits.
    if (!integral && node.kind() != Json::Kind::kInteger) refuse(where, "an integer", node);
    const std::int64_t value = integral ? node.as_integer() : 0;
    if (!integral || !std::in_range<T>(value)) {
      refuse_range(where, static_cast<std::int64_t>(std::numeric_limits<T>::min()),
                   static_cast<std::uint64_t>(std::numeric_limits<T>::max()));
    }
    return static_cast<T>(value);
  }
  static void encode(std::string& out, T value) {
    if constexpr (std::is_signed_v<T>) {
      append(out, static_cast<std::int64_t>(value));
    } else {
      append(out, static_cast<std::uint64_t>(value));
    }
  }
};

template <class T>
requires std::is_floating_point_v<T>
struct Codec<T> {
  static TypeInfo describe() { return {.kind = "number"}; }
  static Fit fit(const Node& node) {
    if (node.kind() == Json::Kind::kNumber) return Fit::kExactly;
    return node.kind() == Json::Kind::kInteger ? Fit::kConverts : Fit::kNo;
  }
  static T decode(const Node& node, const Where& where) {
    if (fit(node) == Fit::kNo) refuse(where, "a number", node);
    return static_cast<T>(node.as_number());
  }
  static void encode(std::string& out, T value) { append(out, static_cast<double>(value)); }
};

template <>
struct Codec<std::string> {
  static TypeInfo describe() { return {.kind = "string"}; }
  static Fit fit(const Node& node) {
    return node.kind() == Json::Kind::kString ? Fit::kExactly : Fit::kNo;
  }
  static std::string decode(const Node& node, const Where& where) {
    if (fit(node) == Fit::kNo) refuse(where, "a string", node);
    return node.as_string();
  }
  static void encode(std::string& out, const std::string& value) {
    append(out, std::string_view(value));
  }
};

template <>
struct Codec<Path> {
  static TypeInfo describe() { return {.kind = "path"}; }
  static Fit fit(const Node& node) { return Codec<std::string>::fit(node); }
  static Path decode(const Node& node, const Where& where) {
    return Path(std::filesystem::path(Codec<std::string>::decode(node, where)));
  }
  static void encode(std::string& out, const Path& value) { append_file(out, value); }
};

template <>
struct Codec<Secret> {
  static TypeInfo describe() { return {.kind = "secret"}; }
  static Fit fit(const Node& node) { return Codec<std::string>::fit(node); }
  static Secret decode(const Node& node, const Where& where) {
    return Secret(Codec<std::string>::decode(node, where));
  }
  static void encode(std::string& out, const Secret& value) {
    append(out, std::string_view(value.reveal()));
  }
};

template <>
struct Codec<Json> {
  static TypeInfo describe() { return {.kind = "object"}; }
  static Fit fit(const Node&) { return Fit::kConverts; }
  static Json decode(const Node& node, const Where&) { return node.as_json(); }
  static void encode(std::string& out, const Json& value) { append(out, value); }
};

template <class T>
struct Codec<std::optional<T>> {
  static TypeInfo describe() {
    TypeInfo info = Codec<T>::describe();
    info.optional = true;
    return info;
  }
  static Fit fit(const Node& node) {
    return node.kind() == Json::Kind::kNull ? Fit::kExactly : Codec<T>::fit(node);
  }
  static std::optional<T> decode(const Node& node, const Where& where) {
    if (node.kind() == Json::Kind::kNull) return std::nullopt;
    return Codec<T>::decode(node, where);
  }
  static void encode(std::string& out, const std::optional<T>& value) {
    value ? Codec<T>::encode(out, *value) : append(out, Json());
  }
};

template <class T>
struct Codec<std::vector<T>> {
  static TypeInfo describe() { return {.kind = "array", .items = {Codec<T>::describe()}}; }
  static Fit fit(const Node& node) {
    return node.kind() == Json::Kind::kArray ? Fit::kExactly : Fit::kNo;
  }
  static std::vector<T> decode(const Node& node, const Where& where) {
    if (fit(node) == Fit::kNo) refuse(where, "an array", node);
    std::vector<T> values;
    values.reserve(node.size());
    for (std::size_t i = 0; i < node.size(); ++i) {
      values.push_back(Codec<T>::decode(node.element(i), Where{&where, {}, i}));
    }
    return values;
  }
  static void encode(std::string& out, const std::vector<T>& values) {
    out += '[';
    bool first = true;
    for (const auto& value : values) {
      if (!std::exchange(first, false)) out += ',';
      Codec<T>::encode(out, value);
    }
    out += ']';
  }
};

template <class T>
struct Codec<std::map<std::string, T>> {
  static TypeInfo describe() { return {.kind = "map", .items = {Codec<T>::describe()}}; }
  static Fit fit(const Node& node) {
    return node.kind() == Json::Kind::kObject ? Fit::kExactly : Fit::kNo;
  }
  static std::map<std::string, T> decode(const Node& node, const Where& where) {
    if (fit(node) == Fit::kNo) refuse(where, "an object", node);
    std::map<std::string, T> values;
    for (std::size_t i = 0; i < node.size(); ++i) {
      std::string key = node.key(i);
      T value = Codec<T>::decode(node.member(i), Where{&where, key});
      values.emplace(std::move(key), std::move(value));
    }
    return values;
  }
  static void encode(std::string& out, const std::map<std::string, T>& values) {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : values) {
      if (!std::exchange(first, false)) out += ',';
      append(out, std::string_view(key));
      out += ':';
      Codec<T>::encode(out, value);
    }
    out += '}';
  }
};

template <class... T>
struct Codec<std::variant<T...>> {
  using Value = std::variant<T...>;

  static TypeInfo describe() { return {.kind = "union", .items = {Codec<T>::describe()...}}; }
  static Fit fit(const Node& node) {
    Fit best = Fit::kNo;
    ((best = std::max(best, Codec<T>::fit(node))), ...);
    return best;
  }
  /// The first alternative of the best fit.
  static Value decode(const Node& node, const Where& where) {
    const Fit best = fit(node);
    if (best == Fit::kNo) refuse(where, "one of the parameter's types", node);
    std::optional<Value> value;
    ((!value && Codec<T>::fit(node) == best ? void(value.emplace(Codec<T>::decode(node, where)))
                                            : void()),
     ...);
    return std::move(*value);
  }
  static void encode(std::string& out, const Value& value) {
    std::visit(
        [&out](const auto& held) { Codec<std::remove_cvref_t<decltype(held)>>::encode(out, held); },
        value);
  }
};

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class Fields>
inline constexpr bool kAreValues = false;
template <class... Struct, class... Member>
inline constexpr bool kAreValues<std::tuple<FieldOf<Struct, Member>...>> = (kIsValue<Member> &&
                                                                            ...);

template <Described T>
struct Codec<T> {
  static_assert(kAreValues<decltype(cogpp_fields(Tag<T>{}))>,
                "cogpp: a field of this COGPP_STRUCT has a type that no output may have: use "
                "std::string, std::int64_t, double, bool, cogpp::Path, cogpp::Secret, "
                "cogpp::Json, a COGPP_STRUCT, or std::optional, std::vector, "
                "std::map<std::string, T> or std::variant of them");

  static TypeInfo describe() {
    TypeInfo info{.kind = "struct"};
    std::apply([&info](const auto&... field) { (add_field(info, field), ...); },
               cogpp_fields(Tag<T>{}));
    return info;
  }
  static Fit fit(const Node& node) {
    return node.kind() == Json::Kind::kObject ? Fit::kExactly : Fit::kNo;
  }
  static T decode(const Node& node, const Where& where) {
    if (fit(node) == Fit::kNo) refuse(where, "an object", node);
    T value{};
    std::apply([&](const auto&... field) { (decode_field(value, field, node, where), ...); },
               cogpp_fields(Tag<T>{}));
    return value;
  }
  static void encode(std::string& out, const T& value) {
    bool first = true;
    out += '{';
    std::apply(
        [&](const auto&... field) {
          ((out += std::exchange(first, false) ? "\"" : ",\"", out += field.name,
            out += "\":", Codec<Member<decltype(field)>>::encode(out, value.*field.member)),
           ...);
        },
        cogpp_fields(Tag<T>{}));
    out += '}';
  }

 private:
  template <class Field>
  using Member = std::remove_cvref_t<decltype(std::declval<T&>().*std::declval<Field>().member)>;

  template <class Field>
  static void add_field(TypeInfo& info, const Field& field) {
    info.fields.push_back(Codec<Member<Field>>::describe());
    info.fields.back().name = field.name;
  }

  template <class Field>
  static void decode_field(T& value, const Field& field, const Node& node, const Where& where) {
    using Type = Member<Field>;
    const Where inner{&where, field.name};
    const auto found = node.find(field.name);
    if (found) {
      value.*field.member = Codec<Type>::decode(*found, inner);
    } else if constexpr (!kIsOptional<Type>) {
      refuse_missing(inner);
    }
  }
};

}  // namespace cogpp::detail
