"""What was promised and what was measured: on standard output at once, and as
docs/reliability.md at the end."""
import importlib.util
import os
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import Callable, List

from harness import PATIENCE

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def bench_report():
    """bench/harness/report.py; by its path, since the fault tests have a `harness`, too."""
    path = os.path.join(ROOT, "bench", "harness", "report.py")
    spec = importlib.util.spec_from_file_location("bench_report", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Promise:
    what: str
    measured: str
    kept: bool


@dataclass
class Section:
    """One part: what was done, and the promises that were looked at meanwhile."""

    title: str
    text: str
    promises: List[Promise] = field(default_factory=list)

    def promise(self, what: str, measured: str, kept: bool) -> None:
        self.promises.append(Promise(what, measured, kept))
        print(f"{'ok  ' if kept else 'FAIL'} {what}: {measured}", flush=True)


class Soak:
    """The run as a whole."""

    def __init__(self) -> None:
        self.sections: List[Section] = []
        self.began = time.monotonic()
        self.load = os.getloadavg()[0]

    def section(self, title: str, text: str, body: Callable[[Section], None]) -> None:
        """Runs one; what it could not finish is a broken promise."""
        print(f"== {title}", flush=True)
        section = Section(title, text)
        self.sections.append(section)
        start = time.monotonic()
        try:
            body(section)
        except Exception as error:
            traceback.print_exc(file=sys.stdout)
            section.promise("it comes to its end", f"{type(error).__name__}: {error}"[:400], False)
        print(f"   {time.monotonic() - start:.0f} s", flush=True)

    def broken(self) -> int:
        return sum(not promise.kept for section in self.sections for promise in section.promises)

    def markdown(self) -> str:
        bench = bench_report()
        took = time.monotonic() - self.began
        parts = ["# Reliability", OPENING,
                 f"* commit: {bench.commit(ROOT)}\n"
                 f"* date: {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, "
                 f"took {took / 60:.0f} minutes\n"
                 f"* machine: {bench.machine()}\n"
                 f"* load average before / after: {self.load:.2f} / {os.getloadavg()[0]:.2f}; other "
                 "work may run beside it, which times show and counts do not\n"
                 f"* patience: waits are {PATIENCE:g} times as long (`COGPP_TEST_PATIENCE`), the "
                 "limits of the promises are not\n"
                 f"* promises: {sum(len(one.promises) for one in self.sections)}, "
                 f"broken: {self.broken()}"]
        for section in self.sections:
            rows = [(one.what, one.measured, "kept" if one.kept else "**BROKEN**")
                    for one in section.promises]
            parts += [f"## {section.title}", section.text,
                      bench.markdown_table(("promise", "measured", ""), rows)]
        return "\n\n".join([*parts, CLOSING]) + "\n"


OPENING = """Written by `tests/soak/run`: the real server and worker, predictions by the thousand,
and faults on purpose. `tools/test --all` runs a shorter version of the same
(`tests/soak/run --short`)."""

CLOSING = """## What else looks for faults

| test | what it does |
|---|---|
| `ctest -R faults_workers` | every way in which a worker can die, hang or fail in set-up, one at a time, with the text of the reason |
| `ctest -R faults_protocol` | a worker that breaks `docs/worker-protocol.md` in some forty ways |
| `ctest -R faults_http` | malformed, huge, slow and tricky requests, with the status of each |
| `ctest -R faults_files` | downloads that hang, lie or are cancelled |
| `ctest -R 'faults_(health\\|load\\|capacity\\|kept)'` | health checks, a thousand idle clients, queue and replicas, the history |
| `tools/test --all` | all of these and the unit tests again under AddressSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer |"""
