"""What every scenario needs: a project of its own in a temporary directory, the
built programs, and checks that say what they saw.

A scenario is a script: it makes a Scenario, calls its methods, and ends with an
exception when something is not as it should be. Run one by hand with
    python3 tests/e2e/inputs.py build/bin
"""

import contextlib
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

# Seconds that one command may take; more where a test moves a lot.
TIMEOUT = int(os.environ.get("COGPP_E2E_TIMEOUT", "120"))

CONFIG = 'predict: "predict.cpp:Predictor"\n'


class Failure(Exception):
    """A check that did not hold."""


# How a script ends that could not run here; CMakeLists.txt tells ctest.
SKIPPED = 77


def need_root(what, otherwise=""):
    """Ends the script unless root runs it."""
    if os.getuid() != 0:
        print(f"skipped: only root can {what}{otherwise}")
        raise SystemExit(SKIPPED)


class Finished:
    """What a command left behind."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __str__(self):
        return f"status {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Scenario:
    """Use as a context manager; the project's directory goes with it."""

    def __init__(self, config=CONFIG, predictor=None, files=None):
        self.bin = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/bin").resolve()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="cogpp-e2e-"))
        self.project = self.root / "project"
        self.temporary = self.root / "tmp"
        self.project.mkdir()
        self.temporary.mkdir()
        self.environment = dict(os.environ, TMPDIR=str(self.temporary), HOME=str(self.root))
        # Scenarios share one cache, so that equal predictors are compiled once.
        self.environment.setdefault("XDG_CACHE_HOME", str(self.root / "cache"))
        for name in ("NO_COLOR", "COG_NO_COLOR", "COG_MAX_CONCURRENCY", "COGPP_AUTH_TOKEN", "CXXFLAGS", "LDFLAGS",
                     "LOG_FORMAT", "PORT"):
            self.environment.pop(name, None)
        if predictor is not None:
            self.write("cog.yaml", config)
            self.write("predict.cpp", predictor)
        for name, text in (files or {}).items():
            self.write(name, text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        left = self.processes()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        temporary = sorted(str(path) for path in self.temporary.rglob("*"))
        shutil.rmtree(self.root, ignore_errors=True)
        if _[0] is None:
            check(not left, f"processes were left behind: {left}")
            check(not temporary, f"temporary files were left behind: {temporary}")

    def write(self, name, text):
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name):
        return (self.project / name).read_text()

    def start(self, *words, **options):
        options.setdefault("cwd", self.project)
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        program = options.pop("program", self.bin / "cogpp")
        return subprocess.Popen([program, *words], env=self.environment, **options)

    timeout = TIMEOUT

    def run(self, *words, stdin="", **options):
        """Runs `cogpp WORD…` to its end."""
        process = self.start(*words, stdin=subprocess.PIPE, **options)
        try:
            out, err = process.communicate(stdin.encode(), timeout=self.timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failure(f"cogpp {words} did not end within {self.timeout} s") from None
        return Finished(process.returncode, (out or b"").decode(), (err or b"").decode())

    def ok(self, *words, **options):
        """The standard output of a command that must succeed."""
        finished = self.run(*words, **options)
        check(finished.status == 0, f"cogpp {words} failed: {finished}")
        return finished.out

    def fails(self, *words, **options):
        """The standard error of a command that must fail, with status 1."""
        finished = self.run(*words, **options)
        check(finished.status == 1, f"cogpp {words}: {finished}")
        return finished.err

    def run_in_terminal(self, *words, streams=("stdout",), status=0):
        """Runs with these of standard output and standard error on a terminal; (seconds, text) pieces of it."""
        parent, child = pty.openpty()
        process = self.start(*words, **{name: child if name in streams else subprocess.DEVNULL
                                        for name in ("stdout", "stderr")})
        os.close(child)
        began = time.monotonic()
        pieces = []
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:  # the terminal's other end is closed
                break
            if not piece:
                break
            pieces.append((time.monotonic() - began, piece.decode().replace("\r\n", "\n")))
        os.close(parent)
        check(process.wait(TIMEOUT) == status, f"cogpp {words} in a terminal: status {process.returncode}")
        return pieces

    def processes(self):
        """Processes whose command line or directory names this scenario, or whose
        parent's does: servers, workers, compilers."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                line = (entry / "cmdline").read_bytes().decode(errors="replace")
                place = os.readlink(entry / "cwd")
            except OSError:
                continue
            if line and (str(self.root) in line or place.startswith(str(self.root))):
                found.append(int(entry.name))
        return found

    def serve(self, *flags):
        """Starts `cogpp serve` on a free port; returns the process once it is ready."""
        log = open(self.root / "serve.log", "wb")
        process = self.start("serve", "-p", "0", *flags, stdout=log, stderr=log)
        log.close()
        wait_for(lambda: process.poll() is not None or (self.project / ".cog/serve.json").exists(),
                 "cogpp serve is ready")
        check(process.poll() is None, f"serve ended: {(self.root / 'serve.log').read_text()}")
        return process

    def listen(self, *words):
        """Starts `cogpp serve WORD…`; returns the process and its address once the server is ready,
        or asks for a token."""
        with open(self.root / "serve.log", "wb") as log:
            process = self.start("serve", *words, stdout=log, stderr=log)

        def address():
            check(process.poll() is None, f"serve ended: {self.serve_log()}")
            line = re.search(r"^Serving at (\S+).*\n", self.serve_log(), re.MULTILINE)
            return line and line.group(1)

        def ready():
            try:
                return address() and get(address() + "/health-check")["status"] == "READY"
            except urllib.error.HTTPError as error:
                return error.code == 401
            except OSError:
                return False

        wait_for(ready, "the server is ready")
        return process, address()

    def serve_log(self):
        return (self.root / "serve.log").read_text()


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def check(condition, message):
    if not condition:
        raise Failure(message)


def equal(actual, expected, what="value"):
    check(actual == expected, f"{what}: expected {expected!r}, got {actual!r}")


def contains(text, part):
    check(part in text, f"expected {part!r} in:\n{text}")


def matches(text, pattern):
    check(re.search(pattern, text), f"expected a match of {pattern!r} in:\n{text}")


def wait_for(condition, what, seconds=TIMEOUT):
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, f"waited {seconds} s in vain: {what}")
        time.sleep(0.01)


def interrupt_reading(s, file, *words):
    """Ctrl-C once the command is in the middle of `file`, which takes minutes to read: it ends."""
    os.truncate(s.project / file, 200 << 30)
    process = s.start(*words)
    place = pathlib.Path(f"/proc/{process.pid}")

    def reads():
        # A descriptor may be closed before it is looked at.
        with contextlib.suppress(FileNotFoundError):
            read = int(re.search(r"rchar: (\d+)", (place / "io").read_text()).group(1))
            return read > 100 << 20 and any(fd.readlink() == s.project / file for fd in (place / "fd").iterdir())

    wait_for(lambda: process.poll() is not None or reads(), f"{words} reads {file}")
    equal(stop(process), 1, str(words))
    contains(process.stderr.read().decode(), "Interrupted")


def stop(process, number=signal.SIGINT):
    """Sends a signal and returns the exit status."""
    process.send_signal(number)
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failure("the process did not end within 30 s of a signal") from None
