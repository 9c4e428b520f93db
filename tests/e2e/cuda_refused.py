"""Versions of CUDA, cuDNN, PyTorch and TensorFlow that do not go together, or are not known."""

from dockerfiles import base, project
from scenario import Scenario, contains, matches

REFUSED = [
    (["torch"], {}, "torch version must be specified when using CUDA"),
    (["torch==9.9.9"], {}, "know what CUDA version is compatible with torch==9.9.9. You might need to upgrade"),
    (["torch==9.9.9"], {}, "you need to set the 'cuda' option in cog.yaml to set what version to use. You might be able "
     "to find this out from https://pytorch.org/"),
    (["tensorflow==9.9.9"], {}, "compatible with tensorflow==9.9.9"),
    (["tensorflow==9.9.9"], {}, "https://www.tensorflow.org/"),
    (["tensorflow==2.12.0"], {"cuda": "12.4"}, "TensorFlow 2.12.0 requires CUDA 11.8"),
    ([], {"cuda": "12.1", "cudnn": "9"}, "CUDA 12.1 is incompatible with CuDNN 9: compatible CuDNN versions are: 8"),
    ([], {"cuda": "11.99"}, "CUDA 11.99 is not supported by cogpp"),
]


with Scenario() as s:
    for requirements, build, words in REFUSED:
        project(s, requirements, {"gpu": True, **build})
        contains(s.fails("debug"), words)

    # CUDA that PyTorch was not made for is the user's choice, with a word about it.
    project(s, ["torch==2.11.0"], {"gpu": True, "cuda": "11.8"})
    finished = s.run("debug")
    matches(base(finished.out), "^nvidia/cuda:11.8.0-")
    contains(finished.err, "know if CUDA 11.8 is compatible with PyTorch 2.11.0. This might cause CUDA problems.")
    contains(finished.err, "Try 13.0 instead?")

    # It does not matter where the index of packages has the CPU's build alone.
    for requirements, build, _ in REFUSED:
        if requirements:
            project(s, requirements)
            s.ok("debug")
