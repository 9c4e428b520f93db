"""Workers that crash, exit, hang, flood or fail in set-up."""
import json
import os
import signal
import time

from harness import Server, expect, wait_for
from processes import alive, halt


def faulty(options, *flags, model="faulty", **more):
    library = os.path.join(options.models, f"{model}.so")
    server = Server(options, [os.path.join(options.bin, "cogpp-worker"), "--library", library],
                    *flags, **more)
    return server


def ready(options, *flags, **more):
    server = faulty(options, *flags, **more)
    server.event("setup")
    server.wait_health("READY")
    server.succeeds(mode="touch") if more.get("model") is None else server.succeeds(mode="ok")
    return server


def recovers(server, old_worker, before, seconds=2):
    """A new worker takes over; nothing of the old one is left."""
    took = server.wait_health("READY", seconds)
    expect(server.worker() != old_worker, "the same worker")
    server.succeeds(mode="ok")
    server.expect_usage(before)
    server.expect_alive()
    return f"READY again after {took * 1000:.0f} ms"


def dies(options, given, reasons):
    with ready(options) as server:
        before, worker = server.settled_usage(), server.worker()
        error = server.fails(**given)
        for reason in reasons:
            expect(reason.lower() in error.lower(), f"{reason!r} is not in {error!r}")
        return recovers(server, worker, before)


def throws(options, mode, text):
    with ready(options) as server:
        before, worker = server.settled_usage(), server.worker()
        error = server.fails(mode=mode)
        expect(text in error, f"{text!r} is not in {error!r}")
        expect(server.worker() == worker, "an exception must not cost the worker")
        server.succeeds(mode="ok")
        server.expect_usage(before)


def idle_kill(options):
    with ready(options) as server:
        before, worker = server.settled_usage(), server.worker()
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: worker not in server.children(), 2, "the dead worker is collected")
        return recovers(server, worker, before)


def raw_output_is_its_own(options, slots):
    """What a process prints past the SDK is told to the client whose prediction did it, or to none."""
    with ready(options, "--concurrency", slots) as server:
        server.succeeds(mode="raw", seconds=0)
        error = server.fails(mode="silent_exit", n=3)
        expect("raw words" not in error and "code 3" in error, f"after another prediction: {error!r}")
        server.wait_health("READY")
        error = server.fails(mode="raw_exit", n=4)
        expect("raw words" in error and "code 4" in error, f"its own are missing: {error!r}")
        if slots == 1:
            return
        server.wait_health("READY")
        other = server.in_background(mode="raw", seconds=30)
        wait_for(lambda: server.log().count('"message":"raw words"') == 3, 5, "the other prediction has printed")
        error = server.fails(mode="silent_exit", n=5)
        other.join(5)
        for told in (error, other.result[1]["error"]):
            expect("raw words" not in told and "code 5" in told, f"beside another prediction: {told!r}")


def all_in_flight_fail(options):
    with ready(options, "--concurrency", 4) as server:
        before, worker = server.settled_usage(), server.worker()
        threads = [server.in_background(mode="sleep", seconds=30) for _ in range(3)]
        threads.append(server.in_background(mode="late_signal", seconds=1, n=int(signal.SIGSEGV)))
        wait_for(lambda: server.health() == "BUSY", 0.9, "all four run")
        for thread in threads:
            thread.join(5)
            expect(thread.result is not None, "a prediction of the dead worker still waits")
            status, reply = thread.result
            expect(status == 200 and reply["status"] == "failed" and "SIGSEGV" in reply["error"],
                   f"{status} {reply}")
        note = recovers(server, worker, before)
        again = [server.in_background(mode="sleep", seconds=0.3) for _ in range(4)]
        for thread in again:
            thread.join(10)
            expect(thread.result[0] == 200, f"a slot is lost: {thread.result}")
        return note


def hang_is_killed(options):
    with ready(options, "--cancel-grace", 1, "--concurrency", 2) as server:
        before, worker = server.settled_usage(), server.worker()
        innocent = server.in_background(mode="sleep", seconds=2.5)
        hanging = server.in_background(mode="hang", seconds=60, method="PUT",
                                       path="/predictions/hang")
        wait_for(lambda: server.request("POST", "/predictions/hang/cancel")[0] == 200, 5,
                 "the hanging prediction can be cancelled")
        start = time.monotonic()
        hanging.join(10)
        expect(hanging.result is not None, "the hanging prediction never ended")
        status, reply = hanging.result
        expect(status == 200 and reply["status"] == "canceled", f"{status} {reply}")
        ended = time.monotonic() - start
        innocent.join(10)
        expect(innocent.result and innocent.result[1].get("status") == "succeeded",
               f"an innocent prediction went with it: {innocent.result}")
        recovers(server, worker, before, 5)
        return f"canceled after {ended:.2f} s"


def stopped_worker(options):
    with ready(options, "--cancel-grace", 1) as server:
        before, worker = server.settled_usage(), server.worker()
        running = server.in_background(mode="sleep", seconds=60, method="PUT",
                                       path="/predictions/stopped")
        wait_for(lambda: server.health() == "BUSY", 5, "the prediction runs")
        halt(worker)
        expect(server.request("POST", "/predictions/stopped/cancel")[0] == 200, "cancel")
        running.join(10)
        expect(running.result and running.result[1]["status"] in ("canceled", "failed"),
               f"{running.result}")
        return recovers(server, worker, before, 5)


def client_leaves(options):
    with ready(options) as server:
        before, worker = server.settled_usage(), server.worker()
        body = json.dumps({"input": {"mode": "sleep", "seconds": 60}})
        client = server.socket()
        client.sendall(f"POST /predictions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
                       f"\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        wait_for(lambda: server.health() == "BUSY", 5, "the prediction runs")
        client.close()
        took = server.wait_health("READY", 2)
        expect(server.worker() == worker, "a polite predictor must not be killed")
        server.succeeds(mode="ok")
        server.expect_usage(before)
        return f"slot free after {took * 1000:.0f} ms"


def crashes_in_a_row(options):
    with ready(options) as server:
        before = server.settled_usage()
        slowest = 0
        for _ in range(6):
            server.fails(mode="quick_exit", n=5)
            slowest = max(slowest, server.wait_health("READY", 2))
            server.succeeds(mode="ok")
        server.expect_usage(before)
        return f"slowest replacement {slowest * 1000:.0f} ms"


def no_second_victim(options):
    """Clients that keep asking while the worker is replaced: refused, or served."""
    with ready(options) as server:
        before = server.settled_usage()
        refused = 0
        for _ in range(5):
            server.fails(mode="quick_exit", n=5)
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                status, reply = server.predict(mode="ok")
                expect(status in (409, 503) or reply["status"] == "succeeded", f"{status} {reply}")
                refused += status != 200
        server.expect_usage(before)
        return f"{refused} refused meanwhile"


def setup_faults(options, behaviour, words):
    counter = f"/tmp/cogpp-faults-{os.getpid()}-{time.monotonic_ns()}"
    env = {"FAULT_SETUP": behaviour, "FAULT_COUNTER": counter}
    flags = ("--setup-timeout", 1) if behaviour == "slow" else ()
    try:
        with faulty(options, *flags, model="setup", env=env) as server:
            event = server.event("setup")
            expect(event["status"] == "failed", f"{event}")
            for word in words:
                expect(word.lower() in event["logs"].lower(), f"{word!r} not in {event['logs']!r}")
            expect(server.health() == "SETUP_FAILED", server.health())
            status, reply = server.predict(mode="ok")
            expect(status == 503, f"{status} {reply}")
            wait_for(lambda: not server.children(), 3, lambda: f"children {server.children()}")
            expect(server.temp_files() == [], f"{server.temp_files()}")
            expect(server.stop() == 0, "SIGTERM ends it with 0")
            expect(os.listdir(server.temp) == [], f"left: {os.listdir(server.temp)}")
    finally:
        if os.path.exists(counter):
            os.unlink(counter)


def replacement_fails(options):
    """First start well, then two set-ups that fail, then well again."""
    counter = f"/tmp/cogpp-faults-{os.getpid()}-{time.monotonic_ns()}"
    env = {"FAULT_SETUP": "ok exit throw ok", "FAULT_COUNTER": counter}
    try:
        with ready(options, model="setup", env=env) as server:
            before = server.settled_usage()
            server.fails(mode="signal")
            took = server.wait_health("READY", 20)
            server.succeeds(mode="ok")
            server.expect_usage(before)
            starts = os.path.getsize(counter)
            expect(starts == 4, f"{starts} starts")
            return f"READY after {took:.2f} s"
    finally:
        os.unlink(counter)


def chatty(options):
    with ready(options) as server:
        before = server.settled_usage()
        reply = server.succeeds(mode="logs", n=40 << 20)
        size = len(reply["logs"])
        expect(15 << 20 <= size <= 17 << 20, f"{size} bytes of logs for a limit of 16 MiB")
        server.succeeds(mode="ok")
        server.expect_usage(before)
        return f"{size >> 20} MiB of 40 kept: {reply['logs'][-60:]!r}"


def too_much_output(options):
    with ready(options, "--max-output", 1 << 20) as server:
        before = server.settled_usage()
        error = server.fails(mode="big", n=2 << 20)
        server.succeeds(mode="big", n=1 << 19)
        server.expect_usage(before)
        return error


def logged_trace(options):
    """Its own log lines and what the model prints have the client's traceparent, others none."""
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with ready(options) as server:
        body = json.dumps({"input": {"mode": "throw"}})
        headers = {"Content-Type": "application/json", "traceparent": trace}
        expect(server.request("POST", "/predictions", body, headers)[0] == 200, "prediction")
        server.fails(mode="throw")
        lines = [json.loads(line)["fields"] for line in server.log().splitlines()]
        traced = [line for line in lines if "traceparent" in line]
        expect([line["message"] for line in traced] == ["last words of throw", "Prediction failed"],
               lines)
        expect({line["traceparent"] for line in traced} == {trace}, traced)


def logged_ends(options):
    """A failure is logged with its reason; beginnings and successes on request alone."""
    for level, wanted in (("info", ["Prediction failed"]),
                          ("debug", ["Starting prediction", "Prediction succeeded",
                                     "Starting prediction", "Prediction failed"])):
        with faulty(options, env={"COG_LOG_LEVEL": level}) as server:
            server.event("setup")
            server.wait_health("READY")
            server.succeeds(mode="ok")
            error = server.fails(mode="throw")
            lines = [json.loads(line) for line in server.log().splitlines()]
            ends = [line["fields"] for line in lines if line["target"] == "coglet::prediction"
                    and "source" not in line["fields"]]
            expect([line["message"] for line in ends] == wanted, f"{level}: {ends}")
            expect(ends[-1]["error"] == error and ends[-1]["predict_time"] >= 0, f"{ends[-1]}")
            expect(all(line["prediction_id"] for line in ends), f"{ends}")


def odd_text(options):
    with ready(options) as server:
        server.succeeds(mode="bad_text")
        server.succeeds(mode="ok")


def server_dies(options, mode):
    with ready(options) as server:
        worker = server.worker()
        thread = None
        if mode:
            thread = server.in_background(mode=mode, seconds=20)
            thread.join(0.5)
        server.process.kill()
        server.process.wait()

        try:
            took = wait_for(lambda: not alive(worker), 3, "the worker ended with its server")
        finally:
            if alive(worker):
                os.kill(worker, signal.SIGKILL)
        return f"after {took * 1000:.0f} ms"


def drains(options):
    with ready(options, "--concurrency", 2) as server:
        threads = [server.in_background(mode="sleep", seconds=1.5) for _ in range(2)]
        wait_for(lambda: server.health() == "BUSY", 5, "both run")
        start = time.monotonic()
        expect(server.stop() == 0, f"exit status {server.process.returncode}")
        took = time.monotonic() - start
        for thread in threads:
            thread.join(5)
            expect(thread.result and thread.result[0] == 200 and
                   thread.result[1]["status"] == "succeeded", f"{thread.result}")
        expect(os.listdir(server.temp) == [], f"left: {os.listdir(server.temp)}")
        return f"{took:.2f} s"


def drain_has_a_limit(options):
    with ready(options, "--drain-timeout", 1) as server:
        worker = server.worker()
        thread = server.in_background(mode="hang", seconds=15)
        wait_for(lambda: server.health() == "BUSY", 5, "it runs")
        start = time.monotonic()
        server.stop()
        took = time.monotonic() - start
        expect(took < 8, f"{took:.1f} s for a drain limit of 1 s")
        wait_for(lambda: not os.path.exists(f"/proc/{worker}"), 3, "the worker is gone")
        thread.join(5)
        expect(os.listdir(server.temp) == [], f"left: {os.listdir(server.temp)}")
        return f"{took:.2f} s"


def schema_missing(options):
    """The server starts without it, and its log says which file, and why."""
    missing = os.path.join(options.models, "no-such-schema.json")
    with ready(options, "--schema-file", missing) as server:
        lines = [line for line in server.log().splitlines() if "There is no schema" in line]
        expect(len(lines) == 1 and missing in lines[0] and "No such file or directory" in lines[0],
               f"lines of the log: {lines}")


def run(report, options):
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, signal.SIGFPE):
        report.run(f"worker dies by {number.name}", dies, options,
                   {"mode": "signal", "n": int(number)}, [number.name, "last words of signal"])
    report.run("worker calls exit(3)", dies, options, {"mode": "exit", "n": 3}, ["exit", "3"])
    report.run("worker calls exit(0)", dies, options, {"mode": "exit", "n": 0}, ["exit", "0"])
    report.run("worker calls _exit(7)", dies, options, {"mode": "quick_exit", "n": 7}, ["7"])
    report.run("worker terminates in a thread", dies, options, {"mode": "terminate"}, ["SIGABRT"])
    report.run("worker closes its sockets", dies, options,
               {"mode": "close_all", "seconds": 20}, [])
    report.run("worker leaves an orphan with its pipes", dies, options,
               {"mode": "orphan", "n": 3, "seconds": 5}, ["3"])
    report.run("predictor throws", throws, options, "throw", "thrown on purpose")
    report.run("predictor throws an int", throws, options, "throw_int", "")
    report.run("predictor runs out of memory", throws, options, "bad_alloc", "bad_alloc")
    report.run("idle worker is killed", idle_kill, options)
    report.run("all predictions of a dead worker fail", all_in_flight_fail, options)
    report.run("hanging predictor is replaced, innocents finish", hang_is_killed, options)
    report.run("stopped worker is replaced", stopped_worker, options)
    report.run("leaving client frees the slot", client_leaves, options)
    report.run("six crashes with successes between", crashes_in_a_row, options)
    report.run("one crash fails no other prediction", no_second_victim, options)
    report.run("set-up exits", setup_faults, options, "exit", ["set-up does exit", "3"])
    report.run("set-up crashes", setup_faults, options, "signal", ["set-up does signal", "SIGSEGV"])
    report.run("set-up throws", setup_faults, options, "throw", ["no weights here"])
    report.run("set-up takes too long", setup_faults, options, "slow", ["set-up does slow"])
    report.run("set-up leaves an orphan", setup_faults, options, "orphan", ["3"])
    report.run("replacement fails twice", replacement_fails, options)
    for slots in (1, 3):
        report.run(f"raw output with {slots} slots is its own", raw_output_is_its_own, options, slots)
    report.run("logs have a limit", chatty, options)
    report.run("output has a limit", too_much_output, options)
    report.run("schema file is not there", schema_missing, options)
    report.run("log lines have the client's traceparent", logged_trace, options)
    report.run("beginnings and ends are logged", logged_ends, options)
    report.run("logs that are no text", odd_text, options)
    report.run("server killed, worker idle", server_dies, options, None)
    report.run("server killed, worker hanging", server_dies, options, "hang")
    report.run("SIGTERM drains", drains, options)
    report.run("SIGTERM drains with a limit", drain_has_a_limit, options)
