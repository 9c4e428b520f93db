"""Part 2: the same with workers that hang, exit in set-up, send garbage, log without end, or
take all the memory that they may have."""
import os
import random
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Callable, Dict, Iterator, List, Sequence

from crashes import (CAPACITY, KILLED, QUIET, SLOTS, Killer, ServerOf, answered, asks_for,
                     nothing_left, python_model, ready_beside, soak_model, start, watched)
from fake_worker import GARBAGE
from harness import PATIENCE, Failure, Server, wait_for
from outages import Outages
from protocol import Fake
from receiver import Receiving
from report import Section
from traffic import Answer, Ask, Tally, Traffic
from watch import MEMORY_LIMIT_MIB, Watch
from workers import faulty

WITHOUT_STREAMS = ("post", "put", "async")
# A prediction's own limit; a hang is over after it and the grace time.
HANG_FLAGS = ("--predict-timeout", 2 * PATIENCE, "--cancel-grace", 0.5)
LOG_BYTES = 100 << 20
LOG_RATE = 100e6  # Bytes a second at least.
# The server's, where each slot's prediction logs as much as is kept (16 MiB): what it holds of that
# is its text, the events, their webhook's and the reply's, some of them while they grow.
LOGS_MEMORY_MIB = SLOTS * 16 * 8
IDLE_MEMORY_MIB = 64  # Once all is answered,
GIVEN_BACK_S = 5      # and so long after it.
MEMORY_LIMIT_KIB = 1536 << 10  # Of a worker; its idle threads' arenas are a third of it.


@dataclass
class Fault:
    """What is wrong with the workers, and what may come of it."""

    title: str
    server: ServerOf
    poison: Sequence[dict]  # Inputs that go wrong, in turn.
    every: int  # One in so many predictions is one of them.
    reasons: Sequence[str]  # In the error of a poisoned prediction; none: it succeeds.
    others: Sequence[str] = ()  # In the error of one beside it; none: it succeeds.
    output: Callable[[Ask], object] = lambda ask: [ask.given["mode"], "end"]
    kinds: Sequence[str] = WITHOUT_STREAMS + ("stream",)
    kill_every: int = 0  # Predictions between two kills of a worker.
    python: bool = False
    memory_mib: float = MEMORY_LIMIT_MIB  # Of the server.

    @property
    def logs(self) -> bool:
        return any("n" in given for given in self.poison)


@contextmanager
def failing_setups(options) -> Iterator[Server]:
    """About half of the starts fail, in three ways; the first two are good."""
    chance = random.Random(6)
    words = ["ok", "ok"] + chance.choices(["ok", "exit", "signal", "throw"], [3, 1, 1, 1], k=800)
    with tempfile.TemporaryDirectory(prefix="cogpp-soak-") as folder:
        env = {"FAULT_SETUP": " ".join(words), "FAULT_COUNTER": os.path.join(folder, "starts")}
        with faulty(options, *CAPACITY, model="setup", env={**QUIET, **env}) as server:
            yield server


def limited_memory(options) -> Server:
    library = os.path.join(options.models, "soak.so")
    worker = [os.path.join(options.bin, "cogpp-worker"), "--library", library]
    limit = ["sh", "-c", f'ulimit -v {MEMORY_LIMIT_KIB} && exec "$0" "$@"']
    return Server(options, [*limit, *worker], *CAPACITY, env=QUIET)


GARBAGE_WAYS = [*(f"slot_{name}" for name in GARBAGE), "closes_slot", "closes_control",
                "exits_cleanly", "half_output", "output_then_dies", "hello_in_slot",
                "garbage_on_control_later"]

FAULTS = [
    Fault("hangs in uninterruptible code", soak_model(*HANG_FLAGS),
          [{"mode": "hang"}, {"mode": "spin"}], 100, ["timed out"]),
    Fault("fails in set-up", failing_setups, [], 0, [], [*KILLED, "could not be started"],
          output=lambda ask: "ok " + ask.given["mode"], kinds=WITHOUT_STREAMS, kill_every=150),
    Fault("writes garbage to its sockets",
          lambda options: Fake(options, "as_told", *CAPACITY, always=True),
          [{"text": way} for way in GARBAGE_WAYS], 40, ["Worker crashed"], ["Worker crashed"],
          output=lambda ask: "fake " + ask.given["text"], kinds=WITHOUT_STREAMS),
    Fault("logs without end", soak_model(),
          [{"mode": "logs", "n": LOG_BYTES}, {"mode": "raw_logs", "n": LOG_BYTES}], 150, [],
          memory_mib=LOGS_MEMORY_MIB),
    Fault("allocates until its memory limit", limited_memory,
          [{"mode": "memory"}, {"mode": "memory_abort"}], 50, ["bad_alloc", "Worker crashed"],
          ["bad_alloc", "Worker crashed"]),
    # What waits on the same event loop fails with it.
    Fault("holds Python's lock, or exits", python_model(*HANG_FLAGS),
          [{"mode": "lock"}, {"mode": "exit"}], 100, ["timed out", "Worker crashed"],
          ["timed out", "Worker crashed"], python=True),
    Fault("is Python and logs without end", python_model(),
          [{"mode": "logs", "n": LOG_BYTES}, {"mode": "raw_logs", "n": LOG_BYTES}], 100, [],
          python=True, memory_mib=LOGS_MEMORY_MIB),
]


def poisoned(fault: Fault, count: int) -> List[Ask]:
    """The usual predictions, with the fault's own among them, whose ends the clients see."""
    asks = asks_for(count, fault.kinds)
    for i, ask in enumerate(asks):
        if fault.every and i % fault.every == fault.every // 2:
            ask.given = dict(fault.poison[i // fault.every % len(fault.poison)])
            key = next(iter(ask.given))
            ask.given[key] += f" {i}"
            ask.poison = True
            ask.kind = "post" if ask.kind == "async" else ask.kind
        elif fault.poison and "text" in fault.poison[0]:
            ask.given = {"text": f"work {i}"}
    return asks


def judge_of(fault: Fault) -> Callable[[Ask, Answer], str]:
    def judge(ask: Ask, answer: Answer) -> str:
        if answer.status == "succeeded":
            if ask.poison and fault.reasons:
                return "it succeeded"
            return "" if answer.output == fault.output(ask) else f"output {str(answer.output)[:100]}"
        reasons = fault.reasons if ask.poison else fault.others
        good = answer.status == "failed" and any(one in answer.error for one in reasons)
        return "" if good else f"{answer.status}: {answer.error}"
    return judge


@dataclass(frozen=True)
class Seen:
    """What came of a fault."""

    meant: int   # Predictions that were to go wrong,
    ended: int   # and of them those that were answered.
    restarts: int
    setup_failures: int
    logging_s: Sequence[float] = ()  # How long each of them logged LOG_BYTES.

    def happened(self, fault: Fault) -> bool:
        if fault.kill_every:
            return self.setup_failures > 0
        if fault.logs:
            return self.ended == self.meant > 0 and self.log_rate() >= LOG_RATE / PATIENCE
        return self.ended == self.meant > 0 and self.restarts > 0

    def log_rate(self) -> float:
        """Bytes a second, of all of them together."""
        return LOG_BYTES * len(self.logging_s) / max(sum(self.logging_s), 1e-6)

    def __str__(self) -> str:
        note = (f"workers started again {self.restarts} times, set-ups failed "
                f"{self.setup_failures} times")
        if self.meant:
            note = f"{self.ended} of {self.meant} predictions on purpose, {note}"
        if self.logging_s:
            slowest, fastest = (LOG_BYTES / 1e6 / max(end(self.logging_s), 1e-6) for end in (max, min))
            note += (f"; {LOG_BYTES >> 20} MiB of logs each, at {slowest:.0f} to {fastest:.0f} MB/s, "
                     f"{self.log_rate() / 1e6:.0f} MB/s of all")
        return note


def seen(fault: Fault, values: Dict[str, float], asks: List[Ask], tally: Tally) -> Seen:
    return Seen(sum(ask.poison for ask in asks), len(tally.poison_s),
                int(values["cogpp_worker_restarts_total"]),
                int(values["cogpp_setup_failures_total"]), tally.poison_s if fault.logs else ())


def given_back(section: Section, server: Server) -> None:
    """Its threads do that once they have rested."""
    with suppress(Failure):  # It is a promise that is broken then.
        wait_for(lambda: server.memory_mib() <= IDLE_MEMORY_MIB, GIVEN_BACK_S, "")
    section.promise("memory is given back", f"{server.memory_mib():.0f} MiB in the end",
                    server.memory_mib() <= IDLE_MEMORY_MIB)


def one(section: Section, options, fault: Fault, count: int, keep: bool) -> None:
    """`keep`: the connections to the receiver of webhooks."""
    with Receiving(keep) as receiver, fault.server(options) as server:
        start(server)
        before = server.settled_usage()
        asks = poisoned(fault, count)
        with Watch(server) as watch, Outages(server, SLOTS) as outages:
            traffic = Traffic(server, asks, judge_of(fault), receiver).start()
            kills = count // fault.kill_every if fault.kill_every else 0
            killer = Killer(server, traffic, kills, 120)
            tally = traffic.finish(count * 0.6 + 300)
            killer.thread.join(150 * PATIENCE)
            if not killer.error and len(killer.back_s) < kills:
                killer.error = f"; only {len(killer.back_s)} of {kills} kills"
        answered(section, tally, count)
        outcome = seen(fault, server.metrics(), asks, tally)
        section.promise("the fault happens", str(outcome) + (killer.error or ""),
                        not killer.error and outcome.happened(fault))
        outages.promise(section, watch.stall_s())
        if kills:
            ready_beside(section, killer)
        watched(section, watch, fault.memory_mib)
        given_back(section, server)
        nothing_left(section, server, before)
