// How typed values become JSON text and back, without a JSON library in sight: a
// view of a parsed node, and functions that append text. Not for authors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cogpp/json.hpp"

namespace cogpp::detail {

/// A node of a parsed JSON document that outlives it.
class Node {
 public:
  explicit Node(const void* tree) noexcept : tree_(tree) {}

  Json::Kind kind() const noexcept;
  bool as_bool() const;  ///< Preconditions: kind() is that kind.
  std::int64_t as_integer() const;
  double as_number() const;
  std::string as_string() const;
  Json as_json() const;

  std::size_t size() const noexcept;
  Node element(std::size_t index) const;     ///< Of an array.
  std::string key(std::size_t index) const;  ///< Of an object, in sorted order.
  Node member(std::size_t index) const;
  std::optional<Node> find(std::string_view key) const;
  /// An integer that fits into 64 bits, or a number without a fraction that does.
  bool is_integral() const noexcept;

 private:
  const void* tree_;  ///< The library's own node.
};

/// Where in the input a value stands, for error texts: "boxes.0.x".
struct Where {
  const Where* parent = nullptr;
  std::string_view name;  ///< Empty: `index` counts.
  std::size_t index = 0;
};

/// An input that does not have the parameter's type.
class InputError : public std::exception {
 public:
  explicit InputError(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// An output that JSON cannot express.
class OutputError : public std::exception {
 public:
  explicit OutputError(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// Throws InputError: "steps must be an integer, not a string".
[[noreturn]] void refuse(const Where& where, std::string_view expected, const Node& found);
[[noreturn]] void refuse_range(const Where& where, std::int64_t low, std::uint64_t high);
[[noreturn]] void refuse_missing(const Where& where);

void append(std::string& out, bool value);
void append(std::string& out, std::int64_t value);
void append(std::string& out, std::uint64_t value);
void append(std::string& out, double value);            ///< OutputError unless finite.
void append(std::string& out, std::string_view value);  ///< OutputError unless UTF-8.
void append(std::string& out, const Json& value);
/// The file as a data URL: how a file inside a struct or a map travels.
void append_file(std::string& out, const std::filesystem::path& path);

}  // namespace cogpp::detail
