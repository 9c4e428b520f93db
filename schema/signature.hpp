// What a predictor takes and gives: names, types and constraints.
//
// A worker describes its predictor with one Signature (as JSON, in its hello
// message); the server and the CLI derive the OpenAPI document and the input
// checks from it. Plain values, no I/O; safe to copy between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::schema {

/// The kinds of Cog's type system (cog-runtime §17.4, §17.5).
enum class Kind {
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kPath,    ///< A file: URL or data URL on the wire, a local path for the predictor.
  kSecret,  ///< A string that is never shown.
  kObject,  ///< Any JSON object; Cog's `dict` and `Any`.
  kArray,   ///< `items` has one type.
  kUnion,   ///< One of `items`.
  kStruct,  ///< An object with named `fields`.
  kMap,     ///< An object whose values have the type items[0]; Cog's `dict[str, T]`.
};

struct Field;

// Members say `{}` so that designated initialisers may leave them out without warning.

/// A type. `optional` is Cog's `Optional[T]`: null or absent is allowed.
struct Type {
  Kind kind = Kind::kString;
  bool optional = false;
  std::vector<Type> items{};  ///< kArray, kMap: one; kUnion: two or more.
  std::vector<Field> fields;  ///< kStruct only. Incomplete here: no `{}`.

  friend bool operator==(const Type&, const Type&) = default;
};

/// A member of a struct type. Required unless its type is optional or it has a
/// default; `required` says otherwise (a TypedDict's key may be null and yet have to
/// be there, or the other way round).
struct Field {
  std::string name{};
  Type type{};
  std::optional<Json> default_value{};
  std::string description{};
  std::optional<bool> required{};

  bool is_required() const { return required.value_or(!type.optional && !default_value); }

  friend bool operator==(const Field&, const Field&) = default;
};

/// One input of a predictor, in the order of its parameters.
struct Input {
  std::string name{};
  Type type{};
  std::optional<Json> default_value{};  ///< A null value is a default, too.
  std::string description{};
  std::optional<double> ge{};
  std::optional<double> le{};
  std::optional<std::uint64_t> min_length{};
  std::optional<std::uint64_t> max_length{};
  std::optional<std::string> regex{};
  /// C++: all strings or all integers. Python: whatever the type holds. Empty: none.
  std::vector<Json> choices{};
  std::string accept{};  ///< Media types for a file, as `image/*`.
  bool deprecated = false;
  std::optional<bool> required{};  ///< What a document says against the rules below.

  /// Null as the default of a type without null means "no default"; a secret's means
  /// "may be left out" (cog-runtime §17.4).
  bool has_default() const;
  /// Whether a request must have it (cog-runtime §17.4).
  bool is_required() const;

  friend bool operator==(const Input&, const Input&) = default;
};

/// How a predictor gives its output.
enum class OutputMode {
  kValue,        ///< One value (an array type: one chunk an element).
  kIterator,     ///< A stream of chunks: Cog's Iterator[T].
  kConcatenate,  ///< A stream of text pieces: Cog's ConcatenateIterator[str].
};

struct Signature {
  std::vector<Input> inputs{};
  Type output{};  ///< The element's type when `mode` is a stream.
  OutputMode mode = OutputMode::kValue;
  bool streaming = false;  ///< SSE is offered (Cog's @streaming).

  friend bool operator==(const Signature&, const Signature&) = default;
};

/// JSON form of a signature, as in a worker's hello message:
///   {"inputs":[{"name":"prompt","type":TYPE,"default":…,"description":…,"ge":…,
///     "le":…,"min_length":…,"max_length":…,"regex":…,"choices":[…],"accept":…,
///     "deprecated":true}],"output":TYPE,"mode":"value"|"iterator"|"concatenate",
///    "streaming":true}
///   TYPE: {"kind":"string","optional":true,"items":[TYPE…],
///          "fields":[{"name":…,"type":TYPE,"default":…,"description":…,"required":true}]}
///   kinds: string integer number boolean path secret object array union struct map
/// Absent members have their defaults.
Json to_json(const Signature& signature);
Result<Signature> signature_from_json(const Json& json);

/// Checks what the type system cannot: names unique and non-empty, choices of the
/// input's type, defaults within their constraints, regex compiles, no constraint
/// on a type that has none. The error names the input.
/// For C++ predictors: Python's are made by cogpp_schema, with Cog's own rules.
Status check(const Signature& signature);

/// Checks the defaults alone, against the document's rules, as Cog's build does.
Status check_defaults(const Signature& signature);

}  // namespace cogpp::schema
