"""examples/vad in a real worker against the Python package that its weights come
from. Usage: vad_test.py WORKER LIBRARY EXAMPLE"""

import array
import importlib.util
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import wave

import torch
import pip._vendor.packaging.version  # silero_vad imports it and does not ask for it

from worker_client import Worker

sys.modules.setdefault("packaging", pip._vendor.packaging)
sys.modules.setdefault("packaging.version", pip._vendor.packaging.version)
if not shutil.which("espeak-ng") or not importlib.util.find_spec("silero_vad"):
    sys.exit("vad_test.py: espeak-ng or the package silero-vad is missing; run tools/bootstrap --tests")
import silero_vad  # noqa: E402

WORKER, LIBRARY, EXAMPLE = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
DEFAULTS = {"threshold": 0.5, "min_speech_ms": 250, "min_silence_ms": 100, "speech_pad_ms": 30}


def read(path):
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
        return torch.tensor(samples, dtype=torch.float32) / 32768, file.getframerate()


def read_16k(path):
    """A recording's samples at 16 kHz, by the rule of cogpp::mono: each is the input under a
    sinc of the lower rate and a Hann window of 16 zero crossings."""
    samples, rate = read(path)
    if rate == 16000:
        return samples
    cutoff = min(1, 16000 / rate)
    reach = math.ceil(16 / cutoff)
    padded = torch.nn.functional.pad(samples.double(), (reach, reach + 1))
    blocks = []
    for block in torch.arange(math.ceil(len(samples) * 16000 / rate), dtype=torch.float64).split(16000):
        centres = block * rate / 16000
        taps = centres.floor().long()[:, None] + torch.arange(-reach, reach + 1)
        distance = (taps - centres[:, None]) * cutoff
        weights = torch.sinc(distance) * (0.5 + 0.5 * torch.cos(math.pi * distance / 16)) * cutoff
        blocks.append((weights * (distance.abs() <= 16) * padded[taps + reach]).sum(1))
    return torch.cat(blocks).float()


def write_16k(source, target):
    """The recording as a file that needs no resampling."""
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", None))
        file.writeframes((read_16k(source) * 32767).round().to(torch.int16).numpy().tobytes())


class VoiceActivity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.tmp = pathlib.Path(cls.folder.name)
        cls.addClassCleanup(cls.folder.cleanup)
        cls.project = cls.tmp / "vad"
        shutil.copytree(EXAMPLE, cls.project)
        subprocess.run([cls.project / "weights.sh"], check=True, env={**os.environ, "PYTHON": sys.executable})
        cls.original = cls.tmp / "original.wav"
        subprocess.run([cls.project / "record.sh", cls.original], check=True)
        cls.at_16k = cls.tmp / "at_16k.wav"
        write_16k(cls.original, cls.at_16k)
        cls.reference = silero_vad.load_silero_vad()

    def setUp(self):
        self.worker = self.enterContext(Worker(WORKER, ["--library", LIBRARY], self.tmp, project=self.project))
        _, ready = self.worker.ready()
        self.assertEqual(ready["type"], "ready", ready)

    def ours(self, path, slot=0, **changes):
        return self.worker.predict(slot, {"audio": str(path), **DEFAULTS, **changes}, self.tmp)

    def theirs(self, path, threshold, min_speech_ms, min_silence_ms, speech_pad_ms):
        found = silero_vad.get_speech_timestamps(
            read_16k(path), self.reference, threshold=threshold, sampling_rate=16000,
            min_speech_duration_ms=min_speech_ms, min_silence_duration_ms=min_silence_ms,
            speech_pad_ms=speech_pad_ms)
        return [{"start": s["start"] / 16000, "end": s["end"] / 16000} for s in found]

    def assert_same(self, ours, theirs):
        self.assertEqual(len(ours), len(theirs), (ours, theirs))
        for one, other in zip(ours, theirs):
            self.assertAlmostEqual(one["start"], other["start"], delta=1e-4)
            self.assertAlmostEqual(one["end"], other["end"], delta=1e-4)

    def test_segments_equal_those_of_the_python_package_on_the_same_file(self):
        # As record.sh makes it, and at the model's own rate.
        self.assertNotEqual(read(self.original)[1], 16000)
        for path in (self.original, self.at_16k):
            for changes in ({}, {"threshold": 0.9}, {"min_silence_ms": 1800}, {"speech_pad_ms": 1000},
                            {"min_silence_ms": 0, "min_speech_ms": 0}):
                with self.subTest(path=path.name, **changes):
                    theirs = self.theirs(path, **{**DEFAULTS, **changes})
                    # Twice in one slot and once in the other: nothing is left of the run before.
                    for slot in (0, 0, 1):
                        self.assert_same(self.ours(path, slot, **changes), theirs)
            self.assertGreaterEqual(len(self.ours(path)), 3)
        # A C++ predictor's worker on the CPU has libtorch, and no library of CUDA.
        self.assertTrue(any(os.path.basename(path).startswith("libtorch_cpu") for path in self.worker.mapped()))
        self.assertEqual(self.worker.mapped_cuda(), set())

    def test_a_file_that_is_no_wav_fails_with_the_reason(self):
        with self.assertRaisesRegex(AssertionError, "is not a WAV file"):
            self.ours(self.project / "README.md")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
