"""Requests that are malformed, huge, slow, cut off or meant to trick: a documented answer
each, and nothing dies or leaks."""
import contextlib
import os
import random
import socket
import threading
import time

from harness import MEMORY_SLACK, expect, wait_for
from workers import faulty, ready

JSON = "Content-Type: application/json\r\n"


def post(body, headers=JSON, path="/predictions", length=None):
    body = body if isinstance(body, bytes) else body.encode()
    size = len(body) if length is None else length
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {size}\r\n\r\n".encode() +
            body)


def receive(connection, seconds=20):
    """All that comes until the end or silence."""
    connection.settimeout(seconds)
    data = b""
    try:
        while piece := connection.recv(65536):
            data += piece
            head, found, body = data.partition(b"\r\n\r\n")
            if found and b"content-length: " in head:
                length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
                if len(body) >= length:
                    break
    except (TimeoutError, ConnectionError):
        pass
    return data


def status_of(data):
    try:
        return int(data.split(b" ", 2)[1])
    except (IndexError, ValueError):
        return None


def answer(server, raw, wanted, contains=""):
    """Sends bytes on a connection of their own and compares the status."""
    with server.socket() as connection:
        try:
            connection.sendall(raw)
        except ConnectionError:
            pass  # Refused while it was being sent: the reply is there all the same.
        data = receive(connection)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    expect(status_of(data) in wanted, f"wanted {wanted}, got {data[:300]!r} for {raw[:100]!r}")
    expect(contains in data.decode(errors="replace"), f"{contains!r} is not in {data[:300]!r}")


# One server for all of these; each scenario ends with a prediction that succeeds.

def bad_bodies(server):
    parse = "Failed to parse the request body as JSON: "
    for body in ("{", "", " ", "[\"a\"", "{\"input\":{\"mode\":\"ok\"}}}", "nul", "{'input':{}}",
                 "{\"input\":{\"mode\":\"\\ud800\"}}", "{\"input\":{\"n\":1e400}}",
                 "{\"input\":{\"n\":NaN}}", "{\"input\":{\"n\":01}}", "\ufeff{}",
                 "{\"input\":{\"mode\":\"a\nb\"}}"):
        answer(server, post(body), 400, parse)
    for body in (b"{\"input\":{\"mode\":\"\xff\xfe\"}}", b"{\"input\":{\"mode\":\"\xed\xa0\x80\"}}",
                 b"{\"input\":{\"mode\":\"a\x00b\"}}", b"\x00", b"{\"\xc0\x80\":1"):
        answer(server, post(body), 400, parse)
    for body in ("null", "5", "\"x\"", "{\"id\":5}", "{\"context\":[]}", "{\"context\":null}",
                 "{\"webhook_events_filter\":\"start\"}"):
        answer(server, post(body), 422, "Failed to deserialize the JSON body into the target type")


def deep_bodies(server):
    for depth in (128, 10000, 200000):
        for opening, closing in (("[", "]"), ("{\"a\":", "}")):
            value = opening * depth + ("1" if opening != "[" else "") + closing * depth
            answer(server, post(f"{{\"input\":{{\"mode\":{value}}}}}"), 400, "recursion limit exceeded")
            answer(server, post(f"{{\"input\":{{\"mode\":{opening * depth}"), 400)
    answer(server, post("{\"unknown\":" + "[" * 10000 + "]" * 10000 + "}"), (200, 400))
    answer(server, post("[" * 1000000), (400, 422))


def content_types(server):
    for header in ("", "Content-Type: text/plain\r\n", "Content-Type: application/xml\r\n",
                   "Content-Type: \r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
                   "Content-Type: text/plain\r\nContent-Type: application/json\r\n"):
        wanted = 200 if header == "" else 415  # Without one the body is ignored (§2.3).
        answer(server, post("{\"input\":{}}", header), wanted)
    answer(server, post("{\"input\":{}}", "Content-Type: application/json; charset=utf-8\r\n"), 200)


def odd_heads(server):
    for raw, wanted in (
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
            (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400),
            (b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nX\x00: x\r\n\r\n", 400),
            (post("{}", JSON + "Content-Length: 5\r\n"), 400),
            (post("{}", JSON, length=-5), 400),
            (post("{}", JSON, length="99999999999999999999999"), 400),
            (post("{}", JSON, length="0x2"), 400),
            (b"POST /predictions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
            (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 120 + b"\r\n", 431),
            (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100000 + b"\r\n", 431),
            (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 500000 + b"\r\n\r\n", 431),
            (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
            (b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
            (b"DELETE /predictions HTTP/1.1\r\nHost: x\r\n\r\n", 405),
            (b"\r\n\r\nGET /health-check HTTP/1.1\r\nHost: x\r\n\r\n", 200)):
        answer(server, raw, wanted)


def empty_lines(server):
    """They may stand before a request; without end they are neither kept nor read again."""
    answer(server, b"\r\n" * 1000 + b"GET /health-check HTTP/1.1\r\nHost: x\r\n\r\n", 200)
    before, start = server.memory_mib(), time.monotonic()
    with server.socket() as connection:
        for _ in range(64):
            connection.sendall(b"\r\n" * (1 << 19))
            expect(server.memory_mib() < before + 16 * MEMORY_SLACK,
                   f"{server.memory_mib() - before:.0f} MiB are kept")
    return f"64 MiB in {time.monotonic() - start:.2f} s"


def many_lines_in_small_pieces(server):
    """A head that comes byte by byte is not read from its start each time."""
    raw = b"GET / HTTP/1.1\r\n" + b"\n".join([b"a"] * 20000)
    start, cpu = time.monotonic(), server.cpu_seconds()
    with server.socket() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(0, len(raw), 4):
            connection.sendall(raw[i:i + 4])
    return f"{server.cpu_seconds() - cpu:.2f} s of CPU in {time.monotonic() - start:.2f} s"


def chunked(server):
    head = f"POST /predictions HTTP/1.1\r\nHost: x\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n".encode()
    answer(server, head + b"2\r\n{}\r\n0\r\n\r\n", 200)
    answer(server, head + b"1\r\n{\r\n1;ext=1\r\n}\r\n0\r\nTrailer: x\r\n\r\n", 200)
    for body in (b"zz\r\n", b"-1\r\n{}", b"2\r\n{}XX0\r\n\r\n", b"ffffffffffffffffff\r\n{}",
                 b"1" * 100000):
        answer(server, head + body, (400, 413))


def smuggling(server):
    """Two lengths, or a length and chunks: one reading, and nothing of the body is a request."""
    inner = b"GET /health-check HTTP/1.1\r\nHost: x\r\n\r\n"
    raw = (f"POST /predictions HTTP/1.1\r\nHost: x\r\n{JSON}Content-Length: {len(inner) + 12}\r\n"
           f"Transfer-Encoding: chunked\r\n\r\n").encode() + b"2\r\n{}\r\n0\r\n\r\n" + inner
    with server.socket() as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        data = receive(connection, 3)
    expect(status_of(data) in (200, 400), f"{data[:200]!r}")


def too_large(server):
    with server.socket() as connection:
        head = f"POST /predictions HTTP/1.1\r\nHost: x\r\n{JSON}Content-Length: {3 << 20}\r\n\r\n"
        try:
            connection.sendall(head.encode())
            for _ in range(48):
                connection.sendall(b" " * 65536)
        except ConnectionError:
            pass
        data = receive(connection)
    expect(status_of(data) == 413, f"{data[:200]!r}")
    answer(server, post("{\"input\":{\"mode\":\"" + "x" * ((1 << 20) - 30) + "\"}}"), 200)


def promised_and_left(server):
    """Aborts: a huge promise, half a body, half a head, nothing at all, a reset."""
    for raw in (post("{", length=1 << 20), post("", length=10 << 30), b"POST /predic", b"",
                post("{}")[:-1], b"GET / HTTP/1.1\r\nHost"):
        connection = server.socket()
        connection.sendall(raw)
        time.sleep(0.02)
        connection.close()
        connection = server.socket()
        connection.sendall(raw)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        connection.close()


def half_closed(server):
    with server.socket() as connection:
        connection.sendall(post("{\"input\":", length=500))
        connection.shutdown(socket.SHUT_WR)
        data = receive(connection)
    expect(status_of(data) == 400, f"half a body, then FIN: {data[:200]!r}")
    with server.socket() as connection:
        connection.sendall(b"GET /health-check HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        data = receive(connection)
    expect(status_of(data) == 200, f"a whole request, then FIN: {data[:200]!r}")
    with server.socket() as connection:
        connection.sendall(post("{\"input\":{\"mode\":\"sleep\",\"seconds\":30}}"))
        time.sleep(0.2)
        connection.shutdown(socket.SHUT_WR)
        server.wait_health("READY", 3)


def pipelined(server):
    with server.socket() as connection:
        connection.sendall(b"GET /health-check HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        data = b""
        connection.settimeout(5)
        while data.count(b"HTTP/1.1 200 OK") < 50:
            piece = connection.recv(65536)
            expect(piece, f"only {data.count(b'HTTP/1.1 200 OK')} of 50 replies")
            data += piece
    with server.socket() as connection:
        connection.sendall(post("{}") * 2 + b"garbage\r\n\r\n")
        data = receive(connection)
        expect(status_of(data) == 200, f"{data[:200]!r}")


def tricky_ids(server):
    folders = server.temp_folders()
    outside = os.path.join(server.folder, "escaped")
    for name in ("../../escaped", outside, "..", ".", "", "a/b", "x" * 255, "x" * 256, "x" * 100000,
                 "\u0000", "a\u0000b", "\n", "é", "\U0001f600", "%2e%2e", "'; rm -rf /"):
        status, reply = server.predict(mode="touch", extra={"id": name})
        expect(status == 200 and reply["status"] == "succeeded" and reply["id"] == name,
               f"id {name[:40]!r}: {status} {str(reply)[:200]}")
        expect(not os.path.exists(outside), "an id made a file outside")
    for path in ("/predictions/..%2f..%2fescaped", "/predictions/%00", "/predictions/%zz",
                 "/predictions/" + "y" * 300, "/predictions/a%0d%0aX-Evil:%201"):
        status, reply = server.predict(mode="touch", method="PUT", path=path)
        expect(status == 200 and reply["status"] == "succeeded", f"PUT {path[:40]}: {status} {reply}")
    answer(server, b"PUT /predictions/%ff HTTP/1.1\r\nHost: x\r\n" + JSON.encode() +
           b"Content-Length: 2\r\n\r\n{}", 400)
    expect(server.temp_files() == [] and server.temp_folders() <= folders + 1,
           f"{server.temp_files()} {server.temp_folders()}")


def duplicate_keys(server):
    answer(server, post("{\"input\":{\"mode\":\"a\"},\"input\":{\"mode\":\"b\"}}"), (200, 400, 422))
    answer(server, post("{\"x\":1,\"x\":2,\"input\":{\"mode\":\"ok\",\"mode\":\"twice\"}}"), 200,
           "ok twice")


def slow_senders(server):
    """Fifty clients at a byte a time do not slow others, and can all leave."""
    raw = post("{\"input\":{\"mode\":\"ok\"}}")
    slow = [server.socket() for _ in range(50)]
    worst = 0
    for i in range(40):
        for connection in slow:
            connection.sendall(raw[i:i + 1])
        start = time.monotonic()
        server.succeeds(mode="ok")
        worst = max(worst, time.monotonic() - start)
        time.sleep(0.05)
    for connection in slow[:25]:
        connection.sendall(raw[40:])
    for connection in slow[:25]:
        expect(status_of(receive(connection)) in (200, 409), "a slow request was not answered")
    for connection in slow:
        connection.close()
    expect(worst < 1, f"a prediction took {worst:.2f} s meanwhile")
    return f"slowest prediction meanwhile {worst * 1000:.0f} ms"


def slow_reader(server):
    """A reply of 16 MiB that nobody reads must not hold the slot."""
    connection = server.socket(receive_buffer=4096)
    connection.sendall(post("{\"input\":{\"mode\":\"big\",\"n\":16777216}}"))
    time.sleep(0.5)
    took = server.wait_health("READY", 5)
    server.succeeds(mode="ok")
    connection.close()
    return f"slot free {took + 0.5:.2f} s after the request"


def many_connections_at_once(server):
    """A burst of connects that send nothing, then all leave."""
    burst = [server.socket() for _ in range(300)]
    start = time.monotonic()
    server.succeeds(mode="ok")
    took = time.monotonic() - start
    for connection in burst:
        connection.close()
    expect(took < 1, f"{took:.2f} s")


def parallel_garbage(server):
    """Eight threads send random prefixes and flips of good requests for two seconds."""
    end = time.monotonic() + 2
    good = [post("{\"input\":{\"mode\":\"ok\"}}"), b"GET /health-check HTTP/1.1\r\nHost: x\r\n\r\n",
            post("{}", path="/predictions/x/cancel")]

    def work(seed):
        chance = random.Random(seed)
        while time.monotonic() < end:
            raw = bytearray(chance.choice(good))
            for _ in range(chance.randrange(4)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            try:
                with server.socket() as connection:
                    connection.sendall(raw[:chance.randrange(len(raw) + 1)])
                    if chance.random() < 0.5:
                        connection.settimeout(0.01)
                        connection.recv(1000)
            except OSError:
                pass

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.wait_health("READY", 5)


def all_slots_work(server, count):
    threads = [server.in_background(count=2, pause=0.2) for _ in range(count)]
    for thread in threads:
        thread.join(20)
    return all(thread.result and thread.result[0] == 200 for thread in threads)


def stream_readers(options):
    """SSE: a reader that never reads is cut or ends; one that leaves cancels."""
    with faulty(options, "--concurrency", 4, model="streaming") as server:
        server.event("setup")
        server.wait_health("READY")
        server.succeeds(count=2)
        before = server.settled_usage()
        lazy = server.socket(receive_buffer=4096)
        body = "{\"input\":{\"count\":200000,\"size\":200}}"
        lazy.sendall(post(body, JSON + "Accept: text/event-stream\r\n"))
        wait_for(lambda: server.succeeds(count=3) and server.memory_mib() > 0, 5, "others go on")
        time.sleep(3)
        memory = server.memory_mib()
        server.succeeds(count=3)
        lazy.close()
        leaving = server.socket()
        leaving.sendall(post("{\"input\":{\"count\":1000,\"pause\":0.2}}",
                             JSON + "Accept: text/event-stream\r\n"))
        expect(b"event: start" in leaving.recv(65536) + leaving.recv(65536), "the stream begins")
        leaving.close()
        wait_for(lambda: all_slots_work(server, 4), 10, "all four slots work again")
        server.expect_usage(before, 10)
        server.expect_alive()
        return f"{memory:.0f} MiB with a reader that reads nothing"


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


SHARED = [bad_bodies, deep_bodies, content_types, odd_heads, empty_lines,
          many_lines_in_small_pieces, chunked, smuggling, too_large,
          promised_and_left, half_closed, pipelined, tricky_ids, duplicate_keys, slow_senders,
          slow_reader, many_connections_at_once, parallel_garbage]


def run_shared(report, options, beside=lambda server: contextlib.nullcontext()):
    """All of SHARED on one server; `beside` gives a context manager that watches it meanwhile."""
    with ready(options, "--max-body", 2 << 20) as server, beside(server):
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
    report.run("http shutdown under load", shutdown_under_load, options)
