// Matches a path against the fixed list of resources.
#include "runtime/server/http/target.hpp"

#include "schema/utf8.hpp"

namespace cogpp::server {
namespace {

/// The resources of predictions or of trainings.
struct Collection {
  std::string_view path;
  Resource all;
  Resource one;
  Resource cancel;
  Resource events;
};
constexpr Collection kCollections[] = {
    {"/predictions", Resource::kPredictions, Resource::kPrediction, Resource::kCancel,
     Resource::kEvents},
    {"/trainings", Resource::kTrainings, Resource::kTraining, Resource::kTrainingCancel,
     Resource::kNone}};

/// Nothing of the collection: kNone.
Target match_in(const Collection& collection, std::string_view path) {
  if (!path.starts_with(collection.path)) return {};
  auto rest = path.substr(collection.path.size());
  if (rest.empty()) return {collection.all, {}};
  if (rest.front() != '/') return {};
  rest.remove_prefix(1);
  const auto slash = rest.find('/');
  const auto id = rest.substr(0, slash);
  if (id.empty()) return {};
  if (slash == std::string_view::npos) return {collection.one, id};
  if (rest.substr(slash) == "/cancel") return {collection.cancel, id};
  if (rest.substr(slash) == "/events") return {collection.events, id};
  return {};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

Target match_target(std::string_view path) {
  if (path == "/health-check") return {Resource::kHealth, {}};
  if (path == "/") return {Resource::kRoot, {}};
  if (path == "/openapi.json") return {Resource::kOpenapi, {}};
  if (path == "/shutdown") return {Resource::kShutdown, {}};
  for (const auto& collection : kCollections) {
    if (const auto target = match_in(collection, path); target.resource != Resource::kNone) {
      return target;
    }
  }
  return {};
}

const char* allowed_methods(Resource resource, bool keeps) {
  switch (resource) {
    case Resource::kPrediction:
      return keeps ? "GET,HEAD,PUT,DELETE" : "PUT";
    case Resource::kTraining:
      return "PUT";
    case Resource::kPredictions:
      return keeps ? "GET,HEAD,POST" : "POST";
    case Resource::kCancel:
    case Resource::kTrainings:
    case Resource::kTrainingCancel:
    case Resource::kShutdown:
      return "POST";
    case Resource::kEvents:
      return "GET";
    default:
      return "GET,HEAD";
  }
}

bool allows(Resource resource, std::string_view method, bool keeps) {
  std::string_view allowed = allowed_methods(resource, keeps);
  while (true) {
    const auto comma = allowed.find(',');
    if (allowed.substr(0, comma) == method) return true;
    if (comma == std::string_view::npos) return false;
    allowed.remove_prefix(comma + 1);
  }
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto item = query.substr(0, end);
    const auto equals = item.find('=');
    if (item.substr(0, equals) == name) {
      return percent_decode(equals == std::string_view::npos ? "" : item.substr(equals + 1));
    }
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return std::nullopt;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

}  // namespace cogpp::server
