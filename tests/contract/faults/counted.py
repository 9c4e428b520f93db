"""What /metrics counts, and the Retry-After that is reckoned from the same times."""
import http.client
import json
import math

from capacity import fill
from harness import expect, wait_for
from raw_http import answer
from workers import faulty

ASYNC = {"Content-Type": "application/json", "Prefer": "respond-async"}


def counting(options, *flags):
    """A server that has not predicted yet."""
    server = faulty(options, "--metrics", *flags)
    server.event("setup")
    server.wait_health("READY")
    return server


def join_queue(server, count):
    """The ids of those that wait now."""
    waiting = []
    for _ in range(count):
        status, reply = server.request("POST", "/predictions", '{"input":{"mode":"ok"}}', ASYNC)
        expect(status == 202, f"{status} {reply}")
        waiting.append(json.loads(reply)["id"])
    wait_for(lambda: server.metrics()["cogpp_queued_predictions"] == count, 5, f"{count} wait")
    return waiting


def leave_queue(server, waiting):
    for name in waiting:
        expect(server.request("POST", f"/predictions/{name}/cancel")[0] == 200, f"cancel of {name}")
    wait_for(lambda: server.metrics()["cogpp_queued_predictions"] == 0, 5, "nobody waits")


def retry_after(server):
    """Of a full queue."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", "/predictions", '{"input":{"mode":"ok"}}', ASYNC)
    response = connection.getresponse()
    expect(response.status == 429, f"{response.status} {response.read()}")
    connection.close()
    return int(response.headers["Retry-After"])


def half_of_the_queue(options):
    """Retry-After is the time in which half of the queue is served: it grows with both."""
    for size, seconds in ((8, 0.8), (8, 0.3), (2, 0.3)):
        with counting(options, "--queue", size) as server:
            run = server.succeeds(mode="sleep", seconds=seconds)["metrics"]["predict_time"]
            fill(server)
            join_queue(server, size)
            wanted = max(1, math.ceil(size / 2 * run))
            expect(retry_after(server) == wanted, f"{size} wait, {run} s each: {retry_after(server)}")


def those_without_a_slot(options):
    """Who leaves the queue is counted, and makes no prediction look shorter."""
    with counting(options, "--queue", 8) as server:
        server.succeeds(mode="sleep", seconds=0.8)
        fill(server)
        waiting = join_queue(server, 8)
        before = retry_after(server)
        for _ in range(5):
            leave_queue(server, waiting)
            waiting = join_queue(server, 8)
        expect(retry_after(server) == before, f"Retry-After was {before}, now {retry_after(server)}")
        canceled = 'cogpp_predictions_total{status="canceled"}'
        wait_for(lambda: server.metrics()[canceled] == 40, 5, lambda: f"{server.metrics()[canceled]} canceled")
        found = server.metrics()
        for name in ("cogpp_predict_seconds_count", "cogpp_queue_seconds_count"):
            expect(found[name] == 1, f"{name} is {found[name]}, and one prediction has ended in a slot")


def refused_heads(options):
    """A request that is refused by its head alone is counted like any other."""
    with counting(options) as server:
        for raw, status in ((b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400),
                            (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
                            (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 120 + b"\r\n", 431)):
            name = f'cogpp_http_requests_total{{code="{status}"}}'
            before = server.metrics()
            for _ in range(3):
                answer(server, raw, status)
            wait_for(lambda: server.metrics()[name] == before[name] + 3, 5, lambda: f"{name} is {server.metrics()[name]}")
            expect(server.metrics()["cogpp_http_response_bytes_total"] > before["cogpp_http_response_bytes_total"] + 3 * 50,
                   "their bytes")


def run(report, options):
    report.run("Retry-After by queue and duration", half_of_the_queue, options)
    report.run("predictions that never had a slot", those_without_a_slot, options)
    report.run("refused heads are counted", refused_heads, options)
