#!/usr/bin/env python3
"""Replays recordings of Cog's server against cogpp-server.

    replay.py --bin BUILD/bin --models BUILD/tests/contract/models ['parse/*' …]
    replay.py --bin BUILD/bin --python PYTHON ['parse/*' …]

The first runs them with the C++ stand-ins of the recorded models, the second with the recorded
models themselves; PYTHON is an interpreter that has the package cog. Prints one line a recording and, for each that fails, what differs. Exits 1 when one fails."""

import argparse
import fnmatch
import sys
import tempfile
import time
import traceback
from pathlib import Path

from replayer import deliveries, health, lifecycle, process, protocol, recordings, streams
from replayer.fixture import Fixture
from replayer.replay_case import Case, sequential
from replayer.server import Programs, Server, ServerError
from replayer.wire import WireError

SCENARIOS = {}
for room in (lifecycle, streams, process, protocol, deliveries, health):
    SCENARIOS |= room.SCENARIOS

# Recordings that need a server of their own, and how it starts. `delay` holds the worker back
# by that many seconds; `ready` False sends the first request during set-up.
OWN_SERVER = {
    "setup/max_concurrency_two_sync": {"ready": False},
    "setup/max_concurrency_*": {},
    "setup/slow": {"ready": False},
    "setup/timeout*": {"ready": False},
    "setup/missing_file": {"ready": False, "delay": 0.7, "predictor": "nofile"},
    "setup/bad_class": {"ready": False, "delay": 0.7, "predictor": "Nope"},
    "setup/no_class": {"ready": False, "delay": 0.7, "predictor": "unnamed"},
    "setup/*": {"ready": False, "delay": 0.7},
    "sse/during_starting": {"ready": False, "delay": 0.7},
    "shutdown/sigterm_during_setup": {"ready": False},
    "shutdown/*": {},
    "health/worker_*": {},
}
# Another predictor than the model's own.
PREDICTORS = {
    "python": {"nofile": "nofile.py:Predictor", "Nope": "predict.py:Nope", "unnamed": "predict.py"},
    "cpp": {"nofile": "/nowhere/nofile.so"},
}
NO_SERVER = ["cli/*"]


def lookup(table, name, default=None):
    """The entry of a name: itself, or the first pattern that matches."""
    if name in table:
        return table[name]
    return next((value for key, value in table.items() if fnmatch.fnmatch(name, key)), default)


class Replay:
    """Runs the selected recordings; servers are shared by those with the same model, environment
    and arguments."""

    def __init__(self, programs):
        self.programs = programs
        self.fixture = Fixture()
        self.folder = tempfile.TemporaryDirectory(prefix="cogpp-replay-")
        self.shared = {}
        self.broken = set()  # groups whose server did not start
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def close(self):
        for server in self.shared.values():
            server.close()
        self.fixture.close()
        self.folder.cleanup()

    def start(self, recording, ready=True, delay=0.0, predictor=None):
        described = recording.server
        args = [a.replace("{{PORT}}", str(self.fixture.port)) for a in described["args"]]
        other = PREDICTORS[self.programs.kind].get(predictor)
        if schema := recording.schema:
            args += ["--schema-file", self.schema_file(described["model"], schema)]
        server = Server(self.programs, described["model"], described["env"], args, delay, other)
        if ready:
            try:
                server.wait_ready()
            except ServerError:
                server.close()
                raise
        return server

    def schema_file(self, model, variant):
        """The recorded variant of the model's schema, in a file or not there at all."""
        path = Path(self.folder.name) / f"{model}_{variant}.json"
        text = recordings.schema_text(model, variant)
        if text is not None:
            path.write_text(text, encoding="utf-8")
        return str(path)

    def shared_server(self, recording):
        """The group's server, ready; a broken one is replaced."""
        server = self.shared.get(recording.group)
        if server and (server.process.poll() is not None or not server.wait_status("READY", 8)):
            self.shared.pop(recording.group).close()
            server = None
        if recording.group in self.broken:
            raise ServerError("the group's server did not start, see above")
        if not server:
            try:
                server = self.shared[recording.group] = self.start(recording)
            except ServerError:
                self.broken.add(recording.group)
                raise
        return server

    def replay(self, recording):
        """Differences of one recording, as lines."""
        scenario = lookup(SCENARIOS, recording.name, sequential)
        options = lookup(OWN_SERVER, recording.name)
        if recordings.fits(recording.name, NO_SERVER):
            return self.play(scenario, recording, None)
        if options is None:
            return self.play(scenario, recording, self.shared_server(recording))
        server = self.start(recording, **options)
        try:
            return self.play(scenario, recording, server)
        finally:
            server.close()

    def play(self, scenario, recording, server):
        case = Case(self.programs, recording, server, self.fixture)
        deliveries.prepare(case)
        scenario(case)
        deliveries.check(case)
        return case.differences

    def reason_to_skip(self, recording):
        if recording.superseded:
            return "a newer Cog answers differently: coglet-0.23.1/ has it"
        if recording.skip_reason:
            return recording.skip_reason
        return None

    def run(self, recording):
        if reason := self.reason_to_skip(recording):
            self.counts["skipped"] += 1
            print(f"skip {recording.name}: {reason}")
            return
        began = time.monotonic()
        try:
            differences = self.replay(recording)
        except (OSError, WireError, ServerError) as error:
            differences = [f"{type(error).__name__}: {error}"]
        except Exception:  # a fault of the replayer itself is a failure, too
            differences = traceback.format_exc().splitlines()
        self.counts["failed" if differences else "passed"] += 1
        took = time.monotonic() - began
        print(f"{'FAIL' if differences else 'ok  '} {recording.name} ({took:.2f} s)", flush=True)
        for difference in differences:
            print(f"     {difference}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--bin", required=True, help="folder of cogpp-server and cogpp-worker")
    parser.add_argument("--models", default=".", help="folder of the models' libraries")
    parser.add_argument("--python", help="replay with the Python models and this interpreter")
    parser.add_argument("--list", action="store_true", help="only print the names")
    parser.add_argument("patterns", nargs="*", help="names as folder/case, with * and ?")
    arguments = parser.parse_args()
    if stale := recordings.stale_exceptions():
        sys.exit(f"exceptions.json names recordings that do not exist: {', '.join(stale)}")
    selected = recordings.load(arguments.patterns, "python" if arguments.python else "cpp")
    if not selected:
        sys.exit(f"no recording matches {' '.join(arguments.patterns)}")
    if arguments.list:
        print("\n".join(recording.name for recording in selected))
        return 0
    replay = Replay(Programs(arguments.bin, arguments.models, arguments.python))
    try:
        for recording in selected:
            replay.run(recording)
    finally:
        replay.close()
    counts = replay.counts
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
