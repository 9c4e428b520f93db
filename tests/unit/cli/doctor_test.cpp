// The doctor's report: what is found, what was mended, what is left (cog-cli §12).
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <string>

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
  std::vector<Check> checks = python_checks(kFindings);
  REQUIRE(checks.size() == 4);
  CHECK(doctor_text(checks, false, false) ==
        "Config\nPredict reference\n\nPython\nPydantic BaseModel workaround\nDeprecated imports\n"
        "  a.py:3 — old\n  Remediation: Remove it\nType annotations\n  a.py:9 — untyped\n\n"
        "Found 1 error, 1 warning. Run \"cogpp doctor --fix\" to auto-fix.\n");
  checks[2].findings.front().fixed = true;
  CHECK(doctor_text(checks, true, true) ==
        "Config\nPredict reference\n\nPython\nPydantic BaseModel workaround\n"
        "Fixed: Deprecated imports\n  a.py:3 — old\nType annotations\n  a.py:9 — untyped\n"
        "  (no auto-fix available)\n\nFixed 1 issue. 1 warning remaining.\n");
  checks[3].findings.front().severity = Severity::kError;
  CHECK(doctor_text({checks[3]}, true, false) ==
        "Python\nType annotations\n  a.py:9 — untyped\n  (no auto-fix available)\n\n"
        "1 unfixed error.\n");
  CHECK(doctor_text({checks[0]}, true, true) == "Config\nPredict reference\n\nno issues found\n");
  CHECK(python_checks("[").empty());
}
