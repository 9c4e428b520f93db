// cogpp::input("name"): what COGPP_PREDICTOR says about one parameter of predict().
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "cogpp/detail/codec.hpp"

namespace cogpp {

namespace detail {

/// Everything that was said about an input.
struct InputInfo {
  std::string name;
  std::string description;
  std::string accept;
  std::optional<double> ge;
  std::optional<double> le;
  std::optional<std::uint64_t> min_length;
  std::optional<std::uint64_t> max_length;
  std::optional<std::string> regex;
  std::vector<std::string> choices;          ///< As JSON text.
  std::optional<std::string> default_value;  ///< As JSON text.
  bool deprecated = false;
};

/// Which options were used; part of Input's type, so that a misuse does not compile.
enum Option : unsigned {
  kRange = 1,
  kLength = 2,
  kRegex = 4,
  kTextChoices = 8,
  kIntegerChoices = 16,
  kAccept = 32,
};

struct NoDefault {};

template <class T>
std::string default_text(const T& value) {
  std::string text;
  if constexpr (std::is_same_v<T, std::nullptr_t>) {
    text = "null";
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    append(text, std::string_view(value));
  } else {
    static_assert(Encodable<T>, "cogpp: default_to() takes a value of the parameter's type");
    Codec<T>::encode(text, value);
  }
  return text;
}

}  // namespace detail

/// Made by cogpp::input(); each function returns the extended description. What does not
/// fit the parameter's type does not compile: ge() for a text, a default of another type.
/// A request that breaks a rule is refused before predict() is called.
template <unsigned kOptions = 0, class Default = detail::NoDefault>
class Input {
 public:
  /// For cogpp::input().
  explicit Input(detail::InputInfo info) : info_(std::move(info)) {}

  /// Text for the API document and for people.
  Input describe(std::string_view text) && {
    info_.description = text;
    return std::move(*this);
  }
  /// Shown as deprecated in the API document.
  Input deprecated() && {
    info_.deprecated = true;
    return std::move(*this);
  }
  /// The value when the request has none; it must have the parameter's type, or be
  /// nullptr for a std::optional. Makes the input optional. The API's schema shows it, so a
  /// cogpp::Secret has none.
  template <class T>
  auto default_to(const T& value) && {
    info_.default_value = detail::default_text(value);
    return Input<kOptions, std::decay_t<T>>(std::move(info_));
  }
  /// The same for a list: default_to({"a", "b"}).
  template <class T>
  auto default_to(std::initializer_list<T> values) && {
    using Element =
        std::conditional_t<std::is_convertible_v<const T&, std::string_view>, std::string, T>;
    return std::move(*this).default_to(std::vector<Element>(values.begin(), values.end()));
  }
  /// Lower limit of a number, inclusive.
  auto ge(double limit) && {
    info_.ge = limit;
    return with<detail::kRange>();
  }
  /// Upper limit of a number, inclusive.
  auto le(double limit) && {
    info_.le = limit;
    return with<detail::kRange>();
  }
  /// Shortest accepted text, in characters.
  auto min_length(std::uint64_t characters) && {
    info_.min_length = characters;
    return with<detail::kLength>();
  }
  /// Longest accepted text, in characters.
  auto max_length(std::uint64_t characters) && {
    info_.max_length = characters;
    return with<detail::kLength>();
  }
  /// Pattern (RE2 syntax, look-around allowed) that must match somewhere in a text.
  auto regex(std::string_view pattern) && {
    info_.regex = pattern;
    return with<detail::kRegex>();
  }
  /// The accepted texts.
  auto choices(std::initializer_list<std::string_view> values) && {
    for (const auto& value : values) detail::append(info_.choices.emplace_back(), value);
    return with<detail::kTextChoices>();
  }
  /// The accepted integers.
  auto choices(std::initializer_list<std::int64_t> values) && {
    for (const auto value : values) detail::append(info_.choices.emplace_back(), value);
    return with<detail::kIntegerChoices>();
  }
  /// Media types of a file, as "image/*": a hint for clients, not checked.
  auto accept(std::string_view media_types) && {
    info_.accept = media_types;
    return with<detail::kAccept>();
  }

  /// For COGPP_PREDICTOR: all that was said.
  const detail::InputInfo& info() const { return info_; }

 private:
  template <unsigned kMore>
  auto with() {
    return Input<kOptions | kMore, Default>(std::move(info_));
  }

  detail::InputInfo info_;
};

/// Describes the next parameter of predict() under the name that requests use.
inline Input<> input(std::string_view name) {
  detail::InputInfo info;
  info.name = name;
  return Input<>(std::move(info));
}

}  // namespace cogpp
