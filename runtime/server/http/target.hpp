// Which of the API's resources a request names (cog-runtime §1). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cogpp::server {

enum class Resource {
  kNone,  ///< 404
  kRoot,
  kHealth,
  kOpenapi,
  kShutdown,
  kPredictions,
  kPrediction,  ///< /predictions/{id}
  kCancel,      ///< /predictions/{id}/cancel
  kTrainings,
  kTraining,        ///< /trainings/{id}
  kTrainingCancel,  ///< /trainings/{id}/cancel
  kEvents,          ///< /predictions/{id}/events, where finished predictions are kept
};

struct Target {
  Resource resource = Resource::kNone;
  std::string_view id;  ///< Still percent-encoded.
};

/// `path` as it was sent: an encoded letter does not match a literal one.
Target match_target(std::string_view path);
/// The value of a 405's `allow` header, which is also what is allowed. `keeps`: finished
/// predictions are kept, and can be asked for.
const char* allowed_methods(Resource resource, bool keeps = false);
bool allows(Resource resource, std::string_view method, bool keeps = false);

/// The first value of `name` in a query, decoded; nothing when it is not there.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// `text` without its percent encoding; a bad escape stays as it is. Nothing when the
/// result is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace cogpp::server
