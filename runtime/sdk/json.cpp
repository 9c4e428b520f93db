// cogpp::Json: a tree of its own, so that the header needs no JSON library.
#include "cogpp/json.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>
#include <variant>

#include "cogpp/detail/value.hpp"
#include "runtime/sdk/tree.hpp"

namespace cogpp {

using Elements = std::vector<Json>;
using Members = std::map<std::string, Json, std::less<>>;

// In the order of Kind, whose first is the null that no Value stands for; the last is
// an integer above the range of std::int64_t.
struct Json::Value {
  std::variant<bool, std::int64_t, double, std::string, Elements, Members, std::uint64_t> held;
};

const char* sdk::name_of(Json::Kind kind) {
  constexpr const char* kNames[] = {"null",     "a boolean", "an integer", "a number",
                                    "a string", "an array",  "an object"};
  return kNames[static_cast<int>(kind)];
}

namespace {

[[noreturn]] void wrong_kind(const char* wanted, Json::Kind found) {
  throw std::invalid_argument("JSON value is " + std::string(sdk::name_of(found)) + ", not " +
                              wanted);
}

}  // namespace

Json::Json() noexcept = default;
Json::Json(std::nullptr_t) noexcept {}
Json::Json(std::unique_ptr<Value> value) noexcept : value_(std::move(value)) {}
Json::Json(std::string text) : value_(new Value{std::move(text)}) {}
Json::Json(std::string_view text) : Json(std::string(text)) {}
Json::Json(const char* text) : Json(std::string(text)) {}
Json::Json(const Json& other) : value_(other.value_ ? new Value(*other.value_) : nullptr) {}
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) {
  Json copy(other);
  value_.swap(copy.value_);
  return *this;
}
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

Json Json::from_bool(bool value) { return Json(std::make_unique<Value>(Value{value})); }
Json Json::from_integer(std::int64_t value) { return Json(std::make_unique<Value>(Value{value})); }
Json Json::from_unsigned(std::uint64_t value) {
  if (std::in_range<std::int64_t>(value)) return from_integer(static_cast<std::int64_t>(value));
  return Json(std::make_unique<Value>(Value{value}));
}
Json Json::from_number(double value) { return Json(std::make_unique<Value>(Value{value})); }

Json Json::array(std::initializer_list<Json> elements) {
  return Json(std::make_unique<Value>(Value{Elements(elements)}));
}

Json Json::object(std::initializer_list<std::pair<std::string, Json>> members) {
  Members held;
  for (const auto& [key, value] : members) held.insert_or_assign(key, value);
  return Json(std::make_unique<Value>(Value{std::move(held)}));
}

Json Json::parse(std::string_view text) {
  const auto tree = parse_json(text);
  if (!tree) throw std::invalid_argument(tree.error().message);
  return sdk::to_value(*tree);
}

std::string Json::text() const {
  try {
    return to_text(sdk::to_tree(*this));
  } catch (const detail::OutputError& error) {
    throw std::invalid_argument(error.what());
  }
}

Json::Kind Json::kind() const noexcept {
  if (!value_) return Kind::kNull;
  if (std::holds_alternative<std::uint64_t>(value_->held)) return Kind::kInteger;
  return static_cast<Kind>(value_->held.index() + 1);
}

bool Json::as_bool() const {
  if (kind() != Kind::kBoolean) wrong_kind("a boolean", kind());
  return std::get<bool>(value_->held);
}

std::int64_t Json::as_integer() const {
  if (kind() != Kind::kInteger && kind() != Kind::kNumber) wrong_kind("an integer", kind());
  if (const auto* integer = std::get_if<std::int64_t>(&value_->held)) return *integer;
  if (const auto* number = std::get_if<double>(&value_->held)) {
    constexpr double kLimit = 9223372036854775808.0;  // 2^63
    if (std::trunc(*number) == *number && *number >= -kLimit && *number < kLimit) {
      return static_cast<std::int64_t>(*number);
    }
  }
  throw std::invalid_argument("JSON number " + text() + " is not a signed 64-bit integer");
}

std::uint64_t Json::as_unsigned() const {
  if (kind() == Kind::kInteger || kind() == Kind::kNumber) {
    if (const auto* large = std::get_if<std::uint64_t>(&value_->held)) return *large;
  }
  const std::int64_t integer = as_integer();
  if (integer < 0) throw std::invalid_argument("JSON number " + text() + " is negative");
  return static_cast<std::uint64_t>(integer);
}

double Json::as_number() const {
  if (kind() != Kind::kInteger && kind() != Kind::kNumber) wrong_kind("a number", kind());
  if (const auto* integer = std::get_if<std::int64_t>(&value_->held)) {
    return static_cast<double>(*integer);
  }
  if (const auto* large = std::get_if<std::uint64_t>(&value_->held)) {
    return static_cast<double>(*large);
  }
  return std::get<double>(value_->held);
}

const std::string& Json::as_string() const {
  if (kind() != Kind::kString) wrong_kind("a string", kind());
  return std::get<std::string>(value_->held);
}

std::size_t Json::size() const noexcept {
  if (kind() == Kind::kArray) return std::get_if<Elements>(&value_->held)->size();
  if (kind() == Kind::kObject) return std::get_if<Members>(&value_->held)->size();
  return 0;
}

const Json& Json::at(std::size_t index) const {
  if (kind() != Kind::kArray) wrong_kind("an array", kind());
  const auto& elements = std::get<Elements>(value_->held);
  if (index >= elements.size()) {
    throw std::invalid_argument("JSON array has " + std::to_string(elements.size()) +
                                " elements, and none at " + std::to_string(index));
  }
  return elements[index];
}

Json& Json::at(std::size_t index) {
  return const_cast<Json&>(static_cast<const Json&>(*this).at(index));
}

const Json& Json::at(std::string_view key) const {
  if (kind() != Kind::kObject) wrong_kind("an object", kind());
  const auto& members = std::get<Members>(value_->held);
  const auto found = members.find(key);
  if (found == members.end()) {
    throw std::invalid_argument("JSON object has no member '" + std::string(key) + "'");
  }
  return found->second;
}

bool Json::contains(std::string_view key) const noexcept {
  return kind() == Kind::kObject && std::get_if<Members>(&value_->held)->contains(key);
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) *this = object();
  if (kind() != Kind::kObject) wrong_kind("an object", kind());
  return std::get<Members>(value_->held)[std::string(key)];
}

void Json::push_back(Json element) {
  if (is_null()) *this = array();
  if (kind() != Kind::kArray) wrong_kind("an array", kind());
  std::get<Elements>(value_->held).push_back(std::move(element));
}

std::vector<std::string> Json::keys() const {
  if (kind() != Kind::kObject) wrong_kind("an object", kind());
  std::vector<std::string> keys;
  for (const auto& [key, value] : std::get<Members>(value_->held)) keys.push_back(key);
  return keys;
}

bool operator==(const Json& left, const Json& right) {
  if (left.kind() != right.kind()) return false;
  return left.is_null() || left.value_->held == right.value_->held;
}

}  // namespace cogpp
