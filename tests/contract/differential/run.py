#!/usr/bin/env python3
"""Sends the same requests to Cog's own server and to cogpp, and compares the answers.

    run.py --venv FOLDER --bin BUILD/bin --models BUILD/tests/contract/models ['07/*' …]

The requests stand in cases/, one file a section of cog-runtime; what may differ in wanted.json.
Prints one line a case and, for each that fails, both answers. Exits 1 when one fails."""

import argparse
import fnmatch
import sys
import threading
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import masks  # noqa: E402
import sides as servers  # noqa: E402
import table  # noqa: E402
from session import Session  # noqa: E402
from wanted import Wanted  # noqa: E402

# Cog's server answers some requests differently from run to run: 409 from a slot that it has not
# yet returned, webhooks that overtake the last one. A case that differs is therefore played again,
# and passes when Cog has changed its mind. Where Cog answers as before it is cogpp that did: then
# the two must agree several times in a row, so that a race of cogpp's cannot pass by luck.
ATTEMPTS = 3
IN_A_ROW = 3


# Models that write files of fixed names, which two servers would share.
ONE_AFTER_THE_OTHER = ("fileout", "fileouts")


class Lane:
    """One side with the server of the group in hand."""

    def __init__(self, side):
        self.side, self.server, self.group = side, None, None
        self.notes, self.failure = [], None

    def close_server(self):
        if self.server:
            self.server.close()
        self.server = self.group = None

    def ready_for(self, group):
        """A server of the group that is READY; a broken one is replaced."""
        if self.group == group and group.ready and self.server.process.poll() is None:
            if self.server.wait_status("READY", 10):
                return
        self.close_server()
        self.server, self.group = self.side.start(group), group
        if group.ready and not self.server.wait_status("READY", 20):
            raise RuntimeError(f"{self.side.name}: {group} never became READY")

    def play(self, case):
        self.notes, self.failure = [], None
        try:
            self.ready_for(case.group)
            session = Session(self.side, self.server)
            case.play(session)
            self.notes = session.notes
        except Exception:  # a side that cannot be played is a difference
            self.failure = traceback.format_exc()
            self.close_server()


class Differential:
    def __init__(self, sides, verbose):
        self.lanes = {side.name: Lane(side) for side in sides}
        self.wanted = Wanted()
        self.verbose = verbose
        self.counts = {"passed": 0, "failed": 0}
        self.sections = {}

    def kinds_of(self, case):
        lanes = self.lanes.items()
        return [n for n, lane in lanes if n in case.kinds and lane.side.has(case.group.model)]

    def attempt(self, case, kinds):
        """Plays the case on Cog's side and the others at the same time; the differences."""
        playing = [self.lanes[name] for name in ["cog", *kinds]]
        threads = [threading.Thread(target=lane.play, args=(case,)) for lane in playing]
        for thread in threads:
            thread.start()
            if case.group.model in ONE_AFTER_THE_OTHER:
                thread.join()
        for thread in threads:
            thread.join()
        if failures := [lane.failure for lane in playing if lane.failure]:
            return failures
        differences = []
        for kind in kinds:
            expected = self.wanted.apply(case.title, kind, self.lanes["cog"].notes)
            differences += compare(kind, expected, self.lanes[kind].notes)
        return differences

    def run(self, case):
        kinds = self.kinds_of(case)
        if not kinds:
            return
        began = time.monotonic()
        differences, attempts = self.attempts(case, kinds)
        self.counts["failed" if differences else "passed"] += 1
        self.sections[case.section] = self.sections.get(case.section, 0) + 1
        again = f", {attempts} attempts" if attempts > 1 and not differences else ""
        took = f"{time.monotonic() - began:.2f} s{again}"
        print(f"{'FAIL' if differences else 'ok  '} {case.title} ({took})", flush=True)
        for difference in differences:
            print(f"     {difference}")
        if self.verbose:
            for note in self.lanes["cog"].notes:
                print(f"       cog {note[:1500]}")

    def attempts(self, case, kinds):
        """The differences that stay, and how often the case was played."""
        differed, agreed, attempts = [], 0, 0
        while True:
            attempts += 1
            differences = self.attempt(case, kinds)
            cog = list(self.lanes["cog"].notes)
            if differences:
                differed.append(cog)
                agreed = 0
                if len(differed) == ATTEMPTS:
                    return differences, attempts
            else:
                agreed += 1
                if cog not in differed or agreed == IN_A_ROW:
                    return [], attempts

    def close(self):
        for lane in self.lanes.values():
            lane.close_server()
            lane.side.close()


def without_python(notes):
    """What only a Python predictor's answers can have is not compared of a C++ one's."""
    for rule, new in masks.OF_PYTHON:
        notes = [rule.sub(new, note) for note in notes]
    return notes


def compare(kind, expected, notes):
    if kind == "cpp":
        expected, notes = map(without_python, (expected, notes))
    differences = []
    for number in range(max(len(expected), len(notes))):
        cog = expected[number] if number < len(expected) else "nothing"
        ours = notes[number] if number < len(notes) else "nothing"
        if cog != ours:
            at = next((i for i, (a, b) in enumerate(zip(cog, ours)) if a != b), 0)
            start = max(0, at - 300) if max(len(cog), len(ours)) > 1500 else 0
            differences += [f"cog:    {cog[start:start + 1500]}"]
            differences += [f"{kind + ':':7} {ours[start:start + 1500]}"]
    return differences


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--venv", required=True, help="environment that has the package cog")
    parser.add_argument("--bin", required=True, help="folder of cogpp-server and cogpp-worker")
    parser.add_argument("--models", required=True, help="folder of the models' libraries")
    parser.add_argument("--kinds", default="python,cpp", help="predictors to compare with Cog's")
    parser.add_argument("--verbose", action="store_true", help="also print Cog's answers")
    parser.add_argument("--list", action="store_true", help="only print the names")
    parser.add_argument("patterns", nargs="*", help="names as section/case, with * and ?")
    arguments = parser.parse_args()
    chosen = [
        case
        for case in table.all_cases()
        if not arguments.patterns
        or any(fnmatch.fnmatchcase(case.title, p) for p in arguments.patterns)
    ]
    if not chosen:
        sys.exit(f"no case matches {' '.join(arguments.patterns)}")
    if arguments.list:
        print("\n".join(case.title for case in chosen))
        return 0
    if not (Path(arguments.venv) / "complete").exists():
        sys.exit(f"{arguments.venv} has no Cog: run tools/bootstrap --all")
    kinds = arguments.kinds.split(",")
    sides = servers.sides(arguments.venv, arguments.bin, arguments.models, kinds)
    suite = Differential(sides, arguments.verbose)
    try:
        for case in chosen:
            suite.run(case)
    finally:
        suite.close()
    counts = suite.counts
    print(", ".join(f"§{section}: {n}" for section, n in sorted(suite.sections.items())))
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    stale = suite.wanted.stale([case.title for case in chosen], kinds)
    for one in stale:
        print(f"wanted.json: nothing differs any more: {one}")
    return 1 if counts["failed"] or stale else 0


if __name__ == "__main__":
    sys.exit(main())
