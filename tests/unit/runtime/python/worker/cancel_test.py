"""Cancellation in every state, and the model's own health check."""
import pathlib
import tempfile
import time
import unittest

from harness import WorkerTest

BLOCKING = """
    import time
    from typing import Any
    from cog import BasePredictor, CancelationException
    import coglet
    assert CancelationException is coglet.CancelationException
    class Predictor(BasePredictor):
        def predict(self, mode: str = "") -> Any:
            if mode == "quick":
                return "ok"
            try:
                print("begun")
                for _ in range(3000):
                    time.sleep(0.01)
            except CancelationException:
                if mode == "swallow":
                    return "swallowed"
                if mode == "other":
                    raise ValueError("raised during cancel")
                raise
            except Exception:
                return "an Exception"
"""


class BlockingTest(WorkerTest):
    def cancelled(self, worker, mode, presses=1):
        worker.send(id=mode, mode=mode)
        self.assertEqual(worker.slots[0].receive()["data"], "begun\n")
        for _ in range(presses):
            worker.control.send("cancel", slot=0, id=mode)
        return worker.messages()[-1]

    def test_the_exception_reaches_blocking_code(self):
        worker = self.ready(BLOCKING)
        began = time.monotonic()
        self.assertEqual(self.cancelled(worker, "plain")["type"], "canceled")
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(worker.predict(id="next", mode="quick").chunks, ["ok"])

    def test_what_the_model_makes_of_it(self):
        worker = self.ready(BLOCKING)
        self.assertEqual(self.cancelled(worker, "swallow")["type"], "done")
        self.assertEqual(self.cancelled(worker, "other")["error"],
                         "Prediction failed: Prediction failed: ValueError: raised during cancel")

    def test_repeated_cancels_strike_once(self):
        worker = self.ready(BLOCKING)
        self.assertEqual(self.cancelled(worker, "swallow", presses=5)["type"], "done")
        self.assertEqual(worker.predict(id="next", mode="quick").chunks, ["ok"])

    def test_a_cancel_before_its_prediction_waits_for_it(self):
        worker = self.ready(BLOCKING)
        worker.control.send("cancel", slot=0, id="later")
        time.sleep(0.2)
        outcome = worker.predict(id="later", mode="quick")
        self.assertEqual((outcome.kind, outcome.log), ("canceled", ""))
        self.assertEqual(worker.predict(id="later2", mode="quick").chunks, ["ok"])

    def test_a_cancel_after_its_prediction_hits_nothing(self):
        worker = self.ready(BLOCKING)
        for number in range(200):
            worker.send(id=f"p{number}", mode="quick")
            worker.control.send("cancel", slot=0, id=f"p{number}")
            self.assertIn(worker.messages()[-1]["type"], ("done", "canceled"))
        worker.control.send("cancel", slot=0, id="p199")
        time.sleep(0.1)
        self.assertEqual(worker.predict(id="p200", mode="quick").chunks, ["ok"])

    def test_between_the_chunks_of_a_generator(self):
        worker = self.ready("""
            import time
            from typing import Iterator
            def run(text: str) -> Iterator[int]:
                for number in range(3000):
                    yield number
                    time.sleep(0.01)
        """, "predict.py:run")
        worker.send(id="g", text="")
        self.assertEqual(worker.slots[0].receive()["chunk"], 0)
        worker.control.send("cancel", slot=0, id="g")
        self.assertEqual(worker.messages()[-1]["type"], "canceled")

    def test_a_system_call_that_blocks_is_ended(self):
        worker = self.ready("""
            import subprocess, threading, time
            def run(code: str) -> str:
                print("begun")
                eval(code, globals())
                return "slept"
        """, "predict.py:run")
        for code in ("time.sleep(60)", "threading.Event().wait()",
                     "subprocess.run(['sleep', '60'])"):
            with self.subTest(code):
                worker.send(id=code, code=code)
                self.assertEqual(worker.slots[0].receive()["data"], "begun\n")
                time.sleep(0.2)  # It is to hang in the call.
                began = time.monotonic()
                for _ in range(2):
                    worker.control.send("cancel", slot=0, id=code)
                    time.sleep(1.1)
                self.assertEqual(worker.messages()[-1]["type"], "canceled")
                self.assertLess(time.monotonic() - began, 20)
        self.assertEqual(worker.predict(id="next", code="1").chunks, ["slept"])

    def test_the_model_may_cancel_itself(self):
        worker = self.ready("""
            from cog import CancelationException
            def run(text: str) -> str:
                raise CancelationException(text)
        """, "predict.py:run")
        self.assertEqual(worker.predict(text="x").kind, "canceled")


ASYNC = """
    import asyncio
    from cog import BasePredictor
    class Predictor(BasePredictor):
        async def predict(self, seconds: float = 0.0, swallow: bool = False) -> str:
            try:
                print("begun")
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                await asyncio.sleep(0.05)
                if swallow:
                    return "swallowed"
                raise
            return "slept"
"""


class AsyncTest(WorkerTest):
    def test_a_cancel_hits_its_own_slot_only(self):
        worker = self.ready(ASYNC, slots=2)
        worker.send(slot=0, id="a", seconds=30)
        worker.send(slot=1, id="b", seconds=0.5)
        for slot in (0, 1):
            self.assertEqual(worker.slots[slot].receive()["data"], "begun\n")
        worker.control.send("cancel", slot=0, id="a")
        self.assertEqual(worker.messages(0)[-1]["type"], "canceled")
        self.assertEqual(worker.messages(1)[0]["chunk"], "slept")

    def test_clean_up_is_not_cancelled_again(self):
        worker = self.ready(ASYNC)
        worker.send(id="a", seconds=30, swallow=True)
        worker.slots[0].receive()
        for _ in range(3):
            worker.control.send("cancel", slot=0, id="a")
        self.assertEqual(worker.messages()[0]["chunk"], "swallowed")

    def test_a_cancel_before_its_prediction_waits_for_it(self):
        worker = self.ready(ASYNC)
        worker.control.send("cancel", slot=0, id="later")
        time.sleep(0.2)
        self.assertEqual(worker.predict(id="later").messages, [{"type": "canceled"}])
        self.assertEqual(worker.predict(id="other").chunks, ["slept"])


class HealthTest(WorkerTest):
    def verdict(self, worker, number="1"):
        worker.control.send("healthcheck", id=number)
        message = worker.control.receive()
        self.assertEqual((message["type"], message["id"]), ("health", number))
        return message.get("error")

    TEXT = """
        import time
        from cog import BasePredictor
        class Predictor(BasePredictor):
            mode = "None"
            {0}def healthcheck(self):
                return eval(self.mode, globals())
            {0}def predict(self, mode: str) -> str:
                Predictor.mode = mode
                return mode
        def fail(error):
            raise error
    """

    CASES = {"None": None, "True": None, "'x'": None,
             "False": "Healthcheck failed: user-defined healthcheck returned False",
             "fail(RuntimeError('boom'))": "Healthcheck failed: RuntimeError: boom",
             "fail(TimeoutError('t'))":
                 "Healthcheck failed: user-defined healthcheck timed out after 5.0 seconds"}

    def test_verdicts(self):
        for prefix in ("", "async "):
            worker = self.ready(self.TEXT.format(prefix))
            self.assertTrue(worker.hello["healthcheck"])
            for mode, expected in self.CASES.items():
                with self.subTest(prefix=prefix, mode=mode):
                    worker.predict(mode=mode)
                    self.assertEqual(self.verdict(worker, mode), expected)

    def test_a_check_that_is_no_function_fails(self):
        for value, problem in (("True", "TypeError: 'bool' object is not callable"),
                               ("None", None)):
            worker = self.ready(f"""
                class Predictor:
                    healthcheck = {value}
                    def predict(self) -> str:
                        return "done"
            """)
            with self.subTest(value):
                self.assertEqual(worker.hello["healthcheck"], problem is not None)
                if problem:
                    self.assertEqual(self.verdict(worker), f"Healthcheck failed: {problem}")
                self.assertEqual(worker.predict().chunks, ["done"])

    def test_what_a_check_prints_is_not_the_predictions(self):
        for prefix in ("", "async "):
            worker = self.ready(f"""
                import time{", asyncio" if prefix else ""}
                from cog import BasePredictor, current_scope
                class Predictor(BasePredictor):
                    {prefix}def healthcheck(self):
                        print("checked")
                        print("half a line", end="")
                        current_scope().record_metric("checks", 1)
                    {prefix}def predict(self) -> str:
                        print("begun")
                        {"await asyncio" if prefix else "time"}.sleep(1)
                        return "done"
            """)
            with self.subTest(prefix):
                worker.send()
                self.assertEqual(worker.slots[0].receive()["data"], "begun\n")
                worker.control.send("healthcheck", id="h")
                received = [worker.control.receive() for _ in range(3)]
                self.assertEqual(received, [
                    {"type": "log", "source": "stdout", "data": "checked\n"},
                    {"type": "log", "source": "stdout", "data": "half a line"},
                    {"type": "health", "id": "h"}])
                self.assertEqual([m["type"] for m in worker.messages()], ["output", "done"])

    def test_a_slow_check_is_given_up_and_holds_nothing_back(self):
        worker = self.ready(self.TEXT.format(""))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        begun = pathlib.Path(folder.name, "begun")
        worker.predict(mode=f"open({str(begun)!r}, 'w').close() or time.sleep(60)")
        worker.control.send("healthcheck", id="slow")
        while not begun.exists():
            time.sleep(0.01)
        self.assertEqual(worker.predict(mode="True").chunks, ["True"])
        self.assertTrue(worker.control.silent(), "the prediction came after the check's verdict")
        self.assertEqual(worker.control.receive()["error"], self.CASES["fail(TimeoutError('t'))"])

    def test_a_slow_asynchronous_check_is_cancelled_and_holds_nothing_back(self):
        workers = [self.ready(f"""
            import asyncio
            from cog import BasePredictor
            class Predictor(BasePredictor):
                check_s = 60
                async def healthcheck(self):
                    check_s = self.check_s
                    print("begun")
                    try:
                        await asyncio.sleep(check_s)
                    except asyncio.CancelledError:
                        print("cancelled")
                        raise
                {prefix}def predict(self, check_s: float) -> str:
                    Predictor.check_s = check_s
                    return "done"
        """) for prefix in ("", "async ")]
        for worker in workers:
            worker.control.send("healthcheck", id="slow")
            self.assertEqual(worker.control.receive()["data"], "begun\n")
            self.assertEqual(worker.predict(check_s=0.5).chunks, ["done"])
            self.assertTrue(worker.control.silent(), "the prediction came after the check's end")
        for worker in workers:
            ended = [worker.control.receive() for _ in range(2)]  # In any order.
            self.assertEqual({m.get("data") or m.get("error") for m in ended},
                             {"cancelled\n", self.CASES["fail(TimeoutError('t'))"]})
            worker.control.send("healthcheck", id="within the limit")
            self.assertEqual(worker.control.receive()["data"], "begun\n")
            self.assertEqual(worker.control.receive(), {"type": "health", "id": "within the limit"})


if __name__ == "__main__":
    unittest.main()
