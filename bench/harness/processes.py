"""Starts and ends the servers under test, waits for READY, reads their memory."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import time

from harness.measure import BenchError

READY_LIMIT = 60.0


# Below the range from which the kernel takes the clients' own ports.
PORTS = range(20000, 32000)


def free_port():
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class Process:
    """A child in its own process group, whose output goes to a file."""

    def __init__(self, name, command, folder, env=None, cwd=None):
        self.name = name
        self.log = os.path.join(folder, name.replace(" ", "_") + ".log")
        self.started = time.monotonic()
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=env,
                cwd=cwd,
                start_new_session=True,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Asks, waits, then kills the whole group: Cog's worker may outlive its server."""
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()

    def last_words(self):
        with open(self.log, "rb") as log:
            return log.read()[-2000:].decode("utf-8", "replace").strip()

    def pids(self):
        """This process and its descendants."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                        parents[int(entry)] = int(file.read().rsplit(")", 1)[1].split()[1])
                except OSError:
                    pass
        family = [self.child.pid]
        for pid in family:
            family += [child for child, parent in parents.items() if parent == pid]
        return family

    def memory(self):
        """(resident, proportional) bytes of the whole family."""
        resident = proportional = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
                for line in file:
                    if line.startswith("Rss:"):
                        resident += int(line.split()[1]) * 1024
                    elif line.startswith("Pss:"):
                        proportional += int(line.split()[1]) * 1024
        return resident, proportional


class PortPrinter(Process):
    """A program that prints its port on its first line."""

    def __init__(self, name, program, folder):
        super().__init__(name, [program], folder)
        deadline = time.monotonic() + READY_LIMIT
        while True:
            with open(self.log, encoding="utf-8") as log:
                line = log.readline()
            if line.endswith("\n"):
                self.port = int(line)
                return
            if self.child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise BenchError(f"{name} did not start: {self.last_words()}")
            time.sleep(0.001)


class ModelServer(Process):
    """Speaks Cog's HTTP contract. Ready when the constructor returns;
    `ready_seconds` is the time from its start to the first READY."""

    def __init__(self, name, command, folder, port, env=None, cwd=None):
        super().__init__(name, command, folder, env, cwd)
        self.port = port
        try:
            self.await_ready()
        except BaseException:
            self.stop()
            raise

    def await_ready(self):
        deadline = self.started + READY_LIMIT
        while True:
            status = health(self.port)
            if status == "READY":
                self.ready_seconds = time.monotonic() - self.started
                return
            if status in ("SETUP_FAILED", "DEFUNCT"):
                raise BenchError(f"{self.name} is {status}: {self.last_words()}")
            if self.child.poll() is not None:
                raise BenchError(f"{self.name} ended while starting: {self.last_words()}")
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} was not READY within {READY_LIMIT:.0f} s")
            time.sleep(0.001)

    def predict(self, body_file):
        """One prediction's answer as (status, parsed body)."""
        with open(body_file, "rb") as file:
            body = file.read()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", "/predictions", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def predict_ok(self, body_file):
        """The output of one prediction. Cog may answer 409 although it is idle: asked again."""
        for _ in range(20):
            status, answer = self.predict(body_file)
            if status != 409:
                break
            time.sleep(0.05)
        if status != 200 or answer.get("status") != "succeeded":
            raise BenchError(f"{self.name}: prediction answered {status} {str(answer)[:300]}")
        return answer["output"]


def health(port):
    """The status that /health-check names; None while nothing listens."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health-check")
            return json.loads(connection.getresponse().read()).get("status")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError):
        return None
