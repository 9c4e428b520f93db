"""Clients that leave, send or read slowly, come in crowds, or send garbage."""
import random
import socket
import threading
import time

from harness import expect
from raw_http import post, receive, status_of


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


SCENARIOS = [promised_and_left, half_closed, slow_senders, slow_reader, many_connections_at_once,
             parallel_garbage]
