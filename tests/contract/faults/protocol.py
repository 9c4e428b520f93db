"""A worker that breaks the protocol: killed, named as the reason, and replaced."""
import json
import os
import signal
import sys
import time
from datetime import datetime

from fake_worker import GARBAGE
from harness import PATIENCE, Server, expect, wait_for

# The idle server takes not quite half of it, most of which is room for its threads.
MEMORY_LIMIT = 576 << 20
FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_worker.py")


class Fake:
    """A server over the fake worker, and the count of its starts."""

    def __init__(self, options, behaviour, *flags, always=False, misbehaving=1, **more):
        self.counter = f"/tmp/cogpp-faults-{os.getpid()}-{time.monotonic_ns()}"
        env = {"FAKE": behaviour, "FAKE_COUNTER": self.counter,
               "FAKE_STARTS": str(sys.maxsize if always else misbehaving)}
        self.server = Server(options, [sys.executable, FAKE], *flags, env=env, **more)

    def __enter__(self):
        return self.server.__enter__()

    def __exit__(self, *error):
        self.server.__exit__(*error)
        if os.path.exists(self.counter):
            os.unlink(self.counter)


def fails_to_start(options, behaviour, *flags):
    with Fake(options, behaviour, *flags, always=True) as server:
        event = server.event("setup")
        expect(event["status"] == "failed", f"{event}")
        expect(server.health() == "SETUP_FAILED", server.health())
        expect(server.predict(text="x")[0] == 503, "503")
        wait_for(lambda: not server.children(), 3, lambda: f"children {server.children()}")
        server.expect_alive()
        expect(server.stop() == 0, "SIGTERM")
        last = event["logs"].strip().splitlines()
        return last[-1][:160] if last else "no reason in the set-up log"


def starts(options, behaviour):
    with Fake(options, behaviour, always=True) as server:
        event = server.event("setup")
        expect(event["status"] == "succeeded", "set-up")
        begun = f"Starting coglet server on 127.0.0.1:{server.port}"
        expect(begun not in event["logs"], "the server's own start is in set-up's logs")
        messages = [json.loads(line)["fields"]["message"] for line in server.log().splitlines()]
        expect(begun in messages[:messages.index("Spawning worker subprocess")], f"{messages}")
        for i in range(3):
            reply = server.succeeds(text=str(i))
            expect(reply["output"] == f"fake {i}", f"{reply}")
        expect(server.stop() == 0, "SIGTERM")


def breaks_in_prediction(options, behaviour):
    with Fake(options, behaviour) as server:
        expect(server.event("setup")["status"] == "succeeded", "set-up")
        server.wait_health("READY")
        before, worker = server.settled_usage(), server.worker()
        error = server.fails(text="x")
        server.wait_health("READY", 5)
        expect(server.worker() != worker, "the broken worker lives on")
        expect(server.succeeds(text="y")["output"] == "fake y", "the replacement")
        server.expect_usage(before)
        server.expect_alive()
        return error[:160]


def breaks_after_prediction(options, behaviour):
    """The first reply was complete; what follows costs the worker, never a later prediction."""
    with Fake(options, behaviour) as server:
        server.event("setup")
        server.wait_health("READY")
        before = server.settled_usage()
        if behaviour != "talks_idle":
            expect(server.succeeds(text="x")["output"] == "fake x", "the first reply")
        wrong = []
        for i in range(5):
            server.wait_health("READY", 5)
            status, reply = server.predict(text=str(i))
            if status == 200 and reply["status"] == "succeeded" and reply["output"] != f"fake {i}":
                wrong.append(reply)
            time.sleep(0.05)
        expect(not wrong, f"output of another prediction: {wrong}")
        expect(server.succeeds(text="end")["output"] == "fake end", "it goes on")
        server.expect_usage(before)
        server.expect_alive()


def late_message(options, behaviour):
    """A message about the last prediction that meets the next one in the slot."""
    with Fake(options, behaviour) as server:
        server.event("setup")
        server.wait_health("READY")
        before, worker = server.settled_usage(), server.worker()
        expect(server.succeeds(text="x")["output"] == "fake x", "the first reply")
        error = server.fails(text="y")
        expect("turn" in error, error)
        server.wait_health("READY", 5)
        expect(server.worker() != worker, "the broken worker lives on")
        expect(server.succeeds(text="z")["output"] == "fake z", "the replacement")
        server.expect_usage(before)
        return error[:160]


def moments(server, message):
    """When the server's log says that."""
    lines = [json.loads(line) for line in server.log().splitlines()]
    return [datetime.fromisoformat(line["timestamp"].rstrip("Z")) for line in lines
            if line["fields"]["message"] == message]


def dies_when_ready(options):
    """READY and gone, four times: ever rarer. The fifth is used, and its end costs no pause."""
    with Fake(options, "dies_after_ready", misbehaving=4) as server:
        starts = lambda: moments(server, "Spawning worker subprocess")
        wait_for(lambda: len(starts()) == 5, 30, lambda: f"{len(starts())} starts")
        server.wait_health("READY", 30)
        server.succeeds(text="x")
        os.kill(server.worker(), signal.SIGKILL)
        wait_for(lambda: len(starts()) == 6, 5, lambda: f"{len(starts())} starts")
        ready = moments(server, "Server ready")
        pauses = [(next_one - one).total_seconds() for one, next_one in zip(ready, starts()[1:])]
        for pause, least in zip(pauses, (0.1, 0.2, 0.4, 0.8)):
            expect(pause > least - 0.02, f"pauses from READY to the next start: {pauses}")
        at_once = (starts()[5] - moments(server, "Worker ended")[4]).total_seconds()
        expect(at_once < 0.5, f"{at_once:.2f} s after the end of one that was used")
        server.wait_health("READY", 30)
        server.succeeds(text="y")
        return f"next starts after {', '.join(f'{one:.1f}' for one in pauses[:4])} s, then at once"


def no_memory(options, behaviour, background):
    """`ulimit -v`: what it sends cannot be held. It costs that worker and its prediction."""
    if PATIENCE > 1:
        return "not with sanitizers, which take more addresses than the limit"
    with Fake(options, behaviour, "--keep-finished", 10, memory=MEMORY_LIMIT) as server:
        expect(server.event("setup")["status"] == "succeeded", "set-up")
        server.wait_health("READY")
        before, worker = server.settled_usage(), server.worker()
        if background:
            headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
            path = "/predictions/vast"
            expect(server.request("PUT", path, '{"input":{}}', headers)[0] == 202, "accepted")
            state = lambda: json.loads(server.request("GET", path)[1])
            wait_for(lambda: state()["status"] not in ("starting", "processing"), 20, state)
            expect(state()["status"] == "failed", f"{state()}")
            error = state()["error"]
        else:
            error = server.fails(text="x")
        expect("Worker crashed" in error and "this server has no memory for what it sent" in error,
               error)
        server.wait_health("READY", 30)
        expect(server.worker() != worker, "the worker lives on")
        expect(server.succeeds(text="y")["output"] == "fake y", "the replacement")
        server.expect_usage(before)
        server.expect_alive()
        return f"peak {server.peak_mib():.0f} MiB"


def bad_file(options, behaviour):
    """Cog's runtime drops a file that cannot be read; here that may be an error, too."""
    with Fake(options, behaviour) as server:
        server.event("setup")
        server.wait_health("READY")
        before = server.settled_usage()
        status, reply = server.predict(text="x")
        expect(status == 200 and reply["status"] in ("succeeded", "failed"), f"{status} {reply}")
        server.wait_health("READY", 5)
        server.expect_usage(before)
        return str(reply)[:160]


def deaf_worker(options):
    """It never reads: a large request fills the socket, and a cancel still ends it."""
    with Fake(options, "deaf", "--cancel-grace", 1) as server:
        server.event("setup")
        server.wait_health("READY")
        before, worker = server.settled_usage(), server.worker()
        running = server.in_background(text="x" * (8 << 20), method="PUT", path="/predictions/deaf")
        wait_for(lambda: server.health() == "BUSY", 5, "it runs")
        time.sleep(0.5)  # Until the socket is full and the send waits.
        start = time.monotonic()
        server.health()
        expect(time.monotonic() - start < 1, "health hangs")
        wait_for(lambda: server.request("POST", "/predictions/deaf/cancel")[0] == 200, 5,
                 "it can be cancelled")
        running.join(10)
        expect(running.result and running.result[1]["status"] in ("canceled", "failed"),
               f"{running.result}")
        server.wait_health("READY", 5)
        expect(server.worker() != worker, "replaced")
        server.succeeds(text="y")
        server.expect_usage(before)


def deaf_control(options):
    """It never reads its control socket: cancels pile up, and hold up nobody."""
    slots, length = 64, 60000
    with Fake(options, "deaf_control", "--concurrency", slots, "--cancel-grace", 0) as server:
        server.event("setup")
        server.wait_health("READY")
        before, worker = server.settled_usage(), server.worker()
        paths = [f"/predictions/{i:0{length}}" for i in range(slots)]
        running = [server.in_background(text="x", method="PUT", path=path) for path in paths]
        wait_for(lambda: server.health() == "BUSY", 10, "they run")
        slowest = 0.0
        for path in paths:  # 64 times 60 kB: more than a socket holds, and than is kept.
            start = time.monotonic()
            server.request("POST", path + "/cancel", timeout=10)
            server.health()
            slowest = max(slowest, time.monotonic() - start)
        for thread in running:
            thread.join(10)
            expect(thread.result and thread.result[1]["status"] in ("canceled", "failed"),
                   f"{thread.result} {thread.error}"[:300])
        expect(slowest < 2, f"a cancel took {slowest:.1f} s")
        server.wait_health("READY", 5)
        expect(server.worker() != worker, "replaced")
        expect("it does not read its control socket" in server.log(), "no reason in the log")
        server.succeeds(text="y")
        server.expect_usage(before)


def log_flood(options):
    with Fake(options, "many_logs", always=True) as server:
        server.event("setup")
        server.wait_health("READY")
        for _ in range(3):
            expect(server.succeeds(text="x")["logs"].count("line\n") == 20000, "all log lines")


def run(report, options):
    report.run("protocol in one-byte pieces", starts, options, "in_pieces")
    for behaviour in ("dies_before_hello", "closes_before_hello", "other_protocol", "other_slots",
                      "bad_signature", "ready_first", "two_hellos", "setup_failed",
                      "dies_after_hello", "ends_after_hello",
                      *(f"control_{name}" for name in GARBAGE)):
        report.run(f"protocol start: {behaviour}", fails_to_start, options, behaviour)
    for behaviour in ("silent", "half_frame"):
        report.run(f"protocol start: {behaviour}", fails_to_start, options, behaviour,
                   "--setup-timeout", 1)
    for behaviour in ("closes_slot", "closes_control", "exits_cleanly", "half_output",
                      "output_then_dies", "hello_in_slot", "garbage_on_control_later",
                      *(f"slot_{name}" for name in GARBAGE)):
        report.run(f"protocol prediction: {behaviour}", breaks_in_prediction, options, behaviour)
    for behaviour in ("done_twice", "output_after_done", "talks_idle"):
        report.run(f"protocol after: {behaviour}", breaks_after_prediction, options, behaviour)
    for behaviour in ("late_done", "late_output"):
        report.run(f"protocol after: {behaviour}", late_message, options, behaviour)
    for behaviour in ("missing_file", "folder_as_file"):
        report.run(f"protocol file: {behaviour}", bad_file, options, behaviour)
    for behaviour in ("vast_in_slot", "vast_in_control"):
        report.run(f"protocol no memory: {behaviour}", no_memory, options, behaviour, False)
    report.run("protocol no memory: in the background", no_memory, options, "vast_in_slot", True)
    report.run("protocol dies when READY", dies_when_ready, options)
    report.run("protocol deaf worker", deaf_worker, options)
    report.run("protocol deaf to control", deaf_control, options)
    report.run("protocol log flood", log_flood, options)
