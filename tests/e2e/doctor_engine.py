"""The doctor while a real engine runs, while it hangs, and when it is gone; a build then says
the same."""

import signal
import time

from engines import Engine
from scenario import Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
ANSWERS = "Docker\n  a container engine answers: "


def report(s):
    """Without an engine nothing but images is missing: it is no error."""
    finished = s.run("doctor")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "no issues found")
    return finished.err


def images(engine):
    return set(engine.docker("images", "--all", "--quiet").split())


with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    contains(report(s), ANSWERS)
    made = images(engine)

    # A socket that nobody serves, and a client of an engine that hangs.
    s.environment["DOCKER_HOST"] = f"unix://{s.root}/nobody.sock"
    s.environment["COGPP_ENGINE"] = "docker"
    err = report(s)
    contains(err, "docker does not answer: ")
    contains(err, "Only images need one")
    contains(s.fails("build"), "the container engine cannot be used")
    engine.use_in(s)
    s.environment["COGPP_ENGINE"] = "docker"
    if engine.own:
        engine.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            contains(report(s), "docker does not answer: it did not end within 5 s\n")
            check(time.monotonic() - began < 60, "the doctor waited for an engine that hangs")
        finally:
            engine.process.send_signal(signal.SIGCONT)
    contains(report(s), ANSWERS)

    s.environment["COGPP_ENGINE"] = "no-such-engine"
    contains(report(s), "the container engine no-such-engine was not found")
    s.environment["COG_SKIP_DOCKER_CHECK"] = "1"
    check("Docker\n" not in report(s), "the check for an engine was not skipped")
    equal(images(engine), made, "the engine's images")
    equal(engine.containers(), [], "containers of the doctor")
