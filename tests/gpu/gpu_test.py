"""Model files on a GPU, in a real cogpp-worker. Started by tests/gpu/run, with
arguments: WORKER LIBRARY TORCH_LIB"""

import concurrent.futures
import json
import os
import pathlib
import sys
import tempfile
import unittest

import torch

from export_models import Mixer, compile_package, rewrite_metadata
from worker_client import Worker

WORKER, LIBRARY, TORCH_LIB = sys.argv[1:4]
TENSORS = {
    "inputs": {"x": {"type": "array", "shape": [-1, 4]}, "scale": {"type": "number", "default": 1.5}},
    "output": {"type": "array"},
}


class OnGpu(unittest.TestCase):
    @classmethod
    @torch.no_grad()
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.tmp = pathlib.Path(cls.folder.name)
        model = Mixer().eval().cuda()
        cls.x, scale = torch.randn(64, 4), torch.tensor(1.5)
        cls.scores = model(cls.x.cuda(), scale.cuda())[0].cpu()
        torch.jit.trace(model, (cls.x.cuda(), scale.cuda())).save(cls.tmp / "mixer.pt")
        batch = torch.export.Dim("batch", min=1, max=64)
        shapes = {"x": {0: batch}, "scale": None}
        cls.no_package = None
        for device in ("cuda", "cpu"):
            program = torch.export.export(
                model.to(device), (cls.x.to(device), scale.to(device)), dynamic_shapes=shapes)
            try:
                compile_package(program, cls.tmp / f"{device}.pt2")
            except Exception as error:  # no C++ compiler or no CUDA headers on this machine
                cls.no_package = f"a package for {device} could not be compiled here: {error}"
                return
        capability = "".join(map(str, torch.cuda.get_device_capability()))
        other = "80" if capability != "80" else "90"
        rewrite_metadata(cls.tmp / "cuda.pt2", cls.tmp / "other.pt2", AOTI_COMPUTE_CAPABILITY=other)

    def worker(self, model, device="cuda"):
        arguments = ["--library", LIBRARY, "--model", str(self.tmp / model), "--tensors", json.dumps(TENSORS)]
        # Another torch than the build's: LD_LIBRARY_PATH goes before the libraries' rpath.
        return self.enterContext(
            Worker(WORKER, arguments, self.tmp, device, environment={"LD_LIBRARY_PATH": TORCH_LIB}))

    def check_answers(self, worker):
        _, ready = worker.ready()
        self.assertEqual(ready["type"], "ready", ready)
        self.assertTrue(ready["device"].startswith("cuda"), ready)

        def rows(slot):
            for start in range(0, 64, 8):
                chunk = self.x[start:start + 8]
                [ours] = worker.predict(slot, {"x": chunk.tolist(), "scale": 1.5}, self.tmp)
                torch.testing.assert_close(torch.tensor(ours), self.scores[start:start + 8], rtol=1e-4, atol=1e-5)

        with concurrent.futures.ThreadPoolExecutor() as pool:  # both slots at once, each with its stream
            list(pool.map(rows, (0, 1)))

    def refusal(self, model, device="cuda"):
        _, failed = self.worker(model, device).ready()
        self.assertEqual(failed["type"], "setup_failed", failed)
        return failed["error"]

    def test_torchscript(self):
        worker = self.worker("mixer.pt")
        self.check_answers(worker)
        names = {os.path.basename(path) for path in worker.mapped()}
        self.assertIn("libtorch_cuda.so", names)
        self.assertIn("libcogpp_torch_cuda.so", names)
        self.assertIn(os.path.join(TORCH_LIB, "libtorch_cpu.so"), worker.mapped())

    def test_package(self):
        if self.no_package:
            self.skipTest(self.no_package)
        worker = self.worker("cuda.pt2")
        self.check_answers(worker)
        worker.process.kill()
        worker.process.wait()

    def test_packages_for_something_else_are_refused(self):
        if self.no_package:
            self.skipTest(self.no_package)
        self.assertIn("compiled for the device cpu, here it is cuda", self.refusal("cpu.pt2"))
        self.assertIn("compiled for the device cuda, here it is cpu", self.refusal("cuda.pt2", "cpu"))
        self.assertIn("compiled for a GPU of capability sm_", self.refusal("other.pt2"))

    def test_a_gpu_that_is_not_there(self):
        self.assertIn("--device", self.refusal("mixer.pt", f"cuda:{torch.cuda.device_count()}"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
