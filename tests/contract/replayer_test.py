#!/usr/bin/env python3
"""The replayer itself: that it reads HTTP byte by byte and notices what differs."""

import contextlib
import io
import socket
import subprocess
import threading
import time
import unittest
import unittest.mock

from processes import proc_stat
from replay import Replay
from replayer import streams
from replayer.compare import compare, matches, parse_raw
from replayer.recordings import HERE, Recording, document_case, exceptions, load, stale_exceptions
from replayer.replay_case import Case
from replayer.server import Programs, Server
from replayer.wire import Connection, Response, WireError, request_bytes

HEALTHY = {
    "version": "HTTP/1.1",
    "status": 200,
    "reason": "OK",
    "headers": [
        ["content-type", "application/json"],
        ["content-length", "{{LEN}}"],
        ["date", "{{DATE}}"],
    ],
    "body": '{"id":"{{GENERATED_ID}}","metrics":{"predict_time":{{PREDICT_TIME}}}}',
}
DATE = "date: Sat, 21 Nov 2026 06:00:00 GMT\r\n"
BODY = '{"id":"pred_18a","metrics":{"predict_time":0.5}}'


def answered(data, method="GET"):
    """The response that a server makes of these bytes, as the replayer reads them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            client, _ = listener.accept()
            with client:
                client.recv(1 << 16)
                client.sendall(data.encode())

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with Connection(listener.getsockname()[1]) as connection:
                connection.send(b"GET / HTTP/1.1\r\n\r\n")
                return connection.read_response(method)
        finally:
            thread.join()


def with_body(body, headers="", status="200 OK"):
    length = f"content-length: {len(body)}\r\n"
    return (
        f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{length}{headers}{DATE}\r\n{body}"
    )


class Compare(unittest.TestCase):
    def differences(self, data, recorded=None):
        return compare(recorded or HEALTHY, answered(data), "/predictions")

    def test_equal(self):
        self.assertEqual(self.differences(with_body(BODY)), [])

    def test_status_and_reason(self):
        self.assertIn("status line", self.differences(with_body(BODY, status="409 Conflict"))[0])
        self.assertIn("status line", self.differences(with_body(BODY, status="200 Fine"))[0])

    def test_body(self):
        for body in (BODY.replace("pred_", "job_"), BODY + " ", BODY.replace("0.5", '"0.5"'), "{}"):
            self.assertIn("body", self.differences(with_body(body))[0])

    def test_header_order_case_and_number(self):
        data = with_body(BODY)
        late = data.replace(DATE, "", 1).replace(
            "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n" + DATE
        )
        for changed in (late, data.replace("date", "Date"), with_body(BODY, headers="x: y\r\n")):
            self.assertIn("headers", self.differences(changed)[0])

    def test_header_value(self):
        self.assertIn("header date", self.differences(with_body(BODY).replace("Sat", "Today"))[0])

    def test_exact_length(self):
        headers = [[k, "3" if k == "content-length" else v] for k, v in HEALTHY["headers"]]
        recorded = {**HEALTHY, "headers": headers, "body": "{}"}
        self.assertIn("content-length", self.differences(with_body("{}"), recorded)[0])

    def test_health_compares_all_but_logs_and_versions(self):
        def health(status, logs, version):
            setup = f'{{"status":"succeeded","logs":"{logs}"}}'
            return f'{{"status":"{status}","setup":{setup},"version":{version}}}'

        recorded = {**HEALTHY, "body": health("READY", "[coglet] x", '{"python":"3"}')}
        for status, equal in (("READY", True), ("BUSY", False)):
            response = answered(with_body(health(status, "other", '{"coglet":"1"}')))
            self.assertEqual(compare(recorded, response, "/health-check") == [], equal)
        no_version = answered(with_body(health("READY", "other", "{}")))
        self.assertNotEqual(compare(recorded, no_version, "/health-check"), [])

    def test_error_types_differ_by_language_but_not_the_text(self):
        recorded = {
            **HEALTHY,
            "body": '{"error":"Prediction failed: Prediction failed: ValueError: bad"}',
        }
        for text, equal in (
            ("Prediction failed: Prediction failed: std::runtime_error: bad", True),
            ("Prediction failed: Prediction failed: std::runtime_error: worse", False),
            ("Prediction failed: std::runtime_error: bad", False),
        ):
            self.assertEqual(
                self.differences(with_body(f'{{"error":"{text}"}}'), recorded) == [], equal
            )

    def test_one_generated_id(self):
        text = "{{GENERATED_ID}} {{GENERATED_ID}}"
        self.assertTrue(matches(text, "pred_1 pred_1"))
        self.assertFalse(matches(text, "pred_1 pred_2"))


class Wire(unittest.TestCase):
    def test_chunks(self):
        response = answered(
            f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n{DATE}\r\n3\r\nabc\r\n0\r\n\r\n"
        )
        self.assertEqual([data for _, data in response.chunks], [b"abc", b""])

    def test_what_is_not_http(self):
        for data in ("hello\r\n\r\n", "HTTP/1.1 200 OK\r\nbad\r\n\r\n", with_body(BODY)[:-1], ""):
            with self.assertRaises(WireError):
                answered(data)

    def test_request(self):
        ports = {"server": 1, "fixture": 2}
        headers = [["Host", "localhost:{{PORT}}"], ["Content-Length", "{{LEN}}"]]
        request = {
            "method": "PUT",
            "target": "/a",
            "headers": headers,
            "body": "http://h:{{PORT}}/",
        }
        expected = b"PUT /a HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 11\r\n\r\nhttp://h:2/"
        self.assertEqual(request_bytes(request, ports), expected)

    def test_raw_recording(self):
        text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\na: b\r\n\r\nbody"
        first, second = parse_raw(text)
        self.assertEqual((first["status"], second["status"], second["body"]), (100, 200, "body"))


class CancelledStream(unittest.TestCase):
    """How far it went may differ, not what came until then."""

    def differences(self, change=lambda body: body, **parts):
        recording = load(["sse/cancel"])[0]
        recorded = recording.exchanges[0]["response"]
        headers = [[k, v.replace("{{DATE}}", DATE[6:-2])] for k, v in recorded["headers"]]
        whole = {k: recorded[k] for k in ("version", "status", "reason")} | {"headers": headers}
        case = Case(Programs(".", "."), recording, None, None)
        body = change(recorded["body"].replace("{{PREDICT_TIME}}", "0.5"))
        streams.check_begun(case, Response(**(whole | parts), body=body.encode()))
        return case.differences

    def test_equal_shorter_longer(self):
        def shorter(body):
            start, *_, completed, end = body.split("\n\n")
            return "\n\n".join([start, completed, end])

        def longer(body):
            *frames, completed, end = body.split("\n\n")
            return "\n\n".join([*frames, "event: output\ndata: 1", completed, end])

        for change in (str, shorter, longer):
            self.assertEqual(self.differences(change), [])

    def test_events_and_head(self):
        for old, new in (
            ('"source":"stdout"', '"source":"x"'),
            ("event: log", "event: logs"),
            ('"status":"processing"', '"status":"starting"'),
            ("chunk-1", "chunk-2"),
        ):
            self.assertNotEqual(self.differences(lambda body: body.replace(old, new)), [], old)
        self.assertNotEqual(self.differences(status=201), [])
        self.assertNotEqual(self.differences(headers=[]), [])


class Recordings(unittest.TestCase):
    def test_all_load_and_no_exception_is_stale(self):
        self.assertGreater(len(load([])), 400)
        self.assertEqual(stale_exceptions(), [])

    def test_downloads_of_a_recording_that_is_not_named_are_stale(self):
        table = {"files/in_list": {"reason": "", "downloads": {"files/out_path": ["/x"]}}}
        with unittest.mock.patch("replayer.recordings.exceptions", return_value=table):
            self.assertEqual(stale_exceptions(), ["files/out_path"])

    def test_there_are_few_exceptions_and_each_has_its_reason(self):
        self.assertLessEqual(len(exceptions()), 15)
        self.assertTrue(all(one["reason"] for one in exceptions().values()))

    def test_the_readme_counts_the_recordings_that_they_name(self):
        readme = (HERE / "README.md").read_text(encoding="utf-8")
        for label, kind in (("Python", "python"), ("C++", "cpp")):
            replayed = load([], kind)
            excepted = [one for one in replayed if one.exception]
            skipped = [one for one in excepted if one.skip_reason]
            row = f"| {label} | {len(replayed)} | {len(excepted)} | {len(skipped)} |"
            self.assertIn(row, readme, "tests/contract/README.md counts otherwise")
            superseded = sum(one.superseded for one in replayed)
            self.assertIn(f"{superseded} more of each are not replayed", readme)

    def test_what_cpp_cannot_do_is_replayed_in_python(self):
        self.assertEqual([one.name for one in load(["errors/kbd"], "python") if one.skip_reason], [])
        self.assertEqual(len([one for one in load(["errors/kbd"]) if one.skip_reason]), 1)

    def test_a_replacement_that_fits_nothing_is_an_error(self):
        with self.assertRaises(ValueError):
            Recording("x", document_case("x", {}), {"reason": "", "replace": [["nowhere", ""]]})


class Workers(unittest.TestCase):
    def test_they_are_held_and_go_on(self):
        class Parent:
            def worker_ids(self):
                return [child.pid]

        def state(expected):
            for _ in range(500):
                if (found := proc_stat(child.pid)[0]) in expected:
                    break
                time.sleep(0.01)
            return found

        with subprocess.Popen(["sleep", "60"]) as child:
            try:
                with Server.workers_held(Parent()):
                    self.assertEqual(state("T"), "T")
                self.assertIn(state("SR"), "SR")
            finally:
                child.kill()


class Once(unittest.TestCase):
    def test_a_recording_that_fails_at_first_has_failed(self):
        for name in ("lifecycle/cancel_async_py", "coglet-0.23.1/files/upload_partial_fail"):
            found = iter([["differs"], [], []])
            runner = Replay(None)
            try:
                runner.replay = lambda _, found=found: next(found)
                with contextlib.redirect_stdout(io.StringIO()) as printed:
                    runner.run(load([name])[0])
            finally:
                runner.close()
            self.assertEqual(runner.counts["failed"], 1)
            self.assertIn("differs", printed.getvalue())


if __name__ == "__main__":
    unittest.main()
