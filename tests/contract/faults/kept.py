"""Finished predictions that are kept: records, lists, the numbered event log, limits."""
import json
import socket
import time

from harness import MEMORY_SLACK, expect, wait_for
from workers import faulty, ready

JSON = {"Content-Type": "application/json"}
ASYNC = {**JSON, "Prefer": "respond-async"}


def get(server, path, method="GET", headers=None):
    status, body = server.request(method, path, headers=headers)
    return status, json.loads(body) if body else None


def events(server, path, headers=None):
    """All events of a stream that ends: (id, name, data)."""
    status, body = server.request("GET", path, headers=headers)
    expect(status == 200, f"{status} {body}")
    return parse(body.decode())


def parse(text):
    found = []
    for frame in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in frame.split("\n") if ": " in line[1:])
        if "data" in fields:
            number = int(fields["id"]) if "id" in fields else None
            found.append((number, fields["event"], json.loads(fields["data"])))
    return found


def nothing_by_default(options):
    with ready(options) as server:
        server.succeeds(mode="ok", extra={"id": "a"})
        for method, path, wanted in (("GET", "/predictions/a", 405), ("GET", "/predictions", 405),
                                     ("DELETE", "/predictions/a", 405),
                                     ("GET", "/predictions/a/events", 404)):
            expect(server.request(method, path)[0] == wanted, f"{method} {path}")
        first = server.predict(path="/predictions/b", method="PUT", mode="ok")
        again = server.predict(path="/predictions/b", method="PUT", mode="throw")
        expect((first[1]["status"], again[1]["status"]) == ("succeeded", "failed"), "run again")


def records(options):
    with ready(options, "--keep-finished", 10) as server:
        server.succeeds(mode="touch", extra={"id": "a b"})
        status, one = get(server, "/predictions/a%20b")
        expect(status == 200 and one["status"] == "succeeded" and one["output"] == "ok touch",
               f"{one}")
        expect(one["input"]["mode"] == "touch" and "last words" in one["logs"], f"{one}")
        expect(one["created_at"] <= one["started_at"] <= one["completed_at"], f"{one}")
        expect(one["metrics"]["predict_time"] >= 0, f"{one}")
        server.predict(mode="throw", extra={"id": "bad"})
        expect("on purpose" in get(server, "/predictions/bad")[1]["error"], "the error")
        running = server.in_background(mode="sleep", seconds=30, extra={"id": "run"})
        server.wait_health("BUSY", 5)
        one = get(server, "/predictions/run")[1]
        expect(one["status"] == "processing" and one["completed_at"] is None, f"{one}")
        status, body = get(server, "/predictions/run", "DELETE")
        expect(status == 409 and "cancel it first" in body["error"], f"{status} {body}")
        server.request("POST", "/predictions/run/cancel")
        running.join(5)
        expect(get(server, "/predictions/run")[1]["status"] == "canceled", "canceled")
        expect(get(server, "/predictions/run", "DELETE")[0] == 204, "acknowledged")
        expect(get(server, "/predictions/run", "DELETE")[0] == 404, "forgotten")
        expect(get(server, "/predictions/run")[0] == 404, "forgotten")
        expect(server.request("POST", "/predictions/bad/cancel")[0] == 404, "nothing to cancel")
        expect(server.request("GET", "/predictions/%ff")[0] == 400, "an id that is no text")
        status, _ = server.request("POST", "/predictions/bad")
        expect(status == 405, f"{status}")


def put_is_not_run_again(options):
    with ready(options, "--keep-finished", 10) as server:
        first = server.predict(path="/predictions/x", method="PUT", mode="ok")
        again = server.predict(path="/predictions/x", method="PUT", mode="throw")
        expect(first == again, f"{first} {again}")
        get(server, "/predictions/x", "DELETE")
        third = server.predict(path="/predictions/x", method="PUT", mode="throw")
        expect(third[1]["status"] == "failed", f"forgotten, so run again: {third}")
        server.succeeds(mode="ok", extra={"id": "x"})
        expect(get(server, "/predictions/x")[1]["status"] == "succeeded", "the newer one")
        listed = get(server, "/predictions")[1]["results"]
        expect([one["id"] for one in listed].count("x") == 1, f"{listed}")


def pages(options):
    with ready(options, "--keep-finished", 20) as server:
        for i in range(25):
            server.succeeds(mode="ok", extra={"id": f"p{i}"})
        seen, path = [], "/predictions?limit=8"
        while path:
            page = get(server, path)[1]
            expect(len(page["results"]) <= 8, "the limit")
            seen += [one["id"] for one in page["results"]]
            path = page["next"] and f"/predictions?limit=8&cursor={page['next']}"
        expect(seen == [f"p{i}" for i in range(24, 4, -1)], f"{seen}")
        expect("output" not in page["results"][0], "a summary is short")
        for query in ("limit=0", "limit=1001", "limit=x", "cursor=-1"):
            status, body = get(server, f"/predictions?{query}")
            expect(status == 400 and body["error"], f"{query}: {status}")


def event_log(options):
    """Of a model that offers no streams, and one that does; finished and in flight."""
    with ready(options, "--keep-finished", 10) as server:
        server.succeeds(mode="ok", extra={"id": "a"})
        found = events(server, "/predictions/a/events")
        expect([name for _, name, _ in found] == ["start", "log", "output", "completed"],
               f"{found}")
        expect([number for number, _, _ in found] == [0, 1, 2, 3], f"{found}")
        expect(found[-1][2]["output"] == "ok ok", f"{found}")
        expect(events(server, "/predictions/a/events?from=2") == found[2:], "from=2")
        expect(events(server, "/predictions/a/events?from=0", {"Last-Event-ID": "2"}) == found[3:],
               "Last-Event-ID wins")
        expect(server.request("GET", "/predictions/a/events?from=4")[0] == 204, "nothing to come")
        expect(server.request("GET", "/predictions/a/events?from=x")[0] == 400, "from=x")
        expect(server.request("GET", "/predictions/none/events")[0] == 404, "unknown")
        expect(server.request("POST", "/predictions/a/events")[0] == 405, "POST")
        status, _ = server.request("POST", "/predictions", "{}",
                                   {**JSON, "Accept": "text/event-stream"})
        expect(status == 406, f"streams of this model are still not offered: {status}")


def resumes(options, count, pause):
    """Every event exactly once over many short connections."""
    with faulty(options, "--keep-finished", 10, model="streaming") as server:
        server.event("setup")
        server.wait_health("READY")
        body = json.dumps({"input": {"count": count, "pause": pause}})
        expect(server.request("PUT", "/predictions/s", body, ASYNC)[0] == 202, "accepted")
        found, connections = [], 0
        while not found or found[-1][1] != "completed":
            connections += 1
            found += some_events(server, len(found))
            expect(connections < 500, "it never ends")
        expect([number for number, _, _ in found] == list(range(len(found))), "numbers in a row")
        outputs = [data["index"] for _, name, data in found if name == "output"]
        expect(outputs == list(range(count)), f"{len(outputs)} outputs")
        expect(connections > 3, f"only {connections} connections")
        record = get(server, "/predictions/s")[1]
        expect(len(record["output"]) == count, "all outputs kept")
        return f"{connections} connections"


def some_events(server, first):
    """What comes within a moment, at most some KiB; whole frames only."""
    with server.socket() as connection:
        connection.sendall(f"GET /predictions/s/events?from={first} HTTP/1.0\r\nHost: x\r\n\r\n"
                           .encode())
        connection.settimeout(0.05)
        data, end = b"", time.monotonic() + 0.05
        try:
            while time.monotonic() < end and len(data) < 32768:
                more = connection.recv(2048)
                if not more:
                    break
                data += more
        except socket.timeout:
            pass
    body = data.partition(b"\r\n\r\n")[2]
    return parse(body[:body.rfind(b"\n\n") + 2].decode())


def reader_does_not_cancel(options):
    with ready(options, "--keep-finished", 10) as server:
        body = json.dumps({"input": {"mode": "sleep", "seconds": 0.7}})
        expect(server.request("PUT", "/predictions/s", body, ASYNC)[0] == 202, "accepted")
        expect(some_events(server, 0)[0][1] == "start", "the start")
        wait_for(lambda: get(server, "/predictions/s")[1]["status"] == "succeeded", 5, "success")


def bounds(options):
    """By number, by time and by size; nothing grows."""
    with ready(options, "--keep-finished", 5) as server:
        for i in range(8):
            server.succeeds(mode="ok", extra={"id": f"n{i}"})
        kept = [one["id"] for one in get(server, "/predictions")[1]["results"]]
        expect(kept == [f"n{i}" for i in range(7, 2, -1)], f"{kept}")
    with ready(options, "--keep-seconds", 0.5) as server:
        server.succeeds(mode="ok", extra={"id": "t"})
        expect(get(server, "/predictions/t")[0] == 200, "kept")
        took = wait_for(lambda: get(server, "/predictions/t")[0] == 404, 3, "forgotten in time")
        expect(took > 0.3, f"after {took} s")
    with ready(options, "--keep-finished", 1000, "--keep-bytes", 4 << 20) as server:
        for i in range(12):
            server.succeeds(mode="big", n=1 << 20, extra={"id": f"b{i}"})
        kept = [one["id"] for one in get(server, "/predictions")[1]["results"]]
        expect(1 <= len(kept) <= 4 and kept[0] == "b11", f"{kept}")
        server.succeeds(mode="big", n=5 << 20, extra={"id": "huge"})
        after = [one["id"] for one in get(server, "/predictions")[1]["results"]]
        expect(after == kept, f"one that is too large drives out nobody: {after}")


def flat_memory(options):
    with ready(options, "--keep-finished", 500, "--concurrency", 4) as server:
        for _ in range(1500):
            server.predict(mode="ok")
        memory = server.memory_mib()
        for i in range(3000):
            server.predict(mode=("ok", "throw")[i % 2])
        grown = server.memory_mib() - memory
        expect(grown < 2 * MEMORY_SLACK, f"{grown:.1f} MiB more")
        return f"{grown:.2f} MiB more after 3000 predictions, {memory:.0f} before"


def run(report, options):
    report.run("nothing is kept by default", nothing_by_default, options)
    report.run("records of predictions", records, options)
    report.run("PUT of a kept prediction", put_is_not_run_again, options)
    report.run("pages of a list", pages, options)
    report.run("the numbered event log", event_log, options)
    report.run("a log read in many pieces while it grows", resumes, options, 20, 0.1)
    report.run("a long log read in many pieces", resumes, options, 3000, 0)
    report.run("a reader of the log cancels nothing", reader_does_not_cancel, options)
    report.run("limits of what is kept", bounds, options)
    report.run("memory with predictions kept", flat_memory, options)
