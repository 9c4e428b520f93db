"""Starts cogpp-server for a scenario, asks it, looks at it from outside, and reports."""
import http.client
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

# For the scenarios as well.
sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from processes import alive, children, proc_stat  # noqa: E402


class Failure(Exception):
    """What a scenario expected and did not find."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


# Programs with sanitizers start and answer several times slower.
PATIENCE = float(os.environ.get("COGPP_TEST_PATIENCE", "1"))
# They also remember where memory was taken and given back.
MEMORY_SLACK = 1 if PATIENCE == 1 else 30


def wait_for(question, seconds, text):
    """Asks until the answer is true; returns how long that took."""
    seconds *= PATIENCE
    start = time.monotonic()
    while True:
        answer = question()
        took = time.monotonic() - start
        if answer:
            return took
        if took > seconds:
            raise Failure(f"not within {seconds} s: {text() if callable(text) else text}")
        time.sleep(0.005)


class Server:
    """One cogpp-server with its worker, in a temporary folder of its own. `prefix` is a command
    that becomes the server in the end."""

    def __init__(self, options, worker, *flags, env=None, soft_files=None,
                 hard_files=None, memory=None, prefix=()):
        self.folder = tempfile.mkdtemp(prefix="cogpp-faults-")
        self.temp = os.path.join(self.folder, "tmp")
        os.mkdir(self.temp)
        self.log_path = os.path.join(self.folder, "log")
        status_read, status_write = os.pipe()
        self.status = os.fdopen(status_read, "rb", buffering=0)
        self.status_text = b""
        command = [*prefix, os.path.join(options.bin, "cogpp-server"), "--host", "127.0.0.1",
                   "--port", "0", "--status-fd", str(status_write), *map(str, flags), "--", *worker]
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("COG_") and name not in ("PORT", "LOG_FORMAT")}
        environment.update({"TMPDIR": self.temp, **(env or {})})

        def limit():
            if memory:  # As ulimit -v: bytes of addresses, of the server and its workers alike.
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            hard = hard_files or resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            if soft_files or hard_files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft_files or hard, hard))

        self.process = None
        try:
            with open(self.log_path, "wb") as log:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                    pass_fds=[status_write], preexec_fn=limit, cwd=self.folder)
            os.close(status_write)
            self.pid = self.process.pid
            self.port = self.event("listening")["port"]
        except Exception:
            if self.process:
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        workers = self.children()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in workers:  # A worker that outlived its server must not disturb the next test.
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.status.close()
        if kind is not None and issubclass(kind, (Failure, OSError)):
            print("  log:", "\n       ".join(line[:300] for line in self.log().splitlines()[-6:]))
        shutil.rmtree(self.folder, ignore_errors=True)

    def event(self, name, seconds=20):
        """The status line of that event."""
        deadline = time.monotonic() + seconds
        while True:
            for line in self.status_text.split(b"\n")[:-1]:
                value = json.loads(line)
                if value["event"] == name:
                    return value
            left = deadline - time.monotonic()
            ready = select.select([self.status], [], [], max(left, 0))[0]
            data = self.status.read(65536) if ready else b""
            if not data:
                if ready:  # It is ending, and says why.
                    self.process.wait(5)
                raise Failure(f"no event {name}; log: {self.log()[-2000:]}")
            self.status_text += data

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    # Requests.

    def request(self, method, path, body=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def predict(self, timeout=60, path="/predictions", method="POST", extra=None, **given):
        """Status and the reply as an object."""
        body = json.dumps({"input": given, **(extra or {})})
        status, reply = self.request(method, path, body, {"Content-Type": "application/json"},
                                     timeout)
        try:
            return status, json.loads(reply)
        except ValueError:
            return status, {"text": reply.decode(errors="replace")}

    def succeeds(self, **given):
        status, reply = self.predict(**given)
        expect(status == 200 and reply.get("status") == "succeeded", f"{status} {reply}")
        return reply

    def fails(self, **given):
        status, reply = self.predict(**given)
        expect(status == 200 and reply.get("status") == "failed", f"{status} {reply}"[:600])
        expect(reply.get("error"), f"no error in {reply}")
        return reply["error"]

    def in_background(self, **given):
        """A prediction on a thread of its own; .result (None: no reply) after .join()."""
        def work():
            try:
                thread.result = self.predict(**given)
            except (OSError, http.client.HTTPException) as error:
                thread.error = error

        thread = threading.Thread(target=work, daemon=True)
        thread.result = thread.error = None
        thread.start()
        return thread

    def socket(self, receive_buffer=None):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def metrics(self):
        """The samples of GET /metrics, by name with labels."""
        lines = self.request("GET", "/metrics")[1].decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def ended(self):
        """How many predictions have ended, by /metrics."""
        return int(sum(value for name, value in self.metrics().items() if name.startswith("cogpp_predictions_total")))

    def health(self):
        return json.loads(self.request("GET", "/health-check")[1])["status"]

    def wait_health(self, wanted, seconds=10):
        return wait_for(lambda: self.health() == wanted, seconds,
                        lambda: f"health {wanted}, it is {self.health()}")

    # A look from outside.

    def children(self):
        return children(self.pid)

    def zombies(self):
        return [pid for pid in self.children() if (proc_stat(pid) or "X")[0] == "Z"]

    def live_workers(self):
        return [pid for pid in self.children() if alive(pid)]

    def worker(self):
        """The only one; another that was just killed is waited for."""
        wait_for(lambda: len(self.live_workers()) == 1, 5,
                 lambda: f"one worker, not {self.live_workers()}")
        return self.live_workers()[0]

    def cpu_seconds(self):
        stat = proc_stat(self.pid)
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self, field="VmRSS"):
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith(field):
                    return int(line.split()[1]) / 1024
        return 0

    def peak_mib(self):
        """The most memory since the last forget_peak()."""
        return self.memory_mib("VmHWM")

    def forget_peak(self):
        with open(f"/proc/{self.pid}/clear_refs", "w") as file:
            file.write("5")

    def files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def temp_files(self):
        """Regular files below TMPDIR: nothing of a prediction may stay."""
        return sorted(os.path.join(where, name) for where, _, names in os.walk(self.temp)
                      for name in names)

    def temp_folders(self):
        return sum(len(folders) for _, folders, _ in os.walk(self.temp))

    def usage(self):
        return {"files": self.files(), "folders": self.temp_folders(),
                "temp_files": len(self.temp_files()), "zombies": len(self.zombies()),
                "children": len(self.children())}

    def settled_usage(self):
        """Usage once the connections of earlier requests are gone."""
        usage, since = self.usage(), time.monotonic()
        while time.monotonic() - since < 0.5:
            time.sleep(0.05)
            now = self.usage()
            if now != usage:
                usage, since = now, time.monotonic()
        return usage

    def expect_usage(self, before, seconds=5):
        """What was in use before is in use again, and nothing more."""
        wait_for(lambda: self.usage() == before, seconds,
                 lambda: f"usage before {before}, now {self.usage()} {self.temp_files()}")

    def expect_threads(self, most, seconds=20):
        wait_for(lambda: self.threads() <= most, seconds,
                 lambda: f"at most {most} threads, there are {self.threads()}")

    def expect_alive(self):
        expect(self.process.poll() is None, f"the server ended with {self.process.poll()}")

    def stop(self, number=signal.SIGTERM, seconds=20):
        self.process.send_signal(number)
        return self.process.wait(seconds)


class Report:
    """One line a scenario, and the count at the end."""

    def __init__(self, only):
        self.only = only
        self.passed = 0
        self.failed = 0
        self.outcomes = []  # of (scenario, whether it passed, what was measured or went wrong)

    def run(self, name, scenario, *arguments):
        if self.only and not any(part in name for part in self.only):
            return
        start = time.monotonic()
        try:
            note = scenario(*arguments)
        except (Failure, OSError, http.client.HTTPException, subprocess.SubprocessError) as error:
            self.failed += 1
            where = traceback.extract_tb(error.__traceback__)
            lines = [f"{os.path.basename(f.filename)}:{f.lineno}" for f in where[1:]]
            self.outcomes.append((name, False, f"{type(error).__name__}: {error}"))
            print(f"FAIL {name}: {type(error).__name__}: {error} ({' '.join(lines)})")
        else:
            self.passed += 1
            self.outcomes.append((name, True, note or ""))
            print(f"ok   {name} ({time.monotonic() - start:.2f} s{', ' + note if note else ''})")
        sys.stdout.flush()

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0
