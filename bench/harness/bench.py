"""What all rows share: where the programs are, the scratch folder, the plan, and
everything that was measured so far."""

import base64
import os
from dataclasses import dataclass, field
from typing import Optional

from harness.measure import Load, Series, measure, write_json
from harness.processes import ModelServer, PortPrinter, free_port


class NotBuilt(Exception):
    """A part that a row needs is not in the build folder."""


@dataclass
class Outcome:
    """What a row shows. `met` is None where the row only informs or has no peer."""

    measured: str
    met: Optional[bool] = None


@dataclass
class Target:
    """A server under a name of its own in one comparison."""

    name: str
    port: int


@dataclass
class Bench:
    root: str
    build: str
    scratch: str
    plan: object
    cog: object
    quick: bool
    measured: list = field(default_factory=list)  # of (title, Series)
    notes: list = field(default_factory=list)  # of (title, text)
    found: dict = field(default_factory=dict)  # what rows share

    def program(self, path):
        full = os.path.join(self.build, path)
        if not os.path.exists(full):
            raise NotBuilt(path)
        return full

    def times(self, full, quick):
        return quick if self.quick else full

    # Servers

    def floor(self):
        return PortPrinter("epoll floor", self.program("bench/bench-floor"), self.scratch)

    def httplib(self):
        return PortPrinter(
            "httplib, one process", self.program("bench/bench-httplib-noop"), self.scratch
        )

    def cogpp(self, model, slots=1, tmp=None):
        """cogpp-server with the predictor bench/models/<model>.cpp."""
        library = self.program(f"bench/models/lib{model}.so")
        worker = [self.program("bin/cogpp-worker"), "--library", library]
        title = model + (f", {slots} slots" if slots > 1 else "")
        return self.cogpp_worker(worker, title, slots, dict(os.environ, TMPDIR=tmp or self.scratch))

    def cogpp_python(self, model, slots=1, flags=()):
        """cogpp-server with the predictor bench/cog/<model>/predict.py, in Cog's environment."""
        project = self.cog.project(model)
        worker = [self.cog.python(), "-m", "cogpp_worker", "--project", project]
        worker += ["--predictor", "predict.py:Predictor", "--device", "cpu"]
        env = dict(os.environ, PYTHONPATH=self.program("lib/cogpp/python"), TMPDIR=self.scratch)
        title = f"Python {model}" + (f", {slots} slots" if slots > 1 else "")
        return self.cogpp_worker(worker, title, slots, env, flags)

    def cogpp_worker(self, worker, title, slots=1, env=None, flags=()):
        """cogpp-server with this worker command."""
        port = free_port()
        command = [self.program("bin/cogpp-server"), "--host", "127.0.0.1", "--port", str(port)]
        command += ["--concurrency", str(slots), *flags, "--", *worker]
        return ModelServer(f"cogpp {title}", command, self.scratch, port, env, self.scratch)

    # Request bodies

    def body(self, name, inputs, **members):
        return write_json(self.scratch, name + ".json", {"input": inputs, **members})

    def noop_body(self):
        return self.body("noop", {"text": "world"})

    def data_url_body(self, size):
        # Incompressible and the same in every run.
        data = bytes((value * 197 + (value >> 8)) & 0xFF for value in range(65536)) * (
            size // 65536
        )
        url = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
        return self.body("data_url", {"file": url})

    # Measuring

    def compare(self, title, contenders, load_of, plan=None):
        """Measures in turn and keeps the series for the report."""
        series = measure(plan or self.plan, contenders, load_of)
        self.measured += [(title, one) for one in series.values()]
        return series

    def note(self, title, text):
        self.notes.append((title, text))


def same(load):
    """One load for every contender."""
    return lambda _contender: load


def ratio(own, peer):
    return own / peer if peer else float("inf")


__all__ = ["Bench", "Load", "NotBuilt", "Outcome", "Series", "Target", "ratio", "same"]
