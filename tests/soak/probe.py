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


class Health:
    def __init__(self, port: int):
        self.port = port
        self.connection = None
        self.errors = []

    def ask(self) -> bool:
        """False when nobody listens any more."""
        try:
            if self.connection is None:
                self.connection = Connection(self.port, PATIENCE_S)
            self.connection.send(REQUEST)
            response = self.connection.read_response()
            if response.status != 200:
                self.errors.append(f"status {response.status}")
            return True
        except ConnectionRefusedError:
            return False
        except (OSError, WireError) as error:
            if self.connection and "closed before" not in str(error):
                self.errors.append(f"{type(error).__name__}: {error}")
            self.connection = None  # It was the oldest idle one, or the server is ending.
            return True


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
