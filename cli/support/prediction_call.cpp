#include "cli/support/prediction_call.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "cli/support/event_stream.hpp"
#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "schema/json_members.hpp"

// The thread ends by itself when the reply is complete or the connection breaks;
// the destructor breaks it and joins.
namespace cogpp::cli {
namespace {

constexpr int kStopAgainMs = 20;

/// Of a refusal: its member `error`, or all of a plain text; empty: it gives none.
std::string reason_of(const Json& body) {
  std::string reason = body.is_string() ? body.get<std::string>() : text_member(body, "error");
  while (reason.ends_with('\n')) reason.pop_back();
  return reason;
}

}  // namespace

struct PredictionCall::Shared {
  Shared(const Endpoint& endpoint, std::string route, std::string request, Receivers parts,
         Descriptor fd)
      : client(endpoint),
        path(std::move(route)),
        body(std::move(request)),
        receivers(std::move(parts)),
        done(std::move(fd)) {}

  void run();
  void take_event(const std::string& event, const std::string& data);

  HttpClient client;
  std::string path;
  std::string body;
  Receivers receivers;
  Descriptor done;
  Result<CallOutcome> outcome = Error{"the server closed the event stream too early"};
  std::thread thread;  // writes `outcome` before it signals `done`
};

void PredictionCall::Shared::take_event(const std::string& event, const std::string& data) {
  Result<Json> json = parse_json(data);
  if (!json || !json->is_object()) return;
  if (event == "output" && json->contains("chunk")) {
    receivers.chunk((*json)["chunk"]);
  } else if (event == "log" && receivers.log) {
    receivers.log(text_member(*json, "data"));
  } else if (event == "completed") {
    outcome = CallOutcome{.status = 200,
                          .response = std::move(*json),
                          .logs_shown = receivers.log ? std::string::npos : 0};
  } else if (event == "error") {
    outcome = Error{json->value("error", "the event stream was cut off")};
  }
}

void PredictionCall::Shared::run() {
  EventStream events(
      [this](const std::string& event, const std::string& data) { take_event(event, data); });
  HttpClient::Receiver pieces;
  if (receivers.chunk) pieces = [&](std::string_view piece) { events.feed(piece); };
  const Result<HttpReply> reply = client.post(path, body, pieces);
  const bool streamed = reply && receivers.chunk && reply->status == 200;
  if (!reply) {
    outcome = reply.error();
  } else if (!streamed) {
    Result<Json> json = parse_json(reply->body);
    outcome = CallOutcome{reply->status, json ? std::move(*json) : Json(reply->body)};
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(done.get(), &one, sizeof one);
}

Result<PredictionCall> PredictionCall::start(const Endpoint& endpoint, std::string path,
                                             std::string body, Receivers receivers) {
  Descriptor done(::eventfd(0, EFD_CLOEXEC));
  if (done.get() < 0) return open_error("eventfd", errno);
  auto shared = std::make_unique<Shared>(endpoint, std::move(path), std::move(body),
                                         std::move(receivers), std::move(done));
  shared->thread = std::thread([call = shared.get()] { call->run(); });
  return PredictionCall(std::move(shared));
}

PredictionCall::PredictionCall(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}
PredictionCall::PredictionCall(PredictionCall&&) noexcept = default;

PredictionCall::~PredictionCall() {
  if (!shared_ || !shared_->thread.joinable()) return;
  // A request that is not sent yet has no connection to break: again, until the thread ends.
  pollfd ended{shared_->done.get(), POLLIN, 0};
  do {
    shared_->client.stop();
  } while (::poll(&ended, 1, kStopAgainMs) <= 0);
  shared_->thread.join();
}

int PredictionCall::done_fd() const { return shared_->done.get(); }

Result<CallOutcome> PredictionCall::result() {
  shared_->thread.join();
  return std::move(shared_->outcome);
}

Error reply_error(const CallOutcome& outcome, const std::string& path) {
  const std::string prefix = "Failed to run prediction: ";
  if (outcome.status == kUnauthorized) return Error{prefix + token_refused().message};
  if (outcome.status != 422) {
    const std::string reason = reason_of(outcome.response);
    return Error{prefix + path + " call returned status " + std::to_string(outcome.status) +
                 (reason.empty() ? "" : ": " + reason)};
  }
  std::string rules;
  const Json empty = Json::array();
  const bool listed = outcome.response.is_object() && outcome.response.contains("detail") &&
                      outcome.response["detail"].is_array();
  for (const Json& rule : listed ? outcome.response["detail"] : empty) {
    const bool usual = rule.is_object() && rule.contains("loc") && rule["loc"].size() == 3 &&
                       rule["loc"][2].is_string() && rule.value("msg", Json()).is_string();
    if (!usual) {
      rules.clear();
      break;
    }
    rules +=
        "- " + rule["loc"][2].get<std::string>() + ": " + rule["msg"].get<std::string>() + "\n";
  }
  if (rules.empty()) {
    return Error{path +
                 " call returned status 422, and there was an unexpected message in response:\n\n" +
                 to_text(outcome.response)};
  }
  return Error{prefix + "The inputs you passed could not be validated:\n\n" + rules +
               "\nYou can provide an input with -i. For example:\n\n"
               "    " +
               program_name() +
               " predict -i blur=3.5\n\n"
               "If your input is a local file, you need to prefix the path with @ to tell " +
               product_name() +
               " to read the file contents. For example:\n\n"
               "    " +
               program_name() + " predict -i path=@image.jpg"};
}

Status wait_readable(int fd, Context& context) {
  std::array<pollfd, 2> waits = {{{fd, POLLIN, 0}, {context.interrupt.fd(), POLLIN, 0}}};
  for (;;) {
    ::poll(waits.data(), waits.size(), context.console.poll_timeout());
    context.console.tick();
    if (waits[0].revents != 0) return {};
    if (waits[1].revents != 0) return interrupted();
  }
}

}  // namespace cogpp::cli
