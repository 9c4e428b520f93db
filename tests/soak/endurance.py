"""Part 4: two hundred thousand predictions; nothing grows, nothing slows down."""
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Dict, List

from crashes import CAPACITY, QUIET, SLOTS, nothing_left, start, watched
from harness import PATIENCE, Server, expect
from receiver import Receiver, Receiving
from report import Section
from watch import Watch, percentile
from workers import faulty

HAMMER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hammer.py")
CLIENTS = 8
ASYNC_IN = 25  # One prediction in so many is async, with a webhook (hammer.py).
QUIET_S = 12.0  # After it the connections that were kept to the receiver are closed.
TURNS = 5        # In which the old server and a new one are asked by turns.
GROWTH_MIB = 4.0
SLOWER = 1.25


@dataclass
class Asked:
    """Some predictions in a row."""

    ended: Dict[str, int]
    seconds: List[float]

    def add(self, other: "Asked") -> None:
        self.seconds += other.seconds
        for kind, number in other.ended.items():
            self.ended[kind] = self.ended.get(kind, 0) + number

    def wrong(self) -> int:
        return sum(number for kind, number in self.ended.items() if kind.startswith("wrong"))


@dataclass
class Looks:
    """A server with nothing to do."""

    memory_mib: float
    usage: Dict[str, int]
    threads: int
    worker_mib: float


def memory_of(pid: int) -> float:
    with open(f"/proc/{pid}/status") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def look(server: Server) -> Looks:
    time.sleep(QUIET_S)
    return Looks(server.memory_mib(), server.settled_usage(), server.threads(),
                 sum(memory_of(pid) for pid in server.children()))


def hammer(server: Server, receiver: Receiver, count: int, times: bool = False) -> Asked:
    """With times one client asks: several would wait for each other, where cores are few."""
    number = 1 if times else CLIENTS
    expect(count % (number * ASYNC_IN) == 0, f"{count} predictions cannot be shared out")
    asynchronous = len(receiver.terminal)
    clients = [subprocess.Popen([sys.executable, "-B", HAMMER, str(server.port),
                                 str(count // number), receiver.url, str(int(times))],
                                stdout=subprocess.PIPE, text=True) for _ in range(number)]
    asked = Asked({}, [])
    for client in clients:
        said = client.communicate(timeout=3600)[0]
        expect(client.returncode == 0, f"a client ended with {client.returncode}")
        asked.add(Asked(**json.loads(said)))
    expect(receiver.wait_terminal(asynchronous + count // ASYNC_IN, 60 * PATIENCE),
           f"{len(receiver.terminal) - asynchronous} webhooks of {count // ASYNC_IN}")
    return asked


def flat(section: Section, first: Looks, last: Looks, window: int) -> None:
    section.promise(
        "memory is flat", f"server {first.memory_mib:.1f} MiB after the first {window}, "
        f"{last.memory_mib:.1f} MiB after the last; workers {first.worker_mib:.1f} "
        f"and {last.worker_mib:.1f} MiB",
        last.memory_mib - first.memory_mib < GROWTH_MIB and
        last.worker_mib - first.worker_mib < GROWTH_MIB)
    section.promise(
        "open files, folders, processes and threads are flat",
        ", ".join(f"{name} {value} and {last.usage[name]}" for name, value in first.usage.items()) +
        f", threads {first.threads} and {last.threads}",
        first.usage == last.usage and last.threads <= first.threads + 2)


def no_slower(section: Section, old: Server, receiver: Receiver, options, window: int) -> Asked:
    """The old server's last predictions; by turns with them the first ones of a new server, so
    that whatever else the machine does slows both."""
    last, fresh = Asked({}, []), Asked({}, [])
    with Receiving() as others, faulty(options, *CAPACITY, model="soak", env=QUIET) as new:
        start(new)
        for _ in range(TURNS):
            last.add(hammer(old, receiver, window // TURNS, True))
            fresh.add(hammer(new, others, window // TURNS, True))
    expect(not fresh.wrong(), f"the new server's predictions end otherwise: {fresh.ended}")
    p50, fresh_p50 = (percentile(one.seconds, .5) * 1000 for one in (last, fresh))
    section.promise(
        "p50 is unchanged", f"{p50:.2f} ms in the last {window}, {fresh_p50:.2f} ms in the first "
        f"{window} of a server just started, which one client asks in {TURNS} turns with it",
        p50 <= fresh_p50 * SLOWER)
    return last


def run(section: Section, options, count: int, window: int) -> None:
    with Receiving() as receiver, faulty(options, *CAPACITY, model="soak", env=QUIET) as server:
        start(server)
        before = server.settled_usage()
        with Watch(server) as watch:
            parts = [hammer(server, receiver, window)]
            first = look(server)
            parts.append(hammer(server, receiver, count - 2 * window))
            parts.append(no_slower(section, server, receiver, options, window))
            flat(section, first, look(server), window)
        wrong = sum(part.wrong() for part in parts)
        section.promise("every prediction ends as it should", f"{count} predictions: plain, with "
                        f"files, streamed, failing, async with a webhook; wrong: {wrong}", not wrong)
        twice = sum(len(events) != 1 for events in receiver.terminal.values())
        section.promise("every webhook has one terminal event",
                        f"{len(receiver.terminal)} of {count // ASYNC_IN}, {twice} twice",
                        not twice and len(receiver.terminal) == count // ASYNC_IN)
        ended = server.ended()
        section.promise("the server's own count agrees", f"{ended - SLOTS}",
                        ended - SLOTS == count)
        watched(section, watch)
        nothing_left(section, server, before)
