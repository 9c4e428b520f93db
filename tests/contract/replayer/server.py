"""Starts cogpp-server with the worker of a model, in C++ or in Python, and stops it again."""

import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from processes import children, halt
from replayer.wire import Connection

MODEL_SOURCES = Path(__file__).resolve().parent.parent / "models"
SOURCES = Path(__file__).resolve().parents[3]
# The packages of the Python worker: those of the sources, unless somebody has them elsewhere.
PYTHON_ROOT = os.environ.get("COGPP_PYTHON_ROOT", SOURCES / "runtime" / "python")

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0

# What the model's cog.yaml says; Cog's image carries it in the same variable.
MODEL_ENVIRONMENT = {"async4": {"COG_MAX_CONCURRENCY": "4"}}

# Holds the worker back, so that requests can be answered before it has said hello.
LATE_WORKER = 'sleep "$0"; exec "$@"'


def ask_health(port):
    """The status that the server's health document says."""
    with Connection(port) as connection:
        connection.send(b"GET /health-check HTTP/1.1\r\nHost: contract\r\n\r\n")
        return json.loads(connection.read_response().body)["status"]


class ServerError(Exception):
    """The server did not start, did not become ready or did not end."""


class Programs:
    """Where the programs and the models are, and which kind of predictor is replayed: `cpp` or
    `python` (`python` is then the interpreter that has the package cog)."""

    def __init__(self, bin_folder, models_folder, python=None):
        self.server = str(Path(bin_folder).resolve() / "cogpp-server")
        self.worker = str(Path(bin_folder).resolve() / "cogpp-worker")
        self.models = Path(models_folder).resolve()
        self.python = python

    @property
    def kind(self):
        return "python" if self.python else "cpp"

    def library(self, model):
        return str(self.models / f"lib{model}.so")

    def has(self, model):
        """Whether the model exists in this kind."""
        return bool(self.python) or Path(self.library(model)).exists()

    def worker_command(self, model, predictor=None):
        """`predictor` is another library or another reference than the model's own."""
        if not self.python:
            return [self.worker, "--library", predictor or self.library(model)]
        said = references(model)
        command = [self.python, "-m", "cogpp_worker", "--project", str(MODEL_SOURCES / model)]
        command += ["--predictor", predictor or said["predict"]]
        return command + (["--train", said["train"]] if "train" in said else [])

    def environment(self):
        return {"PYTHONPATH": str(PYTHON_ROOT), "PYTHONDONTWRITEBYTECODE": "1"} if self.python else {}


def references(model):
    """The references of the model's cog.yaml: `predict`, perhaps `train`."""
    text = (MODEL_SOURCES / model / "cog.yaml").read_text(encoding="utf-8")
    return dict(re.findall(r'^(predict|train): "([^"]+)"$', text, re.MULTILINE))


def environment(model, extra):
    """The caller's environment without what would steer a Cog server."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("COG") and k != "PORT"}
    env.update(MODEL_ENVIRONMENT.get(model, {}))
    env.update(extra)
    return env


class Server:
    """One running server. `delay` holds its worker back for that many seconds."""

    def __init__(self, programs, model, env=None, args=(), delay=0.0, predictor=None):
        self.folder = tempfile.TemporaryDirectory(prefix="cogpp-contract-")
        self.log_path = Path(self.folder.name) / "server.log"
        self.events, self.pending = [], b""
        self.status_fd, child_fd = os.pipe()
        worker = programs.worker_command(model, predictor)
        if delay:
            worker = ["/bin/sh", "-c", LATE_WORKER, str(delay)] + worker
        command = [programs.server, "--host", "127.0.0.1", "--port", "0"]
        command += ["--status-fd", str(child_fd), "--project", self.folder.name]
        command += list(args) + ["--"] + worker
        extra = {"CONTRACT_DIR": self.folder.name, **programs.environment(), **(env or {})}
        variables = environment(model, extra)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                command, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=[child_fd], cwd=self.folder.name,
            )  # fmt: skip
        os.close(child_fd)
        try:
            self.port = self.wait_event("listening")["port"]
        except ServerError:
            self.close()
            raise

    def wait_event(self, name, timeout=START_TIMEOUT_S):
        """The first such event of the status descriptor, waiting for it if need be."""
        deadline = time.monotonic() + timeout
        while True:
            for event in self.events:
                if event.get("event") == name:
                    return event
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.status_fd], [], [], max(left, 0))[0]:
                raise ServerError(f"no event {name!r} within {timeout} s{self.last_words()}")
            data = os.read(self.status_fd, 1 << 16)
            if not data:
                raise ServerError(f"the server ended before {name!r}{self.last_words()}")
            self.pending += data
            *lines, self.pending = self.pending.split(b"\n")
            self.events += [json.loads(line) for line in lines if line]

    def last_words(self):
        text = self.log_path.read_text(encoding="utf-8", errors="replace")
        return "; its log ends:\n" + text[-1500:] if text else ""

    def wait_ready(self, timeout=START_TIMEOUT_S):
        """Waits for the end of set-up, then until a slot is free."""
        if self.wait_event("setup", timeout)["status"] == "failed":
            raise ServerError(f"set-up failed{self.last_words()}")
        if not self.wait_status("READY", timeout):
            raise ServerError(f"health is {self.health()!r}, not READY{self.last_words()}")

    def health(self):
        return ask_health(self.port)

    def wait_status(self, status, timeout):
        """Whether health says `status` within the time."""
        deadline = time.monotonic() + timeout
        while self.health() != status:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def worker_ids(self):
        """The process ids of the server's children."""
        return children(self.process.pid)

    @contextmanager
    def workers_held(self):
        """Halts the server's children meanwhile: what they are sent waits for them."""
        held = self.worker_ids()
        for pid in held:
            halt(pid)
        try:
            yield
        finally:
            for pid in held:
                os.kill(pid, signal.SIGCONT)

    def wait_exit(self, timeout=STOP_TIMEOUT_S):
        """The exit code; None when it does not end in that time."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def close(self):
        """Ends it, by force if it has to be."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            if self.wait_exit(STOP_TIMEOUT_S) is None:
                self.process.kill()
                self.process.wait()
        os.close(self.status_fd)
        self.folder.cleanup()
