"""A C++ predictor becomes an image: built, labelled, run, built again."""

import json

from engines import Engine
from images import check_healthy, check_size, inspect, native_base, predict, running, sbom
from scenario import Scenario, check, contains, equal

PREDICTOR = """
#include <unistd.h>
#include <fstream>
#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& prompt) {
    std::ifstream file("weights.bin");
    std::string word;
    file >> word;
    return prompt + " " + word + " by " + std::to_string(::getuid());
  }
};
COGPP_PREDICTOR(Predictor, cogpp::input("prompt").describe("What to say").max_length(20));
"""

CONFIG = """build:
  system_packages: [zstd]
  run:
    - command: install -m 644 /run/secrets/word /etc/word
      mounts: [{type: secret, id: word, target: /run/secrets/word}]
    - ls /etc/word
environment: ["GREETING=a b $HOME"]
concurrency: {max: 3}
predict: "predict.cpp:Predictor"
"""

IMAGE = "cogpp-e2e/cpp:1"
WEIGHTS = 10 << 20

with Engine() as engine, Scenario(config=CONFIG, predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)
    s.write("weights.bin", b"heavy\n" + b"\0" * WEIGHTS)
    s.write("secret.txt", "hidden\n")
    s.write("private/notes.txt", "not for others")
    s.write(".dockerignore", "private\nsecret.txt\n")
    flags = ("-t", IMAGE, "--secret", "id=word,src=secret.txt")

    built = s.run("build", *flags, "--json")
    equal(built.status, 0, str(built))
    contains(built.err, f"Building Docker image from environment in cog.yaml as {IMAGE}...")
    contains(built.err, "Adding labels to image...")
    contains(built.err, f"Image built as {IMAGE}")
    said, info = json.loads(built.out), inspect(engine, IMAGE)
    equal(said, {"image": IMAGE, "digest": info["Id"], "size": info["Size"], "layers": info["RootFS"]["Layers"]})
    check_size(engine, IMAGE, 150, WEIGHTS)
    check(not (s.project / ".cog/build").exists(), ".cog/build stayed")

    # Labels: Cog's own, then ours.
    labels = info["Config"]["Labels"]
    equal((labels["run.cog.version"], labels["run.cog.has_init"]), ("0.22.0", "true"))
    config = json.loads(labels["run.cog.config"])
    equal((config["predict"], config["concurrency"]), ("predict.cpp:Predictor", {"max": 3}))
    equal(config["build"]["run"][0]["mounts"], [{"type": "secret", "id": "word", "target": "/run/secrets/word"}])
    properties = json.loads(labels["run.cog.openapi_schema"])["components"]["schemas"]["Input"]["properties"]
    equal(properties["prompt"]["maxLength"], 20)
    equal((labels["run.cogpp.device"], labels["run.cogpp.predictor"]), ("cpu", "cpp"))
    equal(info["Config"]["User"], "cogpp")
    contains(" ".join(info["Config"]["Env"]), "GREETING=a b $HOME")

    # What is in it, and what is not. (The small Debian of the tests has a Python of its own.)
    inside = engine.docker("run", "--rm", IMAGE, "sh", "-c",
                           "cat /etc/word; ls -a /src /src/.cog; command -v zstd g++; find /opt -name '*py*'")
    for part in ("hidden", "openapi_schema.json", "/usr/bin/zstd"):
        contains(inside, part)
    for part in ("private", "secret.txt", "g++", "/opt"):
        check(part not in inside, f"{part} is in the image: {inside}")
    parts = sbom(engine, IMAGE)
    check("zstd" in parts and "cogpp" in parts and "libtorch" not in parts, str(parts))

    # It serves, as nobody of importance, who may yet make the file for Kubernetes' probes.
    with running(engine, IMAGE, "--name", "cogpp-e2e-cpp", "--env", "KUBERNETES_SERVICE_HOST=10.0.0.1") as port:
        equal(predict(port, {"prompt": "hello"})["output"], "hello heavy by 1000")
        engine.docker("exec", "cogpp-e2e-cpp", "test", "-f", "/var/run/cog/ready")

    check_healthy(engine, IMAGE)
    check_healthy(engine, IMAGE, "--env", "COGPP_AUTH_TOKEN=secret")

    # Nothing new: the same image. Times do not count.
    (s.project / "predict.cpp").touch()
    s.ok("build", *flags)
    equal(inspect(engine, IMAGE)["Id"], info["Id"], "the second build")

    # Another letter of code: no layer of weights moves.
    s.write("predict.cpp", PREDICTOR.replace(" by ", " to "))
    s.ok("build", *flags)
    layers = inspect(engine, IMAGE)["RootFS"]["Layers"]
    kept = [layer for layer in layers if layer in info["RootFS"]["Layers"]]
    check(0 < len(layers) - len(kept) <= 3, f"{len(layers)} layers, {len(kept)} as before")
    with running(engine, IMAGE) as port:
        equal(predict(port, {"prompt": "hello"})["output"], "hello heavy to 1000")
    engine.docker("rmi", "--force", IMAGE)
