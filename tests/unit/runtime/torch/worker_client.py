"""Drives a real cogpp-worker as cogpp-server does (docs/worker-protocol.md)."""

import json
import os
import pathlib
import re
import socket
import struct
import subprocess

ALLOWED_CUDA = {"libcudart", "libcupti"}
CUDA = re.compile(r"lib(cu[a-z]+|nccl|nv[a-z]+|torch_cuda|c10_cuda|cudnn)[^/]*\.so")


class Worker:
    """One worker with two slots; ends with the `with` block."""

    def __init__(self, worker, arguments, tmp, device="cpu", project=None, environment=None):
        self.turn, self.ours, theirs = 0, [], []
        for _ in range(3):
            one, other = socket.socketpair()
            one.settimeout(60)
            self.ours.append(one)
            theirs.append(other)
        # Slots have consecutive descriptors.
        low = [os.dup2(s.fileno(), 90 + i, inheritable=True) for i, s in enumerate(theirs)]
        command = [worker, *arguments, "--device", device, "--slots", "2",
                   "--control-fd", str(low[0]), "--first-slot-fd", str(low[1])]
        self.process = subprocess.Popen(
            command, pass_fds=low, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=project,
            env={**os.environ, "TMPDIR": str(tmp), **(environment or {})})
        for fd in low:
            os.close(fd)
        for s in theirs:
            s.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.ours:
            s.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def send(self, channel, message):
        text = json.dumps(message).encode()
        self.ours[channel].sendall(struct.pack(">I", len(text)) + text)

    def receive(self, channel, *types):
        """The next message of one of these types; set-up logs in between are skipped."""
        while True:
            size = struct.unpack(">I", self._exactly(channel, 4))[0]
            message = json.loads(self._exactly(channel, size))
            if message["type"] in types:
                return message
            assert message["type"] == "log", message

    def _exactly(self, channel, size):
        data = b""
        while len(data) < size:
            more = self.ours[channel].recv(size - len(data))
            assert more, "the worker closed its socket"
            data += more
        return data

    def ready(self):
        hello = self.receive(0, "hello")
        return hello, self.receive(0, "ready", "setup_failed")

    def predict(self, slot, values, folder):
        """The chunks of a prediction that succeeds."""
        self.turn += 1
        self.send(1 + slot, {"type": "predict", "id": "p", "input": values,
                             "context": {}, "directory": str(folder), "turn": self.turn})
        chunks = []
        while True:
            message = self.receive(1 + slot, "output", "file", "metric", "done", "failed")
            if message["type"] == "output":
                chunks.append(message["chunk"])
            elif message["type"] == "file":
                chunks.append(message["path"])
            elif message["type"] == "done":
                return chunks
            elif message["type"] == "failed":
                raise AssertionError(message["error"])

    def mapped(self):
        maps = pathlib.Path(f"/proc/{self.process.pid}/maps").read_text()
        return {line.split()[-1] for line in maps.splitlines() if ".so" in line}

    def mapped_cuda(self):
        """CUDA's libraries, but those that libtorch_cpu.so itself is linked with."""
        names = {os.path.basename(path) for path in self.mapped()}
        return {name for name in names if CUDA.match(name) and name.split(".")[0].split("-")[0] not in ALLOWED_CUDA}
