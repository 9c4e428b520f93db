"""Clients that send or read a byte a second, while others are served."""
import http.client
import io
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import List, Set

from harness import PATIENCE, Server, expect
from http_abuse import rest_of_stream
from raw_http import JSON, post, receive, status_of

HEADS, BODIES, STREAM_READERS, REPLY_READERS = 100, 20, 4, 10
REPLY_BYTES = 8_000_000  # More than the sockets hold: the server has to wait.
HEAD_LIMIT_S = 60  # A head may take so long (runtime/server/http/connection.hpp),
LATE_S = 10        # and is cut until then.
# So long the client's system may take nothing of an answer (likewise).
WRITE_LIMIT_S = 30
ESTABLISHED = "01"  # in /proc/net/tcp
ENDING = JSON + "Connection: close\r\n"
SSE = JSON + "Accept: text/event-stream\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


class Reader:
    """Asks, and takes a byte at a time of what is answered."""

    def __init__(self, server: Server, given: str, headers: str):
        self.socket = server.socket(receive_buffer=4096)
        self.socket.sendall(post(f'{{"input":{given}}}', headers))
        self.got, self.turns = b"", 0
        self.asked, self.cut_s = time.monotonic(), 0.0

    def step(self) -> None:
        """The first one waits for the answer to begin."""
        self.socket.settimeout(0 if self.turns else 10)
        self.turns += 1
        try:
            self.got += self.socket.recv(1)
        except BlockingIOError:
            pass

    def watch(self, served: Set[int]) -> None:
        """`served`: the ports of clients whose connection the server has open."""
        if not self.cut_s and self.socket.getsockname()[1] not in served:
            self.cut_s = time.monotonic() - self.asked

    def check(self) -> None:
        """It has got a byte each time, the first ones of an answer."""
        expect(len(self.got) == self.turns, f"{len(self.got)} bytes in {self.turns} turns")
        length = min(len(self.got), len(OK))
        expect(self.got[:length] == OK[:length], f"a slow reader got {self.got[:100]!r}")

    def rest(self) -> bytes:
        """All that it was sent, once it reads as others do, until the end."""
        self.socket.settimeout(WRITE_LIMIT_S)
        pieces = [self.got]
        try:
            while piece := self.socket.recv(65536):
                pieces.append(piece)
        except ConnectionError:
            pass
        return b"".join(pieces)


def run(server: Server, seconds: float) -> str:
    """100 senders of a head, 20 of a body, 4 readers of a stream, 10 of a reply of 8 MB."""
    raw = post('{"input":{"count":1}}' + " " * 1000)
    body_at = raw.index(b"\r\n\r\n") + 4
    heads = [server.socket() for _ in range(HEADS)]
    bodies = [server.socket() for _ in range(BODIES)]
    for client in bodies:
        client.sendall(raw[:body_at])
    streams = [Reader(server, '{"count":100000,"size":100}', SSE) for _ in range(STREAM_READERS)]
    replies = [Reader(server, f'{{"count":1,"size":{REPLY_BYTES}}}', ENDING)
               for _ in range(REPLY_READERS)]
    closed: Set[socket.socket] = set()
    served, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        send_byte(heads, raw, served, closed)
        send_byte(bodies, raw, body_at + served, closed)
        for reader in streams + replies:
            reader.step()
        ports = served_ports(server.port)
        for reader in replies:
            reader.watch(ports)
        status, reply = server.predict(count=2)
        expect(status == 200 and reply["status"] == "succeeded", f"{status} {reply}"[:300])
        served += 1
        time.sleep(max(min(1.0, end - time.monotonic()), 0))
    finish_bodies(bodies, raw[body_at + served:])
    for reader in streams + replies:
        reader.check()
    with ThreadPoolExecutor(REPLY_READERS) as all_at_once:  # One that waits takes nothing.
        rests = list(all_at_once.map(Reader.rest, replies))
    whole = 0
    for reader, rest in zip(replies, rests):
        if is_whole(rest):
            whole += 1
        else:
            expect(reader.cut_s >= WRITE_LIMIT_S, f"a slow reader was cut after {reader.cut_s:.0f} s")
    for reader in streams:
        reader.socket.settimeout(20 * PATIENCE)
        expect(rest_of_stream(reader.socket)[1], "a slow reader's stream has no end")
    for client in heads + bodies + [reader.socket for reader in streams + replies]:
        client.close()
    return (f"for {seconds:.0f} s; {served} predictions of others succeeded; "
            f"{heads_cut(len(closed & set(heads)), seconds)}, every slow body was answered 200, "
            f"{REPLY_READERS + STREAM_READERS} readers got their byte each second, {whole} of "
            f"{REPLY_READERS} the rest of their 8 MB in the end, {REPLY_READERS - whole} were cut")


def served_ports(port: int) -> Set[int]:
    """The clients' ends of the connections that the server on `port` has open."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        ends = [line.split()[1:4] for line in file.readlines()[1:]]
    return {int(other.split(":")[1], 16) for own, other, state in ends
            if state == ESTABLISHED and int(own.split(":")[1], 16) == port}


def send_byte(clients: List[socket.socket], raw: bytes, at: int, closed: Set[socket.socket]) -> None:
    for client in clients:
        try:
            client.sendall(raw[at:at + 1])
        except OSError:
            closed.add(client)


def finish_bodies(clients: List[socket.socket], rest: bytes) -> None:
    for client in clients:
        client.sendall(rest)
        answer = status_of(receive(client))
        expect(answer == 200, f"a slow body is answered {answer}")


def heads_cut(cut: int, seconds: float) -> str:
    """Whether it was all of them once they have taken too long, and none before."""
    if seconds < HEAD_LIMIT_S:
        expect(cut == 0, f"{cut} of {HEADS} heads were cut within {seconds:.0f} s, before their time")
        return f"none of {HEADS} heads was cut (after {HEAD_LIMIT_S} s they are, which a full run sees)"
    expect(seconds < HEAD_LIMIT_S + LATE_S or cut == HEADS,
           f"{HEADS - cut} of {HEADS} heads are not cut after {seconds:.0f} s")
    return f"{cut} of {HEADS} heads were cut (they may take {HEAD_LIMIT_S} s)"


def is_whole(data: bytes) -> bool:
    """Whether a reply has all its bytes; else it is one that was cut in its output."""
    head, _, body = data.partition(b"\r\n\r\n")
    expect(status_of(data) == 200, f"a slow reader got {data[:100]!r}")
    length = int(http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2] + b"\r\n\r\n"))
                 ["content-length"])
    if len(body) == length:
        expect(json.loads(body)["output"] == ["s" * REPLY_BYTES], "a slow reader got another output")
        return True
    expect(len(body) < length and body.endswith(b"s" * 1000),
           f"a slow reader got {len(body)} bytes of {length}, at the end {body[-100:]!r}")
    return False
