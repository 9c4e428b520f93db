// Nodes of parsed documents, JSON text of single values, and the conversion between
// the authors' Json and the library's tree.
#include "cogpp/detail/value.hpp"

#include <cmath>
#include <iterator>

#include "runtime/sdk/data_url.hpp"
#include "runtime/sdk/tree.hpp"
#include "schema/utf8.hpp"

namespace cogpp {
namespace {

constexpr double kIntegerLimit = 9223372036854775808.0;  // 2^63

const sdk::Tree& tree_of(const void* tree) { return *static_cast<const sdk::Tree*>(tree); }

std::string path_of(const detail::Where& where) {
  const std::string own = where.name.data() != nullptr && !where.name.empty()
                              ? std::string(where.name)
                              : std::to_string(where.index);
  return where.parent ? path_of(*where.parent) + "." + own : own;
}

void check_utf8(std::string_view text) {
  const std::size_t good = utf8_prefix(text);
  if (good == text.size()) return;
  throw detail::OutputError("the text is not valid UTF-8 from byte " + std::to_string(good) +
                            " on; bytes that are no text belong into a cogpp::Path");
}

void check_finite(double value) {
  if (std::isfinite(value)) return;
  throw detail::OutputError(std::string(std::isnan(value) ? "NaN" : "infinity") +
                            " is no JSON number");
}

}  // namespace

namespace detail {

Json::Kind Node::kind() const noexcept {
  using Type = sdk::Tree::value_t;
  switch (tree_of(tree_).type()) {
    case Type::boolean:
      return Json::Kind::kBoolean;
    case Type::number_integer:
    case Type::number_unsigned:
      return Json::Kind::kInteger;
    case Type::number_float:
      return Json::Kind::kNumber;
    case Type::string:
      return Json::Kind::kString;
    case Type::array:
      return Json::Kind::kArray;
    case Type::object:
      return Json::Kind::kObject;
    default:
      return Json::Kind::kNull;
  }
}

bool Node::is_integral() const noexcept {
  const sdk::Tree& tree = tree_of(tree_);
  if (tree.is_number_unsigned()) {
    return tree.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX);
  }
  if (tree.is_number_integer()) return true;
  if (!tree.is_number_float()) return false;
  const auto value = tree.get<double>();
  return std::trunc(value) == value && value >= -kIntegerLimit && value < kIntegerLimit;
}

bool Node::as_bool() const { return tree_of(tree_).get<bool>(); }
std::int64_t Node::as_integer() const { return tree_of(tree_).get<std::int64_t>(); }
double Node::as_number() const { return tree_of(tree_).get<double>(); }
std::string Node::as_string() const { return tree_of(tree_).get<std::string>(); }
Json Node::as_json() const { return sdk::to_value(tree_of(tree_)); }
std::size_t Node::size() const noexcept { return tree_of(tree_).size(); }
Node Node::element(std::size_t index) const { return Node(&tree_of(tree_)[index]); }

std::string Node::key(std::size_t index) const {
  return std::next(tree_of(tree_).begin(), static_cast<std::ptrdiff_t>(index)).key();
}

Node Node::member(std::size_t index) const {
  return Node(&*std::next(tree_of(tree_).begin(), static_cast<std::ptrdiff_t>(index)));
}

std::optional<Node> Node::find(std::string_view key) const {
  const sdk::Tree& tree = tree_of(tree_);
  const auto found = tree.find(key);
  if (found == tree.end()) return std::nullopt;
  return Node(&*found);
}

void refuse(const Where& where, std::string_view expected, const Node& found) {
  throw InputError(path_of(where) + " must be " + std::string(expected) + ", not " +
                   sdk::name_of(found.kind()));
}

void refuse_range(const Where& where, std::int64_t low, std::uint64_t high) {
  throw InputError(path_of(where) + " must lie between " + std::to_string(low) + " and " +
                   std::to_string(high));
}

void refuse_missing(const Where& where) { throw InputError(path_of(where) + " is missing"); }

void append(std::string& out, bool value) { out += value ? "true" : "false"; }
void append(std::string& out, std::int64_t value) { out += std::to_string(value); }
void append(std::string& out, std::uint64_t value) { out += std::to_string(value); }

void append(std::string& out, double value) {
  check_finite(value);
  out += to_text(sdk::Tree(value));
}

void append(std::string& out, std::string_view value) {
  check_utf8(value);
  append_quoted(out, value);
}

void append(std::string& out, const Json& value) { out += to_text(sdk::to_tree(value)); }

void append_file(std::string& out, const std::filesystem::path& path) {
  const auto url = sdk::data_url(path);
  if (!url) throw OutputError(url.error().message);
  append_quoted(out, *url);
}

}  // namespace detail

namespace sdk {

Json to_value(const Tree& tree) {
  switch (detail::Node(&tree).kind()) {
    case Json::Kind::kNull:
      return {};
    case Json::Kind::kBoolean:
      return tree.get<bool>();
    case Json::Kind::kInteger:
      if (tree.is_number_unsigned()) return tree.get<std::uint64_t>();
      return tree.get<std::int64_t>();
    case Json::Kind::kNumber:
      return tree.get<double>();
    case Json::Kind::kString:
      return tree.get<std::string>();
    case Json::Kind::kArray: {
      Json array = Json::array();
      for (const auto& element : tree) array.push_back(to_value(element));
      return array;
    }
    case Json::Kind::kObject: {
      Json object = Json::object();
      for (const auto& [key, member] : tree.items()) object[key] = to_value(member);
      return object;
    }
  }
  return {};
}

Tree to_tree(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      return nullptr;
    case Json::Kind::kBoolean:
      return value.as_bool();
    case Json::Kind::kInteger:
      if (value.as_number() > 0) return value.as_unsigned();
      return value.as_integer();
    case Json::Kind::kNumber:
      check_finite(value.as_number());
      return value.as_number();
    case Json::Kind::kString:
      check_utf8(value.as_string());
      return value.as_string();
    case Json::Kind::kArray: {
      Tree array = Tree::array();
      for (std::size_t i = 0; i < value.size(); ++i) array.push_back(to_tree(value.at(i)));
      return array;
    }
    case Json::Kind::kObject: {
      Tree object = Tree::object();
      for (const auto& key : value.keys()) {
        check_utf8(key);
        object[key] = to_tree(value.at(key));
      }
      return object;
    }
  }
  return nullptr;
}

}  // namespace sdk
}  // namespace cogpp
