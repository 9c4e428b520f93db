// Device memory from a stand-in of the driver's library, and without a driver.
#include "runtime/server/telemetry/device_memory.hpp"

#include <catch2/catch_test_macros.hpp>

#include "runtime/server/telemetry/metrics.hpp"

using cogpp::server::DeviceMonitor;

TEST_CASE("devices are shown once a worker runs on one, without those that are lost") {
  DeviceMonitor monitor(COGPP_FAKE_NVML);
  CHECK(monitor.read().empty());
  monitor.used_by_worker("cpu");
  CHECK(monitor.read().empty());
  monitor.used_by_worker("cuda:1");
  monitor.used_by_worker("cpu");  // Another replica's.
  const auto devices = monitor.read();
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].index == 0);
  CHECK(devices[0].uuid == "GPU-aaaa");
  CHECK(devices[0].used == 1ULL << 30);
  CHECK(devices[0].total == 80ULL << 30);
  CHECK(devices[1].index == 2);
  CHECK(devices[1].used == (1ULL << 30) + 2);
}

TEST_CASE("without a driver there are no devices") {
  DeviceMonitor monitor("libno-such-driver.so.1");
  monitor.used_by_worker("cuda");
  CHECK(monitor.read().empty());
  CHECK(monitor.read().empty());
}

TEST_CASE("device memory is in the metrics document, or nothing of it is") {
  cogpp::server::ServerMetrics without("libno-such-driver.so.1");
  without.worker_ready("cuda:0");
  CHECK(without.text({}).find("device") == std::string::npos);
  cogpp::server::ServerMetrics metrics(COGPP_FAKE_NVML);
  CHECK(metrics.text({}).find("device") == std::string::npos);
  metrics.worker_ready("cuda:0");
  const std::string text = metrics.text({});
  INFO(text);
  for (const char* line :
       {"cogpp_device_memory_used_bytes{gpu=\"0\",uuid=\"GPU-aaaa\"} 1073741824\n",
        "cogpp_device_memory_total_bytes{gpu=\"2\",uuid=\"GPU-cccc\"} 85899345920\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
}
