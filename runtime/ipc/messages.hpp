// The messages between cogpp-server and a worker (docs/worker-protocol.md), as
// native types and as JSON text. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "schema/json.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::ipc {

/// Both sides must speak the same version; the server refuses another one in hello.
inline constexpr int kProtocolVersion = 2;

/// Where captured text came from.
enum class LogSource { kStdout = 1, kStderr = 2 };
enum class MetricMode { kReplace = 0, kIncrement = 1, kAppend = 2 };

// Control socket, worker to server.
struct Hello {  ///< First message: the predictor is loaded, set-up has not begun.
  int protocol = kProtocolVersion;
  std::string sdk_version = {};
  std::uint32_t slots = 1;
  schema::Signature signature = {};  ///< Of an `undescribed` one: its file inputs alone.
  // Absent members are not sent.
  std::string undescribed = {};                    ///< Why the worker cannot tell the signature.
  std::optional<schema::Signature> training = {};  ///< The predictor can be trained as well.
  bool healthcheck = false;                        ///< The predictor has a health check.
  std::string python = {};                         ///< Version of a Python worker's Python.
  std::string python_sdk = {};                     ///< And of its Cog SDK.
};
struct Ready {  ///< Set-up succeeded.
  std::string device;
};
struct SetupFailed {
  std::string error;
};
struct Health {  ///< The answer to Healthcheck `id`.
  std::string id;
  std::optional<std::string> error = {};  ///< Absent: healthy; else the whole text to show.
};

// Control and slot sockets, worker to server.
struct Log {
  LogSource source = LogSource::kStdout;
  std::string data;
};

// Slot socket, worker to server.
struct Output {
  Json chunk;
};
struct File {  ///< An output chunk that is a file, by absolute path.
  std::string path;
};
struct Metric {
  std::string name;
  Json value = {};
  MetricMode mode = MetricMode::kReplace;
};
struct Done {
  bool stream = false;  ///< The output is an array whatever the number of chunks.
};
struct Failed {
  std::string error;
};
struct Canceled {};

using WorkerMessage = std::variant<Hello, Ready, SetupFailed, Health, Log, Output, File, Metric,
                                   Done, Failed, Canceled>;

// Slot socket, server to worker.
struct Predict {
  std::string id;
  std::string input;    ///< JSON text of an object; file inputs are local paths.
  std::string context;  ///< JSON text of an object of strings.
  std::string directory;
  std::uint64_t turn = 0;  ///< From 1 on; every message about the prediction repeats it.
};
// Control socket, server to worker.
struct Cancel {  ///< Cancels the prediction `id` if it is the one running in `slot`.
  std::uint32_t slot = 0;
  std::string id;
};
struct Healthcheck {  ///< Runs the predictor's health check; the answer is one Health.
  std::string id;
};
struct Shutdown {};

using ServerMessage = std::variant<Predict, Cancel, Healthcheck, Shutdown>;

/// Text that is not valid UTF-8 travels with U+FFFD for the bad bytes.
/// `turn`: of the prediction that a message on a slot's socket belongs to; 0: of none.
std::string encode(const WorkerMessage& message, std::uint64_t turn = 0);
std::string encode(const ServerMessage& message);
/// encode(Output) for a chunk that is JSON text already.
std::string encode_output(std::string_view chunk_json, std::uint64_t turn);
/// encode(Metric) for a value that is JSON text already.
std::string encode_metric(std::string_view name, std::string_view value_json, MetricMode mode,
                          std::uint64_t turn);
/// Fails on anything that is not such a message; the error says what was wrong.
Result<WorkerMessage> decode_worker_message(std::string_view frame);
/// One from a slot's socket: fails as well when it does not belong to `turn`.
Result<WorkerMessage> decode_slot_message(std::string_view frame, std::uint64_t turn);
Result<ServerMessage> decode_server_message(std::string_view frame);

}  // namespace cogpp::ipc
