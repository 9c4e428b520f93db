// Which URLs go through a proxy, and how it is named.
#include "schema/proxy.hpp"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <string_view>

using namespace cogpp;

TEST_CASE("an authority has parts") {
  const Authority whole = *parse_authority("user:p%40ss@[fd00::1]:3128", 80);
  CHECK(percent_decode(whole.user_info) == "user:p@ss");
  CHECK(whole.host == "fd00::1");
  CHECK(whole.port == 3128);
  CHECK(whole.text(80) == "[fd00::1]:3128");
  CHECK(parse_authority("proxy", 80)->text(80) == "proxy");
  for (const char* wrong : {"h:x", "h:70000", "[fd00::1", "[fd00::1]x", "a b"}) {
    CHECK_FALSE(parse_authority(wrong, 80).ok());
  }
}

TEST_CASE("the environment chooses the proxy") {
  std::map<std::string, std::string> variables = {
      {"http_proxy", "http://user:pw@proxy:3128"},
      {"HTTPS_PROXY", "secure:8080"},
      {"no_proxy", "localhost, .corp.example,10.0.0.1"}};
  const auto environment = [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  const auto proxy = [&](std::string_view url) -> std::string {
    const bool tls = url.starts_with("https://");
    const std::string_view peer = url.substr(tls ? 8 : 7);
    const auto found = proxy_for(
        tls, *parse_authority(peer.substr(0, peer.size() - 1), tls ? 443 : 80), environment);
    REQUIRE(found.ok());
    return found->has_value() ? (*found)->at.text(80) : "none";
  };
  CHECK(proxy("http://example.com/") == "proxy:3128");
  CHECK(proxy("https://example.com/") == "secure:8080");
  CHECK(proxy("http://localhost:99/") == "none");
  CHECK(proxy("http://mylocalhost/") == "proxy:3128");
  CHECK(proxy("http://a.corp.example/") == "none");
  CHECK(proxy("http://corp.example/") == "none");
  CHECK(proxy("http://10.0.0.1/") == "none");
  variables["no_proxy"] =
      std::string("10.0.0.0/8, 172.16.0.1/12,192.0.2.0/33,fd00::/7,::1,a.corp.example/8");
  CHECK(proxy("http://10.255.0.1:81/") == "none");
  CHECK(proxy("http://11.0.0.1/") == "proxy:3128");
  CHECK(proxy("http://172.31.255.255/") == "none");
  CHECK(proxy("http://172.32.0.0/") == "proxy:3128");
  CHECK(proxy("http://192.0.2.0/") == "proxy:3128");
  CHECK(proxy("http://[fc12::3]/") == "none");
  CHECK(proxy("http://[fe80::3]/") == "proxy:3128");
  CHECK(proxy("http://[0:0::1]/") == "none");
  CHECK(proxy("http://10.corp.example/") == "proxy:3128");
  variables["no_proxy"] = std::string("0.0.0.0/0");
  CHECK(proxy("http://9.9.9.9/") == "none");
  CHECK(proxy("http://[::9]/") == "proxy:3128");
  variables["no_proxy"] = std::string("*");
  CHECK(proxy("http://example.com/") == "none");
}

TEST_CASE("a proxy that is not usable is told by its variable, without its password") {
  const auto failure = [](const std::string& name, const std::string& value) {
    const auto found = proxy_for(true, {.host = "h", .port = 443}, [&](const std::string& asked) {
      return asked == name ? value : std::string();
    });
    REQUIRE_FALSE(found.ok());
    return found.error().message;
  };
  CHECK(failure("all_proxy", "socks5://user:pw@p:1080") ==
        "the proxy that all_proxy names is not usable (only http:// proxies are supported): it "
        "must be http://HOST:PORT");
  CHECK(failure("HTTPS_PROXY", "https://p").find("HTTPS_PROXY names") != std::string::npos);
  CHECK(failure("https_proxy", "http://user:pw@p:port").find("(bad port)") != std::string::npos);
  CHECK(failure("https_proxy", "http://").find("(no host)") != std::string::npos);
}
