"""Plays the server for `python -m cogpp_worker`: real sockets, a real process.

COGPP_PYTHON is the folder with the packages; the interpreter that runs the tests must
have `cog`.
"""
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import unittest

PACKAGES = os.environ.get("COGPP_PYTHON") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 5, "runtime", "python")
TIMEOUT_S = 30.0
LAST = ("done", "failed", "canceled")


def environment(**extra):
    """The caller's, without what would steer Cog or the worker."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COG")}
    path = os.pathsep.join([os.path.abspath(PACKAGES), os.environ.get("PYTHONPATH", "")])
    return {**kept, "PYTHONPATH": path.rstrip(os.pathsep), "PYTHONDONTWRITEBYTECODE": "1", **extra}


class Socket:
    """The server's end of one of the worker's sockets."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.ours.settimeout(TIMEOUT_S)

    def send(self, kind, **members):
        data = json.dumps({"type": kind, **members}).encode()
        self.ours.sendall(struct.pack(">I", len(data)) + data)

    def receive(self):
        """The next message; None at the end."""
        head = self._exactly(4)
        return None if head is None else json.loads(self._exactly(struct.unpack(">I", head)[0]))

    def silent(self):
        """Whether nothing has come that was not received."""
        return not select.select([self.ours], [], [], 0)[0]

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            try:
                piece = self.ours.recv(size - len(data))
            except ConnectionResetError:
                piece = b""
            if not piece:
                return None
            data += piece
        return data


class Worker:
    """A worker process for a project of the given files (name to text)."""

    def __init__(self, files, predictor="predict.py:Predictor", slots=1, options=(), **env):
        self.folder = tempfile.TemporaryDirectory(prefix="cogpp-worker-test-")
        self.project = os.path.join(self.folder.name, "project")
        self.directory = os.path.join(self.folder.name, "slot")
        os.mkdir(self.project)
        os.mkdir(self.directory)
        for name, text in files.items():
            with open(os.path.join(self.project, name), "w") as file:
                file.write(textwrap.dedent(text))
        self.control, self.slots = Socket(), [Socket() for _ in range(slots)]
        theirs = [s.theirs for s in [self.control, *self.slots]]
        # Numbers in a row, as the server gives them, and far from what is in use.
        first = 200
        for index, end in enumerate(theirs):
            os.dup2(end.fileno(), first + index)
            end.close()
        numbers = list(range(first, first + len(theirs)))
        named = [] if predictor is None else ["--predictor", predictor]
        command = [sys.executable, "-m", "cogpp_worker", "--project", self.project,
                   *named, *options, "--slots", str(slots),
                   "--control-fd", str(first), "--first-slot-fd", str(first + 1)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=numbers, env=environment(**env), cwd=self.folder.name)
        for number in numbers:
            os.close(number)
        self.setup_log, self.hello = "", None
        self.turns = [0] * slots

    def start(self):
        """Takes messages until `ready` or `setup_failed`, which it returns."""
        while True:
            message = self.control.receive()
            if message is None:
                raise AssertionError("the worker ended: " + self.process.stderr.read().decode())
            if message["type"] == "log":
                self.setup_log += message["data"]
            elif message["type"] == "hello":
                self.hello = message
            else:
                return message

    def send(self, slot=0, id="p", context=None, **inputs):
        self.turns[slot] += 1
        self.slots[slot].send("predict", id=id, input=inputs, context=context or {},
                              directory=self.directory, turn=self.turns[slot])

    def messages(self, slot=0):
        """Everything up to the last message of the prediction."""
        received = []
        while not received or received[-1]["type"] not in LAST:
            message = self.slots[slot].receive()
            if message is None:
                raise AssertionError("the worker ended: " + self.process.stderr.read().decode())
            if message.pop("turn", None) != self.turns[slot]:
                raise AssertionError(f"not the running prediction's: {message}")
            received.append(message)
        return received

    def predict(self, slot=0, id="p", context=None, **inputs):
        """A finished prediction."""
        self.send(slot, id, context, **inputs)
        return Outcome(self.messages(slot))

    def close(self):
        self.control.ours.close()
        for slot in self.slots:
            slot.ours.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        self.folder.cleanup()


class Outcome:
    """The messages of one prediction, sorted."""

    def __init__(self, messages):
        self.messages = messages
        self.last = messages[-1]
        self.chunks = [m["chunk"] for m in messages if m["type"] == "output"]
        self.files = [m["path"] for m in messages if m["type"] == "file"]
        self.metrics = [(m["name"], m["value"], m["mode"]) for m in messages
                        if m["type"] == "metric"]
        self.log = "".join(m["data"] for m in messages if m["type"] == "log")

    @property
    def kind(self):
        return self.last["type"]

    @property
    def error(self):
        return self.last.get("error")

    @property
    def stream(self):
        return self.last.get("stream")


class WorkerTest(unittest.TestCase):
    """A test that starts workers; they end with it."""

    def worker(self, files, *arguments, **options):
        worker = Worker(files, *arguments, **options)
        self.addCleanup(worker.close)
        return worker

    def ready(self, text, *arguments, **options):
        """A worker of predict.py with this text that has been set up."""
        worker = self.worker({"predict.py": text}, *arguments, **options)
        message = worker.start()
        self.assertEqual(message["type"], "ready", (message, worker.setup_log))
        return worker
