"""Part 1: workers that are killed with work in flight, a hundred times and more."""
import os
import random
import re
import signal
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from harness import PATIENCE, Failure, Server, expect, wait_for
from receiver import Receiving
from report import Section
from traffic import KINDS, Answer, Ask, Tally, Traffic
from watch import MEMORY_LIMIT_MIB, READY_S, Slots, Watch, percentile, setup_between, slots
from workers import faulty

REPLICAS = 2
KILLED_WITHIN = 0.9  # Of the traffic: after a set-up that fails the other worker may do the rest of it.
SLOTS_EACH = 4
SLOTS = REPLICAS * SLOTS_EACH
CAPACITY = ("--replicas", REPLICAS, "--concurrency", SLOTS_EACH, "--queue", 256, "--metrics")
# A log line a printed line would fill the disk; of a fault's own lines only warnings matter.
QUIET = {"RUST_LOG": "warn"}
EVERY_BOTH = 10  # Each tenth time both workers are killed at once.
# Where the machine lets the dying process linger, its closed sockets are all that is known.
KILLED = ("SIGKILL", "it closed a slot's socket", "it closed its control socket")
FREE, FULL = Slots(free=SLOTS, busy=0), Slots(free=0, busy=SLOTS)
# Whatever the predictor, its prediction holds the slot; it ignores what it does not know.
HOLD = {"seconds": 1.0 * PATIENCE, "text": "hold"}
ServerOf = Callable[[Any], Server]  # From the options; a context manager.


def asks_for(count: int, kinds=KINDS, shortest: float = 0.005, longest: float = 0.2) -> List[Ask]:
    """Predictions of 5 to 200 ms; a quarter leaves a file in its folder."""
    chance = random.Random(4)
    return [Ask(f"soak-{i}", chance.choice(kinds),
                {"mode": f"{'file' if i % 4 == 0 else 'work'} {i}",
                 "seconds": round(chance.uniform(shortest, longest), 4)})
            for i in range(count)]


def judge_killed(ask: Ask, answer: Answer) -> str:
    """Its own output, or the end of a worker that was killed."""
    if answer.status == "succeeded":
        return "" if answer.output == [ask.given["mode"], "end"] else f"output {answer.output}"
    return "" if any(one in answer.error for one in KILLED) else f"{answer.status}: {answer.error}"


def wait_free(server: Server, seconds: float) -> None:
    """Until there is nothing to do, and every slot is free."""
    wait_for(lambda: slots(server) == FREE, seconds,
             lambda: f"{SLOTS} free slots; there are {slots(server)}")


def start(server: Server) -> None:
    """Until all replicas serve, and have served."""
    expect(server.event("setup", 60)["status"] == "succeeded", "set-up")
    wait_free(server, 60)
    threads = [server.in_background(seconds=0.1) for _ in range(SLOTS)]
    for thread in threads:
        thread.join(20 * PATIENCE)
        expect(thread.result and thread.result[0] == 200, f"a first prediction: {thread.result}")


class Killer:
    """Kills workers, `rounds` times spread over the traffic, waits for the replacement of each, and
    then, while the traffic rests, until every slot is free. Used by one thread: its own."""

    def __init__(self, server: Server, traffic: Traffic, rounds: int, wait_s: float = 30):
        self.server, self.traffic, self.rounds, self.wait_s = server, traffic, rounds, wait_s
        self.killed: List[int] = []
        self.back_s: List[float] = []   # From a kill until all slots are there again.
        self.setup_s: List[float] = []  # The set-up in it.
        self.unready = 0  # Kills that health was not READY throughout, though another worker lived.
        self.alone = 0    # Kills of one worker of several.
        self.error: Optional[str] = None
        self.chance = random.Random(9)
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self) -> None:
        try:
            for i in range(self.rounds):
                due = KILLED_WITHIN * len(self.traffic.asks) * (i + 0.5) / self.rounds
                while self.traffic.done < due and self.traffic.running():
                    time.sleep(0.005)
                if not self.traffic.running():
                    return
                self.kill(both=i % EVERY_BOTH == EVERY_BOTH - 1)
        except Exception as error:  # Whatever it is, the kills are not what they should be.
            self.error = f"{type(error).__name__}: {error}"

    def kill(self, both: bool) -> None:
        workers = self.server.live_workers()
        victims = workers if both else [self.chance.choice(workers)]
        before = self.server.metrics()
        began = time.monotonic()
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        self.killed += victims
        alone = len(victims) < len(workers)
        seen = []

        def back() -> bool:
            seen.append(self.server.health())
            return (not set(victims) & set(self.server.children())
                    and slots(self.server).there == SLOTS)

        wait_for(back, self.wait_s, lambda: f"{SLOTS} slots again; there are {slots(self.server)}")
        self.back_s.append(time.monotonic() - began)
        self.setup_s.append(setup_between(before, self.server.metrics()))
        self.alone += alone
        self.unready += alone and not set(seen) <= {"READY", "BUSY"}
        with self.traffic.resting():
            wait_free(self.server, self.wait_s)
        # So that the next one finds work in flight.
        wait_for(lambda: slots(self.server).busy > SLOTS_EACH or not self.traffic.running(),
                 self.wait_s, "work in flight again")


def victims_of(tally: Tally, killed: List[int]) -> Dict[int, int]:
    """How many predictions each killed worker took along, by what they had printed."""
    found: Dict[int, int] = {pid: 0 for pid in killed}
    for _, error in tally.failures:
        for pid in {int(pid) for pid in re.findall(r"in process (\d+)", error)} & set(killed):
            found[pid] += 1
    return found


def fill(server: Server) -> Tuple[Slots, int]:
    """As many predictions as there are slots, at the same time. Returns the slots when most of
    them were busy, and how many of the predictions succeeded."""
    threads = [server.in_background(**HOLD) for _ in range(SLOTS)]
    fullest = slots(server)
    while fullest != FULL and any(thread.is_alive() for thread in threads):
        time.sleep(0.005)
        fullest = max(fullest, slots(server), key=lambda one: (one.busy, -one.queued))
    for thread in threads:
        thread.join(30 * PATIENCE)
    results = [thread.result for thread in threads if thread.result]
    return fullest, sum(status == 200 and reply.get("status") == "succeeded"
                        for status, reply in results)


def no_slot_lost(section: Section, server: Server) -> None:
    """All of them are free, and all can be had at the same time."""
    try:
        wait_free(server, 60)
        fullest, served = fill(server)
        measured = (f"{SLOTS} of {SLOTS} are free, {fullest.busy} predictions ran in them at once, "
                    f"{served} succeeded")
        kept = fullest == FULL and served == SLOTS
    except Failure as error:
        measured, kept = str(error), False
    section.promise("no slot is lost", measured, kept)


def nothing_left(section: Section, server: Server, before: dict) -> None:
    """Slots, files, folders, descriptors and processes are as at the start; it ends well."""
    no_slot_lost(section, server)
    try:
        server.expect_usage(before, 30)
        left = ""
    except Failure as error:
        left = str(error)
    section.promise("no file, folder, descriptor, process or zombie is left", left or
                    ", ".join(f"{name} {value}" for name, value in before.items()) +
                    ", as at the start", not left)
    code = server.stop(seconds=60 * PATIENCE)
    rest = os.listdir(server.temp)
    section.promise("SIGTERM ends it", f"exit code {code}, {len(rest)} files left", not code and
                    not rest)


def answered(section: Section, tally: Tally, count: int) -> None:
    """What holds for every traffic."""
    ended = ", ".join(f"{number} {status}" for status, number in sorted(tally.ended.items()))
    print("\n".join(f"     {line}" for line in tally.complaints[:10]))
    section.promise(
        "every request has exactly one terminal answer, every webhook exactly one terminal event",
        f"{len(tally.admitted)} predictions: {ended}; refused meanwhile and asked again: "
        f"{tally.refused}; wrong: {len(tally.complaints)}"
        + (f", as {tally.complaints[0]}" if tally.complaints else ""),
        not tally.complaints and len(tally.admitted) == count)


def ready_beside(section: Section, killer: Killer) -> None:
    section.promise("health stays READY while another worker lives",
                    f"after {killer.alone - killer.unready} of {killer.alone} kills of one of "
                    f"{REPLICAS} workers (each {EVERY_BOTH}th time all are killed)",
                    killer.alone > 0 and not killer.unready)


def watched(section: Section, watch: Watch, limit_mib: float = MEMORY_LIMIT_MIB) -> None:
    section.promise("health answers within 100 ms", watch.health_note() +
                    (f"; {watch.errors[:2]}" if watch.errors else ""), watch.healthy())
    section.promise("the server's memory is bounded", f"{watch.peak_mib():.0f} MiB at most (limit "
                    f"{limit_mib:.0f}), {max(watch.files)} files, {max(watch.threads)} threads",
                    watch.bounded(limit_mib))


def soak_model(*flags) -> ServerOf:
    """Of the C++ predictor."""
    return lambda options: faulty(options, *CAPACITY, *flags, model="soak", env=QUIET)


def python_model(*flags) -> ServerOf:
    """Of the Python predictor: the slots of a worker share one event loop."""
    models = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
    return lambda options: Server(
        options, [options.python, "-B", "-m", "cogpp_worker", "--project", models,
                  "--predictor", "soak.py:Predictor"], *CAPACITY, *flags,
        env={**QUIET, "PYTHONPATH": options.python_path})


def run(section: Section, options, server_of: ServerOf, count: int, kills: int,
        keep: bool = True) -> None:
    """At least `kills` of them land; some more are tried. `keep`: the connections to the receiver
    of webhooks."""
    rounds = kills + kills // 10 + 1
    with Receiving(keep) as receiver, server_of(options) as server:
        start(server)
        before = server.settled_usage()
        with Watch(server) as watch:
            traffic = Traffic(server, asks_for(count), judge_killed, receiver).start()
            killer = Killer(server, traffic, rounds)
            tally = traffic.finish(count * 0.6 + 120)
            killer.thread.join(60 * PATIENCE)
        answered(section, tally, count)
        landed: Set[int] = {pid for pid, number in victims_of(tally, killer.killed).items() if number}
        section.promise(
            "workers killed (`kill -9`), each with work in flight",
            f"{len(killer.killed)} killed, {len(landed)} of them took predictions along (by the "
            f"process that these name), {len(tally.failures)} predictions failed so"
            + (f"; {killer.error}" if killer.error else ""),
            len(landed) >= kills and not killer.error)
        late = [took - setup for took, setup in zip(killer.back_s, killer.setup_s)]
        section.promise(
            "all slots serve again within 1 s plus the set-up",
            f"after {percentile(killer.back_s, .5) * 1000:.0f} ms (p50), "
            f"{max(killer.back_s, default=0) * 1000:.0f} ms at most, of which the set-up "
            f"{percentile(killer.setup_s, .5) * 1000:.0f} ms (p50); once nothing was asked all were "
            f"free, each of {len(late)} times; the machine held up a bare echo for "
            f"{watch.stall_s() * 1000:.0f} ms",
            bool(late) and max(late) <= READY_S + watch.stall_s() and not killer.error)
        ready_beside(section, killer)
        watched(section, watch)
        nothing_left(section, server, before)
