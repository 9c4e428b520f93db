"""--device: which GPUs the model sees, and that one that is missing is told before set-up.

A library that is compiled here stands for the CUDA driver, so that the machine's own
GPUs do not matter."""
import os
import shutil
import subprocess
import tempfile
import unittest

from harness import WorkerTest

SHOWN = """
    import os
    from cog import BasePredictor
    class Predictor(BasePredictor):
        def setup(self):
            print("set up")
        def predict(self) -> str:
            return os.environ.get("CUDA_VISIBLE_DEVICES", "all")
"""
# A driver with COUNT devices, which starts with the status INIT.
DRIVER = """
int cuInit(unsigned flags) { (void)flags; return INIT; }
int cuDeviceGetCount(int *count) { *count = COUNT; return 0; }
int cuGetErrorString(int code, const char **text) { (void)code; *text = "made to fail"; return 0; }
"""
ADVICE = ". Use --device cpu to run on the CPU"


@unittest.skipUnless(shutil.which("cc"), "needs a C compiler")
class DeviceTest(WorkerTest):
    def driver(self, count=0, status=0, source=DRIVER):
        """A folder whose libcuda.so.1 is found before the machine's."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        text = os.path.join(folder.name, "driver.c")
        with open(text, "w") as file:
            file.write(source)
        subprocess.run(["cc", "-shared", "-fPIC", f"-DCOUNT={count}", f"-DINIT={status}",
                        "-o", os.path.join(folder.name, "libcuda.so.1"), text], check=True)
        return folder.name

    def start(self, device, driver, text=SHOWN, **environment):
        worker = self.worker({"predict.py": text}, options=["--device", device],
                             LD_LIBRARY_PATH=driver, **environment)
        return worker, worker.start()

    def shown(self, device, **environment):
        worker, message = self.start(device, self.driver(count=2), **environment)
        self.assertEqual(message, {"type": "ready", "device": device}, worker.setup_log)
        return worker.predict().chunks

    def failure(self, device, driver, text=SHOWN, **environment):
        worker, message = self.start(device, driver, text, **environment)
        self.assertEqual(message["type"], "setup_failed", message)
        self.assertNotIn("set up", worker.setup_log)
        return message["error"]

    def test_the_model_sees_only_its_gpu(self):
        self.assertEqual(self.shown("cuda"), ["0"])
        self.assertEqual(self.shown("cuda:1"), ["1"])
        self.assertEqual(self.shown("cuda:1", CUDA_VISIBLE_DEVICES="5,GPU-x"), ["GPU-x"])
        self.assertEqual(self.shown("cpu"), [""])
        self.assertEqual(self.shown("auto", CUDA_VISIBLE_DEVICES="3"), ["3"])

    def test_without_a_usable_gpu_set_up_does_not_begin(self):
        cases = {
            "the CUDA driver finds no device": self.driver(),
            "the CUDA driver does not start: made to fail": self.driver(count=1, status=100),
            "libcuda.so.1 lacks functions of the CUDA driver": self.driver(source="int x;"),
        }
        for reason, driver in cases.items():
            with self.subTest(reason):
                self.assertEqual(self.failure("cuda", driver), "device 'cuda' cannot be used: "
                                                               f"{reason}{ADVICE}")

    def test_without_a_driver_it_says_so(self):
        folder = self.driver()
        with open(os.path.join(folder, "libcuda.so.1"), "w"):
            pass  # No library; the loader does not look any further.
        error = self.failure("cuda:0", folder)
        self.assertTrue(error.startswith("device 'cuda:0' cannot be used: no CUDA driver: "),
                        error)
        self.assertTrue(error.endswith(ADVICE), error)

    def test_it_is_the_reason_also_where_the_import_fails_for_it(self):
        error = self.failure("cuda", self.driver(), "raise RuntimeError('no kernel image')\n")
        self.assertIn("device 'cuda' cannot be used", error)

    def test_devices_that_cannot_be(self):
        driver = self.driver(count=1)
        self.assertEqual(self.failure("gpu", driver), "unknown device 'gpu': use auto, cpu, cuda"
                                                      " or cuda:N")
        self.assertEqual(self.failure("cuda:1", driver, CUDA_VISIBLE_DEVICES="7"),
                         "there is no device cuda:1: CUDA_VISIBLE_DEVICES is '7'" + ADVICE)


if __name__ == "__main__":
    unittest.main()
