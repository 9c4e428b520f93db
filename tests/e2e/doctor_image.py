"""What the doctor finds wrong keeps an image from being built, and what it finds right becomes one
that predicts."""

from engines import Engine
from images import native_base
from scenario import CONFIG, Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
TRAINER = 'std::string train(const std::string& data) { return data; }\nCOGPP_TRAINER(train, cogpp::input("data"));\n'
IMAGE = "cogpp-e2e/doctor:1"
# cog.yaml, what the doctor says, what the build says
WRONG = [
    ("predict: [\n", "cog.yaml has invalid YAML: ", "failed to parse cog.yaml: invalid YAML: "),
    (CONFIG + "environment: [PATH=/]\n", "cog.yaml validation failed: ", "reserved for internal use"),
    (CONFIG.replace("predict.cpp", "gone.cpp"), "gone.cpp not found", "gone.cpp"),
    (CONFIG + 'train: "predict.cpp:train"\n', "predict.cpp has no COGPP_TRAINER(...)", "train"),
]

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)
    for config, found, refused in WRONG:
        s.write("cog.yaml", config)
        err = s.fails("doctor")
        contains(err, found)
        contains(err, "Remediation: ")
        contains(err, "Docker\n  a container engine answers: ")
        contains(s.fails("build", "-t", IMAGE, "--progress", "plain"), refused)
        check(engine.call("image", "inspect", IMAGE).returncode != 0, f"an image was made of {config}")

    # What was told to be missing is added.
    s.write("predict.cpp", PREDICTOR + TRAINER)
    contains(s.run("doctor").err, "no issues found")
    s.ok("build", "-t", IMAGE)
    equal(s.ok("predict", IMAGE, "-i", "text=a"), "a\n")
    # With its image there is nothing to mend, and the image stays as it is.
    made = engine.docker("images", "--quiet", "--no-trunc", IMAGE)
    contains(s.run("doctor", "--fix").err, "no issues found")
    equal(engine.docker("images", "--quiet", "--no-trunc", IMAGE), made)
    equal(engine.containers(), [], "containers of the doctor")
    engine.docker("rmi", "--force", IMAGE)
