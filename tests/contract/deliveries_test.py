#!/usr/bin/env python3
"""The replayer's comparison of what a receiver got: that it notices what differs."""

import functools
import json
import unittest
from dataclasses import replace

from replayer import deliveries
from replayer.fixture import Received
from replayer.progress import Progress, with_progress
from replayer.recordings import load
from replayer.replay_case import Case
from replayer.server import Programs

BY_TIME = ["webhooks/throttle_logs_50ms", "webhooks/throttle_logs_with_output", "webhooks/interval_50ms_auth",
           "sse/cancel"]
ONE_ONLY = ["sse/creator_disconnect_cancels"]  # the last; a client that leaves cuts it off
EVENT_BY_EVENT = ["webhooks/throttle_output_10ms"]


def setUpModule():
    deliveries.SETTLE_S = 0  # nothing more comes


def received(recorded):
    """The request as it was recorded, come in again."""

    def filled(text):
        for name, value in (("PREDICT_TIME", "0.5"), ("PORT", "80"), ("LEN", "9")):
            text = text.replace(f"{{{{{name}}}}}", value)
        return text

    headers = [[name, filled(value)] for name, value in recorded["headers"]]
    body = filled(recorded["body"] or "").encode()
    return Received(recorded["t"], recorded["method"], recorded["path"], headers, body)


class Receiver:
    """Stands in for the fixture: has got these requests."""

    def __init__(self, requests):
        self.requests = requests

    def of(self, *methods):
        return [one for one in self.requests if one.method in methods]

    def wait(self, *_):
        return True


@functools.cache
def recording(name):
    return load([name], "python")[0]


def differences(name, change=lambda requests: requests):
    """What is found when the recorded deliveries come in again, changed."""
    one = recording(name)
    recorded = (one.data.get("webhooks") or []) + (one.data.get("uploads") or [])
    came = change([received(request) for request in recorded])
    case = Case(Programs(".", ".", "python"), one, None, Receiver(came))
    deliveries.check(case)
    return case.differences


def changed(index, change):
    """The request at `index` changed."""

    def apply(requests):
        requests[index] = change(requests[index])
        return requests

    return apply


def edited(one, edit):
    """The webhook with its body's members edited."""
    state = json.loads(one.text)
    edit(state)
    text = json.dumps(state, sort_keys=True, separators=(",", ":"))
    return replace(one, body=text.encode())


def with_body(edit):
    return lambda one: edited(one, edit)


def with_path(one):
    return replace(one, path="/WRONG")


def with_header(one):
    return replace(one, headers=[*one.headers, ["x", "y"]])


def nonsense(one):
    return replace(one, body=b"NONSENSE")


def without(index):
    return lambda requests: requests[:index] + requests[index + 1 :]


def twice(index):
    return lambda requests: requests[: index + 1] + requests[index:]


class Webhooks(unittest.TestCase):
    def noticed(self, name, change):
        self.assertNotEqual(differences(name, change), [], name)

    def test_what_was_recorded_passes(self):
        for name in BY_TIME + ONE_ONLY + EVENT_BY_EVENT:
            self.assertEqual(differences(name), [], name)

    def test_the_first_second_and_last_are_compared(self):
        for change in (with_path, with_header, nonsense):
            for name in BY_TIME + EVENT_BY_EVENT:
                for index in (0, 1, -1):
                    self.noticed(name, changed(index, change))
            self.noticed(ONE_ONLY[0], changed(0, change))

    def test_the_release_is_compared(self):
        def other(one):
            headers = [[k, "coglet/0.23.0" if k == "user-agent" else v] for k, v in one.headers]
            return replace(one, headers=headers)

        for name in (*BY_TIME, "webhooks/all_events_iter"):
            self.noticed(name, changed(0, other))

    def test_members_are_compared(self):
        edits = [
            lambda state: state.update(id="other"),
            lambda state: state.update(metrics={"n": 1}),
            lambda state: state.update(status="starting"),
            lambda state: state.update(error="E"),
            lambda state: state.pop("logs"),
        ]
        for edit in edits:
            for name in BY_TIME:
                for index in (0, 1, -1):
                    self.noticed(name, changed(index, with_body(edit)))
            self.noticed(ONE_ONLY[0], changed(0, with_body(edit)))

    def test_logs_and_outputs_grow_into_those_of_the_last(self):
        edits = [
            lambda state: state.update(logs="line 7\n"),
            lambda state: state.update(logs=""),
            lambda state: state.update(output=["chunk-7"]),
            lambda state: state.update(output=[]),
            lambda state: state.update(output="chunk-0"),
        ]
        for name in BY_TIME:
            for edit in edits:
                self.noticed(name, changed(2, with_body(edit)))

    def test_one_that_adds_nothing_or_comes_too_late_is_noticed(self):
        for name in BY_TIME:
            self.noticed(name, twice(1))
            self.noticed(name, lambda got: [got[0], got[2], got[1], *got[3:]])

    def test_how_many_there_must_be(self):
        for name in BY_TIME:
            self.noticed(name, lambda got: got[:1] + got[-1:])
            self.noticed(name, lambda got: got[:-1])
        for name in ["sse/cancel", *EVENT_BY_EVENT]:
            self.noticed(name, without(2))
        self.assertEqual(differences("webhooks/interval_50ms_auth", without(2)), [])

    def test_a_cancel_may_come_earlier_or_later(self):
        def earlier(requests):
            state = {"logs": "line 0\n", "output": ["chunk-0"]}
            return requests[:2] + [edited(requests[-1], lambda end: end.update(state))]

        self.assertEqual(differences("sse/cancel", earlier), [])
        for output, passes in ((["chunk-0"], True), (["chunk-1"], False), ([], False)):
            edit = with_body(lambda state, output=output: state.update(output=output))
            found = differences(ONE_ONLY[0], changed(0, edit))
            self.assertEqual(found == [], passes, output)


class ProgressOfBodies(unittest.TestCase):
    def test_bodies_without_any(self):
        for text in ("", "[]", "1", '{"logs":1}', '{"logs":"","output":"x"}', "{"):
            self.assertIsNone(Progress.of(text), text)
            self.assertEqual(with_progress('{"logs":""}', text), '{"logs":""}')

    def test_no_empty_list_is_expected(self):
        recorded = '{"logs":"a","metrics":{"predict_time":{{PREDICT_TIME}}},"output":["b"]}'
        expected = '{"logs":"","metrics":{"predict_time":{{PREDICT_TIME}}}}'
        self.assertEqual(with_progress(recorded, '{"logs":""}'), expected)


class Downloads(unittest.TestCase):
    FETCH = Received(0, "GET", "/pic.png", [], b"")

    def test_what_was_recorded_passes(self):
        for name in ("files/in_http", "files/in_list", "files/in_list_one_404", "files/out_path"):
            self.assertEqual(differences(name), [], name)

    def test_one_that_cog_does_not_make_is_noticed(self):
        for name in ("files/in_http", "files/out_path", "webhooks/sync_mode"):
            self.assertIn("downloads", differences(name, lambda got: [*got, self.FETCH])[0])

    def test_one_that_is_missing_is_noticed(self):
        self.assertIn("downloads", differences("files/in_http", without(0))[0])

    def test_an_exception_names_those_of_cogpp(self):
        self.assertIn("downloads", differences("files/in_list_mixed")[0])
        self.assertEqual(differences("files/in_list_mixed", lambda got: [*got, self.FETCH]), [])


if __name__ == "__main__":
    unittest.main()
