// A registry's answers without a network, for the tests of what is asked of registries.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/registry/session.hpp"

namespace cogpp::cli {

/// Answers as it is told and keeps what it was asked.
struct FakeTransport final : Transport {
  std::function<HttpOutcome(const HttpRequest&)> answer;
  std::vector<HttpRequest> requests;

  HttpOutcome send(const HttpRequest& request) override {
    requests.push_back(request);
    return answer(request);
  }
  void stop() override {}
};

inline std::string header_of(const HttpRequest& request, const std::string& name) {
  for (const auto& [other, value] : request.headers) {
    if (other == name) return value;
  }
  return {};
}

inline HttpOutcome status(int code, std::vector<std::pair<std::string, std::string>> headers = {},
                          std::string body = {}) {
  return {.answer = {.status = code, .headers = std::move(headers), .body = std::move(body)}};
}

inline const Url kBase{.scheme = "https", .host = "r.example", .target = "/"};
inline const Credentials kUser{.username = "user", .secret = "secret"};

}  // namespace cogpp::cli
