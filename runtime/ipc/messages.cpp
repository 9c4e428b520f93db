// JSON text of the messages. Only the top level of a frame is scanned here: an
// input or an output travels on as the text that it is, and is parsed once, by
// whoever needs its tree.
#include "runtime/ipc/messages.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "runtime/ipc/members.hpp"
#include "schema/utf8.hpp"

namespace cogpp::ipc {
namespace {

constexpr std::array<std::string_view, 3> kModeNames{"replace", "increment", "append"};

std::string_view source_name(LogSource source) {
  return source == LogSource::kStderr ? "stderr" : "stdout";
}

/// Writes {"type":…,members…} into one string.
class Writer {
 public:
  Writer(std::string_view type, std::size_t payload) {
    text_.reserve(payload + payload / 16 + 64);
    text_ += R"({"type":")";
    text_ += type;
    text_ += '"';
  }

  Writer& raw(std::string_view key, std::string_view json) {
    text_ += ",\"";
    text_ += key;
    text_ += "\":";
    text_ += json;
    return *this;
  }
  Writer& text(std::string_view key, std::string_view value) {
    raw(key, {});
    if (is_utf8(value)) {
      append_quoted(text_, value);
    } else {
      append_quoted(text_, to_utf8(value));
    }
    return *this;
  }
  Writer& number(std::string_view key, std::uint64_t value) {
    return raw(key, std::to_string(value));
  }
  std::string finish() {
    text_ += '}';
    return std::move(text_);
  }

 private:
  std::string text_;
};

std::string encode_one(const Hello& m) {
  Writer writer("hello", 1024);
  writer.number("protocol", static_cast<std::uint64_t>(m.protocol))
      .text("sdk_version", m.sdk_version)
      .number("slots", m.slots);
  if (!m.undescribed.empty()) writer.text("undescribed", m.undescribed);
  if (m.undescribed.empty() || !m.signature.inputs.empty()) {
    writer.raw("signature", to_text(schema::to_json(m.signature)));
  }
  if (m.training) writer.raw("training", to_text(schema::to_json(*m.training)));
  if (m.healthcheck) writer.raw("healthcheck", "true");
  if (!m.python.empty()) writer.text("python", m.python);
  if (!m.python_sdk.empty()) writer.text("python_sdk", m.python_sdk);
  return writer.finish();
}
std::string encode_one(const Ready& m) {
  return Writer("ready", 0).text("device", m.device).finish();
}
std::string encode_one(const SetupFailed& m) {
  return Writer("setup_failed", m.error.size()).text("error", m.error).finish();
}
std::string encode_one(const Health& m) {
  Writer writer("health", m.error ? m.error->size() : 0);
  writer.text("id", m.id);
  if (m.error) writer.text("error", *m.error);
  return writer.finish();
}
std::string encode_one(const Log& m) {
  return Writer("log", m.data.size())
      .text("source", source_name(m.source))
      .text("data", m.data)
      .finish();
}
std::string encode_one(const Output& m) { return encode_output(to_text(m.chunk), 0); }
std::string encode_one(const File& m) {
  return Writer("file", m.path.size()).text("path", m.path).finish();
}
std::string encode_one(const Metric& m) {
  return encode_metric(m.name, to_text(m.value), m.mode, 0);
}
std::string encode_one(const Done& m) {
  return Writer("done", 0).raw("stream", m.stream ? "true" : "false").finish();
}
std::string encode_one(const Failed& m) {
  return Writer("failed", m.error.size()).text("error", m.error).finish();
}
std::string encode_one(const Canceled& /*m*/) { return Writer("canceled", 0).finish(); }
std::string encode_one(const Predict& m) {
  return Writer("predict", m.input.size() + m.context.size())
      .text("id", m.id)
      .raw("input", m.input)
      .raw("context", m.context)
      .text("directory", m.directory)
      .number("turn", m.turn)
      .finish();
}
std::string encode_one(const Cancel& m) {
  return Writer("cancel", 0).number("slot", m.slot).text("id", m.id).finish();
}
std::string encode_one(const Healthcheck& m) {
  return Writer("healthcheck", 0).text("id", m.id).finish();
}
std::string encode_one(const Shutdown& /*m*/) { return Writer("shutdown", 0).finish(); }

std::string with_turn(std::string message, std::uint64_t turn) {
  if (turn == 0) return message;
  message.back() = ',';
  message.append("\"turn\":").append(std::to_string(turn)).append("}");
  return message;
}

/// Reads typed members of one frame; the first thing wrong is kept in error().
class Reader {
 public:
  Reader(const Members& members, std::string_view type) : members_(members), type_(type) {}

  bool has(std::string_view key) const { return !members_.find(key).empty(); }
  std::string text(std::string_view key) {
    const auto json = raw(key);
    if (json.empty()) return {};
    auto value = unquote(json);
    if (!value) fail(key, "a string");
    return value ? std::move(*value) : std::string();
  }
  std::uint64_t number(std::string_view key) {
    const auto json = raw(key);
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(json.data(), json.data() + json.size(), value);
    if (!json.empty() && (code != std::errc() || end != json.data() + json.size())) {
      fail(key, "a non-negative integer");
    }
    return value;
  }
  bool boolean(std::string_view key) {
    const auto json = raw(key);
    if (!json.empty() && json != "true" && json != "false") fail(key, "true or false");
    return json == "true";
  }
  std::string object(std::string_view key) {
    const auto json = raw(key);
    if (!json.empty() && json.front() != '{') fail(key, "an object");
    return std::string(json);
  }
  Json tree(std::string_view key) {
    const auto json = raw(key);
    if (json.empty()) return {};
    auto value = parse_json(json);
    if (!value) fail(key, "JSON: " + value.error().message);
    return value ? std::move(*value) : Json();
  }

  template <class Message, class Made>
  Result<Made> result(Message message) {
    if (!error_.empty()) return Error{error_};
    Made made(std::move(message));
    return made;
  }
  void fail(std::string_view key, const std::string& expected) {
    if (!error_.empty()) return;
    error_ = "message '" + std::string(type_) + "': '" + std::string(key) + "' must be " + expected;
  }

 private:
  std::string_view raw(std::string_view key) {
    const auto json = members_.find(key);
    if (json.empty() && error_.empty()) {
      error_ = "message '" + std::string(type_) + "' has no '" + std::string(key) + "'";
    }
    return json;
  }

  const Members& members_;
  std::string_view type_;
  std::string error_;
};

schema::Signature read_signature(Reader& reader, std::string_view key) {
  auto signature = schema::signature_from_json(reader.tree(key));
  if (signature) return std::move(*signature);
  reader.fail(key, "a signature: " + signature.error().message);
  return {};
}

Result<WorkerMessage> decode_hello(Reader& reader) {
  Hello hello;
  hello.protocol = static_cast<int>(reader.number("protocol"));
  hello.sdk_version = reader.text("sdk_version");
  hello.slots = static_cast<std::uint32_t>(reader.number("slots"));
  const bool described = !reader.has("undescribed");
  if (!described) hello.undescribed = reader.text("undescribed");
  if (described || reader.has("signature")) {
    hello.signature = read_signature(reader, "signature");
  }
  if (reader.has("training")) hello.training = read_signature(reader, "training");
  if (reader.has("healthcheck")) hello.healthcheck = reader.boolean("healthcheck");
  if (reader.has("python")) hello.python = reader.text("python");
  if (reader.has("python_sdk")) hello.python_sdk = reader.text("python_sdk");
  return reader.result<Hello, WorkerMessage>(std::move(hello));
}

Result<WorkerMessage> decode_health(Reader& reader) {
  Health health{.id = reader.text("id")};
  if (reader.has("error")) health.error = reader.text("error");
  return reader.result<Health, WorkerMessage>(std::move(health));
}

Result<WorkerMessage> decode_log(Reader& reader) {
  Log log;
  const std::string source = reader.text("source");
  if (source != "stdout" && source != "stderr") reader.fail("source", "stdout or stderr");
  log.source = source == "stderr" ? LogSource::kStderr : LogSource::kStdout;
  log.data = reader.text("data");
  return reader.result<Log, WorkerMessage>(std::move(log));
}

Result<WorkerMessage> decode_metric(Reader& reader) {
  Metric metric{.name = reader.text("name"), .value = reader.tree("value")};
  const std::string mode = reader.text("mode");
  std::size_t index = 0;
  while (index < kModeNames.size() && kModeNames[index] != mode) ++index;
  if (index == kModeNames.size()) reader.fail("mode", "replace, increment or append");
  metric.mode = static_cast<MetricMode>(index);
  return reader.result<Metric, WorkerMessage>(std::move(metric));
}

Result<WorkerMessage> read_worker_message(Reader& reader, std::string_view type) {
  if (type == "output") return reader.result<Output, WorkerMessage>({reader.tree("chunk")});
  if (type == "done") return reader.result<Done, WorkerMessage>({reader.boolean("stream")});
  if (type == "log") return decode_log(reader);
  if (type == "file") return reader.result<File, WorkerMessage>({reader.text("path")});
  if (type == "metric") return decode_metric(reader);
  if (type == "failed") return reader.result<Failed, WorkerMessage>({reader.text("error")});
  if (type == "canceled") return reader.result<Canceled, WorkerMessage>({});
  if (type == "hello") return decode_hello(reader);
  if (type == "ready") return reader.result<Ready, WorkerMessage>({reader.text("device")});
  if (type == "setup_failed") {
    return reader.result<SetupFailed, WorkerMessage>({reader.text("error")});
  }
  if (type == "health") return decode_health(reader);
  return Error{"unknown message type '" + std::string(type) + "' from a worker"};
}

}  // namespace

std::string encode_output(std::string_view chunk_json, std::uint64_t turn) {
  return with_turn(Writer("output", chunk_json.size()).raw("chunk", chunk_json).finish(), turn);
}

std::string encode_metric(std::string_view name, std::string_view value_json, MetricMode mode,
                          std::uint64_t turn) {
  Writer writer("metric", name.size() + value_json.size());
  writer.text("name", name)
      .raw("value", value_json)
      .text("mode", kModeNames[static_cast<std::size_t>(mode)]);
  return with_turn(writer.finish(), turn);
}

std::string encode(const WorkerMessage& message, std::uint64_t turn) {
  return with_turn(std::visit([](const auto& m) { return encode_one(m); }, message), turn);
}

std::string encode(const ServerMessage& message) {
  return std::visit([](const auto& m) { return encode_one(m); }, message);
}

Result<WorkerMessage> decode_worker_message(std::string_view frame) {
  const auto members = Members::scan(frame);
  if (!members) return members.error();
  Reader reader(*members, members->type());
  return read_worker_message(reader, members->type());
}

Result<WorkerMessage> decode_slot_message(std::string_view frame, std::uint64_t turn) {
  const auto members = Members::scan(frame);
  if (!members) return members.error();
  Reader reader(*members, members->type());
  if (reader.number("turn") != turn) {
    reader.fail("turn", std::to_string(turn) + ", that of the running prediction");
  }
  return read_worker_message(reader, members->type());
}

Result<ServerMessage> decode_server_message(std::string_view frame) {
  const auto members = Members::scan(frame);
  if (!members) return members.error();
  const std::string_view type = members->type();
  Reader reader(*members, type);
  if (type == "predict") {
    return reader.result<Predict, ServerMessage>({.id = reader.text("id"),
                                                  .input = reader.object("input"),
                                                  .context = reader.object("context"),
                                                  .directory = reader.text("directory"),
                                                  .turn = reader.number("turn")});
  }
  if (type == "cancel") {
    return reader.result<Cancel, ServerMessage>(
        {.slot = static_cast<std::uint32_t>(reader.number("slot")), .id = reader.text("id")});
  }
  if (type == "healthcheck") {
    return reader.result<Healthcheck, ServerMessage>({.id = reader.text("id")});
  }
  if (type == "shutdown") return ServerMessage(Shutdown{});
  return Error{"unknown message type '" + std::string(type) + "' from the server"};
}

}  // namespace cogpp::ipc
