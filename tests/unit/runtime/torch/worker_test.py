"""A real cogpp-worker serves a model file: what it answers, what it has mapped, and
what it leaves behind. Usage: worker_test.py WORKER LIBRARY MODELS"""

import json
import os
import pathlib
import signal
import sys
import sysconfig
import tempfile
import unittest

from worker_client import Worker

WORKER, LIBRARY, MODELS = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
EXPECTED = json.loads((MODELS / "expected.json").read_text())
# Not in alphabetical order: the section's order is the order of the arguments.
TENSORS = {
    "inputs": {"values": {"type": "array", "shape": [-1, 4]},
               "factor": {"type": "number", "default": 1.5}},
    "output": {"type": "array"},
}


class ModelFiles(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.tmp = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def worker(self, model, library=LIBRARY, environment=None):
        arguments = ["--library", library, "--model", str(MODELS / model), "--tensors", json.dumps(TENSORS)]
        return Worker(WORKER, arguments, self.tmp, environment=environment)

    def check_answers(self, worker):
        hello, ready = worker.ready()
        self.assertEqual(ready["type"], "ready", ready)
        self.assertEqual([i["name"] for i in hello["signature"]["inputs"]], ["values", "factor"])
        for slot in (0, 1):
            [scores] = worker.predict(slot, {"values": EXPECTED["x"]}, self.tmp)
            for ours, theirs in zip(sum(scores, []), sum(EXPECTED["scores"], []), strict=True):
                self.assertAlmostEqual(ours, theirs, places=5)

    def check_no_cuda(self, worker):
        self.assertTrue(any(os.path.basename(path).startswith("libtorch_cpu") for path in worker.mapped()))
        self.assertEqual(worker.mapped_cuda(), set())

    def test_package_on_the_cpu_maps_no_cuda_library(self):
        with self.worker("mixer.pt2") as worker:
            self.check_answers(worker)
            self.check_no_cuda(worker)
            stand_ins = [path for path in worker.mapped() if os.path.basename(path) == "libtorch.so"]
            self.assertEqual(len(stand_ins), 1)
            self.assertTrue(stand_ins[0].endswith("/lib/cogpp/cpu/libtorch.so"), stand_ins)

    def test_torchscript_on_the_cpu_maps_no_cuda_library(self):
        with self.worker("mixer.pt") as worker:
            self.check_answers(worker)
            self.check_no_cuda(worker)

    def test_a_killed_worker_leaves_no_unpacked_package(self):
        with self.worker("mixer.pt2") as worker:
            worker.ready()
            worker.process.send_signal(signal.SIGKILL)
            worker.process.wait()
        self.assertEqual(list(self.tmp.glob("*pt2*")) + list(self.tmp.glob("*aoti*")), [])

    def test_a_model_that_does_not_fit_fails_set_up_with_the_reason(self):
        with self.worker("other_torch.pt2") as worker:
            _, failed = worker.ready()
            self.assertEqual(failed["type"], "setup_failed")
            self.assertIn("exported with torch 2.4.1", failed["error"])

    def test_another_torch_is_found_by_ld_library_path(self):
        torch_lib = os.path.join(sysconfig.get_paths()["purelib"], "torch", "lib")
        built = pathlib.Path(LIBRARY).read_bytes()
        self.assertIn(torch_lib.encode(), built)  # its rpath
        moved = self.tmp / "libcogpp_model.so"
        moved.write_bytes(built.replace(torch_lib.encode(), b"/moved".ljust(len(torch_lib), b"x")))
        with self.worker("mixer.pt2", str(moved)) as worker:
            failed = worker.receive(0, "hello", "setup_failed")
            self.assertEqual(failed["type"], "setup_failed")
            self.assertIn("libtorch_cpu.so", failed["error"])
        with self.worker("mixer.pt2", str(moved), {"LD_LIBRARY_PATH": torch_lib}) as worker:
            self.check_answers(worker)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
