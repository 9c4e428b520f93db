// Merging of recorded metrics (cog-runtime §13, live A2).
#include "runtime/server/predictions/metrics.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>

using cogpp::Json;
using cogpp::ipc::Metric;
using cogpp::ipc::MetricMode;
using cogpp::server::merge_metric;

namespace {

Json merged(Json metrics, const Metric& metric) {
  merge_metric(metrics, metric);
  return metrics;
}

}  // namespace

TEST_CASE("dots nest, and a scalar on the way gives place") {
  CHECK(merged(Json::object(), {"timing.pre", 3}) == Json{{"timing", {{"pre", 3}}}});
  CHECK(merged({{"timing", 1}}, {"timing.pre", 3}) == Json{{"timing", {{"pre", 3}}}});
}

TEST_CASE("null removes the leaf and leaves its parent") {
  CHECK(merged({{"a", 1}, {"b", 2}}, {"a", nullptr}) == Json{{"b", 2}});
  CHECK(merged({{"t", {{"x", 1}}}}, {"t.x", nullptr}) == Json{{"t", Json::object()}});
  CHECK(merged({{"a", 1}}, {"zz", nullptr}) == Json{{"a", 1}});
}

TEST_CASE("the way to what is removed is made, too") {
  CHECK(merged(Json::object(), {"t.x", nullptr}) == Json{{"t", Json::object()}});
  CHECK(merged({{"a", 1}}, {"a.b", nullptr}) == Json{{"a", Json::object()}});
  CHECK(merged({{"a", {{"b", 1}}}}, {"a.b.c", nullptr}) == Json{{"a", {{"b", Json::object()}}}});
}

TEST_CASE("increments add whole numbers exactly and mix into floats") {
  const auto mode = MetricMode::kIncrement;
  CHECK(merged(Json::object(), {"n", 2, mode}) == Json{{"n", 2}});
  CHECK(merged({{"n", 2}}, {"n", 3, mode}).dump() == R"({"n":5})");
  CHECK(merged({{"n", 2}}, {"n", 0.5, mode}) == Json{{"n", 2.5}});
  CHECK(merged({{"n", INT64_MAX}}, {"n", 1, mode}) == Json{{"n", INT64_MIN}});
  CHECK(merged({{"n", "text"}}, {"n", 1, mode}) == Json{{"n", "text"}});
  CHECK(merged(Json::object(), {"n", "text", mode}) == Json::object());
}

TEST_CASE("append makes or extends an array") {
  const auto mode = MetricMode::kAppend;
  CHECK(merged(Json::object(), {"l", 1, mode}) == Json{{"l", {1}}});
  CHECK(merged({{"l", 1}}, {"l", 2, mode}) == Json{{"l", {1, 2}}});
  CHECK(merged({{"l", {1, 2}}}, {"l", "x", mode}) == Json{{"l", {1, 2, "x"}}});
}

TEST_CASE("a name with an empty segment is ignored") {
  Json metrics = Json::object();
  CHECK_FALSE(merge_metric(metrics, {"a..b", 1}));
  CHECK_FALSE(merge_metric(metrics, {"", 1}));
  CHECK(metrics.empty());
}
