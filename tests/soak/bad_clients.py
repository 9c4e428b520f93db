"""Part 3: clients, files and receivers that mean no good, while health is watched. What
tests/contract/faults has already runs as it stands; here is what needs many at once, or time."""
import os
import random
import socket
import struct
import tempfile
import threading
import time
from contextlib import contextmanager
from typing import Callable, Iterator, List, Set

import file_faults
import http_abuse
import slow_clients
from crashes import CAPACITY, QUIET, start
from harness import PATIENCE, Failure, Report, Server, expect, wait_for
from raw_http import JSON, post, receive, status_of
from receiver import Receiving
from report import Promise, Section
from traffic import Ask, request_of
from watch import Watch, joined
from workers import faulty

RESET = struct.pack("ii", 1, 0)
CONNECTIONS = 2000
MAX_BODY = 2 << 20
GET = b"GET /health-check HTTP/1.1\r\nHost: soak\r\n\r\n"


@contextmanager
def watched_server(section: Section, options, during: str, *flags,
                   model: str = "soak") -> Iterator[Server]:
    """What holds during each of the scenarios stands in the section afterwards."""
    with faulty(options, *CAPACITY, *flags, model=model, env=QUIET) as server:
        start(server)
        before = server.settled_usage()
        with Watch(server) as watch:
            yield server
        bounds(section, watch, during)
        server.expect_usage(before, 30)
        expect(server.stop(seconds=60 * PATIENCE) == 0, "SIGTERM")


def bounds(section: Section, watch: Watch, during: str) -> None:
    section.promise(f"health within 100 ms during {during}", watch.health_note() + "".join(watch.errors[:2]),
                    watch.healthy())
    section.promise(f"memory bounded during {during}", f"{watch.peak_mib():.0f} MiB at most, {max(watch.files)} "
                    f"files, {max(watch.threads)} threads", watch.bounded())


@contextmanager
def watching(section: Section, during: str) -> Iterator[Callable[[Server], Watch]]:
    """Gives what watches a server that somebody else starts, for any number of them."""
    watches: List[Watch] = []

    def beside(server: Server) -> Watch:
        watches.append(Watch(server))
        return watches[-1]

    yield beside
    if watches:
        bounds(section, joined(watches), during)
    else:
        section.promise(f"health and memory during {during}", "no server was watched", False)


def in_parallel(count: int, work: Callable[[int], None]) -> None:
    """On threads; the first failure is raised."""
    errors: List[Exception] = []

    def guarded(i: int) -> None:
        try:
            work(i)
        except (Failure, OSError) as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def vanish(server: Server, receiver, count: int) -> str:
    """They leave while they send, wait or read a stream, some with a reset."""
    chance = random.Random(3)
    pauses = [chance.uniform(0, 0.1) for _ in range(count)]
    counted = server.ended()

    def leave(first: int) -> None:
        for i in range(first, count, 20):
            ask = Ask(f"gone-{i}", ("post", "put", "stream")[i % 3],
                      {"mode": f"file {i}", "seconds": 0.3})
            raw = request_of(ask, receiver.url)
            with server.socket() as client:
                client.sendall(raw[:len(raw) // 2] if i % 7 == 0 else raw)
                time.sleep(pauses[i])
                if i % 2:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    in_parallel(20, leave)
    wait_for(lambda: server.metrics()['cogpp_slots{state="busy"}'] == 0, 30, "all slots free")

    def ended() -> int:
        return server.ended() - counted

    wait_for(lambda: len(receiver.terminal) == ended(), 30,
             lambda: f"{len(receiver.terminal)} terminal events for {ended()} predictions")
    twice = [name for name, events in receiver.terminal.items() if len(events) != 1]
    expect(not twice, f"more than one terminal event: {twice[:3]}")
    states = [events[0] for events in receiver.terminal.values()]
    return (f"{count} clients left, {ended()} predictions had begun, {states.count('canceled')} "
            f"were canceled, {states.count('succeeded')} had succeeded; one terminal event each")


def many_connections(server: Server) -> str:
    """All of them connect, then all ask at once, then half of them leave in mid-request."""
    begin = time.monotonic()
    clients = [server.socket() for _ in range(CONNECTIONS)]
    connected = time.monotonic() - begin
    begin = time.monotonic()
    for client in clients:
        client.sendall(GET)
    answers = [status_of(receive(client)) for client in clients]
    took = time.monotonic() - begin
    expect(answers == [200] * CONNECTIONS, f"{CONNECTIONS - answers.count(200)} without a reply")
    for client in clients[::2]:
        client.sendall(b"POST /predictions HTTP/1.1\r\nContent-Le")
    status, reply = server.predict(seconds=0.01)
    expect(status == 200 and reply["status"] == "succeeded", f"{status} {reply}")
    for client in clients:
        client.close()
    return (f"{CONNECTIONS} connected within {connected:.2f} s, all answered 200 within {took:.2f} s"
            "; a prediction beside them succeeded")


def send_pieces(client: socket.socket, head: bytes, piece: bytes, count: int) -> int:
    """The head and `count` pieces, until the server takes no more; how many bytes it took."""
    sent = 0
    try:
        for data in [head] + [piece] * count:
            client.sendall(data)
            sent += len(data)
    except ConnectionError:
        pass
    return sent


def bodies_over_the_limit(server: Server) -> str:
    """40 at a time: a length over the limit, a length beyond reason, chunks without end."""
    block, pieces = b" " * 65536, 2 * MAX_BODY // 65536
    sent: List[int] = []

    def send(i: int) -> None:
        with server.socket() as client:
            if i % 3 == 2:
                head = (f"POST /predictions HTTP/1.1\r\nHost: x\r\n{JSON}"
                        "Transfer-Encoding: chunked\r\n\r\n").encode()
                taken = send_pieces(client, head, b"10000\r\n" + block + b"\r\n", pieces)
                # Nothing but the bytes themselves says that it is too large.
                expect(taken > MAX_BODY, f"refused after {taken} bytes of chunks")
            else:
                head = post(b"", length=(MAX_BODY + 1, 10 ** 15)[i % 3])
                taken = send_pieces(client, head, block, pieces)
            sent.append(taken)
            answer = receive(client)
        expect(status_of(answer) == 413, f"{answer[:100]!r}")

    in_parallel(40, send)
    return f"{sum(sent) / (1 << 20):.0f} MiB sent in {len(sent)} bodies; all 413"


def header_floods(server: Server) -> str:
    """100 clients: too many headers, or headers without end."""
    answers: List[int] = []

    def flood(i: int) -> None:
        with server.socket() as client:
            try:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
                for j in range(2000):
                    client.sendall(b"X-%d: " % j + b"y" * (10 if i % 2 else 4000) + b"\r\n")
                client.sendall(b"\r\n")
            except ConnectionError:
                pass
            answers.append(status_of(receive(client)) or 0)  # 0: cut while it still sent.
        expect(answers[-1] in (431, 0), f"status {answers[-1]}")

    begin = time.monotonic()
    in_parallel(100, flood)
    took = time.monotonic() - begin
    expect(took < 15 * PATIENCE, f"{took:.0f} s")
    expect(431 in answers, "not one was told why")
    return f"100 floods: {answers.count(431)} answered 431, {answers.count(0)} cut while they sent"


def pipelines(server: Server) -> str:
    """20 clients, 500 requests each, in one piece; predictions among them."""
    raw = GET * 24 + post('{"input":{"mode":"work p"}}')
    wrong: List[int] = []

    def send(_: int) -> None:
        with server.socket() as client:
            writer = threading.Thread(target=client.sendall, args=(raw * 20,))
            writer.start()
            data, replies = b"", []
            client.settimeout(60 * PATIENCE)
            while len(replies) < 500 or not replies[-1].endswith(b"}"):
                piece = client.recv(1 << 16)
                expect(piece, f"the connection ended after {len(replies)} replies")
                data += piece
                replies = data.split(b"HTTP/1.1 ")[1:]
            writer.join()
            # A prediction's answer has an output, and stands where the prediction was asked for.
            wrong.append(sum(not reply.startswith(b"200 OK") or (b'"output":' in reply) != (place % 25 == 24)
                             for place, reply in enumerate(replies)))

    in_parallel(20, send)
    expect(sum(wrong) == 0, f"{sum(wrong)} were not 200, or out of order")
    return "10 000 requests, all answered 200 in their order"


TRICKY_NAMES = ["5/../../../../etc/passwd", "%2e%2e%2f%2e%2e%2fescaped", "a%00b", "n" * 5000, "..", ".",
                "a%0d%0aX:%201", "%ff%fe", "~root", "$(touch%20escaped)", "x;y|z", "/ok//",
                "con.txt.exe", "\u202egnp.exe", ".a" * 300]
TRICKY_DATA = ["data:../../x;base64,aGk=", "data:text/../../x,hi", "data:;name=../../x,hi"]
OTHER_SCHEMES = ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:1/_x",
                 "javascript:1", "data:,x", "dict://127.0.0.1:1/x", "unix:/var/run/docker.sock"]


@contextmanager
def fenced() -> Iterator[str]:
    """Servers that are started in a `with` lie some folders below the one that it gives."""
    with tempfile.TemporaryDirectory(prefix="cogpp-soak-") as fence:
        deep = os.path.join(fence, "a", "b", "c")
        os.makedirs(deep)
        usual, tempfile.tempdir = tempfile.tempdir, deep
        try:
            yield fence
        finally:
            tempfile.tempdir = usual


def everything_in(fence: str) -> Set[str]:
    return {os.path.join(where, name) for where, folders, files in os.walk(fence)
            for name in folders + files}


def file_names(server: Server, origin, fence: str) -> str:
    """Whatever a URL ends with, its file is fetched, and lies in the prediction's own folder, which
    is empty afterwards: nothing new is anywhere in `fence`."""
    with open("/etc/passwd", "rb") as file:
        users = file.read()
    before = everything_in(fence)
    sizes = {origin.url("/named/" + name): 10 for name in TRICKY_NAMES}
    sizes.update((url, len("hi")) for url in TRICKY_DATA)
    for url, size in sizes.items():
        reply = server.succeeds(file=url)
        expect(file_faults.output_of(reply) == size, f"{url[:100]}: {reply}")
        made = everything_in(fence) - before
        expect(not made, f"{url[:100]} made {sorted(made)[:3]}")
    with open("/etc/passwd", "rb") as file:
        expect(file.read() == users, "/etc/passwd is another one")
    return f"{len(sizes)} names; each file arrived, no file outside, none left"


def schemes(server: Server, origin) -> str:
    """Only http, https and data are fetched, by themselves and after a redirect."""
    for url in OTHER_SCHEMES:
        if not url.startswith("data:"):
            server.fails(file=url)  # It reaches the model as it is, and names no file.
        error = server.fails(file=origin.url("/to?" + url))
        expect("No connection adapters were found for" in error, f"{url}: {error}")
    error = server.fails(file=origin.url("/again"))
    expect("Exceeded 30 redirects." in error, error)
    return f"{len(OTHER_SCHEMES)} schemes and a loop; each prediction fails with the reason"


def run(section: Section, options, short: bool) -> None:
    results = Report(None)
    # The fault tests' own requests: malformed, deep, duplicate keys, NUL, UTF-8, ids, …
    with watching(section, "malformed requests") as beside:
        http_abuse.run_shared(results, options, beside)
    with Receiving(keep=not short) as receiver, watched_server(
            section, options, "floods", "--max-body", MAX_BODY) as server:
        results.run("clients vanish", vanish, server, receiver, 200 if short else 2000)
        for scenario in (many_connections, bodies_over_the_limit, header_floods, pipelines):
            results.run(scenario.__name__.replace("_", " "), scenario, server)
    with watched_server(section, options, "a byte a second", model="streaming") as server:
        results.run("slow clients", slow_clients.run, server, 5 if short else 80)
    with fenced() as fence, file_faults.Origin() as origin, watched_server(
            section, options, "file inputs", model="files") as server:
        results.run("names in file URLs", file_names, server, origin, fence)
        results.run("other schemes", schemes, server, origin)
    with watching(section, "faults of files") as beside:
        file_faults.run(results, options, beside)
    for name, passed, note in results.outcomes:
        section.promises.append(Promise(name, note or "the documented status each", passed))
