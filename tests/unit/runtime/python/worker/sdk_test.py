"""The stand-in `coglet`: metrics with their texts, the no-op scope, how a server starts."""
import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

from harness import PACKAGES, environment

sys.path.insert(0, os.path.abspath(PACKAGES))

import coglet  # noqa: E402
from coglet._sdk import Scope, current_scope, route  # noqa: E402


class MetricsTest(unittest.TestCase):
    def setUp(self):
        self.sent = []
        self.scope = Scope(lambda *metric: self.sent.append(metric), {"a": "b"})

    def refused(self, kind, text, *arguments):
        with self.assertRaises(kind) as caught:
            self.scope.record_metric(*arguments)
        self.assertEqual(str(caught.exception), text)
        self.assertEqual(self.sent, [])

    def test_names(self):
        segment = "metric name segment '{}' {}".format
        for name, text in {
            "predict_time": "'predict_time' is reserved by the runtime",
            "cog.x": "the 'cog.' prefix is reserved for system metrics",
            "": "metric name must not be empty",
            "a" * 129: "metric name must be 128 characters or fewer (got 129 characters)",
            "a.b.c.d.e": "metric name must have at most 4 dot-separated segments (got 5)",
            ".a": "metric name must not start with a dot",
            "a.": "metric name must not end with a dot",
            "a..b": "metric name must not contain empty segments (consecutive dots)",
            "1a": segment("1a", "must start with a letter"),
            "é": segment("é", "must start with a letter"),
            "a__b": segment("a__b", "must not contain consecutive underscores"),
            "a-b": segment("a-b", "contains invalid character '-'"),
            "x.a_": segment("a_", "must end with a letter or digit"),
        }.items():
            with self.subTest(name):
                self.refused(ValueError, text, name, 1)
        for name in ("A", "a_b.c1", "a" * 128, "a.b.c.d"):
            self.scope.record_metric(name, 1)
        self.assertEqual(len(self.sent), 4)

    def test_what_is_deleted_must_be_a_name_but_may_be_reserved(self):
        metrics = self.scope.metrics
        for name, text in {
            "": "metric name must not be empty",
            "a..b": "metric name must not contain empty segments (consecutive dots)",
            "a b": "metric name segment 'a b' contains invalid character ' '",
            "x" * 200: "metric name must be 128 characters or fewer (got 200 characters)",
        }.items():
            for delete in (metrics.delete, metrics.__delitem__,
                           lambda key: metrics.__setitem__(key, None)):
                with self.subTest(name), self.assertRaises(ValueError) as caught:
                    delete(name)
                self.assertEqual(str(caught.exception), text)
        self.assertEqual(self.sent, [])
        metrics.delete("cog.x")
        metrics["predict_time"] = None
        self.assertEqual(self.sent, [("cog.x", None, "replace"), ("predict_time", None, "replace")])

    def test_values_and_modes(self):
        unsupported = ("Unsupported metric value type: {}."
                       " Expected bool, int, float, str, list, or dict.").format
        self.refused(TypeError, unsupported("NoneType"), "k", None)
        self.refused(TypeError, unsupported("object"), "k", object())
        self.refused(TypeError, unsupported("tuple"), "k", (1,))
        self.refused(TypeError, "Invalid metric mode: 'x'. Expected 'replace', 'incr', or 'append'.",
                     "", 1, "x")
        self.refused(TypeError, "Increment mode requires int or float, got bool", "k", True, "incr")
        self.refused(TypeError, "Cannot convert object to JSON metric value", "k", {"a": object()})
        self.refused(TypeError, "'int' object cannot be cast as 'str'", "k", {1: 2})
        self.refused(TypeError, "argument 'key': 'int' object cannot be cast as 'str'", 5, 1)
        self.refused(ValueError, "the 'cog.' prefix is reserved for system metrics", "cog.x", None)

    def test_what_is_sent(self):
        record = self.scope.record_metric
        record("r", 0.5)
        record("i", 1, "incr")
        record("i", 2, mode="increment")
        record("l", "x", "append")
        record("n", float("nan"))
        record("d", {"n": float("inf"), "w": 2**70, "b": True})
        self.scope.metrics["s"] = "text"
        del self.scope.metrics["s"]
        self.scope.metrics["never"] = None
        self.assertEqual(self.sent, [
            ("r", 0.5, "replace"), ("i", 1, "increment"), ("i", 2, "increment"),
            ("l", "x", "append"), ("n", None, "replace"),
            ("d", {"n": None, "w": float(2**70), "b": True}, "replace"),
            ("s", "text", "replace"), ("s", None, "replace"), ("never", None, "replace")])

    def test_a_metric_keeps_its_type_until_it_is_deleted(self):
        self.scope.record_metric("k", 1)
        with self.assertRaisesRegex(
                TypeError, "^Metric 'k' has type int, cannot set to str without deleting first$"):
            self.scope.record_metric("k", "s")
        self.scope.metrics.delete("k")
        self.scope.record_metric("k", "s")
        self.assertEqual(self.sent[-1], ("k", "s", "replace"))

    def test_outside_of_a_prediction_nothing_is_recorded(self):
        self.assertIsNone(route.current())
        scope = current_scope()
        scope.record_metric("not a name", object())
        scope.metrics["k"] = 1
        self.assertEqual((repr(scope), scope.context), ("Scope(MetricRecorder(inactive))", {}))

    def test_representations(self):
        self.scope.record_metric("k", 1)
        self.assertEqual(repr(self.scope), "Scope(MetricRecorder(keys=1))")
        self.assertEqual(self.scope.context, {"a": "b"})


SHOW = """#!/bin/sh
printf '%s\\n' "$@" "PYTHONPATH=$PYTHONPATH"
"""


class ServeTest(unittest.TestCase):
    """`python -m cog.server.http`, with a program in the server's place that shows what it gets."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.server = os.path.join(self.folder.name, "cogpp-server")
        with open(self.server, "w") as file:
            file.write(SHOW)
        os.chmod(self.server, os.stat(self.server).st_mode | stat.S_IXUSR)

    def start(self, *arguments, **env):
        return subprocess.run(
            [sys.executable, "-m", "cog.server.http", *arguments], cwd=self.folder.name, text=True,
            capture_output=True, timeout=60,
            env=environment(**{"COGPP_SERVER": self.server, "PORT": "5077", **env}))

    def test_it_becomes_the_server(self):
        shown = self.start("--host", "127.0.0.1", COG_PREDICT_TYPE_STUB="predict.py:Predictor",
                           COG_TRAIN_TYPE_STUB="train.py:train").stdout.splitlines()
        folder = os.path.realpath(self.folder.name)
        self.assertEqual(shown[:-1], [
            "--host", "127.0.0.1", "--port", "5077", "--schema-file", ".cog/openapi_schema.json",
            "--", sys.executable, "-m", "cogpp_worker",
            "--project", folder, "--predictor", "predict.py:Predictor", "--train",
            "train.py:train"])
        self.assertTrue(shown[-1].startswith("PYTHONPATH=" + os.path.abspath(PACKAGES)))

    def test_its_flags(self):
        shown = self.start("--await-explicit-shutdown", "1", "--upload-url", "http://u/",
                           "--x-mode", "train", "--threads", "3",
                           COG_TRAIN_TYPE_STUB="train.py:train").stdout.splitlines()
        self.assertEqual(shown[:12], [
            "--host", "0.0.0.0", "--port", "5077", "--schema-file", ".cog/openapi_schema.json",
            "--await-explicit-shutdown", "true", "--x-mode",
            "train", "--upload-url", "http://u/"])
        self.assertEqual(shown[shown.index("--project") + 2:-1], ["--train", "train.py:train"])

    def test_what_it_refuses(self):
        stub = {"COG_PREDICT_TYPE_STUB": "predict.py:Predictor"}
        for arguments, env, text in (
            (["--host", "localhost"], stub, "RuntimeError: invalid socket address syntax"),
            ([], {**stub, "PORT": "70000"},
             "OverflowError: out of range integral type conversion attempted"),
            ([], {**stub, "COGPP_SERVER": "/nonexistent"}, "COGPP_SERVER names '/nonexistent'"),
            ([], {}, "ERROR: COG_PREDICT_TYPE_STUB environment variable is not set."),
        ):
            with self.subTest(text):
                ended = self.start(*arguments, **env)
                self.assertEqual(ended.returncode, 1)
                self.assertIn(text, ended.stderr)

    def test_the_entry_of_older_releases_names_the_release(self):
        with self.assertRaisesRegex(RuntimeError, r"that of cog 0\.16, not of 0\.22\.0"):
            coglet.serve(predictor_ref="predict.py:Predictor")

    def test_the_version(self):
        self.assertEqual(self.start("--version").stdout, f"coglet (Rust) {coglet.__version__}\n")

    def test_without_a_server_the_error_names_the_remedy(self):
        ended = self.start(COG_PREDICT_TYPE_STUB="p.py:P", COGPP_SERVER="", PATH="/nowhere")
        self.assertIn("cogpp-server was not found: set COGPP_SERVER to its path", ended.stderr)


@unittest.skipUnless(os.environ.get("COGPP_TEST_SERVER"), "cogpp-server was not built")
class WholeTest(unittest.TestCase):
    """`python -m cog.server.http` with the real server: prediction, metric, context, cancel."""

    TEXT = """
import time
from cog import BasePredictor, current_scope
class Predictor(BasePredictor):
    def predict(self, seconds: float = 0.0) -> str:
        self.record_metric("n", 2)
        time.sleep(0)
        for _ in range(int(seconds * 100)):
            time.sleep(0.01)
        return current_scope().context.get("who", "nobody")
"""

    #: A class of another package: its type cannot be read from the source.
    UNREADABLE = """
from argparse import Namespace
from cog import BasePredictor, Path
class Predictor(BasePredictor):
    def predict(self, file: Path, n: int = 1) -> Namespace:
        return file.read_text() * n
"""

    def start(self, text, document):
        """The server of a project; its requests are made by self.request()."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "predict.py"), "w") as file:
            file.write(text)
        if document is not None:
            os.mkdir(os.path.join(folder.name, ".cog"))
            with open(os.path.join(folder.name, ".cog", "openapi_schema.json"), "w") as file:
                json.dump(document, file)
        self.port = _free_port()
        log = open(os.path.join(folder.name, "log"), "w+")
        self.addCleanup(log.close)
        self.server = subprocess.Popen(
            [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"], cwd=folder.name,
            stdout=log, stderr=log, env=environment(
                COGPP_SERVER=os.environ["COGPP_TEST_SERVER"], PORT=str(self.port),
                COG_PREDICT_TYPE_STUB="predict.py:Predictor"))
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        deadline = time.monotonic() + 60
        while True:
            try:
                health = self.request("/health-check")
                if health["status"] != "STARTING":
                    return health
            except OSError:
                pass
            if time.monotonic() > deadline or self.server.poll() is not None:
                log.seek(0)
                self.fail("the server is not ready: " + log.read())
            time.sleep(0.05)

    def request(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        made = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data,
                                      {"Content-Type": "application/json"})
        with urllib.request.urlopen(made, timeout=20) as answer:
            return json.load(answer)

    def test_predictions(self):
        health = self.start(self.TEXT, {"components": {"schemas": {"Input": {
            "properties": {"seconds": {"type": "number", "maximum": 60}}}}}})
        self.assertEqual(health["status"], "READY")
        answer = self.request("/predictions", {"input": {}, "context": {"who": "me"}})
        self.assertEqual((answer["output"], answer["metrics"]["n"]), ("me", 2))
        with self.assertRaisesRegex(urllib.error.HTTPError, "422"):
            self.request("/predictions", {"input": {"seconds": 61}})
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(
            self.request("/predictions", {"id": "c", "input": {"seconds": 30}})))
        waiting.start()
        while self.request("/health-check")["status"] != "BUSY":
            time.sleep(0.02)
        self.request("/predictions/c/cancel", {})
        waiting.join(20)
        self.assertEqual(answers[0]["status"], "canceled")
        self.request("/shutdown", {})
        self.assertEqual(self.server.wait(20), 0)

    def test_a_document_in_place_of_types_that_cannot_be_read(self):
        reference = "#/components/schemas/"
        health = self.start(self.UNREADABLE, {
            "components": {"schemas": {
                "Input": {"type": "object", "required": ["file"], "properties": {
                    "file": {"type": "string", "format": "uri", "x-order": 0},
                    "n": {"type": "integer", "maximum": 3, "x-order": 1}}},
                "Output": {"type": "string"},
                "PredictionResponse": {"properties": {"output": {"$ref": reference + "Output"}}}}},
            "paths": {"/predictions": {"post": {"responses": {"200": {"content": {
                "application/json": {"schema": {"$ref": reference + "PredictionResponse"}}}}}}}}})
        self.assertEqual(health["status"], "READY", health)
        answer = self.request("/predictions", {"input": {"file": "data:,a", "n": 2}})
        self.assertEqual(answer["output"], "aa")
        with self.assertRaisesRegex(urllib.error.HTTPError, "422"):
            self.request("/predictions", {"input": {"file": "data:,a", "n": 4}})

    def test_a_document_does_not_say_which_inputs_are_files(self):
        self.start(self.UNREADABLE, {"components": {"schemas": {"Input": {"type": "object", "properties": {
            "file": {"type": "string"}, "n": {"type": "integer"}}}}},
            "paths": {"/predictions": {"post": {}}}})
        answer = self.request("/predictions", {"input": {"file": "data:,a", "n": 2}})
        self.assertEqual(answer.get("output"), "aa", answer)

    def test_types_that_cannot_be_read_and_no_document(self):
        health = self.start(self.UNREADABLE, None)
        self.assertEqual(health["status"], "READY", health)
        answer = self.request("/predictions", {"input": {"file": "data:,a", "n": 2}})
        self.assertEqual(answer.get("output"), "aa", answer)
        self.assertEqual(self.request("/predictions", {"input": {"x": 1}})["status"], "failed")

    def test_files_that_cannot_be_described_come_in_each_shape(self):
        self.start("""
from typing import List, Union
import cog
class Predictor(cog.BasePredictor):
    def predict(self, a: Union[cog.Path, List[cog.Path]], b: List[cog.Path], c: cog.Path) -> str:
        return " ".join(type(x[0] if isinstance(x, list) else x).__name__ for x in (a, b, c))
""", None)
        one, several = "data:,a", ["data:,a"]
        for given in ({"a": one, "b": several, "c": one}, {"a": several, "b": one, "c": several}):
            with self.subTest(given):
                answer = self.request("/predictions", {"input": given})
                self.assertNotIn("str", answer["output"].split(), answer)


def _free_port():
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


if __name__ == "__main__":
    unittest.main()
