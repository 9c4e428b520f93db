"""The engine's own disk is full: cogpp build says so and leaves no image; where there is room again, it succeeds."""

import os

from disks import says_full, small_disk
from engines import Engine, need_own_engine
from scenario import CONFIG, Scenario, check, contains

MEBIBYTE = 1 << 20
IMAGE = "cogpp-e2e-full"
PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

need_own_engine("its disk is made small")
with Scenario(predictor=PREDICTOR) as s:
    s.write("weights.bin", os.urandom(256 * MEBIBYTE))
    build = ("build", "-t", IMAGE, "--dockerfile", "Dockerfile.own", "--progress", "plain")
    with small_disk(s.root / "engine", 400 * MEBIBYTE) as resize:
        with Engine(s.root / "engine") as engine:
            s.write("Dockerfile.own", f"FROM {engine.base()}\nCOPY . /src\n")
            engine.use_in(s)
            failed = s.fails(*build)
            says_full(failed)
            contains(failed, "Failed to build Docker image")
            check(engine.call("image", "inspect", IMAGE).returncode != 0, "a part of the image was kept")
            check(not (s.project / ".cog/build").exists(), ".cog/build stayed")
            resize(1536 * MEBIBYTE)
            s.ok(*build)
            contains(engine.docker("image", "inspect", IMAGE), "run.cog.config")
