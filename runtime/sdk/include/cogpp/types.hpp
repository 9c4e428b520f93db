// Types of inputs and outputs that C++ itself does not have: a file, a secret, and
// the exception that ends a cancelled prediction.
#pragma once

#include <exception>
#include <filesystem>
#include <string>
#include <utility>

namespace cogpp {

/// A file.
///
/// As an input: a local file that cogpp has already downloaded or decoded; it is
/// removed when the prediction ends. As an output: a file that predict() wrote,
/// best below cogpp::current().directory(), so that it is removed once it was
/// sent. A relative path counts from the project's folder.
class Path : public std::filesystem::path {
 public:
  using std::filesystem::path::path;
  Path() = default;
  Path(std::filesystem::path other) : std::filesystem::path(std::move(other)) {}  // NOLINT
};

/// A text that is not to be shown: it has no stream operator and no conversion, and only
/// reveal() gives it. The API's schema marks the input as a password and has no default for
/// it; cogpp logs no inputs. An answer that repeats the request's input shows it, as Cog's
/// does. A plain value: different objects may be used by different threads.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  /// The text itself, as UTF-8; valid as long as this object. Whoever logs it shows it.
  const std::string& reveal() const noexcept { return text_; }
  /// Whether the text is empty, without revealing it.
  bool empty() const noexcept { return text_.empty(); }

 private:
  std::string text_;
};

/// Thrown by cogpp::Prediction::throw_if_cancelled(). Let it leave predict(): the
/// prediction then ends as `canceled`. Not a std::exception on purpose, so that a
/// handler of errors does not swallow it.
class Cancelled {
 public:
  /// A text for logs.
  const char* what() const noexcept { return "the prediction was cancelled"; }
};

}  // namespace cogpp
