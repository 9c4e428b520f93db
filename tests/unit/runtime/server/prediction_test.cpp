// What one prediction keeps of what its worker prints (cog-runtime §12).
#include "runtime/server/predictions/prediction.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

#include "schema/utf8.hpp"

using cogpp::ipc::LogSource;
using cogpp::server::Prediction;
using cogpp::server::PredictionSpec;

namespace {

constexpr std::size_t kPieceLimit = 4 * 1024 * 1024;
constexpr std::string_view kCutMark = "[**** LOG LINE TRUNCATED AT 4 MiB ****]";

PredictionSpec spec_of_logs() {
  return {.id = "p", .input = "{}", .input_tree = nullptr, .context = "{}"};
}

}  // namespace

TEST_CASE("a piece of log up to 4 MiB is whole, a longer one is cut with Cog's mark") {
  Prediction prediction(spec_of_logs(), {});
  const std::string whole(kPieceLimit, 'w');
  prediction.add_log(LogSource::kStdout, whole);
  CHECK(prediction.logs() == whole);
  prediction.add_log(LogSource::kStdout, std::string(kPieceLimit + 1, 'c'));
  const auto logs = prediction.logs();
  REQUIRE(logs.size() == 2 * kPieceLimit);
  CHECK(logs.ends_with("c" + std::string(kCutMark)));
  prediction.add_log(LogSource::kStderr, "next\n");
  CHECK(prediction.logs().ends_with(std::string(kCutMark) + "next\n"));
}

TEST_CASE("the cut is not within a character") {
  for (std::size_t shift = 0; shift < 3; ++shift) {
    CAPTURE(shift);
    Prediction prediction(spec_of_logs(), {});
    std::string text(shift, 'x');
    while (text.size() <= kPieceLimit) text += "\u20ac";  // Three bytes.
    prediction.add_log(LogSource::kStdout, text);
    const auto logs = prediction.logs();
    CHECK(logs.size() <= kPieceLimit);
    CHECK(logs.size() > kPieceLimit - 3);
    CHECK(logs.ends_with("\u20ac" + std::string(kCutMark)));
    CHECK(cogpp::to_utf8(logs) == logs);
  }
}
