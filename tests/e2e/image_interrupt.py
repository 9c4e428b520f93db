"""Ctrl-C and a kill of the command, while a container sets up and while it predicts: none
is left behind, not even one that ignores its signals."""

import os
import signal
import time

from engines import Engine, model_image
from scenario import Scenario, check, contains, equal, stop, wait_for

SLOW = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

class Predictor {
 public:
  void setup() { pause("setup"); }
  std::string predict(const std::string& text) {
    pause("predict");
    return text;
  }

 private:
  static void pause(const std::string& place) {
    std::cout << "reached " << place << std::endl;
    const char* wanted = std::getenv("PAUSE");
    while (wanted != nullptr && wanted == place) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""


def start_until(s, place, *words):
    """The command, once the model has reached this place."""
    log = open(s.root / "log", "wb")
    process = s.start(*words, "-e", f"PAUSE={place}", stdout=log, stderr=log)
    log.close()
    wait_for(lambda: process.poll() is not None or f"reached {place}" in (s.root / "log").read_text(),
             f"the model reaches {place}")
    check(process.poll() is None, f"the command ended: {(s.root / 'log').read_text()}")
    return process


def none_left(engine, seconds=30):
    wait_for(lambda: not engine.containers(), "no container is left", seconds)


with Engine() as engine, Scenario(predictor=SLOW) as s:
    engine.use_in(s)
    image = model_image(engine, s)
    predict = ("predict", image, "-i", "text=a")

    # Interrupted, the container is gone when the command is.
    for place in ("setup", "predict"):
        equal(stop(start_until(s, place, *predict), signal.SIGINT), 1, place)
        contains((s.root / "log").read_text(), "Interrupted")
        equal(engine.containers(), [], f"containers after Ctrl-C in {place}")
    equal(stop(start_until(s, "setup", "serve", image, "-p", "0"), signal.SIGINT), 0, "status of serve")
    equal(engine.containers(), [], "containers after Ctrl-C in serve")

    # Killed, its engine's client is told, which passes the signal on; a model that does not
    # heed the cancel has the server's grace of 30 s.
    start_until(s, "setup", *predict).kill()
    none_left(engine)
    start_until(s, "predict", *predict).kill()
    none_left(engine, 120)

    # One that hears no signal stays until the next start, and no longer. That of a command
    # that still runs is left alone.
    deaf = model_image(engine, s, name="cogpp-e2e-deaf:latest", flags=("--await-explicit-shutdown", "true"))
    killed = start_until(s, "predict", "predict", deaf, "-i", "text=a")
    other = start_until(s, "predict", *predict)
    equal(len(engine.containers()), 2)
    killed.kill()
    killed.wait()
    time.sleep(1)
    equal(len(engine.containers()), 2)
    equal(s.ok(*predict), "a\n")
    equal(len(engine.containers()), 1)
    check(other.poll() is None, "another command's container was removed")
    equal(stop(other, signal.SIGTERM), 1)

    # With a second Ctrl-C nothing is waited for.
    process = start_until(s, "setup", "serve", deaf, "-p", "0")
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.5)
    equal(stop(process, signal.SIGINT), 0)
    none_left(engine)
