// upload_file against servers that take, move, refuse, stall and break off.
#include "runtime/server/files/upload.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "tests/unit/runtime/server/files/local_server.hpp"
#include "tests/unit/runtime/server/files/temp_folder.hpp"

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using cogpp::server::UploadTarget;
using cogpp::test::LocalServer;
using cogpp::test::Peer;
using cogpp::test::TempFolder;

struct Upload {
  std::filesystem::path file(const std::string& name, const std::string& content) const {
    const auto path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  /// The URL, or "error: " and why.
  std::string run(const std::filesystem::path& path, const std::string& url,
                  std::stop_token stop = {}) {
    UploadTarget target{.url = url, .trust = nullptr, .stall = stall};
    const auto result = cogpp::server::upload_file(path, "x\r\ny", target, std::move(stop),
                                                   [&](const std::string& text) { detail = text; });
    return result ? *result : "error: " + result.error().message;
  }

  TempFolder folder;
  std::chrono::seconds stall{25};
  std::string detail;
};

TEST_CASE("an upload is one PUT with Cog's headers, and a name that is one segment") {
  std::string body;
  LocalServer server([&](Peer& peer, const std::string& head) {
    body = peer.read_body(head);
    peer.reply("201 Created", "", "");
  });
  Upload upload;
  const std::string content(3'000'000, 'z');
  const auto path = upload.file("a b é#?%41.png", content);
  CHECK(upload.run(path, server.url("/up")) == server.url("/up/a%20b%20%C3%A9%23%3F%2541.png"));
  CHECK(body == content);
  const auto head = server.requests().front();
  CHECK(head.substr(head.find('\n') + 1) ==
        "content-type: image/png\r\nx-prediction-id: x%0D%0Ay\r\naccept: */*\r\nhost: 127.0.0.1:" +
            std::to_string(server.port()) + "\r\ncontent-length: 3000000\r\n\r\n");
}

TEST_CASE("the reply's Location is the output, without the query of an absolute one") {
  const std::vector<std::pair<std::string, std::string>> locations = {
      {"https://cdn.example/x/out.txt?token=1#frag", "https://cdn.example/x/out.txt#frag"},
      {"s3://bucket/key?x", "s3://bucket/key"},
      {"/rel/x?q=1", "/rel/x?q=1"}};
  for (const auto& [location, expected] : locations) {
    CAPTURE(location);
    LocalServer server([&where = location](Peer& peer, const std::string& head) {
      peer.read_body(head);
      peer.reply("200 OK", "Location: " + where + "\r\n", "");
    });
    Upload upload;
    CHECK(upload.run(upload.file("out.txt", "hello"), server.url("/up/")) == expected);
  }
}

TEST_CASE("a query of the upload URL is not kept") {
  LocalServer server([](Peer& peer, const std::string& head) {
    peer.read_body(head);
    peer.reply("200 OK", "", "");
  });
  Upload upload;
  CHECK(upload.run(upload.file("out.txt", ""), server.url("/up?sig=1")) == server.url("/up"));
  CHECK(server.requests().front().starts_with("PUT /up?sig=1/out.txt "));
}

TEST_CASE("307 sends the file again, 302 is a failure") {
  std::string body;
  LocalServer server([&](Peer& peer, const std::string& head) {
    body = peer.read_body(head);
    if (head.starts_with("PUT /up/")) return peer.reply("307 X", "Location: /moved\r\n", "");
    if (head.starts_with("PUT /found/")) return peer.reply("302 X", "Location: /moved\r\n", "");
    peer.reply("200 OK", "", "");
  });
  Upload upload;
  const auto path = upload.file("out.txt", "hello");
  CHECK(upload.run(path, server.url("/up")) == server.url("/moved"));
  CHECK(body == "hello");
  CHECK(upload.run(path, server.url("/found")) ==
        "error: Failed to upload output: upload returned status 302 Found");
}

TEST_CASE("failures have coglet 0.23.1's text") {
  LocalServer server([](Peer& peer, const std::string& head) {
    if (head.starts_with("PUT /early/")) return peer.reply("403 X", "Connection: close\r\n", "");
    peer.read_body(head);
    if (head.starts_with("PUT /odd/")) return peer.reply("599 X", "", "");
    if (head.starts_with("PUT /cut/")) return;
    peer.reply("500 X", "", "");
  });
  Upload upload;
  const auto path = upload.file("out.txt", "hello");
  const std::string status = "error: Failed to upload output: upload returned status ";
  const std::string transport =
      "error: Failed to upload output: upload request failed: error sending request";
  CHECK(upload.run(path, server.url("/")) == status + "500 Internal Server Error");
  CHECK(upload.run(path, server.url("/odd")) == status + "599 <unknown status code>");
  CHECK(upload.run(path, server.url("/early")) == status + "403 Forbidden");
  CHECK(upload.run(path, server.url("/cut")) == transport);
  CHECK(upload.run(path, "http://127.0.0.1:1/x") == transport);
  CHECK(upload.detail.find("Connection refused") != std::string::npos);
  CHECK(upload.run(upload.folder.path() / "none.txt", server.url("/"))
            .starts_with("error: Failed to read output file: "));
  CHECK(upload.run(upload.folder.path(), server.url("/")).ends_with("it is not a regular file"));
}

TEST_CASE("a stop leaves a stalled upload at once, and a stall has a limit") {
  LocalServer server([](Peer& peer, const std::string&) {
    std::this_thread::sleep_for(3s);
    peer.hang();
  });
  Upload upload;
  const auto path = upload.file("big.bin", std::string(20'000'000, 'x'));
  std::stop_source source;
  std::jthread canceler([&] {
    std::this_thread::sleep_for(100ms);
    source.request_stop();
  });
  const auto begun = std::chrono::steady_clock::now();
  CHECK(upload.run(path, server.url("/up"), source.get_token()) ==
        "error: the upload was canceled");
  CHECK(std::chrono::steady_clock::now() - begun < 1s);
  upload.stall = 1s;
  CHECK(upload.run(path, server.url("/up")).ends_with("error sending request"));
  CHECK(upload.detail == "it stalled");
}

TEST_CASE("upload URLs are checked at the start") {
  CHECK(cogpp::server::check_upload_url("https://h/up").ok());
  CHECK_FALSE(cogpp::server::check_upload_url("ftp://h/up").ok());
  CHECK_FALSE(cogpp::server::check_upload_url("up").ok());
}

}  // namespace
