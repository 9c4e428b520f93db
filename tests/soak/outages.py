"""When slots were missing while work was in flight, and whether they came back in time."""
import http.client
import threading
import time
from dataclasses import dataclass
from typing import Dict, List, Optional

from harness import Server
from report import Section
from watch import READY_S, percentile, setup_between, slots_in

ASK_S = 0.01
# After a set-up that failed the server pauses, twice as long after each: supervise/backoff.hpp.
PAUSE_S, LONGEST_PAUSE_S = 0.1, 10.0


@dataclass(frozen=True)
class Sample:
    at: float
    there: int     # Slots, free or busy.
    starts: int    # Of workers in place of others, so far.
    failures: int  # Of set-ups, so far.


@dataclass(frozen=True)
class Outage:
    """From the last look that found every slot to the next one that does, or to the last of all. One
    that began and ended between two looks is known by the workers started meanwhile."""

    seconds: float
    starts: int
    failures: int

    def allowed(self, setup_s: float) -> float:
        """Those of several workers may follow one on the other: each has its set-up, and all of them
        together the time beside it."""
        pauses = sum(min(PAUSE_S * 2 ** i, LONGEST_PAUSE_S) for i in range(self.failures))
        return READY_S + max(self.starts, 1) * setup_s + pauses


def outages_in(samples: List[Sample], full: int) -> List[Outage]:
    found: List[Outage] = []
    whole = samples[0] if samples else None
    for i, sample in enumerate(samples):
        if sample.there < full and i + 1 < len(samples):
            continue
        if i and samples[i - 1].there < full or sample.there < full or sample.starts > whole.starts:
            found.append(Outage(sample.at - whole.at, sample.starts - whole.starts,
                                sample.failures - whole.failures))
        whole = sample
    return found


class Outages:
    """Asks for the slots during a `with`; what was seen stands in it afterwards."""

    def __init__(self, server: Server, full: int):
        self.server, self.full = server, full
        self.samples: List[Sample] = []
        self.error: Optional[str] = None
        self.over = threading.Event()

    def __enter__(self) -> "Outages":
        self.before = self.server.metrics()
        self.asking = threading.Thread(target=self.ask, daemon=True)
        self.asking.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.asking.join()
        self.after = self.server.metrics()

    def ask(self) -> None:
        try:
            while not self.over.wait(ASK_S):
                self.samples.append(sample_of(self.server.metrics()))
        except (OSError, http.client.HTTPException, KeyError) as error:
            self.error = f"{type(error).__name__}: {error}"

    def promise(self, section: Section, stall_s: float) -> None:
        """`stall_s`: how long the machine itself held up an answer."""
        found = outages_in(self.samples, self.full)
        setup = setup_between(self.before, self.after)
        seconds = [one.seconds for one in found]
        late = [one for one in found if one.seconds > one.allowed(setup) + stall_s]
        starts = sum(one.starts for one in found)
        failures = sum(one.failures for one in found)
        pauses = (f", of which {failures} failed (the next one begins after a pause of 0.1 s, twice as long "
                  "after each more)" if failures else "")
        section.promise(
            "all slots serve again within 1 s plus the set-up",
            f"slots were missing {len(found)} times, for {percentile(seconds, .5) * 1000:.0f} ms (p50), "
            f"{max(seconds, default=0) * 1000:.0f} ms at most, while {starts} workers were started, "
            f"with a set-up of {setup * 1000:.0f} ms{pauses}; too long: {len(late)}"
            + (f", as {late[0]}" if late else "") + (f"; {self.error}" if self.error else ""),
            bool(self.samples) and not late and not self.error and (bool(found) or not self.restarts()))

    def restarts(self) -> float:
        name = "cogpp_worker_restarts_total"
        return self.after[name] - self.before[name]


def sample_of(values: Dict[str, float]) -> Sample:
    return Sample(time.monotonic(), slots_in(values).there,
                  int(values["cogpp_worker_restarts_total"]),
                  int(values["cogpp_setup_failures_total"]))
