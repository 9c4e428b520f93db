// A JSON value for inputs and outputs whose shape is not known at compile time.
// No JSON library is included here; one that the author uses cannot clash.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cogpp {

/// Null, a boolean, a number, a text, an array or an object. A plain value: copies
/// are deep, and different objects may be used by different threads.
///
/// Every wrong use (a text read as a number, a missing key) throws
/// std::invalid_argument, which fails the prediction with that reason.
class Json {
 public:
  /// What a value is. kInteger: without fraction or exponent, and 64 bits hold it; any
  /// other number is a kNumber.
  enum class Kind { kNull, kBoolean, kInteger, kNumber, kString, kArray, kObject };

  /// Values of C++ become JSON's, also in calls and lists: Json::object({{"n", 3}}).
  /// Integers are exact in the ranges of std::int64_t and std::uint64_t, other numbers
  /// doubles; texts are UTF-8 (text() checks).
  Json() noexcept;  ///< null
  Json(std::nullptr_t) noexcept;
  template <std::same_as<bool> T>
  Json(T value) : Json(from_bool(value)) {}
  template <std::signed_integral T>
  Json(T value) : Json(from_integer(static_cast<std::int64_t>(value))) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) Json(T value)
      : Json(from_unsigned(static_cast<std::uint64_t>(value))) {}
  template <std::floating_point T>
  Json(T value) : Json(from_number(static_cast<double>(value))) {}
  Json(std::string text);
  Json(std::string_view text);
  Json(const char* text);
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();

  /// An array of copies of `elements`, in their order: Json::array({1, "two"}).
  static Json array(std::initializer_list<Json> elements = {});
  /// An object of copies of `members`; of two with one key the later one stays.
  static Json object(std::initializer_list<std::pair<std::string, Json>> members = {});
  /// Reads one JSON document; std::invalid_argument with line and column otherwise.
  static Json parse(std::string_view text);
  /// Compact JSON text. A number that is not finite and a text that is not UTF-8 throw
  /// std::invalid_argument.
  std::string text() const;

  Kind kind() const noexcept;
  bool is_null() const noexcept { return kind() == Kind::kNull; }
  /// A boolean; a number is none.
  bool as_bool() const;
  std::int64_t as_integer() const;    ///< A number without a fraction counts.
  std::uint64_t as_unsigned() const;  ///< The same; throws for a negative one.
  double as_number() const;           ///< Any number; beyond 2^53 the nearest double.
  /// A text, as UTF-8. Valid until this value is changed or gone.
  const std::string& as_string() const;

  /// Elements of an array, members of an object, 0 for everything else.
  std::size_t size() const noexcept;
  /// An element; throws beyond the end.
  const Json& at(std::size_t index) const;
  Json& at(std::size_t index);
  /// A member; throws when there is none.
  const Json& at(std::string_view key) const;
  /// Whether this is an object with that member, be it null.
  bool contains(std::string_view key) const noexcept;
  /// A member, made as null when there is none; a null becomes an object first.
  Json& operator[](std::string_view key);
  /// Appends; a null becomes an array first.
  void push_back(Json element);
  /// Keys of an object in sorted order.
  std::vector<std::string> keys() const;

  /// Same kind and same content; the integer 1 and the number 1.0 differ.
  friend bool operator==(const Json& left, const Json& right);

 private:
  struct Value;
  static Json from_bool(bool value);
  static Json from_integer(std::int64_t value);
  static Json from_unsigned(std::uint64_t value);
  static Json from_number(double value);
  explicit Json(std::unique_ptr<Value> value) noexcept;

  std::unique_ptr<Value> value_;  ///< Empty for null.
};

}  // namespace cogpp
