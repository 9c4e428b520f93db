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
from watch import Watch, metrics, percentile
from workers import faulty

HAMMER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hammer.py")
CLIENTS = 8
ASYNC_IN = 25  # One prediction in so many is async, with a webhook (hammer.py).
QUIET_S = 15.0  # After it the connections that were kept to the receiver are closed.
GROWTH_MIB = 4.0
SLOWER = 1.25


@dataclass
class Window:
    """Some predictions in a row, and the server after them."""

    count: int
    ended: Dict[str, int]
    p50_ms: float
    cpu_us: float  # Of the server, a prediction.
    memory_mib: float
    usage: Dict[str, int]
    threads: int
    worker_mib: float

    def wrong(self) -> int:
        return sum(number for kind, number in self.ended.items() if kind.startswith("wrong"))


def memory_of(pid: int) -> float:
    with open(f"/proc/{pid}/status") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def hammer(server: Server, receiver: Receiver, count: int, times: bool) -> Window:
    expect(count % (CLIENTS * ASYNC_IN) == 0, f"{count} predictions cannot be shared out")
    cpu, asynchronous = server.cpu_seconds(), len(receiver.terminal)
    clients = [subprocess.Popen([sys.executable, "-B", HAMMER, str(server.port),
                                 str(count // CLIENTS), receiver.url, str(int(times))],
                                stdout=subprocess.PIPE, text=True) for _ in range(CLIENTS)]
    seconds: List[float] = []
    ended: Dict[str, int] = {}
    for client in clients:
        said = client.communicate(timeout=3600)[0]
        expect(client.returncode == 0, f"a client ended with {client.returncode}")
        report = json.loads(said)
        seconds += report["seconds"]
        for kind, number in report["ended"].items():
            ended[kind] = ended.get(kind, 0) + number
    expect(receiver.wait_terminal(asynchronous + count // ASYNC_IN, 60 * PATIENCE),
           f"{len(receiver.terminal) - asynchronous} webhooks of {count // ASYNC_IN}")
    cpu = server.cpu_seconds() - cpu
    if times:
        time.sleep(QUIET_S)
    return Window(count, ended, percentile(seconds, .5) * 1000, cpu / count * 1e6,
                  server.memory_mib(), server.settled_usage(), server.threads(),
                  sum(memory_of(pid) for pid in server.children()))


def compare(section: Section, first: Window, last: Window, total: int) -> None:
    wrong = first.wrong() + last.wrong()
    section.promise("every prediction ends as it should", f"{total} predictions: plain, with "
                    f"files, streamed, failing, async with a webhook; wrong: {wrong}", not wrong)
    section.promise(
        "memory is flat", f"server {first.memory_mib:.1f} MiB after the first {first.count}, "
        f"{last.memory_mib:.1f} MiB after the last {last.count}; workers {first.worker_mib:.1f} "
        f"and {last.worker_mib:.1f} MiB",
        last.memory_mib - first.memory_mib < GROWTH_MIB and
        last.worker_mib - first.worker_mib < GROWTH_MIB)
    section.promise(
        "open files, folders, processes and threads are flat",
        ", ".join(f"{name} {value} and {last.usage[name]}" for name, value in first.usage.items()) +
        f", threads {first.threads} and {last.threads}",
        first.usage == last.usage and last.threads <= first.threads + 2)
    # A neighbour on the machine moves every p50; the processor time of a prediction it does not.
    section.promise(
        "p50 is unchanged", f"{first.p50_ms:.2f} ms in the first {first.count}, {last.p50_ms:.2f} "
        f"ms in the last; the server's processor time a prediction {first.cpu_us:.0f} and "
        f"{last.cpu_us:.0f} µs",
        last.p50_ms <= first.p50_ms * SLOWER or last.cpu_us <= first.cpu_us * SLOWER)


def run(section: Section, options, count: int, window: int) -> None:
    with Receiving() as receiver, faulty(options, *CAPACITY, model="soak", env=QUIET) as server:
        start(server)
        before = server.settled_usage()
        with Watch(server) as watch:
            first = hammer(server, receiver, window, True)
            middle = hammer(server, receiver, count - 2 * window, False)
            last = hammer(server, receiver, window, True)
        last.ended.update({kind: number for kind, number in middle.ended.items()
                           if kind.startswith("wrong")})
        compare(section, first, last, count)
        twice = sum(len(events) != 1 for events in receiver.terminal.values())
        section.promise("every webhook has one terminal event",
                        f"{len(receiver.terminal)} of {count // ASYNC_IN}, {twice} twice",
                        not twice and len(receiver.terminal) == count // ASYNC_IN)
        values = metrics(server)
        ended = sum(value for name, value in values.items()
                    if name.startswith("cogpp_predictions_total"))
        section.promise("the server's own count agrees", f"{ended - SLOTS:.0f}",
                        ended - SLOTS == count)
        watched(section, watch)
        nothing_left(section, server, before)
