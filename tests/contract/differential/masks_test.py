#!/usr/bin/env python3
"""What is compared of a set-up's logs, what a duration is called, and how many cases there are."""

import json
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import masks  # noqa: E402
import table  # noqa: E402
from cases.s04_health import duration_class  # noqa: E402
from session import Session  # noqa: E402

LOGS = """[coglet] coglet 0.22.0
[coglet] Invalid COG_MAX_CONCURRENCY value, defaulting to 1
[coglet] Spawning worker subprocess
[coglet::setup] printed] as it is
[coglet::setup] Device: cpu
[coglet::worker] Connected to slot transport
no target
"""


class SetupLines(unittest.TestCase):
    def lines(self, document):
        return masks.setup_lines(json.dumps(document))

    def test_printed_reliable_and_warned_of(self):
        self.assertEqual(
            self.lines({"setup": {"logs": LOGS}}),
            (
                ["printed] as it is"],
                ["Spawning worker subprocess", "Connected to slot transport"],
                ["COG_MAX_CONCURRENCY"],
            ),
        )

    def test_no_logs(self):
        for document in ({}, {"setup": {}}, {"setup": {"logs": ""}}):
            self.assertEqual(self.lines(document), ([], [], []))


class Cases(unittest.TestCase):
    def test_each_section_has_some_and_cpp_plays_nearly_all(self):
        for kind in table.EVERY:
            sections = [case.section for case in table.all_cases() if kind in case.kinds]
            self.assertGreater(len(sections), 500)
            for section in range(2, 15):
                self.assertGreaterEqual(sections.count(section), 15, f"§{section} of {kind}")


class Versions(unittest.TestCase):
    def cleaned(self, version):
        fixture = SimpleNamespace(port=1, begin=lambda: None)
        side = SimpleNamespace(fixture=fixture, python_version="3.11.2")
        health = {"status": "READY", "version": {"coglet": "0.22.0", "python": version}}
        session = Session(side, SimpleNamespace(port=2))
        return session.clean(masks.health(json.dumps(health)))

    def test_only_that_of_the_interpreter_is_replaced(self):
        expected = '{"status":"READY","version":{"coglet":"…","python":"VERSION"}}'
        self.assertEqual(self.cleaned("3.11.2"), expected)
        for wrong in ("3.11.3", "3.11", "3.11.21", "VERSION2", ""):
            self.assertNotEqual(self.cleaned(wrong), expected)


class Durations(unittest.TestCase):
    def test_what_a_check_takes_is_far_from_the_limits(self):
        for seconds, name in ((0.0, "at once"), (2.1, "about 2 s"), (2.5, "about 2 s"),
                              (5.0, "about 5 s"), (5.6, "about 5 s"), (9.0, "9 s")):  # fmt: skip
            self.assertEqual(duration_class(seconds), name)


if __name__ == "__main__":
    unittest.main()
