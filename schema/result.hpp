// Errors as values: Result<T> holds either a T or an Error.
//
// Every function that can fail for a reason outside the program (input, disk,
// process, network) returns one. Exceptions of libraries and of users' code are
// caught where they enter and become an Error there (docs/adr/0001).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace cogpp {

/// Why something failed. `message` is one or more whole lines for the user: what
/// failed, which file, key or value it concerns, and what to do about it.
struct Error {
  std::string message;

  /// The same error seen from further out: "context: message".
  Error within(const std::string& context) const { return Error{context + ": " + message}; }

  friend bool operator==(const Error&, const Error&) = default;
};

/// A value of type T, or the Error that prevented it. Not thread-safe.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(*-explicit-*)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// The value. Precondition: ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// The error. Precondition: !ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace cogpp
