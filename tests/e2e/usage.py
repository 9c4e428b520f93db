"""Help, versions, suggestions, the doctor, completion, the schema."""

import json

from scenario import CONFIG, Scenario, check, contains, equal, matches

ECHO = r"""
#include <cogpp/predictor.hpp>

#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text").describe("What to repeat"));
"""

with Scenario() as s:
    matches(s.ok("--version"), r"^cogpp version \d+\.\d+\.\d+ \(compatible with Cog \d+")
    equal(s.ok("version"), s.ok("--version"))
    for command in ("init", "predict", "train", "exec", "serve", "push", "login", "schema", "doctor", "completion", "version"):
        contains(s.ok("--help"), command)
        contains(s.ok(command, "--help"), "Examples:")
        equal(s.ok("help", command), s.ok(command, "-h"))
    equal(s.ok(), s.ok("--help"))

    err = s.fails("predcit", "-i", "a=1")
    contains(err, 'unknown command "predcit" for "cogpp"')
    contains(err, "Did you mean this?\n\tpredict\n")
    err = s.fails("predict", "--inptu", "a=1")
    contains(err, "Usage: ")
    contains(err, "unknown flag: --inptu\n\nDid you mean this?\n\t--input\n")
    equal(s.run("predict", "--nope").out, "", "usage goes to standard error")
    check("\x1b" not in err, "no colour without a terminal")

    # As Cog's server: `false` is a value, too.
    matches(s.ok("serve", "--help"), r"--await-explicit-shutdown TEXT\s+Any value: ignore SIGTERM")

    contains(s.ok("completion", "bash"), "complete ")
    contains(s.ok("completion", "fish"), "complete -c cogpp")
    contains(s.ok("completion", "--help"), "> ~/.config/fish/completions/cogpp.fish\n")

    # The doctor without a project, and with a broken one.
    err = s.fails("doctor")
    contains(err, f"Config parsing\n  cog.yaml not found in {s.project} (or in any parent directories)\n"
             "  Remediation: Run cogpp init to begin a project, or name its file with -f\n")
    contains(err, "C++ compiler")
    contains(err, "Found 1 error.")
    contains(err, "doctor found issues")
    contains(s.fails("doctor", "-f", "typo.yaml"), "  typo.yaml not found in ")
    s.write("cog.yaml", "predict: gone.cpp:Predictor\n")
    err = s.fails("doctor")
    contains(err, "gone.cpp not found")
    contains(err, "Remediation: ")
    contains(err, "doctor found issues")
    s.environment["CXX"] = "/no/such/compiler"
    contains(s.fails("doctor"), "/no/such/compiler")

with Scenario(predictor=ECHO) as s:
    contains(s.run("doctor").err, "no issues found")
    document = json.loads(s.ok("schema"))
    equal(document["openapi"], "3.0.2")
    text = document["components"]["schemas"]["Input"]["properties"]["text"]
    equal(text["description"], "What to repeat")
    equal(json.loads(s.ok("schema", "--pretty")), document)
    check(s.ok("schema").count("\n") == 1, "the plain form is one line")

# A GPU that is asked for and not there is an error, not a slow prediction.
with Scenario(config="build:\n  gpu: true\n" + CONFIG, predictor=ECHO) as s:
    if "NVIDIA driver and GPU found" not in s.run("doctor").err:
        matches(s.fails("doctor"), "no usable NVIDIA GPU.*, and cog.yaml says gpu: true")
        err = s.fails("predict", "-i", "text=a")
        contains(err, "device 'cuda' cannot be used: ")
        contains(err, "Use --device cpu to run on the CPU")
        equal(s.ok("predict", "-i", "text=a", "--device", "cpu"), "a\n")
