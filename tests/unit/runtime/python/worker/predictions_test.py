"""What predictions answer: kinds of functions, outputs, inputs, errors, logs, metrics."""
import os
import unittest

from harness import Outcome, WorkerTest

CASES = """
    import collections, contextlib, dataclasses, datetime, enum, io, os, pathlib, sys, threading
    from typing import Any, Iterator, List, Optional, Union
    import numpy, pydantic
    from cog import BaseModel, BasePredictor, File, Input, Path, Secret, current_scope
    class Letter(enum.Enum):
        A = "a-value"
        LIST = [1, 2]
        DICT = {"a": 1}
    class Kept(enum.Enum):
        FILE = pathlib.Path("kept.txt")
        FILES = {"f": [FILE]}
        OPEN = io.BytesIO(b"x")
    @dataclasses.dataclass
    class Data:
        y: int
        files: Any
    class Model(BaseModel):
        b: int
        a: Optional[str] = None
    class Pydantic(pydantic.BaseModel):
        n: int
        inner: Optional["Pydantic"] = None
    class Weird(Exception):
        def __str__(self):
            raise RuntimeError("no text")
    def made(name, text="t"):
        with open(name, "w") as file:
            file.write(text)
        return pathlib.Path(name)
    def circle():
        d = {}
        d["d"] = d
        return d
    class Tee(list):
        def write(self, text):
            return [stream.write(text) for stream in self]
    def printed_to(stream):
        with contextlib.redirect_stdout(stream):
            print("inside")
        print("after")
        return stream
    def generate(*items):
        for item in items:
            if isinstance(item, BaseException):
                raise item
            yield item
    class Predictor(BasePredictor):
        def predict(self, code: str = "None") -> Any:
            return eval(code, globals())
"""


class ValuesTest(WorkerTest):

    def setUp(self):
        self.one = self.ready(CASES)

    def outcomes(self, cases):
        for code, expected in cases.items():
            with self.subTest(code):
                outcome = self.one.predict(code=code)
                self.assertEqual(outcome.chunks if outcome.kind == "done" else outcome.error,
                                 expected)

    def test_conversions(self):
        self.outcomes({
            "None": [], "1.0": [1.0], "'é'": ["é"], "Letter.A": ["a-value"],
            "Letter.LIST": [[1, 2]], "Letter.DICT": [{"a": 1}], "[Letter.LIST]": [[1, 2]],
            "datetime.datetime(2020, 1, 2)": ["2020-01-02T00:00:00"],
            "Model(b=2)": [{"b": 2, "a": None}], "Data(1, {2})": [{"y": 1, "files": [2]}],
            "Pydantic(n=1, inner=Pydantic(n=2))": [{"n": 1, "inner": {"n": 2, "inner": None}}],
            "numpy.float32(0.5)": [0.5], "numpy.arange(4).reshape(2, 2)": [[[0, 1], [2, 3]]],
            "{'i': numpy.int64(3)}": [{"i": 3}], "{1}": [[1]], "frozenset([2])": [[2]],
            "{2: 'a', None: 2, True: 3}": [{"2": "a", "null": 2, "true": 3}],
            "{'g': (x for x in [1, 2])}": [{"g": [1, 2]}], "2**64": [2**64],
            "collections.OrderedDict(z=Letter.A)": [{"z": "a-value"}],
        })

    def test_elements_of_lists_tuples_and_generators_are_chunks(self):
        for code in ("[1, 'b']", "(1, 'b')", "generate(1, 'b')"):
            with self.subTest(code):
                outcome = self.one.predict(code=code)
                self.assertEqual((outcome.chunks, outcome.stream), ([1, "b"], True))
        self.assertTrue(self.one.predict(code="[]").stream)
        self.assertFalse(self.one.predict(code="{1}").stream)

    def test_what_json_cannot_say(self):
        parse = "Prediction failed: Failed to parse output JSON: "
        serialize = "Prediction failed: Failed to serialize output: "
        item = "Prediction failed: Failed to serialize output item: "
        self.outcomes({
            "float('nan')": parse + "expected value at line 1 column 1",
            "{'a': [1, float('nan')], 'b': 'NaN'}": parse + "expected value at line 1 column 11",
            "{'a': float('-inf')}": parse + "invalid number at line 1 column 8",
            "'\\ud800'": parse + "unexpected end of hex escape at line 1 column 8",
            "{'k': 'ab\\udc00c'}":
                parse + "lone leading surrogate in hex escape at line 1 column 15",
            "'\\ud800\\ud801'": parse + "lone leading surrogate in hex escape at line 1 column 13",
            "'\\U0001F600'": ["\U0001F600"],
            "10**400": parse + "number out of range at line 1 column 401",
            "circle()": parse + "recursion limit exceeded at line 1 column 128",
            "object()": serialize + "TypeError: Object of type object is not JSON serializable",
            "b'x'": serialize + "TypeError: Object of type bytes is not JSON serializable",
            "range(3)": serialize + "TypeError: Object of type range is not JSON serializable",
            "{(1, 2): 3}": serialize + "TypeError: keys must be str, int, float, bool or None, "
                                       "not tuple",
            "[1, object()]": item + "TypeError: Object of type object is not JSON serializable",
            "io.StringIO('x')": "Prediction failed: Failed to read IOBase: TypeError: "
                                "Can't extract `str` to `Vec`",
            "{'f': pathlib.Path('nope.png')}":
                "Prediction failed: Failed to process output: FileNotFoundError: [Errno 2] "
                "No such file or directory: 'nope.png'",
        })

    def test_errors_name_the_exception(self):
        failed = "Prediction failed: Prediction failed: "
        self.outcomes({
            "sys.exit(1)": failed + "SystemExit: 1", "sys.exit()": failed + "SystemExit: ",
            "int('x')": failed + "ValueError: invalid literal for int() with base 10: 'x'",
            "generate(KeyboardInterrupt()).send(None)": failed + "KeyboardInterrupt: ",
            "generate(Weird()).send(None)": failed + "Weird: <exception str() failed>",
            "generate(1, ValueError('mid'))":
                "Prediction failed: Generator iteration error: ValueError: mid",
            "1": [1],
        })
        self.assertEqual(self.one.predict(nope=1).error,
                         failed + "TypeError: Predictor.predict() got an unexpected keyword "
                                  "argument 'nope'")

    def test_files_leave_by_path_at_the_top_and_inline_below(self):
        outcome = self.one.predict(code="[made('a.txt'), 'text', made('b.png')]")
        self.assertEqual([m["type"] for m in outcome.messages], ["file", "output", "file", "done"])
        self.assertEqual(outcome.files, [os.path.realpath(os.path.join(self.one.project, name))
                                         for name in ("a.txt", "b.png")])
        outcome = self.one.predict(code="{'f': made('n.wav'), 's': io.StringIO('xx')}")
        self.assertEqual(outcome.chunks, [{"f": "data:audio/x-wav;base64,dA==",
                                           "s": "data:application/octet-stream;base64,eHg="}])

    def test_files_of_an_enumeration_are_inline(self):
        self.one.predict(code="made('kept.txt')")
        url = "data:text/plain;base64,dA=="
        self.outcomes({
            "Kept.FILE": [url], "[Kept.FILE]": [url], "{'k': Kept.FILE}": [{"k": url}],
            "Kept.FILES": [{"f": [url]}],
            "Kept.OPEN": ["data:application/octet-stream;base64,eA=="],
        })

    def test_an_open_file_becomes_a_file_of_the_predictions_directory(self):
        for code, ending in (("io.BytesIO(b'bytes')", ".bin"), ("open(made('o.csv', 'bytes'), 'rb')", ".csv")):
            with self.subTest(code):
                path = self.one.predict(code=code).files[0]
                self.assertEqual(os.path.dirname(path), self.one.directory)
                self.assertTrue(path.endswith(ending), path)
                with open(path, "rb") as file:
                    self.assertEqual(file.read(), b"bytes")

    def test_logs_belong_to_the_prediction_line_by_line(self):
        outcome = self.one.predict(code="print('one') or sys.stderr.write('e\\n') and print('two', end='')")
        self.assertEqual(outcome.log, "one\ne\ntwo")
        self.assertEqual([m.get("source") for m in outcome.messages], ["stdout", "stderr", "stdout", None])
        self.assertEqual(self.one.predict(code="print('next')").log, "next\n")
        self.assertEqual(self.one.predict(code="sys.stdout.buffer.write(b'raw\\n')").log, "raw\n")
        self.assertEqual(self.one.predict(code="sys.stdout.close() or print('still')").log, "still\n")
        self.assertEqual(self.one.predict(code="__import__('warnings').warn('careful')").log.split(": ", 1)[1],
                         "UserWarning: careful\n")

    def test_a_character_may_be_written_in_pieces(self):
        for code, log in (
                ("[write(b'1 \\xe2\\x82'), write(b'\\xac\\n')]", "1 €\n"),
                ("[write(bytes([byte])) for byte in '€ 🐟\\n'.encode()]", "€ 🐟\n"),
                ("[write(b'\\xe2'), sys.stdout.flush(), write(b'\\x82\\xac')]", "€"),
                ("[write(b'\\xe2'), print('text')]", "\ufffdtext\n"),
                ("[write(b'a\\xff b')]", "a\ufffd b"),
                ("[write(b'')]", "")):
            with self.subTest(code):
                outcome = self.one.predict(code=f"[write := sys.stdout.buffer.write] + {code} and 'ok'")
                self.assertEqual((outcome.log, outcome.chunks), (log, ["ok"]))
        self.assertEqual([m["type"] for m in outcome.messages], ["output", "done"])
        outcome = self.one.predict(code="[sys.stdout.buffer.write(b'\\xe2'), sys.stderr.buffer.write(b'\\xac')]")
        self.assertEqual(outcome.log, "\ufffd\ufffd")

    def test_half_a_character_stays_with_its_prediction(self):
        self.assertEqual(self.one.predict(code="sys.stdout.buffer.write(b'\\xe2\\x82')").log, "\ufffd")
        self.assertEqual(self.one.predict(code="sys.stdout.buffer.write(b'\\xac\\n')").log, "\ufffd\n")

    def test_a_stream_in_place_of_stdout_gets_its_text_alone_as_in_cog(self):
        for code, log, output in (
                ("printed_to(io.StringIO()).getvalue()", "after\n", "inside\n"),
                ("printed_to(sys.stderr) and 'ok'", "inside\nafter\n", "ok"),
                ("printed_to(Tee([sys.stdout, io.StringIO()]))[1].getvalue()", "inside\nafter\n", "inside\n")):
            with self.subTest(code):
                outcome = self.one.predict(code=code)
                self.assertEqual((outcome.log, outcome.chunks), (log, [output]))

    def test_threads_of_the_model_belong_to_the_only_prediction(self):
        code = ("[t := threading.Thread(target=lambda: (print('from thread'),"
                " current_scope().record_metric('k', 1))), t.start(), t.join()][1:] and 'ok'")
        outcome = self.one.predict(code=code)
        self.assertEqual((outcome.log, outcome.metrics), ("from thread\n", [("k", 1, "replace")]))

    def test_a_forked_child_does_not_speak_for_the_worker(self):
        outcome = self.one.predict(
            code="[p := os.fork()] and (os.waitpid(p, 0) if p else (print('child'), os._exit(0))) and 'ok'")
        self.assertEqual((outcome.log, outcome.chunks), ("", ["ok"]))

    def test_metrics_and_context_go_through_the_stand_in(self):
        outcome = self.one.predict(context={"a": "b"}, code=(
            "[current_scope().record_metric('n', 1, mode='incr'), current_scope().metrics.delete('n')]"
            " and repr((current_scope().context, type(current_scope()).__module__))"))
        self.assertEqual(outcome.metrics, [("n", 1, "increment"), ("n", None, "replace")])
        self.assertEqual(outcome.chunks, ["({'a': 'b'}, 'coglet._sdk')"])


class InputsTest(WorkerTest):
    TEXT = """
        from typing import List, Optional
        from cog import BasePredictor, File, Input, Path, Secret
        class Predictor(BasePredictor):
            def predict(self, p: Path = None, q: Optional[Path] = None, ps: List[Path] = [],
                        ops: "list[Path] | None" = None, f: Optional[File] = None,
                        s: Secret = None, ss: List[Secret] = [], t: str = "") -> str:
                name = lambda v: type(v).__name__
                return repr([name(p), name(q), [name(x) for x in ps], [name(x) for x in ops or []],
                             f and f.read(), str(s), s and s.get_secret_value(),
                             [name(x) for x in ss], name(t)])
    """

    def test_what_lies_in_the_directory_is_a_file(self):
        worker = self.ready(self.TEXT)
        path = os.path.join(worker.directory, "in.txt")
        with open(path, "w") as file:
            file.write("content")
        outcome = worker.predict(p=path, q=path, ps=[path, "/etc/hostname"], ops=[path], f=path,
                                 s="hush", ss=["a"], t=path)
        self.assertEqual(outcome.chunks, [repr([
            "Path", "Path", ["Path", "str"], ["Path"], b"content", "**********", "hush", ["str"],
            "str"])])

    def test_other_strings_stay_strings(self):
        worker = self.ready(self.TEXT)
        self.assertEqual(worker.predict(p="/etc/passwd", q=None).chunks, [repr([
            "str", "NoneType", [], [], None, "None", None, [], "str"])])

    def test_a_file_that_is_gone_is_an_input_error(self):
        worker = self.ready(self.TEXT)
        error = worker.predict(f=os.path.join(worker.directory, "gone")).error
        self.assertTrue(error.startswith("Input validation error: [Errno 2] No such file"), error)

    def test_a_long_frame_arrives_whole(self):
        worker = self.ready("def run(text: str) -> str:\n    return text\n", "predict.py:run")
        for size in (300_000, 5_000_000):
            self.assertEqual(worker.predict(text="é" * size).chunks, ["é" * size])


class AsyncTest(WorkerTest):
    TEXT = """
        import asyncio, contextvars, sys
        from typing import Any
        from cog import BasePredictor, current_scope
        class Predictor(BasePredictor):
            async def setup(self):
                self.loop = asyncio.get_running_loop()
                self.gates = {}
            async def predict(self, say: str = "", code: str = "None", wait: str = "", open: str = "") -> Any:
                print("begin", say)
                self.record_metric("said", say)
                if wait:
                    await self.gates.setdefault(wait, asyncio.Event()).wait()
                if open:
                    self.gates.setdefault(open, asyncio.Event()).set()
                print("end", say)
                assert asyncio.get_running_loop() is self.loop
                return eval(code, globals())
    """

    def test_slots_run_side_by_side_on_one_loop_and_keep_their_logs(self):
        worker = self.ready(self.TEXT, slots=3)
        worker.send(slot=0, id="a", say="a", wait="g")
        worker.send(slot=1, id="b", say="b", wait="g")
        self.assertEqual(worker.slots[0].receive()["data"], "begin a\n")
        self.assertEqual(worker.slots[1].receive()["data"], "begin b\n")
        opener = worker.predict(slot=2, id="c", say="c", open="g", code="'opened'")
        self.assertEqual((opener.log, opener.chunks), ("begin c\nend c\n", ["opened"]))
        for slot, name in ((0, "a"), (1, "b")):
            rest = [m for m in worker.messages(slot)]
            self.assertEqual([m.get("data") for m in rest if m["type"] == "log"], [f"end {name}\n"])
            self.assertEqual([m["value"] for m in rest if m["type"] == "metric"], [name])

    def test_pieces_of_a_character_do_not_cross_slots(self):
        worker = self.ready("""
            import asyncio, sys
            gates = {"€": asyncio.Event(), "🐟": asyncio.Event()}
            async def run(text: str, other: str) -> str:
                sys.stdout.buffer.write(text.encode()[:2])
                gates[text].set()
                await gates[other].wait()
                sys.stdout.buffer.write(text.encode()[2:])
                return text
        """, "predict.py:run", slots=2)
        worker.send(slot=0, text="€", other="🐟")
        self.assertEqual(worker.predict(slot=1, text="🐟", other="€").log, "🐟")
        self.assertEqual(Outcome(worker.messages(0)).log, "€")

    def test_errors_and_results(self):
        worker = self.ready(self.TEXT)
        failed = "Prediction failed: Async prediction failed: "
        for code, expected in (("int('x')", failed + "ValueError: invalid literal for int() with "
                                                     "base 10: 'x'"),
                               ("sys.exit(3)", failed + "SystemExit: 3"),
                               ("(x for x in [1, 2])", [1, 2]), ("{1: 2}", [{"1": 2}])):
            with self.subTest(code):
                outcome = worker.predict(code=code)
                self.assertEqual(outcome.error or outcome.chunks, expected)
        self.assertEqual(worker.predict(nope=1).error,
                         "Prediction failed: Failed to call predict: TypeError: "
                         "Predictor.predict() got an unexpected keyword argument 'nope'")

    def test_the_text_of_an_error_cancels_nothing(self):
        worker = self.ready("async def run(text: str) -> str:\n    raise RuntimeError(text)\n",
                            "predict.py:run")
        self.assertEqual(worker.predict(text="cancelled by peer").error,
                         "Prediction failed: Async prediction failed: RuntimeError: cancelled by peer")

    def test_an_asynchronous_generator_streams_as_it_yields(self):
        worker = self.ready("""
            import asyncio
            from cog import BasePredictor, AsyncConcatenateIterator
            gate = asyncio.Event()
            class Predictor(BasePredictor):
                async def predict(self, open: bool = False) -> AsyncConcatenateIterator[str]:
                    if open:
                        gate.set()
                    yield "first"
                    await gate.wait()
                    yield "second"
        """, slots=2)
        worker.send(slot=0, id="a")
        self.assertEqual(worker.slots[0].receive()["chunk"], "first")
        self.assertEqual(worker.predict(slot=1, open=True).chunks, ["first", "second"])
        rest = worker.messages(0)
        self.assertEqual([rest[0]["chunk"], rest[1]["stream"]], ["second", True])

    def test_a_task_that_exits_does_not_end_the_worker(self):
        worker = self.ready("""
            import asyncio, sys
            async def leave():
                sys.exit(4)
            async def run(text: str) -> str:
                asyncio.get_running_loop().create_task(leave())
                await asyncio.sleep(0.05)
                return text
        """, "predict.py:run")
        self.assertEqual(worker.predict(text="a").chunks, ["a"])
        self.assertEqual(worker.predict(text="b").chunks, ["b"])


class StreamTest(WorkerTest):
    def test_a_generator_streams_as_it_yields(self):
        worker = self.ready("""
            import os, time
            from typing import Iterator
            def run(gate: str) -> Iterator[str]:
                yield "first"
                while not os.path.exists(gate):
                    time.sleep(0.01)
                yield "second"
        """, "predict.py:run")
        gate = os.path.join(worker.directory, "gate")
        worker.send(gate=gate)
        self.assertEqual(worker.slots[0].receive()["chunk"], "first")
        open(gate, "w").close()
        self.assertEqual(worker.messages()[0]["chunk"], "second")


if __name__ == "__main__":
    unittest.main()
