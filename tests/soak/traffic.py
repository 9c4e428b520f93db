"""Predictions of many clients at once, and what became of each: exactly one terminal answer
and exactly one terminal webhook event."""
import json
import select
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from harness import PATIENCE, Server
from receiver import TERMINAL, Receiver
from replayer.wire import Connection, Response, WireError

REFUSED = (409, 429, 503)
KINDS = ("post", "put", "stream", "async")


@dataclass
class Ask:
    """One prediction to be made."""

    name: str
    kind: str  # of KINDS
    given: Dict[str, object]
    poison: bool = False  # Meant to go wrong.


@dataclass
class Answer:
    """How a prediction ended, as its client saw it; of an async one the status is None."""

    status: Optional[str]
    error: str = ""
    output: object = None
    seconds: float = 0.0


# What is wrong with an answer, or "".
Judge = Callable[[Ask, Answer], str]


@dataclass
class Tally:
    admitted: Dict[str, Optional[str]] = field(default_factory=dict)
    refused: int = 0
    ended: Dict[str, int] = field(default_factory=dict)
    failures: List[Tuple[Ask, str]] = field(default_factory=list)
    complaints: List[str] = field(default_factory=list)
    poison_s: List[float] = field(default_factory=list)  # How long those ran, that were answered.


class Traffic:
    """`clients` threads that ask for asks[0], asks[1], … until all have been answered. A refused
    request is made again."""

    def __init__(self, server: Server, asks: List[Ask], judge: Judge, receiver: Receiver,
                 clients: int = 24):
        self.server, self.asks, self.judge, self.receiver = server, asks, judge, receiver
        self.lock = threading.Lock()
        self.asking = threading.Event()  # Not set while it rests.
        self.asking.set()
        self.tally = Tally()
        self.next = 0
        self.done = 0
        self.began = time.monotonic()
        self.threads = [threading.Thread(target=self.client, daemon=True) for _ in range(clients)]

    def start(self) -> "Traffic":
        for thread in self.threads:
            thread.start()
        return self

    def running(self) -> bool:
        return any(thread.is_alive() for thread in self.threads)

    def finish(self, seconds: float) -> Tally:
        """Waits for every answer and every terminal event, at most that long after the last."""
        for thread in self.threads:
            thread.join(max(self.began + seconds * PATIENCE - time.monotonic(), 0))
        if self.running():
            self.complain(f"clients still wait after {seconds * PATIENCE:.0f} s, "
                          f"{self.done} of {len(self.asks)} are done")
        self.receiver.wait_terminal(len(self.tally.admitted), 30 * PATIENCE)
        with self.lock:
            self.tally.complaints += self.receiver.complaints(dict(self.tally.admitted))
            return self.tally

    @contextmanager
    def resting(self) -> Iterator[None]:
        """During a `with` nothing new is asked; what was asked is still answered."""
        self.asking.clear()
        try:
            yield
        finally:
            self.asking.set()

    def complain(self, text: str) -> None:
        with self.lock:
            self.tally.complaints.append(text[:400])

    def take(self) -> Optional[Ask]:
        self.asking.wait()
        with self.lock:
            self.next += 1
            return self.asks[self.next - 1] if self.next <= len(self.asks) else None

    def client(self) -> None:
        connection: Optional[Connection] = None
        while (ask := self.take()) is not None:
            try:
                connection = self.predict(ask, connection)
            except (OSError, WireError, ValueError, KeyError) as error:
                self.complain(f"{ask.name} ({ask.kind}): no answer: {type(error).__name__}: {error}")
                connection = None
            with self.lock:
                self.done += 1
        if connection:
            connection.close()

    def predict(self, ask: Ask, connection: Optional[Connection]) -> Optional[Connection]:
        """Until it is admitted. Returns the connection where it can be used again."""
        while True:
            if connection is None:
                connection = Connection(self.server.port, 60 * PATIENCE)
            connection.send(request_of(ask, self.receiver.url))
            response = connection.read_response()
            if more := connection.buffer or more_bytes(connection):
                self.complain(f"{ask.name}: something follows its answer: {more[:100]!r}")
            if response.header("connection") == "close":
                connection.close()
                connection = None
            if response.status not in REFUSED:
                break
            with self.lock:
                self.tally.refused += 1
            time.sleep(0.02)
        self.book(ask, response)
        return connection

    def book(self, ask: Ask, response: Response) -> None:
        answer = answer_of(ask, response)
        complaint = "" if answer.status is None else self.judge(ask, answer)
        with self.lock:
            self.tally.admitted[ask.name] = answer.status
            key = answer.status or "accepted"
            self.tally.ended[key] = self.tally.ended.get(key, 0) + 1
            if ask.poison and answer.status:
                self.tally.poison_s.append(answer.seconds)
            if answer.status == "failed":
                self.tally.failures.append((ask, answer.error))
            if complaint:
                self.tally.complaints.append(f"{ask.name} ({ask.kind}, {ask.given}): {complaint}"[:600])


def more_bytes(connection: Connection) -> bytes:
    """What has come already and was not asked for."""
    ready = select.select([connection.socket], [], [], 0)[0]
    return connection.socket.recv(100) if ready else b""


def request_of(ask: Ask, receiver: str) -> bytes:
    body = json.dumps({"id": ask.name, "input": ask.given, "webhook": receiver + "/hook",
                       "webhook_events_filter": ["completed"]}).encode()
    line = f"PUT /predictions/{ask.name}" if ask.kind == "put" else "POST /predictions"
    more = {"stream": "Accept: text/event-stream\r\n", "async": "Prefer: respond-async\r\n"}
    head = (f"{line} HTTP/1.1\r\nHost: soak\r\nContent-Type: application/json\r\n"
            f"{more.get(ask.kind, '')}Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def events_of(body: bytes) -> List[Tuple[str, dict]]:
    """Server-sent events as (name, data)."""
    events = []
    for block in body.decode().split("\n\n"):
        members = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in members:
            events.append((members["event"], json.loads(members["data"])))
    return events


def answer_of(ask: Ask, response: Response) -> Answer:
    """The one terminal answer. Raises ValueError for what is none."""
    if ask.kind == "async":
        if response.status != 202:
            raise ValueError(f"status {response.status} {response.body[:200]!r}")
        return Answer(None)
    if response.status != 200:
        raise ValueError(f"status {response.status} {response.body[:200]!r}")
    if ask.kind == "stream":
        events = events_of(response.body)
        names = [name for name, _ in events]
        if names.count("completed") != 1 or names[-1] != "completed":
            raise ValueError(f"the stream's events are {names[:3]}…{names[-3:]}")
        reply = {**events[-1][1], "output": [data["chunk"] for name, data in events
                                             if name == "output"]}
    else:
        reply = json.loads(response.body)
    if reply["status"] not in TERMINAL or reply.get("id", ask.name) != ask.name:
        raise ValueError(f"not a terminal answer: {str(reply)[:200]}")
    return Answer(reply["status"], reply.get("error") or "", reply.get("output"),
                  (reply.get("metrics") or {}).get("predict_time", 0.0))
