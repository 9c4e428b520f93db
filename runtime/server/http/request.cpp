// Reads the body as serde reads Cog's request struct: member by member, in the order
// of the text, so that errors and their places are the same.
#include "runtime/server/http/request.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "schema/json_reader.hpp"

namespace cogpp::server {
namespace {

using Next = JsonReader::Next;

constexpr std::string_view kStructName = "struct PredictionRequest";

/// In the order of a positional body (live A10).
enum Field : std::size_t { kId, kInput, kContext, kWebhook, kFilter, kFieldCount };
constexpr std::array<std::string_view, kFieldCount> kFieldNames{"id", "input", "context", "webhook",
                                                                "webhook_events_filter"};

constexpr std::array<std::string_view, 4> kEventNames{"start", "output", "logs", "completed"};

class BodyReader {
 public:
  explicit BodyReader(std::string_view body) : reader_(body) {}

  PredictionRequestOrRejection read() {
    if (read_struct() && reader_.finish()) return std::move(request_);
    const JsonFailure failure = reader_.failure();
    std::string text = failure.malformed
                           ? "Failed to parse the request body as JSON: "
                           : "Failed to deserialize the JSON body into the target type: ";
    if (!failure.path.empty()) text.append(failure.path).append(": ");
    return Rejection{failure.malformed ? 400 : 422, text.append(failure.text)};
  }

 private:
  bool read_struct() {
    switch (reader_.peek()) {
      case '{':
        return read_members();
      case '[':
        return read_positions();
      case JsonReader::kEndOfText:
        return reader_.malformed("EOF while parsing a value");
      default:
        return reader_.mismatch(kStructName);
    }
  }

  bool read_members() {
    if (!reader_.open()) return false;
    std::array<bool, kFieldCount> seen{};
    bool first = true;
    std::string key;
    for (;;) {
      const Next next = reader_.next_key(first, key);
      if (next == Next::kFailed) return false;
      if (next == Next::kEnd) return reader_.close('}');
      std::size_t field = 0;
      while (field < kFieldCount && kFieldNames.at(field) != key) ++field;
      const bool known = field < kFieldCount;
      if (known && std::exchange(seen.at(field), true)) {
        return reader_.reject_container('}', "duplicate field `" + key + "`");
      }
      if (!reader_.colon()) return false;
      if (!(known ? read_field(field) : reader_.skip())) return reader_.within(key);
    }
  }

  bool read_positions() {
    if (!reader_.open()) return false;
    bool first = true;
    for (std::size_t field = 0; field < kFieldCount; ++field) {
      const Next next = reader_.next_element(first);
      if (next == Next::kFailed) return false;
      if (next == Next::kItem) {
        if (!read_field(field)) return reader_.within(field);
      } else if (field == kId || field == kWebhook) {  // the two without a default
        return reader_.reject_container(']', "invalid length " + std::to_string(field) +
                                                 ", expected " + std::string(kStructName) +
                                                 " with 5 elements");
      }
    }
    return reader_.close(']');
  }

  bool read_field(std::size_t field) {
    switch (field) {
      case kId:
        return read_optional(request_.id);
      case kInput:
        if (!reader_.read(request_.input)) return false;
        if (request_.input.is_null()) request_.input = Json::object();
        return true;
      case kContext:
        return read_context();
      case kWebhook:
        return read_optional(request_.webhook);
      default:
        return read_filter();
    }
  }

  bool read_optional(std::optional<std::string>& out) {
    if (reader_.peek() == 'n') return reader_.read_null();
    return reader_.read_string(out.emplace());
  }

  bool read_context() {
    if (reader_.peek() == JsonReader::kEndOfText) {
      return reader_.malformed("EOF while parsing a value");
    }
    if (reader_.peek() != '{') return reader_.mismatch("a map");
    if (!reader_.open()) return false;
    bool first = true;
    std::string key;
    for (;;) {
      const Next next = reader_.next_key(first, key);
      if (next == Next::kFailed) return false;
      if (next == Next::kEnd) return reader_.close('}');
      if (!reader_.colon()) return false;
      if (!reader_.read_string(request_.context[key])) return reader_.within(key);
    }
  }

  bool read_filter() {
    if (reader_.peek() == JsonReader::kEndOfText) {
      return reader_.malformed("EOF while parsing a value");
    }
    if (reader_.peek() != '[') return reader_.mismatch("a sequence");
    if (!reader_.open()) return false;
    request_.webhook_events = WebhookEvents::none();
    bool first = true;
    for (std::size_t index = 0;; ++index) {
      const Next next = reader_.next_element(first);
      if (next == Next::kFailed) return false;
      if (next == Next::kEnd) return reader_.close(']');
      if (!read_event()) return reader_.within(index);
    }
  }

  bool read_event() {
    std::string name;
    switch (reader_.peek()) {
      case '"':
        return reader_.read_string(name) && insert_event(name);
      case '{': {  // serde's other form of an enumeration's value: {"start":null}
        if (!reader_.open() || !reader_.read_string(name, "variant identifier")) return false;
        if (!insert_event(name) || !reader_.colon()) return false;
        if (reader_.peek() != 'n') {
          reader_.mismatch("unit");
          return reader_.within(name);
        }
        return reader_.read_null() ? reader_.close('}') : reader_.within(name);
      }
      case JsonReader::kEndOfText:
        return reader_.malformed("EOF while parsing a value");
      default:
        return reader_.malformed("expected value");
    }
  }

  bool insert_event(const std::string& name) {
    for (std::size_t i = 0; i < kEventNames.size(); ++i) {
      if (kEventNames.at(i) != name) continue;
      request_.webhook_events.insert(static_cast<WebhookEvent>(i));
      return true;
    }
    return reader_.reject("unknown variant `" + name +
                          "`, expected one of `start`, `output`, `logs`, `completed`");
  }

  JsonReader reader_;
  PredictionRequest request_;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// The end of the run of token characters (RFC 9110 §5.6.2) that starts at `from`.
std::size_t token_end(std::string_view text, std::size_t from) {
  constexpr std::string_view kToken =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::size_t end = text.find_first_not_of(kToken, from);
  return end == std::string_view::npos ? text.size() : end;
}

/// Whether `text`, which follows a media type's `;`, is a list `name=value; …`.
bool valid_parameters(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return true;
    const std::size_t name = token_end(text, 0);
    if (name == 0 || name == text.size() || text[name] != '=') return false;
    text.remove_prefix(name + 1);
    std::size_t end = token_end(text, 0);
    if (text.starts_with('"')) {
      const std::size_t quote = text.find('"', 1);
      if (quote == std::string_view::npos) return false;
      end = std::min(text.find_first_not_of(' ', quote + 1), text.size());
    }
    text.remove_prefix(end);
    if (text.empty()) return true;
    if (text.front() != ';') return false;
    text.remove_prefix(1);
  }
}

}  // namespace

PredictionRequestOrRejection parse_prediction_request(std::string_view body) {
  return BodyReader(body).read();
}

BodyKind body_kind(std::optional<std::string_view> content_type) {
  if (!content_type) return BodyKind::kNone;
  const std::string_view value = trimmed(*content_type);
  const std::size_t slash = value.find('/');
  if (slash == std::string_view::npos || lower(value.substr(0, slash)) != "application") {
    return BodyKind::kUnsupported;
  }
  const std::size_t end = token_end(value, slash + 1);
  const std::string subtype = lower(value.substr(slash + 1, end - slash - 1));
  const bool json = subtype == "json" || (subtype.ends_with("+json") && subtype != "+json");
  const bool parameters =
      end == value.size() || (value[end] == ';' && valid_parameters(value.substr(end + 1)));
  return json && parameters ? BodyKind::kJson : BodyKind::kUnsupported;
}

Rejection unsupported_media_type() {
  return Rejection{415, "Expected request with `Content-Type: application/json`"};
}

Rejection body_too_large() {
  return Rejection{413, "Failed to buffer the request body: length limit exceeded"};
}

bool prefers_async(std::string_view prefer) { return trimmed(prefer) == "respond-async"; }

bool accepts_event_stream(std::string_view accept) {
  while (!accept.empty()) {
    const std::size_t comma = std::min(accept.find(','), accept.size());
    const std::string_view item = trimmed(accept.substr(0, comma));
    if (item.substr(0, item.find(';')) == "text/event-stream") return true;
    accept.remove_prefix(std::min(comma + 1, accept.size()));
  }
  return false;
}

}  // namespace cogpp::server
