"""Part 3, webhooks: receivers that mean no good, beside a good one."""
import json
import socket
import threading
import time

from bad_clients import bounds
from crashes import CAPACITY, QUIET, start
from harness import PATIENCE, expect
from receiver import Receiving
from report import Section
from watch import Watch
from workers import faulty


class BadReceivers:
    """One listener a behaviour; each connection on a thread of its own."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.listeners = {}

    def __enter__(self) -> "BadReceivers":
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        for listener in self.listeners.values():
            listener.close()

    def url(self, behaviour: str) -> str:
        if behaviour == "closed":
            return "http://127.0.0.1:1/hook"
        if behaviour not in self.listeners:
            listener = socket.create_server(("127.0.0.1", 0), backlog=256)
            self.listeners[behaviour] = listener
            threading.Thread(target=self.accept, args=(listener, behaviour), daemon=True).start()
        return f"http://127.0.0.1:{self.listeners[behaviour].getsockname()[1]}/hook"

    def accept(self, listener: socket.socket, behaviour: str) -> None:
        while not self.over.is_set():
            try:
                client = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.treat, args=(client, behaviour), daemon=True).start()

    def treat(self, client: socket.socket, behaviour: str) -> None:
        with client:
            try:
                if behaviour == "hang":
                    self.over.wait()
                client.recv(1 << 16)
                if behaviour == "circle":
                    client.sendall(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /hook\r\n"
                                   b"Content-Length: 0\r\nConnection: close\r\n\r\n")
                if behaviour == "cut":
                    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
                if behaviour == "nonsense":
                    client.sendall(bytes(range(256)) * 100)
                while behaviour == "drip" and not self.over.wait(0.5):
                    client.sendall(b"H")
            except OSError:
                pass


def run(section: Section, options, seconds: float) -> None:
    """Webhooks to receivers that hang, send in circles, cut or talk nonsense, beside a good one."""
    behaviours = ("hang", "circle", "cut", "nonsense", "drip", "closed")
    count = 25
    with Receiving() as good, faulty(options, *CAPACITY, "--drain-timeout", 3, model="soak",
                                     env=QUIET) as server, BadReceivers() as bad:
        start(server)
        with Watch(server) as watch:
            for i in range(count):
                for url in [good.url, *(bad.url(one) for one in behaviours)]:
                    body = json.dumps({"id": f"hook-{i}-{url}", "input": {}, "webhook": url})
                    status, _ = server.request("POST", "/predictions", body, {
                        "Content-Type": "application/json", "Prefer": "respond-async"})
                    expect(status == 202, f"status {status}")
            began = time.monotonic()
            in_time = good.wait_terminal(count, 20 * PATIENCE)
            took = time.monotonic() - began
            time.sleep(seconds)
            slots_busy = server.metrics()['cogpp_slots{state="busy"}']
        bounds(section, watch, "all of this")
        section.promise("a good receiver is not held up, nor a slot",
                        f"{len(good.terminal)} of {count} terminal events {took:.1f} s after the "
                        f"last prediction; {slots_busy:.0f} slots busy", in_time and not slots_busy)
        began = time.monotonic()
        code = server.stop(seconds=60 * PATIENCE)
        lost = server.log().count("Webhook lost")
        section.promise(
            "what cannot be delivered is reported before the end",
            f"{lost} lines for {count * len(behaviours)} undeliverable events; ended after "
            f"{time.monotonic() - began:.1f} s with --drain-timeout 3 (exit code {code})",
            lost == count * len(behaviours))
