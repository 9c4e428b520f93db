// Reads what a client asks for, bounded, and writes records or numbered events.
#include "runtime/server/http/history_routes.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "runtime/server/http/sse.hpp"
#include "runtime/server/http/target.hpp"
#include "schema/json.hpp"

namespace cogpp::server {
namespace {

constexpr std::uint64_t kDefaultPage = 100;
constexpr std::uint64_t kLargestPage = 1000;

Reply error_reply(int status, const std::string& text) {
  return Reply::json(status, "{\"error\":" + cogpp::quoted(text) + "}");
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A number in the query, `otherwise` where there is none, or a 400.
std::variant<std::uint64_t, Reply> query_number(const RequestHead& head, const char* name,
                                                std::uint64_t otherwise) {
  const auto text = query_value(head.query, name);
  if (!text) return otherwise;
  if (const auto number = number_of(*text)) return *number;
  return error_reply(400, std::string(name) + "='" + *text + "' is not a number");
}

/// The first event that a client lacks. A browser that reconnects repeats its query and
/// says in Last-Event-ID what it had, so that wins.
std::variant<std::uint64_t, Reply> first_event(const RequestHead& head) {
  if (const auto last = number_of(head.header("last-event-id").value_or(""))) {
    if (*last < std::numeric_limits<std::uint64_t>::max()) return *last + 1;
  }
  return query_number(head, "from", 0);
}

}  // namespace

std::shared_ptr<Prediction> HistoryRoutes::find(Connection& connection,
                                                std::string_view encoded_id) {
  const auto id = percent_decode(encoded_id);
  if (!id) {
    connection.reply(Reply::text(400, "Invalid URL: Invalid UTF-8 in `id`"));
    return nullptr;
  }
  auto prediction = service_.find(*id);
  if (!prediction) {
    connection.reply(error_reply(404, "no prediction '" + *id + "' is running or kept"));
  }
  return prediction;
}

void HistoryRoutes::list(Connection& connection) {
  auto limit = query_number(connection.head(), "limit", kDefaultPage);
  if (auto* reply = std::get_if<Reply>(&limit)) return connection.reply(std::move(*reply));
  auto cursor =
      query_number(connection.head(), "cursor", std::numeric_limits<std::uint64_t>::max());
  if (auto* reply = std::get_if<Reply>(&cursor)) return connection.reply(std::move(*reply));
  const auto most = std::get<std::uint64_t>(limit);
  if (most < 1 || most > kLargestPage) {
    return connection.reply(
        error_reply(400, "limit must be from 1 to " + std::to_string(kLargestPage)));
  }
  // One more than asked for tells whether there is a next page.
  auto page = service_.list(std::get<std::uint64_t>(cursor), most + 1);
  const bool more = page.size() > most;
  if (more) page.pop_back();
  std::string body = "{\"results\":[";
  for (const auto& prediction : page) {
    if (body.back() != '[') body += ',';
    body += prediction->summary();
  }
  body += "],\"next\":";
  body += more ? '"' + std::to_string(page.back()->spec().number) + '"' : "null";
  connection.reply(Reply::json(200, body + '}'));
}

void HistoryRoutes::get(Connection& connection, std::string_view encoded_id) {
  if (const auto prediction = find(connection, encoded_id)) {
    connection.reply(Reply::json(200, prediction->record()));
  }
}

void HistoryRoutes::forget(Connection& connection, std::string_view encoded_id) {
  const auto prediction = find(connection, encoded_id);
  if (!prediction) return;
  switch (service_.forget(prediction->id())) {
    case Forgotten::kYes:
      return connection.reply(Reply::empty(204));
    case Forgotten::kInFlight:
      return connection.reply(
          error_reply(409, "prediction '" + prediction->id() + "' has not ended; cancel it first"));
    case Forgotten::kUnknown:
      return connection.reply(
          error_reply(404, "no prediction '" + prediction->id() + "' is running or kept"));
  }
}

void HistoryRoutes::events(Connection& connection, std::string_view encoded_id) {
  const auto prediction = find(connection, encoded_id);
  if (!prediction) return;
  auto first = first_event(connection.head());
  if (auto* reply = std::get_if<Reply>(&first)) return connection.reply(std::move(*reply));
  const auto from = std::get<std::uint64_t>(first);
  // 204 tells a browser to stop coming back.
  if (prediction->done() && from >= prediction->events().size()) {
    return connection.reply(Reply::empty(204));
  }
  auto reader = prediction->events().subscribe_from(from);
  if (!reader) return connection.reply(error_reply(429, "Too many stream subscribers"));
  stream_log(connection, *reader);
  reader.reset();
  service_.reader_left(*prediction);
}

}  // namespace cogpp::server
