"""Receives webhooks and counts the terminal event of every prediction."""
import json
import threading
import time
from typing import Dict, List, Optional

from replayer.fixture import Answer, Fixture

TERMINAL = ("succeeded", "failed", "canceled")


class Receiver(Fixture):
    """Answers 200; keeps no bodies, so that a hundred thousand events cost little. Connections are
    kept, or closed with each answer."""

    def __init__(self, keep: bool = True) -> None:
        self.given = Answer() if keep else Answer(headers=[("Connection", "close")])
        super().__init__()

    def begin(self) -> None:
        super().begin()
        self.terminal: Dict[str, List[str]] = {}
        self.events = 0
        self.late: List[str] = []  # Of predictions that had ended already.

    def note(self, handler, body: bytes) -> Answer:
        event = json.loads(body)
        name, status = event["id"], event["status"]
        with self.changed:
            self.events += 1
            if status in TERMINAL:
                self.terminal.setdefault(name, []).append(status)
            elif name in self.terminal:
                self.late.append(name)
            self.changed.notify_all()
        return self.given

    def wait_terminal(self, count: int, seconds: float) -> bool:
        """Whether so many predictions have a terminal event in that time."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.terminal) >= count, seconds)

    def ended(self, name: str) -> Optional[str]:
        with self.changed:
            return self.terminal.get(name, [None])[0]

    def complaints(self, admitted: Dict[str, Optional[str]]) -> List[str]:
        """What is wrong with the terminal events of these predictions; the value is the status
        that the client saw, None where it saw none."""
        time.sleep(0.5)  # For an event too many.
        with self.changed:
            wrong = [f"{name}: an event after its end" for name in self.late]
            wrong += [f"{name}: an event, but it was refused"
                      for name in self.terminal if name not in admitted]
            for name, status in admitted.items():
                got = self.terminal.get(name, [])
                if len(got) != 1 or status not in (None, got[0]):
                    wrong.append(f"{name}: terminal events {got}, the client saw {status}")
        return wrong


class Receiving:
    """A receiver for the time of a `with`. The server holds a connection that is kept for 10 s
    after its last webhook: until then its files are not those of the start."""

    def __init__(self, keep: bool = True) -> None:
        self.keep = keep

    def __enter__(self) -> Receiver:
        self.receiver = Receiver(self.keep)
        return self.receiver

    def __exit__(self, *_) -> None:
        threading.Thread(target=self.receiver.close, daemon=True).start()
