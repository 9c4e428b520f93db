// The worker's parts that need no process: options, devices, tables, lines.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <string>

#include "runtime/worker/device.hpp"
#include "runtime/worker/library.hpp"
#include "runtime/worker/log_router.hpp"
#include "runtime/worker/options.hpp"

namespace cogpp::worker {
namespace {

std::string refusal(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  return options ? "accepted" : options.error().message;
}

TEST_CASE("options are read in both forms") {
  const auto options =
      parse_options({"--library=/l.so", "--model", "m.pt2", "--tensors", R"({"a":1})", "--device",
                     "cuda:1", "--weights=w", "--project", "/", "--slots", "8", "--threads", "2",
                     "--control-fd", "3", "--first-slot-fd", "4"});
  REQUIRE(options);
  CHECK(options->library == "/l.so");
  CHECK(options->slots == 8);
  CHECK(options->control_fd == 3);
  CHECK(options->first_slot_fd == 4);
  CHECK_FALSE(options->train);
  CHECK_FALSE(options->quiet);
  CHECK(parse_options({"--library=/l.so", "--quiet", "--describe"})->quiet);
  CHECK(parse_options({"--library=/l.so", "--describe", "--mode", "train"})->train);
  const Json json = Json::parse(create_options(*options, "cuda:1"));
  CHECK(json["device"] == "cuda:1");
  CHECK(json["weights"] == "w");
  CHECK(json["slots"] == 8);
  CHECK(json["threads"] == 2);
  CHECK(json["tensors"] == Json{{"a", 1}});
  CHECK(json["model"].get<std::string>().ends_with("/m.pt2"));
  CHECK(json["project"].get<std::string>().starts_with("/"));
}

TEST_CASE("weights come from the environment where no option names them") {
  ::setenv("COG_WEIGHTS", "e", 1);
  CHECK(parse_options({"--library=/l.so", "--describe"})->weights == "e");
  CHECK(parse_options({"--library=/l.so", "--describe", "--weights", "w"})->weights == "w");
  ::setenv("COG_WEIGHTS", "", 1);
  CHECK_FALSE(parse_options({"--library=/l.so", "--describe"})->weights);
  ::unsetenv("COG_WEIGHTS");
  CHECK_FALSE(parse_options({"--library=/l.so", "--describe"})->weights);
}

TEST_CASE("wrong options name themselves") {
  CHECK(refusal({"--slots", "0"}) == "--slots must be a number from 1 to 256, not '0'");
  CHECK(refusal({"--slots", "257"}) == "--slots must be a number from 1 to 256, not '257'");
  CHECK(refusal({"--threads", "x"}) == "--threads must be a number from 1 to 4096, not 'x'");
  CHECK(refusal({"--colour", "x"}) == "unknown option '--colour'; cogpp-worker --help lists them");
  CHECK(refusal({"--device"}) ==
        "'--device' is no option, or lacks its value; cogpp-worker --help");
  CHECK(refusal({"--describe"}).starts_with("--library is missing"));
  CHECK(refusal({"--describe", "--library", "l", "--tensors", "[]"}) ==
        "--tensors must be a JSON object");
  CHECK(refusal({"--mode", "tune"}) == "--mode must be predict or train, not 'tune'");
  CHECK(refusal({"--probe-device"}) == "accepted");
}

CudaProbe no_gpu() { return {.reason = "no CUDA driver: not found", .driver = {}, .devices = {}}; }
CudaProbe two_gpus() {
  return {.reason = {}, .driver = "13.0", .devices = {{"First", 1024, 90}, {"Second", 2048}}};
}
CudaProbe unexpected() {
  FAIL("the CPU needs no probe");
  return {};
}

TEST_CASE("auto takes a GPU or says why not; an explicit GPU never falls back") {
  CHECK(choose_device("cpu", unexpected)->device == "cpu");
  CHECK(choose_device("auto", two_gpus)->device == "cuda:0");
  CHECK(choose_device("auto", no_gpu)->device == "cpu");
  CHECK(choose_device("auto", no_gpu)->note == "no CUDA driver: not found");
  CHECK(choose_device("cuda", two_gpus)->device == "cuda:0");
  CHECK(choose_device("cuda:1", two_gpus)->device == "cuda:1");
  CHECK(choose_device("cuda:1", two_gpus)->note == "Second");
  CHECK(choose_device("cuda:1", no_gpu).error().message ==
        "device 'cuda:1' cannot be used: no CUDA driver: not found. Use --device cpu to run on "
        "the CPU");
  CHECK(choose_device("cuda:2", two_gpus).error().message ==
        "device 'cuda:2' does not exist: there are 2 CUDA devices, counted from 0. Use --device "
        "cpu to run on the CPU");
  for (const char* wrong : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", ""}) {
    CAPTURE(wrong);
    CHECK_FALSE(choose_device(wrong, two_gpus));
  }
}

TEST_CASE("the probe's JSON") {
  CHECK(to_text(probe_json(no_gpu())) == R"({"cuda":null,"reason":"no CUDA driver: not found"})");
  CHECK(to_text(probe_json(two_gpus())) ==
        R"({"cuda":{"devices":[{"capability":90,"index":0,"memory_bytes":1024,"name":"First"},)"
        R"({"capability":0,"index":1,"memory_bytes":2048,"name":"Second"}],"driver":"13.0"}})");
}

TEST_CASE("a table must be of this version and complete") {
  CHECK(check_table(nullptr, "l.so").error().message ==
        "l.so: its entry function returned no table");
  CogppPredictorTable table{};
  table.abi_version = 7;
  CHECK(check_table(&table, "l.so").error().message ==
        "l.so was built for ABI version 7 of cogpp, but this cogpp-worker has version 1. Build "
        "the predictor with the cogpp that serves it");
  table.abi_version = COGPP_ABI_VERSION;
  table.struct_size = sizeof table;
  CHECK(check_table(&table, "l.so").error().message ==
        "l.so: the predictor's table is not complete");
}

TEST_CASE("a table of an earlier library has no health check and no name") {
  CogppPredictorTable table{
      .abi_version = COGPP_ABI_VERSION,
      .struct_size = offsetof(CogppPredictorTable, healthcheck),
      .sdk_version = "0.1.0",
      .create = [](CogppText, void*, const CogppHostTable*) -> void* { return nullptr; },
      .signature = [](void*) { return CogppText{}; },
      .setup = [](void*, void*, const CogppHostTable*) { return 0; },
      .predict = [](void*, const CogppPrediction*) { return 0; },
      .predict_batch = nullptr,
      .destroy = [](void*) {},
      .healthcheck = [](void*, void*, const CogppHostTable*) { return 0; },
      .name = "Predictor"};
  CHECK(check_table(&table, "l.so"));
  CHECK(healthcheck_of(table) == nullptr);
  table.struct_size = offsetof(CogppPredictorTable, name);
  CHECK(healthcheck_of(table) == table.healthcheck);
  CHECK(name_of(table).empty());
  table.struct_size = sizeof table;
  CHECK(name_of(table) == "Predictor");
  table.name = nullptr;
  CHECK(name_of(table).empty());
}

TEST_CASE("a line buffer gives out whole lines, and very long ones in pieces") {
  LineBuffer buffer;
  CHECK(buffer.add("a").empty());
  CHECK(buffer.add("b\nc\nd") == "ab\nc\n");
  CHECK(buffer.add("\n") == "d\n");
  CHECK(buffer.add("rest").empty());
  CHECK(buffer.take() == "rest");
  CHECK(buffer.take().empty());
  CHECK(buffer.add(std::string(70'000, 'x')).size() == 70'000);
}

}  // namespace
}  // namespace cogpp::worker
