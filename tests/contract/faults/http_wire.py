"""Heads, chunks and lengths that are not HTTP, or that two readers would take differently."""
import json
import socket
import time

from harness import MEMORY_SLACK, PATIENCE, expect
from raw_http import JSON, answer, everything, post, receive, status_of

# What a head of 40 kB in ten thousand pieces may take; a system call each is most of it.
PIECES_CPU_S = 1


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
    """A head that comes byte by byte is not read from its start each time: no processor is kept busy."""
    raw = b"GET / HTTP/1.1\r\n" + b"\n".join([b"a"] * 20000) + b"\r\n\r\n"
    start, cpu = time.monotonic(), server.cpu_seconds()
    with server.socket() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(0, len(raw), 4):
            connection.sendall(raw[i:i + 4])
        data = receive(connection)
    used = server.cpu_seconds() - cpu
    expect(status_of(data) in (400, 431), f"{data[:200]!r}")
    expect(used < PIECES_CPU_S * PATIENCE, f"{used:.2f} s of CPU for {len(raw)} bytes")
    return f"{used:.2f} s of CPU in {time.monotonic() - start:.2f} s"


def chunked(server):
    head = f"POST /predictions HTTP/1.1\r\nHost: x\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n".encode()
    answer(server, head + b"2\r\n{}\r\n0\r\n\r\n", 200)
    answer(server, head + b"1\r\n{\r\n1;ext=1\r\n}\r\n0\r\nTrailer: x\r\n\r\n", 200)
    for body in (b"zz\r\n", b"-1\r\n{}", b"2\r\n{}XX0\r\n\r\n", b"ffffffffffffffffff\r\n{}",
                 b"1" * 100000):
        answer(server, head + body, (400, 413))


def smuggling(server):
    """A length and chunks: the chunks are the body, as for Cog's server, and the connection ends:
    what somebody before this server took for part of the body is no request (RFC 9112 §6.1)."""
    inner = b"POST /predictions/smuggled/cancel HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    chunks = b"2\r\n{}\r\n0\r\n\r\n"
    for length in (len(chunks) + len(inner), len(chunks), 0):
        for names in (("Content-Length", "Transfer-Encoding"), ("Transfer-Encoding", "Content-Length")):
            values = {"Content-Length": length, "Transfer-Encoding": "chunked"}
            framing = "".join(f"{name}: {values[name]}\r\n" for name in names)
            raw = f"POST /predictions HTTP/1.1\r\nHost: x\r\n{JSON}{framing}\r\n".encode()
            with server.socket() as connection:
                connection.sendall(raw + chunks + inner)
                data = everything(connection)
            head, _, body = data.partition(b"\r\n\r\n")
            expect(status_of(data) == 200 and b"connection: close" in head, f"{data[:400]!r}")
            expect(body.startswith(b"{") and json.loads(body)["status"] == "succeeded",
                   f"there is more than one reply: {body[:400]!r}")


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


SCENARIOS = [odd_heads, empty_lines, many_lines_in_small_pieces, chunked, smuggling, pipelined]
