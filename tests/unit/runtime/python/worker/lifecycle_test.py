"""From the start of a worker to its end: loading, hello, set-up, slots, shutdown."""
import os
import signal
import sys
import unittest

from harness import WorkerTest

ECHO = """
    from cog import BasePredictor, Input
    class Predictor(BasePredictor):
        def predict(self, text: str = Input(default="d"), n: int = 1) -> str:
            return text * n
"""


class StartTest(WorkerTest):
    def test_hello_describes_the_predictor(self):
        worker = self.ready(ECHO)
        hello = worker.hello
        self.assertEqual((hello["protocol"], hello["slots"]), (2, 1))
        self.assertEqual([i["name"] for i in hello["signature"]["inputs"]], ["text", "n"])
        self.assertEqual(hello["python_sdk"], "0.22.0")
        self.assertEqual(hello["python"], "%d.%d.%d" % sys.version_info[:3])
        self.assertFalse(hello["healthcheck"])
        self.assertNotIn("training", hello)

    def test_absent_inputs_take_the_defaults_of_input(self):
        worker = self.ready(ECHO)
        self.assertEqual(worker.predict().chunks, ["d"])
        self.assertEqual(worker.predict(text="ab", n=2).chunks, ["abab"])

    def test_an_input_without_default_is_none(self):
        worker = self.ready("""
            from cog import BasePredictor, Input
            class Predictor(BasePredictor):
                def predict(self, text: str = Input(description="x"), *, k: int = Input(default=3)
                            ) -> str:
                    return repr((text, k))
        """.replace("*, ", ""))
        self.assertEqual(worker.predict().chunks, ["(None, 3)"])

    def test_a_function_is_a_predictor_without_cog(self):
        worker = self.ready("""
            import sys
            def run(text: str) -> str:
                return "func " + text
        """, "predict.py:run")
        self.assertEqual(worker.predict(text="w").chunks, ["func w"])

    def test_the_project_is_the_working_directory_and_on_the_path(self):
        worker = self.worker({"predict.py": """
            import os, helper, sys
            def run(text: str) -> str:
                return repr((os.getcwd(), helper.VALUE, len(sys.argv), sys.modules["predict"].run is run))
        """, "helper.py": "VALUE = 7\n"}, "predict.py:run")
        self.assertEqual(worker.start()["type"], "ready", worker.setup_log)
        self.assertEqual(worker.predict(text="").chunks,
                         [repr((os.path.realpath(worker.project), 7, 1, True))])

    def test_a_reference_without_a_name_takes_runner_then_predictor(self):
        self.assertEqual(self.ready(ECHO, "predict.py").predict(text="a").chunks, ["a"])
        both = ECHO + """
    class Runner:
        def run(self) -> str:
            return "runner"
"""
        self.assertEqual(self.ready(both, "predict.py").predict().chunks, ["runner"])

    def test_setup_gets_the_weights_that_its_signature_asks_for(self):
        text = """
            from cog import BasePredictor
            class Predictor(BasePredictor):
                def setup(self, weights=None):
                    self.weights = weights
                def predict(self) -> str:
                    return str(self.weights)
        """
        self.assertEqual(self.ready(text, options=["--weights", "w.bin"]).predict().chunks, ["w.bin"])
        self.assertEqual(self.ready(text).predict().chunks, ["None"])
        self.assertEqual(self.ready(text, COG_WEIGHTS="e").predict().chunks, ["e"])

    def test_prints_of_setup_are_its_log(self):
        worker = self.ready("""
            import sys
            from cog import BasePredictor
            print("on import")
            class Predictor(BasePredictor):
                async def setup(self):
                    print("in setup", end="")
                    sys.stdout.buffer.write(b"\\xe2\\x82")
                def predict(self) -> str:
                    sys.stdout.buffer.write(b"\\xac")
                    return "ok"
        """)
        self.assertEqual(worker.setup_log, "on import\nin setup\ufffd")
        self.assertEqual(worker.predict().log, "\ufffd")


class FailedStartTest(WorkerTest):
    def failure(self, text, *arguments, **options):
        worker = self.worker({"predict.py": text}, *arguments, **options)
        message = worker.start()
        self.assertEqual(message["type"], "setup_failed")
        return message["error"], worker

    def test_types_that_cannot_be_read_are_not_the_workers_failure(self):
        worker = self.ready("""
            from numbers import Number
            def run(n: Number) -> str:
                return str(n)
        """, "predict.py:run")
        self.assertNotIn("signature", worker.hello)
        self.assertRegex(worker.hello["undescribed"],
                         "^failed to load predictor: cannot resolve type 'Number'")
        self.assertEqual(worker.predict(n=2).chunks, ["2"])

    def test_their_files_are_told(self):
        worker = self.ready("""
            from typing import List, Literal, Optional
            from cog import BasePredictor, File, Path, Secret
            Image = Path
            class Predictor(BasePredictor):
                def predict(self, image: Image, more: Optional[List[Path]], sound: File, key: Secret,
                            keys: List[str], mode: Literal["a", 1]):
                    return ""
        """)
        self.assertIn("undescribed", worker.hello)
        self.assertEqual(worker.hello["signature"]["inputs"],
                         [{"name": name, "type": {"kind": "path"}} for name in ("image", "more", "sound")])

    def test_a_training_that_cannot_be_described_is_one(self):
        worker = self.ready("""
            from cog import Path
            def train(images: Path, n: int = 1):
                return type(images).__name__
        """, None, options=("--mode", "train", "--train", "predict.py:train"))
        self.assertIn("undescribed", worker.hello)
        self.assertEqual(worker.hello["training"]["inputs"],
                         [{"name": "images", "type": {"kind": "path"}}])

    def test_an_import_error(self):
        error, worker = self.failure("import nonexistent_module_xyz\n")
        self.assertEqual(error, "failed to load predictor: ModuleNotFoundError: "
                                "No module named 'nonexistent_module_xyz'")
        self.assertIn("Traceback", worker.setup_log)

    def test_setup_raises(self):
        error, worker = self.failure("""
            from cog import BasePredictor
            class Predictor(BasePredictor):
                def setup(self):
                    print("before")
                    raise RuntimeError("boom")
                def predict(self) -> str:
                    return ""
        """)
        self.assertEqual(error, "setup failed: RuntimeError: boom")
        self.assertTrue(worker.setup_log.startswith("before\n"))

    def test_texts_of_the_loader(self):
        cases = {
            "class Predictor: pass": "ValueError: run or predict method not found: Predictor",
            "class Predictor:\n def run(self) -> str: ...\n def predict(self) -> str: ...":
                "ValueError: Predictor must define either run() or predict(), not both",
            "class Other: pass": "AttributeError: module 'predict' has no attribute 'Predictor'",
            "import sys\nsys.exit(3)": "SystemExit: 3",
        }
        for text, reason in cases.items():
            with self.subTest(text):
                error, _ = self.failure(text)
                self.assertEqual(error, "failed to load predictor: " + reason)

    OBJECTS = """
        from functools import partial
        from cog import BasePredictor, Input
        class Model(BasePredictor):
            def setup(self):
                self.greeting = "hello "
            def predict(self, name: str = Input(default="you")) -> str:
                return self.greeting + name
        class Both:
            def run(self): ...
            def predict(self): ...
        class Callable:
            def __call__(self, name: str) -> str: ...
        model, both, number, part = Model(), Both(), 3, partial(Callable())
        called = Callable()
    """

    def test_an_object_is_a_predictor_by_its_method(self):
        worker = self.ready(self.OBJECTS, "predict.py:model")
        self.assertEqual(worker.predict(name="me").chunks, ["hello me"])
        self.assertEqual(worker.predict().chunks, ["hello you"])

    def test_texts_for_objects(self):
        missing = "run() or predict() method not found on predictor"
        for name, reason in {
            "both": "predictor must define either run() or predict(), not both",
            "number": missing, "part": missing, "called": missing,
        }.items():
            with self.subTest(name):
                error, _ = self.failure(self.OBJECTS, f"predict.py:{name}")
                self.assertEqual(error, f"failed to load predictor: ValueError: {reason}")

    def test_several_slots_need_an_asynchronous_predictor(self):
        error, _ = self.failure(ECHO, slots=2)
        self.assertEqual(error, "setup failed: COG_MAX_CONCURRENCY > 1 requires an async run() or"
                                " predict() method")

    def test_a_version_of_cog_that_cannot_run_names_the_one_that_can(self):
        worker = self.worker({"predict.py": "import cog\n"}, PYTHONSAFEPATH="1")
        os.mkdir(os.path.join(worker.project, "cog"))
        for name, text in (("__init__.py", "raise ImportError('too old')\n"),
                           ("_version.py", "__version__ = '0.9.4'\n")):
            with open(os.path.join(worker.project, "cog", name), "w") as file:
                file.write(text)
        message = worker.start()
        self.assertEqual(message["type"], "setup_failed")
        self.assertIn("has cog 0.9.4, which cogpp cannot run", message["error"])
        self.assertIn("pip install --no-deps cog==0.22.0", message["error"])


class EndTest(WorkerTest):
    def test_shutdown_lets_the_running_prediction_finish(self):
        worker = self.ready("""
            import time
            def run(text: str) -> str:
                print("begun")
                time.sleep(0.3)
                return text
        """, "predict.py:run")
        worker.send(text="kept")
        self.assertEqual(worker.slots[0].receive()["type"], "log")
        worker.control.send("shutdown")
        self.assertEqual([m.get("chunk") for m in worker.messages()], ["kept", None])
        self.assertEqual(worker.process.wait(10), 0)

    def test_it_ends_when_the_server_goes_away_however_busy(self):
        worker = self.ready("""
            import time
            def run(text: str) -> str:
                print("begun")
                time.sleep(60)
        """, "predict.py:run")
        worker.send(text="")
        self.assertEqual(worker.slots[0].receive()["type"], "log")
        worker.control.ours.close()
        self.assertEqual(worker.process.wait(5), 0)

    def test_an_idle_asynchronous_worker_ends_on_shutdown(self):
        worker = self.ready("async def run(text: str) -> str:\n    return text\n",
                            "predict.py:run", slots=2)
        self.assertEqual(worker.predict(slot=1, text="a").chunks, ["a"])
        worker.control.send("shutdown")
        self.assertEqual(worker.process.wait(10), 0)

    def test_an_interrupt_of_the_terminal_is_the_servers_business(self):
        worker = self.ready(ECHO)
        worker.process.send_signal(signal.SIGINT)
        self.assertEqual(worker.predict(text="alive").chunks, ["alive"])

    def test_a_message_that_is_none_ends_it_with_the_reason(self):
        worker = self.ready(ECHO)
        worker.control.send("surprise")
        self.assertEqual(worker.process.wait(5), 1)
        self.assertIn(b"unknown message type 'surprise'", worker.process.stderr.read())


class TrainingTest(WorkerTest):
    FILES = {"predict.py": ECHO, "train.py": """
        from cog import BaseModel, Input
        def train(n: int = Input(ge=1)) -> str:
            return "trained %d" % n
        class Trainer:
            def train(self, n: int) -> str:
                return "class %d" % n
        async def slow(n: int) -> str:
            raise RuntimeError("no luck")
    """}

    def trainer(self, reference, *options):
        worker = self.worker(self.FILES, options=["--train", reference, *options])
        message = worker.start()
        self.assertEqual(message["type"], "ready", (message, worker.setup_log))
        return worker

    def test_hello_describes_the_training(self):
        worker = self.trainer("train.py:train")
        self.assertEqual([i["name"] for i in worker.hello["training"]["inputs"]], ["n"])
        self.assertEqual(worker.predict(text="p").chunks, ["p"])

    def test_train_mode_runs_train(self):
        worker = self.trainer("train.py:train", "--mode", "train")
        self.assertEqual(worker.predict(n=2).chunks, ["trained 2"])
        self.assertEqual(worker.predict(text="w").error,
                         "Prediction failed: Training failed: TypeError: train() got an "
                         "unexpected keyword argument 'text'")

    def test_names_may_be_left_out_as_in_cogs_runtime(self):
        files = {**self.FILES, "trainer.py": """
            class Runner:
                def run(self, text: str) -> str:
                    return text
                def train(self, n: int) -> str:
                    return "runner %d" % n
        """}
        for mode, inputs, output in (("predict", {"text": "p"}, "p"),
                                     ("train", {"n": 3}, "runner 3")):
            worker = self.worker(files, "predict.py",
                                 options=["--train", "trainer.py", "--mode", mode])
            message = worker.start()
            self.assertEqual(message["type"], "ready", (message, worker.setup_log))
            self.assertEqual([i["name"] for i in worker.hello["signature"]["inputs"]],
                             ["text", "n"])
            self.assertEqual([i["name"] for i in worker.hello["training"]["inputs"]], ["n"])
            self.assertEqual(worker.predict(**inputs).chunks, [output])

    def test_what_is_not_loaded_may_be_unfit(self):
        for mode, predictor, train, inputs, output, names in (
                ("train", "train.py", "train.py:train", {"n": 3}, "trained 3", ["n"]),
                ("predict", "predict.py", "train.py", {"text": "p"}, "p", ["text", "n"])):
            worker = self.worker(self.FILES, predictor,
                                 options=["--train", train, "--mode", mode])
            message = worker.start()
            self.assertEqual(message["type"], "ready", (message, worker.setup_log))
            self.assertRegex(worker.setup_log, "cogpp_worker: goes on without train.py: "
                             ".*train.py has no Runner or Predictor\n")
            self.assertEqual([i["name"] for i in worker.hello["signature"]["inputs"]], names)
            self.assertEqual("training" in worker.hello, mode == "train")
            self.assertEqual(worker.predict(**inputs).chunks, [output])

    def test_a_model_may_be_trained_only(self):
        for reference in ("train.py:train", "train.py:Trainer"):
            worker = self.worker(self.FILES, None,
                                 options=["--train", reference, "--mode", "train"])
            self.assertEqual(worker.start()["type"], "ready", worker.setup_log)
            self.assertEqual(worker.hello["signature"], worker.hello["training"])
            self.assertEqual(worker.predict(n=1).kind, "done")

    def test_a_class_may_have_train_alone(self):
        worker = self.trainer("train.py:Trainer", "--mode", "train")
        self.assertEqual(worker.predict(n=2).chunks, ["class 2"])

    def test_a_class_without_train_refuses_each_training(self):
        files = {**self.FILES, "later.py": """
            class Predictor:
                async def predict(self, text: str) -> str:
                    return text
        """}
        for reference in ("predict.py:Predictor", "later.py:Predictor"):
            worker = self.worker(files, options=["--train", reference, "--mode", "train"])
            self.assertEqual(worker.start()["type"], "ready", worker.setup_log)
            self.assertIn("text", [i["name"] for i in worker.hello["training"]["inputs"]])
            for _ in range(2):
                self.assertEqual(worker.predict(text="t").error,
                                 "Training not supported by this predictor")

    def test_an_asynchronous_training_that_raises(self):
        worker = self.trainer("train.py:slow", "--mode", "train")
        self.assertEqual(worker.predict(n=1).error,
                         "Prediction failed: Async training failed: RuntimeError: no luck")


if __name__ == "__main__":
    unittest.main()
