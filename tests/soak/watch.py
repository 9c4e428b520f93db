"""Watches a server from outside while something is done to it: how fast its health answers, and
how much memory, how many files and threads it uses at most."""
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Dict, List

from harness import Server, expect

HEALTH_LIMIT_S = 0.1
MEMORY_LIMIT_MIB = 512
READY_S = 1.0  # In it, beside the set-up itself, a worker takes another one's place.
SAMPLE_S = 0.05
PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "probe.py")


@dataclass(frozen=True)
class Slots:
    """Of workers that live and are ready; and the predictions that wait for one."""

    free: int
    busy: int
    queued: int = 0

    @property
    def there(self) -> int:
        return self.free + self.busy

    def __str__(self) -> str:
        return f"{self.free} slots free, {self.busy} busy, {self.queued} predictions waiting"


def slots_in(values: Dict[str, float]) -> Slots:
    return Slots(int(values['cogpp_slots{state="free"}']), int(values['cogpp_slots{state="busy"}']),
                 int(values["cogpp_queued_predictions"]))


def slots(server: Server) -> Slots:
    return slots_in(server.metrics())


def setup_between(before: Dict[str, float], after: Dict[str, float]) -> float:
    """Seconds of one set-up that succeeded, on average, by Server.metrics() of two moments."""
    count, total = "cogpp_setup_seconds_count", "cogpp_setup_seconds_sum"
    return (after[total] - before[total]) / max(after[count] - before[count], 1)


def percentile(values: List[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0


class Watch:
    """For the time of a `with`; what was seen stands in it afterwards."""

    def __init__(self, server: Server):
        self.server = server
        self.memory_mib: List[float] = []
        self.files: List[int] = []
        self.threads: List[int] = []
        self.probes: List[float] = []
        self.echoes: List[float] = []
        self.errors: List[str] = []
        self.over = threading.Event()

    def __enter__(self) -> "Watch":
        self.probe = subprocess.Popen([sys.executable, "-B", PROBE, str(self.server.port)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        expect(self.probe.stdout.readline() == "ready\n", "the health probe does not start")
        self.sampler = threading.Thread(target=self.sample, daemon=True)
        self.sampler.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.sampler.join()
        said = json.loads(self.probe.communicate("\n", 60)[0])
        self.probes, self.echoes, self.errors = said["probes"], said["echoes"], said["errors"]

    def sample(self) -> None:
        """At once, and then again and again."""
        while True:
            try:
                self.memory_mib.append(self.server.memory_mib())
                self.files.append(self.server.files())
                self.threads.append(self.server.threads())
            except OSError:
                return  # It has ended.
            if self.over.wait(SAMPLE_S):
                return

    def peak_mib(self) -> float:
        return max(self.memory_mib, default=0)

    def health_note(self) -> str:
        over = sum(one > HEALTH_LIMIT_S for one in self.probes)
        echo = sum(one > HEALTH_LIMIT_S for one in self.echoes)
        return (f"p50 {percentile(self.probes, .5) * 1000:.1f} ms, p99 "
                f"{percentile(self.probes, .99) * 1000:.1f} ms, at most "
                f"{max(self.probes, default=0) * 1000:.0f} ms of {len(self.probes)} probes, {over} "
                f"over 100 ms (a bare echo beside them: at most "
                f"{max(self.echoes, default=0) * 1000:.0f} ms, {echo} over 100 ms)")

    def healthy(self) -> bool:
        """Under 100 ms; on a machine that holds up any process for longer, no more often than
        the echo shows, with room for chance."""
        over = sum(one > HEALTH_LIMIT_S for one in self.probes)
        excused = 3 * sum(one > HEALTH_LIMIT_S / 2 for one in self.echoes)
        return bool(self.probes) and not self.errors and over <= excused

    def stall_s(self) -> float:
        """How long the machine itself held up an answer."""
        return max(self.echoes, default=0)

    def bounded(self, limit_mib: float = MEMORY_LIMIT_MIB) -> bool:
        return 0 < self.peak_mib() <= limit_mib


def joined(watches: List[Watch]) -> Watch:
    """What all of them, one at least, saw."""
    every = Watch(watches[0].server)
    for one in watches:
        for name in ("memory_mib", "files", "threads", "probes", "echoes", "errors"):
            getattr(every, name).extend(getattr(one, name))
    return every
