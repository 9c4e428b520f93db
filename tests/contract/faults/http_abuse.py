"""Requests that are malformed, huge, slow, cut off or meant to trick: a documented answer
each, and nothing dies or leaks. The scenarios lie in http_bodies, http_wire and http_clients."""
import contextlib
import json
import os
import resource
import socket
import threading
import time

import http_bodies
import http_clients
import http_wire
from harness import expect, wait_for
from raw_http import JSON, post, status_of
from workers import faulty, ready

# One server for all of these; each scenario ends with a prediction that succeeds.
SHARED = http_bodies.SCENARIOS + http_wire.SCENARIOS + http_clients.SCENARIOS

# 40 MB, which no socket's buffers take; more than twice the events that are kept for a reader.
LAZY_EVENTS = 200000

MOST_READERS = 1024  # Of one prediction.


def all_slots_work(server, count):
    threads = [server.in_background(count=2, pause=0.2) for _ in range(count)]
    for thread in threads:
        thread.join(20)
    return all(thread.result and thread.result[0] == 200 for thread in threads)


def rest_of_stream(connection):
    """What there is to read, and whether it comes to an end."""
    data = b""
    try:
        while not data.endswith(b"0\r\n\r\n"):
            piece = connection.recv(1 << 20)
            if not piece:
                return data, True
            data += piece
    except ConnectionError:
        return data, True
    except TimeoutError:
        return data, False
    return data, True


def stream_readers(options):
    """SSE: a reader that never reads is cut and holds no slot; one that leaves cancels."""
    with faulty(options, "--concurrency", 4, model="streaming") as server:
        server.event("setup")
        server.wait_health("READY")
        server.succeeds(count=2)
        before, memory = server.settled_usage(), server.memory_mib()
        lazy = server.socket(receive_buffer=4096)
        body = f"{{\"input\":{{\"count\":{LAZY_EVENTS},\"size\":200}}}}"
        lazy.sendall(post(body, JSON + "Accept: text/event-stream\r\n"))
        server.succeeds(count=3)
        # It reads nothing all the while.
        wait_for(lambda: all_slots_work(server, 4), 60, "all four slots work beside it")
        grown = server.memory_mib() - memory
        data, ended = rest_of_stream(lazy)
        expect(ended and b"event: completed" not in data, f"the reader was not cut: {data[-300:]!r}")
        expect(len(data) < 200 * LAZY_EVENTS, f"{len(data)} bytes were kept for it")
        lazy.close()
        leaving = server.socket()
        leaving.sendall(post("{\"input\":{\"count\":1000,\"pause\":0.2}}",
                             JSON + "Accept: text/event-stream\r\n"))
        expect(b"event: start" in leaving.recv(65536) + leaving.recv(65536), "the stream begins")
        leaving.close()
        wait_for(lambda: all_slots_work(server, 4), 10, "all four slots work again")
        server.expect_usage(before, 10)
        server.expect_alive()
        return f"{grown:.0f} MiB more with a reader that reads nothing"


@contextlib.contextmanager
def many_files():
    """This process may open as many files as it likes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Readers:
    """Connections that read a prediction's stream, each with the first bytes that it got."""

    def __init__(self, server):
        self.server, self.open = server, []

    def add(self, raw):
        """The status of one more; it stays when it was let in."""
        connection = self.server.socket(receive_buffer=4096)
        connection.sendall(raw)
        data = connection.recv(65536)
        if status_of(data) == 200:
            self.open.append(connection)
        else:
            connection.close()
            expect(b'{"error":"Too many stream subscribers"' in data, f"{data[:300]!r}")
        return status_of(data)

    def leave(self, count):
        for _ in range(count):
            self.open.pop().close()


def stream_subscribers(options):
    """One more reader of a prediction than there may be: 429, and a place once one has left."""
    with many_files(), faulty(options, "--keep-finished", 10, model="streaming") as server:
        server.event("setup")
        server.wait_health("READY")
        before, readers = server.settled_usage(), Readers(server)
        accept = "Accept: text/event-stream\r\n"
        put = post('{"input":{"count":100000,"pause":0.2}}', JSON + accept, "/predictions/x")
        put = put.replace(b"POST", b"PUT", 1)
        resume = f"GET /predictions/x/events HTTP/1.1\r\nHost: x\r\n{accept}\r\n".encode()
        for i in range(MOST_READERS):
            expect(readers.add(put) == 200, f"refused after {i}")
        for raw in (put, resume):
            expect(readers.add(raw) == 429, "one too many")
        expect(server.health() == "BUSY", "it runs on")
        readers.leave(1)
        wait_for(lambda: readers.add(put) == 200, 10, "there is room for another one")
        readers.leave(MOST_READERS)
        server.wait_health("READY", 20)
        state = json.loads(server.request("GET", "/predictions/x")[1])
        expect(state["status"] == "canceled", f"its last reader has left: {state['status']}")
        server.expect_usage(before, 20)


def shutdown_under_load(options):
    """SIGTERM while clients keep coming: replies are whole or absent, exit status 0."""
    with ready(options, "--concurrency", 8) as server:
        end = time.monotonic() + 3
        broken = []

        def work():
            while time.monotonic() < end:
                try:
                    status, reply = server.predict(mode="ok", timeout=5)
                    if status not in (200, 409, 503) or "text" in reply:
                        broken.append((status, reply))
                except (ConnectionError, TimeoutError, socket.timeout):
                    return
                except Exception as error:  # A reply cut in the middle.
                    broken.append(repr(error))
                    return

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        expect(server.stop() == 0, f"exit status {server.process.returncode}")
        for thread in threads:
            thread.join()
        expect(not [b for b in broken if "RemoteDisconnected" not in str(b)], f"{broken[:3]}")
        expect(os.listdir(server.temp) == [], f"left: {os.listdir(server.temp)}")


def run_shared(report, options, beside=lambda server: contextlib.nullcontext()):
    """All of SHARED on one server; `beside` gives a context manager that watches it meanwhile."""
    with ready(options, "--max-body", 2 << 20) as server:
        with beside(server):
            server.health()
            before, threads, worker = server.settled_usage(), server.threads(), server.worker()

            def one(scenario):
                note = scenario(server)
                server.expect_alive()
                server.wait_health("READY", 5)
                server.succeeds(mode="ok")
                expect(server.worker() == worker, "the worker was replaced")
                server.expect_usage(before)
                return note

            for scenario in SHARED:
                report.run("http " + scenario.__name__.replace("_", " "), one, scenario)
            report.run("http threads end again", server.expect_threads, threads + 2)
        report.run("http SIGTERM afterwards", lambda: expect(server.stop() == 0, "exit status"))


def run(report, options):
    run_shared(report, options)
    report.run("http stream readers", stream_readers, options)
    report.run("http stream subscribers have a limit", stream_subscribers, options)
    report.run("http shutdown under load", shutdown_under_load, options)
