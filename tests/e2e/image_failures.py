"""What goes wrong with images says so in words, at once, and leaves no container."""

import os

from engines import DOCKER, Engine, load_image, model_image
from scenario import Scenario, check, contains, equal, matches

BROKEN = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

class Predictor {
 public:
  void setup() {
    const char* how = std::getenv("HOW");
    const std::string wanted = how != nullptr ? how : "";
    if (wanted == "throw") throw std::runtime_error("weights are missing");
    if (wanted == "exit") std::_Exit(3);
    if (wanted == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
  }
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""


def no_engine(s):
    """Nothing in PATH, nothing that answers, nothing that was named."""
    words = ("predict", "some/image", "-i", "text=a")
    path = s.environment["PATH"]
    empty = s.root / "empty"
    empty.mkdir()
    s.environment["PATH"] = str(empty)
    err = s.fails(*words)
    contains(err, "no container engine was found. Install one (Debian, Ubuntu: apt-get install docker.io")
    s.environment["PATH"] = path
    s.environment["DOCKER_HOST"] = f"unix://{s.root}/gone.sock"
    contains(s.fails(*words, "--engine", DOCKER), "does not answer")
    contains(s.fails(*words, "--engine", "no-such-engine"), "the container engine no-such-engine was not found")
    s.environment["COGPP_ENGINE"] = "no-such-engine"
    contains(s.fails(*words), "the container engine no-such-engine was not found")
    del s.environment["COGPP_ENGINE"]


def strange_images(engine, s):
    contains(s.fails("predict", "localhost:1/no/such:image"),
             "image localhost:1/no/such:image: Error response from daemon: ")
    load_image(engine, "cogpp-e2e-plain:latest", b"\0" * 10240, {"Cmd": ["/nothing"]})
    equal(s.fails("predict", "cogpp-e2e-plain").splitlines()[-1],
          "image cogpp-e2e-plain: image is not a Cog model")
    load_image(engine, "cogpp-e2e-empty:latest", b"\0" * 10240, {"Cmd": ["/nothing"], "Labels": {"run.cog.config": "{}"}})
    err = s.fails("predict", "cogpp-e2e-empty")
    contains(err, "/nothing")  # the engine's own words
    contains(err, "Container exited unexpectedly (status 127, see the messages above)")
    contains(s.fails("train", "cogpp-e2e-empty"), "its model has no training")


def broken_setups(s, image):
    words = ("predict", image, "-i", "text=a")
    contains(s.fails(*words, "-e", "HOW=throw"), "std::runtime_error: weights are missing")
    contains(s.fails(*words, "-e", "HOW=exit"), "Model setup failed")
    contains(s.fails(*words, "-e", "HOW=hang", "--setup-timeout", "2"), "Timed out: set-up took longer than 2 s")


def missing_gpu(engine, s):
    """On a machine without one; on others there is nothing to refuse."""
    gpu = model_image(engine, s, name="cogpp-e2e-gpu:latest", gpu=True)
    if not os.path.exists("/dev/nvidiactl"):
        for words in (("predict", gpu, "-i", "text=a"), ("serve", gpu)):
            err = s.fails(*words)
            matches(err, "image cogpp-e2e-gpu:latest wants a GPU .gpu: true., but this machine has no usable NVIDIA GPU")
            check("Starting" not in err, err)
        contains(s.fails("predict", gpu, "-i", "text=a", "--gpus", "1"), "--gpus 1, but this machine has no usable")
    equal(s.ok("predict", gpu, "-i", "text=a", "--gpus", "none"), "a\n")


with Engine() as engine, Scenario(predictor=BROKEN) as s:
    no_engine(s)
    engine.use_in(s)
    image = model_image(engine, s)
    strange_images(engine, s)
    broken_setups(s, image)
    missing_gpu(engine, s)
    equal(engine.containers(), [], "containers that were left behind")
