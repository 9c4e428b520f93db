// Walks a type and a value of it together. A list whose type holds no path is not
// entered, however long it is. Where inputs are not checked, a file may come as a list
// of them (cog-runtime §9).
#include "schema/file_inputs.hpp"

#include <algorithm>
#include <string>

namespace cogpp::schema {
namespace {

bool holds_path(const Type& type) {
  if (type.kind == Kind::kUnion) return false;
  return type.kind == Kind::kPath || std::ranges::any_of(type.items, holds_path) ||
         std::ranges::any_of(type.fields,
                             [](const Field& field) { return holds_path(field.type); });
}

bool is_file_url(const Json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  return text != nullptr && (text->starts_with("http://") || text->starts_with("https://") ||
                             text->starts_with("data:"));
}

class Collector {
 public:
  std::vector<const Json*> found;

  /// `type` holds a path.
  void visit(const Json& value, const Type& type) {
    switch (type.kind) {
      case Kind::kPath:
        if (value.is_array()) {
          visit_all(value, type);
        } else if (is_file_url(value)) {
          found.push_back(&value);
        }
        break;
      case Kind::kArray:
        if (value.is_array()) visit_all(value, type.items.front());
        break;
      case Kind::kMap:
        if (value.is_object()) visit_all(value, type.items.front());
        break;
      case Kind::kStruct:
        for (const Field& field : type.fields) visit_member(value, field.name, field.type);
        break;
      default:
        break;
    }
  }

  void visit_member(const Json& object, const std::string& name, const Type& type) {
    if (!object.is_object() || !holds_path(type)) return;
    const auto member = object.find(name);
    if (member != object.end()) visit(*member, type);
  }

 private:
  void visit_all(const Json& values, const Type& type) {
    for (const Json& value : values) visit(value, type);
  }
};

}  // namespace

bool takes_files(const Signature& signature) {
  return std::ranges::any_of(signature.inputs,
                             [](const Input& input) { return holds_path(input.type); });
}

std::vector<const Json*> file_urls(const Json& input, const Signature& signature) {
  Collector collector;
  for (const Input& declared : signature.inputs) {
    collector.visit_member(input, declared.name, declared.type);
  }
  return std::move(collector.found);
}

}  // namespace cogpp::schema
