// A pull reader of JSON text with serde_json's rules, error texts and positions.
//
// parse_json() builds whole trees with it; the HTTP layer reads request bodies
// member by member, since Cog's texts name the place in the body ("input.text[0]:
// trailing comma at line 1 column 9"; cog-runtime §2.4 and live A7-A10, B7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/json.hpp"

namespace cogpp {

/// Why reading ended early.
struct JsonFailure {
  std::string text;        ///< "invalid number at line 1 column 12"
  std::string path;        ///< "input.text[0]"; empty for the document itself.
  bool malformed = false;  ///< False: proper JSON, but not of the expected shape.
};

/// Reads `text` from its start. Every function that returns bool, and Next::kFailed,
/// means: false or failed once, failed for good, see failure(). The text must outlive
/// the reader. One thread.
class JsonReader {
 public:
  enum class Next { kItem, kEnd, kFailed };
  static constexpr int kEndOfText = -1;

  explicit JsonReader(std::string_view text) : text_(text) {}

  /// The byte that the next value, bracket or comma starts with, whitespace passed.
  int peek();

  bool read(Json& out);
  /// Passes over a value of any depth without keeping it; iterative, as serde does.
  bool skip();
  bool read_null();
  /// Reads a string, or fails with "invalid type: …, expected <expected>".
  bool read_string(std::string& out, std::string_view expected = "a string");

  /// Enters the list or object that peek() saw. Then next_element() or next_key()
  /// with `first` true at the start; a key is followed by colon() and its value.
  bool open();
  Next next_element(bool& first);
  Next next_key(bool& first, std::string& key);
  bool colon();
  /// Leaves the container behind the last item, which must be followed by `bracket`.
  bool close(char bracket);
  /// True when nothing but whitespace follows.
  bool finish();

  /// The value at peek() is of the wrong type: consumes it as serde does and fails.
  bool mismatch(std::string_view expected);
  /// Fails with `message`, which concerns the text just read.
  bool reject(const std::string& message);
  /// Fails with `message`, which concerns the open container as a whole; serde
  /// reports such errors at the place where its search for `bracket` ended.
  bool reject_container(char bracket, const std::string& message);
  /// Malformed text at the byte that peek() shows.
  bool malformed(std::string_view message) { return fail_at_next(message); }

  /// Called while leaving a failed value: the failure lies within this member or
  /// element. Both return false.
  bool within(std::string_view key);
  bool within(std::size_t index);

  /// Precondition: something failed.
  JsonFailure failure() const;

 private:
  bool read_list(Json& out);
  bool read_object(Json& out);
  bool read_number(Json& out);
  bool read_word(std::string_view word);
  bool finish_float(std::size_t start, Json& out);
  bool scan_fraction();
  bool scan_exponent();
  bool skip_scalar(int first);
  bool skip_number();
  bool skip_key();
  bool skip_string();

  bool scan_string(std::string& out);
  bool scan_escape(std::string& out);
  bool scan_unicode(std::string& out);
  bool scan_hex(std::uint32_t& out);
  std::size_t plain_run(bool& ascii) const;

  int byte() const {
    return pos_ < text_.size() ? static_cast<unsigned char>(text_[pos_]) : kEndOfText;
  }
  bool at_digit() const { return pos_ < text_.size() && text_[pos_] >= '0' && text_[pos_] <= '9'; }
  bool fail(std::string_view message, std::size_t offset, bool malformed);
  bool fail_here(std::string_view message) { return fail(message, pos_, true); }
  bool fail_at_next(std::string_view message);

  std::string_view text_;
  std::size_t pos_ = 0;
  int remaining_depth_ = 128;  // serde_json's recursion limit

  bool failed_ = false;
  bool malformed_ = false;
  std::string message_;
  std::size_t offset_ = 0;
  std::vector<std::string> segments_;  // innermost first, as written in a path
};

}  // namespace cogpp
