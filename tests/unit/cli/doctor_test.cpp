// The doctor's report: what is found, what was mended, what is left (cog-cli §12).
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <string>

#include "cli/commands/doctor_gpu.hpp"
#include "cli/commands/doctor_python.hpp"
#include "cli/commands/doctor_report.hpp"

using namespace cogpp::cli;

namespace {

std::string doctor_text(const std::vector<Check>& checks, bool fix, bool good) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  {
    Console console({}, file);
    CHECK(show_report(checks, fix, console) == good);
  }
  std::rewind(file);
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

const std::string kFindings = R"([
  {"check":"python-deprecated-imports","severity":"error","file":"a.py","line":3,
   "message":"old","remedy":"Remove it","fixable":true,"fixed":false},
  {"check":"python-missing-type-annotations","severity":"warning","file":"a.py","line":9,
   "message":"untyped","remedy":"","fixable":false,"fixed":false},
  {"check":"unknown","severity":"error","message":"x"}])";

}  // namespace

TEST_CASE("findings of the Python checks") {
  std::vector<Check> checks = python_checks(kFindings).value().sources;
  REQUIRE(checks.size() == 3);
  CHECK(doctor_text(checks, false, false) ==
        "Python\nPydantic BaseModel workaround\nDeprecated imports\n"
        "  a.py:3 — old\n  Remediation: Remove it\nType annotations\n  a.py:9 — untyped\n\n"
        "Found 1 error, 1 warning. Run \"cogpp doctor --fix\" to auto-fix.\n");
  checks[1].findings.front().fixed = true;
  CHECK(doctor_text(checks, true, true) ==
        "Python\nPydantic BaseModel workaround\n"
        "Fixed: Deprecated imports\n  a.py:3 — old\nType annotations\n  a.py:9 — untyped\n"
        "  (no auto-fix available)\n\nFixed 1 issue. 1 warning remaining.\n");
  checks[2].findings.front().severity = Severity::kError;
  CHECK(doctor_text({checks[2]}, true, false) ==
        "Python\nType annotations\n  a.py:9 — untyped\n  (no auto-fix available)\n\n"
        "1 unfixed error.\n");
  CHECK(doctor_text({checks[0]}, true, true) ==
        "Python\nPydantic BaseModel workaround\n\nno issues found\n");
  CHECK_FALSE(python_checks("["));
  CHECK_FALSE(python_checks("{}"));
  checks = python_checks(R"([{"check":"python-syntax","severity":"error","file":"a.py","line":2,
    "message":"not valid Python 3.12: invalid syntax","remedy":"Correct line 2 of a.py"}])")
               ->sources;
  CHECK(doctor_text(checks, false, false)
            .find("Python syntax\n  a.py:2 — not valid Python 3.12: invalid syntax\n"
                  "  Remediation: Correct line 2 of a.py\n") != std::string::npos);
}

TEST_CASE("names that cog.yaml gives stand with its other checks") {
  const PythonChecks checks = python_checks(R"([{"check":"config-predict-ref","severity":"error",
    "file":"a.py","line":1,"message":"class \"X\" not found in a.py","remedy":"Name one"}])")
                                  .value();
  REQUIRE(checks.reference.size() == 1);
  CHECK(checks.reference.front().message == "a.py:1 — class \"X\" not found in a.py");
  CHECK(checks.migration.empty());
}

TEST_CASE("the device that a project runs on, and why") {
  Project project;
  project.file = "/work/cog.yaml";
  const cogpp::Json devices = {{"devices", {{{"name", "Made up"}}, {{"name", "Second"}}}}};
  CHECK(device_finding(project, std::nullopt).message ==
        "this project runs on cpu: cog.yaml does not say gpu: true");
  CHECK(device_finding(project, devices).message ==
        "this project runs on cpu: cog.yaml does not say gpu: true (there is a GPU: --device cuda "
        "uses it)");
  project.gpu = true;
  CHECK(device_finding(project, devices).message ==
        "this project runs on cuda: cog.yaml says gpu: true (Made up)");
  CHECK(device_finding(project, std::nullopt).message ==
        "this project runs on cuda: cog.yaml says gpu: true. It does not start without a GPU, and "
        "is never moved to the CPU by itself");
}

TEST_CASE("torch and the GPU") {
  struct Case {
    TorchBuild torch;
    int capability;
    std::string driver;
    std::string finding;  ///< Its beginning; empty: none.
  };
  for (const Case& one :
       std::vector<Case>{{{"2.6.0", "12.4", true},
                          120,
                          "13.0",
                          "torch==2.6.0 (CUDA 12.4) ships no kernels for sm_120"},
                         {{"2.7.0", "12.6", true},
                          100,
                          "13.0",
                          "torch==2.7.0 (CUDA 12.6) ships no kernels for sm_100"},
                         {{"2.7.0", "12.8", true}, 120, "13.0", ""},
                         {{"2.10.0", "12.8", true}, 100, "12.8", ""},
                         {{"2.0.0", "11.7", true},
                          90,
                          "12.4",
                          "torch==2.0.0 (CUDA 11.7) ships no kernels for sm_90"},
                         {{"2.0.1", "11.8", true}, 90, "12.4", ""},
                         {{"1.13.1", "11.7", true}, 86, "12.4", ""},
                         {{"2.11.0", "13.0"},
                          70,
                          "13.0",
                          "libtorch 2.11.0 (CUDA 13.0) ships no kernels for sm_70"},
                         {{"2.11.0", "13.0"}, 75, "13.0", ""},
                         {{"2.11.0", "13.0"},
                          90,
                          "12.4",
                          "the NVIDIA driver is made for CUDA 12.4, libtorch 2.11.0"},
                         {{"2.11.0", "13.0"}, 0, "", ""}}) {
    INFO(one.torch.version + " " + std::to_string(one.capability));
    // Two of a kind are told once.
    const cogpp::Json device = {{"capability", one.capability}};
    const auto findings =
        gpu_findings(one.torch, {{"driver", one.driver}, {"devices", {device, device}}});
    REQUIRE(findings.size() == (one.finding.empty() ? 0 : 1));
    if (findings.empty()) continue;
    CHECK(findings[0].message.starts_with(one.finding));
    CHECK(findings[0].severity == Severity::kWarning);
    CHECK_FALSE(findings[0].remedy.empty());
  }
  CHECK(gpu_findings({"2.0.0", "11.7"}, nullptr).empty());
}
