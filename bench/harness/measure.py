"""Windows of load: runs bench-load, keeps each window's report, gives medians.

Contenders are measured in turn, window by window, so that a machine that becomes
slower or faster during the run does so for all of them.
"""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field, replace

SUCCEEDED = '"status":"succeeded"'


class BenchError(Exception):
    """Why a row has no number; the text goes into the report."""


@dataclass
class Plan:
    """How long and how often: bench/README.md, "Protocol"."""

    program: str
    warmups: int = 1
    warmup_seconds: float = 1.0
    windows: int = 5
    seconds: float = 1.0

    @staticmethod
    def quick(program):
        return Plan(program, warmups=1, warmup_seconds=0.5, windows=3, seconds=1.0)

    def at_least(self, seconds):
        """The same with longer windows, for requests that take long themselves."""
        return replace(
            self,
            seconds=max(self.seconds, seconds),
            warmup_seconds=max(self.warmup_seconds, seconds / 2),
        )


@dataclass
class Load:
    """What every connection asks for."""

    connections: int = 1
    path: str = "/predictions"
    body_file: str = ""
    headers: tuple = ()
    expect: str = SUCCEEDED
    idle: int = 0
    rate: float = 0.0


@dataclass
class Series:
    """The windows of one contender under one load."""

    name: str
    load: Load
    reports: list = field(default_factory=list)

    def values(self, pick):
        return [pick(report) for report in self.reports]

    def median(self, pick):
        return statistics.median(self.values(pick))

    def ok_per_second(self):
        return self.median(lambda report: report["ok_per_second"])

    def latency(self, name):
        """Microseconds; infinite where no window had a good answer."""
        return self.median(
            lambda report: report["latency_us"][name] if report["latency_us"] else float("inf")
        )

    def spread(self):
        """Largest minus smallest window, as a share of the median."""
        rates = self.values(lambda report: report["ok_per_second"])
        middle = statistics.median(rates)
        return (max(rates) - min(rates)) / middle if middle else 0.0

    def total(self, name):
        return sum(report[name] for report in self.reports)

    def statuses(self):
        counts = {}
        for report in self.reports:
            for status, count in report["statuses"].items():
                counts[status] = counts.get(status, 0) + count
        return counts


def run_load(plan, port, load, seconds, warmup=0.3):
    command = [plan.program, "--port", str(port), "--path", load.path]
    command += ["--connections", str(load.connections), "--idle", str(load.idle)]
    command += ["--warmup", str(warmup), "--seconds", str(seconds), "--rate", str(load.rate)]
    command += ["--expect", load.expect]
    if load.body_file:
        command += ["--body-file", load.body_file]
    else:
        command += ["--method", "GET"]
    for header in load.headers:
        command += ["--header", header]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(done.stderr.strip() or f"bench-load ended with {done.returncode}")
    return json.loads(done.stdout)


def measure(plan, contenders, load_of):
    """Measures every contender (an object with `name` and `port`) under
    load_of(contender), in turn. Returns {name: Series}."""
    series = {one.name: Series(one.name, load_of(one)) for one in contenders}
    for _ in range(plan.warmups):
        for one in contenders:
            run_load(plan, one.port, series[one.name].load, plan.warmup_seconds)
    for number in range(plan.windows):
        for one in contenders:
            progress(f"window {number + 1} of {plan.windows}: {one.name}")
            report = run_load(plan, one.port, series[one.name].load, plan.seconds)
            series[one.name].reports.append(report)
    progress("")
    return series


def progress(text):
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" + text)
        sys.stderr.flush()


def median_seconds(action, times):
    """Runs action() and returns the median and all of what it returned."""
    values = [action() for _ in range(times)]
    return statistics.median(values), values


def write_json(folder, name, value):
    """A request body in a file, as bench-load wants it."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))
    return path
