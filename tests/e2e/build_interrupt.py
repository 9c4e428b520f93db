"""Builds that are interrupted, killed, or run at the same time: nothing of them stays, and
the next one works."""

import signal
import subprocess

from engines import Engine
from images import native_base
from scenario import CONFIG, Scenario, check, contains, equal, matches, stop, wait_for

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
IMAGE = "cogpp-e2e/interrupted:1"

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)
    s.ok("debug")
    log = s.root / "log"

    def step(seconds):
        """A step that takes a time of its own, and is never in the engine's cache."""
        step.number += 1
        s.write("cog.yaml", CONFIG + f"build: {{run: ['echo step {step.number}; echo now; sleep {seconds}']}}\n")

    step.number = 0

    def start_until_it_sleeps():
        step(300)
        with open(log, "wb") as file:
            process = s.start("build", "-t", IMAGE, "--progress", "plain", "--no-cache", stdout=file, stderr=file)
        # The step's own output; the words of the step have quotes around them.
        wait_for(lambda: process.poll() is not None or "now\n" in log.read_text(), "the step sleeps", 600)
        check(process.poll() is None, f"the build ended: {log.read_text()}")
        return process

    for number in (signal.SIGINT, signal.SIGTERM):
        equal(stop(start_until_it_sleeps(), number), 1, log.read_text())
        contains(log.read_text(), "Interrupted")
        check(not (s.project / ".cog/build").exists(), ".cog/build stayed")
        check(engine.call("image", "inspect", IMAGE).returncode != 0, "half an image was made")

    # While Python's sources are read, although a document is there in their place.
    native, path = s.read("cog.yaml"), s.environment["PATH"]
    python = s.root / "bin/python3"
    python.parent.mkdir()
    python.write_text(f"""#!/bin/sh
case "$*" in
  *cogpp_schema*) touch {s.root}/reading; exec sleep 300 ;;
  *) printf '%s\\n%s\\n' {python} 3.42.0 ;;
esac
""")
    python.chmod(0o755)
    s.write("cog.yaml", 'build: {python_version: "3.77"}\npredict: "predict.py:Predictor"\n')
    s.write("predict.py", "class Predictor: pass\n")
    s.write("schema.json", '{"openapi": "3.0.2", "paths": {}}')
    s.environment["PATH"] = f"{python.parent}:{path}"
    process = s.start("build", "-t", IMAGE, "--openapi-schema", "schema.json")
    wait_for((s.root / "reading").exists, "the sources are read")
    equal(stop(process), 1)
    matches(process.stderr.read().decode(), "(?m)^Interrupted$")
    s.environment["PATH"] = path
    s.write("cog.yaml", native)

    # Killed, it leaves its folder behind, which the next build replaces.
    start_until_it_sleeps().kill()
    wait_for(lambda: not s.processes(), f"nothing of the build runs on: {s.processes()}", 60)
    step(0)
    s.ok("build", "-t", IMAGE)
    equal(s.ok("predict", IMAGE, "-i", "text=a"), "a\n")
    check(not (s.project / ".cog/build").exists(), ".cog/build stayed")

    # Two at once take turns, and both images are whole.
    step(3)
    names = ["cogpp-e2e/interrupted:2", "cogpp-e2e/interrupted:3"]
    both = [s.start("build", "-t", name, stdout=subprocess.DEVNULL) for name in names]
    for process, name in zip(both, names, strict=True):
        err = process.communicate(timeout=600)[1].decode()
        equal(process.returncode, 0, err)
        contains(err, f"Image built as {name}")
        equal(s.ok("predict", name, "-i", "text=b"), "b\n")

    # One that waits for its turn can be interrupted as well.
    first = start_until_it_sleeps()
    waiting = s.root / "waiting"
    with open(waiting, "wb") as file:
        second = s.start("build", "-t", names[0], stdout=file, stderr=file)
    wait_for(lambda: "Waiting for another build" in waiting.read_text(), "the second one waits")
    equal(stop(second), 1, waiting.read_text())
    check(first.poll() is None, "the first build ended with the second")
    equal(stop(first), 1)
    engine.docker("rmi", "--force", IMAGE, *names)
