"""examples/vad in a real worker against the Python package that its weights come
from. Usage: vad_test.py WORKER LIBRARY EXAMPLE"""

import array
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
import silero_vad  # noqa: E402

WORKER, LIBRARY, EXAMPLE = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
DEFAULTS = {"threshold": 0.5, "min_speech_ms": 250, "min_silence_ms": 100, "speech_pad_ms": 30}


def read(path):
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
        return torch.tensor(samples, dtype=torch.float32) / 32768, file.getframerate()


def write_16k(source, target):
    """The recording at 16 kHz; how well it is resampled does not matter here."""
    samples, rate = read(source)
    count = len(samples) * 16000 // rate
    resampled = torch.nn.functional.interpolate(samples.view(1, 1, -1), size=count, mode="linear").flatten()
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", None))
        file.writeframes((resampled * 32767).round().to(torch.int16).numpy().tobytes())


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
        cls.recording = cls.tmp / "recording.wav"
        write_16k(cls.original, cls.recording)
        cls.reference = silero_vad.load_silero_vad()

    def setUp(self):
        self.worker = self.enterContext(Worker(WORKER, ["--library", LIBRARY], self.tmp, project=self.project))
        _, ready = self.worker.ready()
        self.assertEqual(ready["type"], "ready", ready)

    def ours(self, path, slot=0, **changes):
        return self.worker.predict(slot, {"audio": str(path), **DEFAULTS, **changes}, self.tmp)

    def theirs(self, threshold, min_speech_ms, min_silence_ms, speech_pad_ms):
        found = silero_vad.get_speech_timestamps(
            read(self.recording)[0], self.reference, threshold=threshold, sampling_rate=16000,
            min_speech_duration_ms=min_speech_ms, min_silence_duration_ms=min_silence_ms,
            speech_pad_ms=speech_pad_ms)
        return [{"start": s["start"] / 16000, "end": s["end"] / 16000} for s in found]

    def assert_same(self, ours, theirs, delta):
        self.assertEqual(len(ours), len(theirs), (ours, theirs))
        for one, other in zip(ours, theirs):
            self.assertAlmostEqual(one["start"], other["start"], delta=delta)
            self.assertAlmostEqual(one["end"], other["end"], delta=delta)

    def test_segments_equal_those_of_the_python_package(self):
        for changes in ({}, {"threshold": 0.9}, {"min_silence_ms": 1800}, {"speech_pad_ms": 1000},
                        {"min_silence_ms": 0, "min_speech_ms": 0}):
            with self.subTest(**changes):
                theirs = self.theirs(**{**DEFAULTS, **changes})
                # Twice in one slot and once in the other: nothing is left of the run before.
                for slot in (0, 0, 1):
                    self.assert_same(self.ours(self.recording, slot, **changes), theirs, 1e-4)
        self.assertGreaterEqual(len(self.ours(self.recording)), 3)
        # A C++ predictor's worker on the CPU has libtorch, and no library of CUDA.
        self.assertTrue(any(os.path.basename(path).startswith("libtorch_cpu") for path in self.worker.mapped()))
        self.assertEqual(self.worker.mapped_cuda(), set())

    def test_another_sample_rate_is_resampled(self):
        self.assertNotEqual(read(self.original)[1], 16000)
        self.assert_same(self.ours(self.original), self.theirs(**DEFAULTS), 0.1)

    def test_a_file_that_is_no_wav_fails_with_the_reason(self):
        with self.assertRaisesRegex(AssertionError, "is not a WAV file"):
            self.ours(self.project / "README.md")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
