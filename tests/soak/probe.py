"""Asks a server for its health every 20 ms, and beside it a bare echo process, which shows how
long this machine makes any answer wait. Ends with its standard input; then prints one JSON line:
seconds of every probe and of every echo.

usage: probe.py PORT
"""
import json
import os
import select
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "contract"))
from replayer.wire import Connection, WireError  # noqa: E402

EVERY_S = 0.02
PATIENCE_S = 30
REQUEST = b"GET /health-check HTTP/1.1\r\nHost: soak\r\n\r\n"


def echo_process() -> socket.socket:
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        while data := theirs.recv(100):
            theirs.sendall(data)
        os._exit(0)
    theirs.close()
    return ours


class ClosedWhileIdle(Exception):
    """The server may do that to a kept connection at any time; the request is to be sent again."""


class Health:
    def __init__(self, port: int):
        self.port = port
        self.connection = None
        self.errors = []

    def ask(self) -> bool:
        """Until there is an answer or an error; False when nobody listens any more."""
        try:
            try:
                self.once()
            except ClosedWhileIdle:
                self.once()
        except ConnectionRefusedError as error:
            self.errors.append(f"nobody listens any more: {error}")
            return False
        except (OSError, WireError) as error:
            self.errors.append(f"{type(error).__name__}: {error}")
            self.leave()
        return True

    def once(self) -> None:
        """Raises ClosedWhileIdle at most once in a row: a new connection must be answered."""
        kept = self.connection is not None
        if not kept:
            self.connection = Connection(self.port, PATIENCE_S)
        self.connection.send(REQUEST)
        try:
            response = self.connection.read_response()
        except WireError as error:
            unanswered = not self.connection.buffer
            self.leave()
            if kept and unanswered:
                raise ClosedWhileIdle from error
            raise
        if response.status != 200:
            self.errors.append(f"status {response.status}")

    def leave(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


def timed(action) -> float:
    start = time.monotonic()
    action()
    return time.monotonic() - start


def main() -> None:
    health, echo = Health(int(sys.argv[1])), echo_process()
    probes, echoes = [], []

    def echoed() -> None:
        echo.sendall(b"x")
        echo.recv(100)

    while not select.select([sys.stdin], [], [], EVERY_S)[0]:
        start = time.monotonic()
        if not health.ask():
            break
        probes.append(time.monotonic() - start)
        echoes.append(timed(echoed))
        if len(probes) == 1:
            print("ready", flush=True)
    print(json.dumps({"probes": probes, "echoes": echoes, "errors": health.errors}))


if __name__ == "__main__":
    main()
