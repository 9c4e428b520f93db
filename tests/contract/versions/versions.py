#!/usr/bin/env python3
"""Runs one model with several releases of the package cog from PyPI, as Cog's images start it
(`python -m cog.server.http`), and what is refused with those that cogpp cannot run.

    versions.py --bin BUILD/bin [VERSION …]

Each release gets an environment of its own, which is kept. Exits 1 when one fails."""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = HERE.parents[2] / "runtime" / "python"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cogpp" / "cog-versions"

# The first and the last that run, one in between, and both ends of those that do not: all of
# them once a change touches the worker or its stand-in for coglet.
USUAL = ["0.9.26", "0.16.12", "0.17.2", "0.19.3", "0.23.1"]
OLDEST_MINOR = 17
BEST = "0.22.0"
TIMEOUT_S = 300.0  # A busy machine takes minutes to import pydantic.


def environment_of(version):
    """The interpreter of an environment with that release and whatever it asks for, also with
    the wheel of coglet, whose place cogpp's own has to take."""
    folder = CACHE / f"{version}-py{sys.version_info.major}.{sys.version_info.minor}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        # What is refused is not imported, but for the server of 0.16.
        needs = [] if runs(version) or version.startswith("0.16.") else ["--no-deps"]
        pip = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *needs, f"cog=={version}"], check=True)
        (folder / "complete").touch()
    return folder / "bin" / "python"


def runs(version):
    return int(version.split(".")[1]) >= OLDEST_MINOR


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def expect(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r} instead of {wanted!r}")


class Server:
    """A model in a folder of its own, served by `python -m COMMAND` in an environment."""

    def __init__(self, command, environment, build=None):
        self.folder = tempfile.TemporaryDirectory(prefix="cogpp-versions-")
        shutil.copytree(HERE / "model", self.folder.name, dirs_exist_ok=True)
        if build:
            build(Path(self.folder.name))
        kept = {k: v for k, v in os.environ.items() if not k.startswith("COG")}
        self.log = open(Path(self.folder.name) / "server.log", "w+")
        self.process = subprocess.Popen(
            command, cwd=self.folder.name, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, env={**kept, "PYTHONPATH": str(PACKAGES),
                                  "PYTHONDONTWRITEBYTECODE": "1", **environment},
        )  # fmt: skip
        self.port = int(environment["PORT"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.folder.cleanup()

    def words(self):
        """What it has said so far."""
        self.log.seek(0)
        return self.log.read()

    def request(self, path, body=None):
        """The answer as JSON, whatever its status."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def predict(self, path="/predictions", context=None, **inputs):
        answer = self.request(path, {"input": inputs, "context": context or {}})
        return answer.get("output", answer.get("error", answer.get("detail")))

    def await_health(self, *wanted):
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            try:
                health = self.request("/health-check")
                if health["status"] in wanted:
                    return health
            except OSError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"never {' or '.join(wanted)}: {self.words()}")
            time.sleep(0.05)


class Release:
    """One release of cog, and what it has to do."""

    def __init__(self, version, server):
        self.version, self.server, self.python = version, server, environment_of(version)

    def build(self, folder, name):
        """What a build of the image leaves beside the sources: the schema."""
        config = folder / "cog.yaml"
        text = config.read_text(encoding="utf-8")
        if name != "train":
            config.write_text(text.replace("predict.py:Predictor", f"predict.py:{name}"))
        schema = subprocess.run([self.server.with_name("cogpp"), "schema"], cwd=folder, check=True,
                                capture_output=True).stdout  # fmt: skip
        (folder / ".cog").mkdir(exist_ok=True)
        (folder / ".cog" / "openapi_schema.json").write_bytes(schema)

    def serve(self, name, **environment):
        """The server as an image of that release starts it."""
        reference = {"COG_PREDICT_TYPE_STUB": f"predict.py:{name}",
                     "COG_TRAIN_TYPE_STUB": "predict.py:train"}
        mode = ["--x-mode", "train"] if name == "train" else []
        return Server([self.python, "-m", "cog.server.http", "--host", "127.0.0.1", *mode],
                      {"COGPP_SERVER": str(self.server), "PORT": str(free_port()), **reference,
                       **environment},
                      lambda folder: self.build(folder, name))  # fmt: skip

    def check(self):
        if runs(self.version):
            self.check_class()
            self.check_outputs()
        else:
            self.check_refusal()

    def check_class(self):
        """Inputs, a structured output, metrics, context, an exception, a cancel."""
        with self.serve("Predictor") as server:
            health = server.await_health("READY", "SETUP_FAILED")
            expect(health["status"], "READY", health["setup"].get("logs"))
            expect(health["version"].get("python_sdk"), self.version, "the release in use")
            answer = server.request("/predictions", {
                "input": {"text": "a", "file": "data:text/plain,b", "key": "c"},
                "context": {"who": "me"}})  # fmt: skip
            expect(answer.get("output"), {"text": "aabc", "times": 2, "weights": "none"}, answer)
            expect(answer["logs"], "how value\n", "logs")
            expect((answer["metrics"]["times"], answer["metrics"]["who"]), (2, "me"), "metrics")
            expect(server.predict(text="a", how="raise"),
                   "Prediction failed: Prediction failed: ValueError: as asked", "an exception")
            expect(server.predict(text="a", times=4)[0]["msg"], "4 is greater than the maximum of 3",
                   "validation")  # fmt: skip
            answers = []
            waiting = threading.Thread(target=lambda: answers.append(server.request(
                "/predictions", {"id": "c", "input": {"text": "a", "how": "wait"}})))  # fmt: skip
            waiting.start()
            server.await_health("BUSY")
            server.request("/predictions/c/cancel", {})
            waiting.join()
            expect(answers[0]["status"], "canceled", "a cancel")

    def check_outputs(self):
        """A file, a generator, an asynchronous generator, and a training."""
        for name, path, inputs, output, environment in (
            ("Files", "/predictions", {"text": "a"}, "data:text/plain;base64,YQ==", {}),
            ("Words", "/predictions", {"text": "a b"}, ["a", "b"], {}),
            ("Later", "/predictions", {"text": "a b"}, ["a.", "b."], {"COG_MAX_CONCURRENCY": "2"}),
            ("train", "/trainings", {"n": 3}, "trained 3", {}),
        ):
            with self.serve(name, **environment) as server:
                health = server.await_health("READY", "SETUP_FAILED")
                expect(health["status"], "READY", f"{name}: {health['setup'].get('logs')}")
                expect(server.predict(path, **inputs), output, name)

    def check_refusal(self):
        """A release before cogpp's time: the error names it, and the one to use."""
        port = str(free_port())
        with Server([self.server, "--host", "127.0.0.1", "--port", port, "--", self.python, "-m",
                     "cogpp_worker", "--project", ".", "--predictor", "predict.py:Predictor"],
                    {"PORT": port}) as server:  # fmt: skip
            logs = server.await_health("READY", "SETUP_FAILED")["setup"]["logs"]
            for part in (f"this project's Python has cog {self.version}, which cogpp cannot run",
                         f"pip install --no-deps cog=={BEST}"):
                expect(part in logs, True, f"{part!r} in {logs!r}")
        if self.version.startswith("0.16."):  # It starts a coglet that it finds.
            with self.serve("Predictor") as server:
                server.process.wait(TIMEOUT_S)
                expect(f"has cog {self.version}, which cogpp cannot run" in server.words(), True,
                       server.words())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", required=True, type=Path, help="folder of cogpp-server")
    parser.add_argument("versions", nargs="*", default=USUAL, metavar="VERSION")
    arguments = parser.parse_args()
    failed = 0
    for version in arguments.versions:
        try:
            Release(version, arguments.bin.resolve() / "cogpp-server").check()
            print(f"ok   cog {version} {'runs' if runs(version) else 'is refused'}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL cog {version}\n{traceback.format_exc()}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
