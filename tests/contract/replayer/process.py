"""Scenarios about the server as a process: set-up, shutdown, a worker that dies, bad flags."""

import os
import signal
import subprocess
import time

from replayer.lifecycle import ACT_AFTER_S
from replayer.replay_case import sequential
from replayer.server import MODEL_SOURCES, environment
from replayer.wire import Connection


def setup(case):
    """The exchanges up to the second health check belong to STARTING, the rest to what follows
    it."""
    targets = [e["request"]["target"] for e in case.recording.exchanges]
    checks = [i for i, target in enumerate(targets) if target == "/health-check"]
    starting = range(checks[1] if len(checks) > 1 else 0)
    for index in starting:
        case.exchange(index)
    case.until(lambda: case.server.health() != "STARTING", "the end of set-up", 20)
    for index in range(len(starting), len(targets)):
        case.exchange(index)


def after_setup(case):
    """All exchanges come after a set-up that failed."""
    case.until(lambda: case.server.health() != "STARTING", "the end of set-up", 20)
    sequential(case)


def refused(case):
    """Whether nobody listens any more."""
    try:
        Connection(case.server.port).close()
    except ConnectionRefusedError:
        return True
    return False


def trigger(case):
    """Sends what ends the server; the number is a signal."""
    what = case.recording.extra["trigger"]
    if what == "POST":
        index = next(
            i
            for i, e in enumerate(case.recording.exchanges)
            if e["request"]["target"] == "/shutdown"
        )
        case.exchange(index)
    else:
        case.server.process.send_signal(int(what))


def shutdown(case):
    """Something in flight perhaps, the trigger, then refused connections and the exit code."""
    running = None
    for index, exchange in enumerate(case.recording.exchanges):
        if exchange["request"]["target"] == "/predictions":
            running = case.start(index)
            time.sleep(ACT_AFTER_S)
    trigger(case)
    time.sleep(0.15)
    case.expect(refused(case), "connections are still accepted 0.15 s after the trigger")
    if running:
        running.finish()
    code = case.server.wait_exit()
    expected = case.recording.extra["exit_code"]
    case.expect(code == expected, f"exit code: expected {expected}, got {code}")


def shutdown_ignored(case):
    """SIGTERM does nothing with --await-explicit-shutdown; POST /shutdown still ends it."""
    trigger(case)
    time.sleep(0.15)
    sequential(case)
    case.request("POST", "/shutdown")
    code = case.server.wait_exit()
    case.expect(code == 0, f"exit code after POST /shutdown: {code}")


def sigterm_during_setup(case):
    """Set-up of 5 s does not hold it up."""
    case.server.process.send_signal(signal.SIGTERM)
    sent = time.monotonic()
    code = case.server.wait_exit(4)
    expected = case.recording.extra["exit_code"]
    case.expect(code == expected, f"exit code: expected {expected}, got {code}")
    case.expect(time.monotonic() - sent < 3, f"took {time.monotonic() - sent:.1f} s")


def worker_crash(case):
    """The prediction that takes its worker down fails with a reason (exchange 0)."""
    case.exchange(0)


def worker_killed_midrun(case):
    """The same when the worker is killed from outside."""
    running = case.start(0)
    time.sleep(ACT_AFTER_S)
    for pid in case.server.worker_ids():
        os.kill(pid, signal.SIGKILL)
    running.finish()


def worker_killed_idle(case):
    """A worker that is killed between predictions costs none of them (exchange 1)."""
    former = set(case.server.worker_ids())
    for pid in former:
        os.kill(pid, signal.SIGKILL)

    def another_serves():
        # In this order: until the server notices, it is still READY.
        workers = set(case.server.worker_ids())
        return workers and not former & workers and case.server.health() == "READY"

    case.until(another_serves, "another worker serves", 20)
    case.exchange(1)


def bad_flags(case):
    """Wrong arguments: the exit code, and something said about it."""
    extra, programs = case.recording.extra, case.programs
    if programs.python:
        command = [programs.python, "-m", "cog.server.http"] + extra["args"]
        variables = {"COGPP_SERVER": programs.server, **programs.environment(), **extra["env"]}
    else:
        command = [programs.server, "--port", "0"] + extra["args"]
        command += ["--", programs.worker, "--library", programs.library("noop")]
        variables = {}
    result = subprocess.run(
        command, capture_output=True, timeout=20, check=False,
        cwd=MODEL_SOURCES / "noop", env=environment("noop", variables),
    )  # fmt: skip
    expected = case.recording.extra["rc"]
    case.expect(
        result.returncode == expected, f"exit code: expected {expected}, got {result.returncode}"
    )
    said, recorded = (text.strip().split("\n")[-1] for text in (result.stderr.decode(), extra["stderr"]))
    if programs.python:
        case.expect(said == recorded, f"standard error ends with {said!r}, expected {recorded!r}")
    case.expect(said, "nothing on standard error")
    case.expect(not result.stdout, f"standard output: {result.stdout[:200]!r}")


SCENARIOS = {
    "setup/max_concurrency_two_sync": after_setup,
    "setup/max_concurrency_*": sequential,
    "setup/*": setup,
    "shutdown/sigterm_await_*": shutdown_ignored,
    "shutdown/sigterm_during_setup": sigterm_during_setup,
    "shutdown/*": shutdown,
    "health/worker_crash": worker_crash,
    "health/worker_killed_midrun": worker_killed_midrun,
    "health/worker_killed_idle": worker_killed_idle,
    "cli/*": bad_flags,
}
