"""What cog.yaml and requirements may not say is told before the engine is asked for anything: it
gets no build, and keeps the image that it has."""

import json
import time

from engines import Engine, need_own_engine
from images import native_base
from scenario import Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return "first " + text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
IMAGE = "cogpp-e2e/refused:1"
GPU = {"gpu": True}
# build, other keys, requirements, the words for it
REFUSED = [
    ({"python_version": "3.9"}, {}, None,
     'invalid build.python_version "3.9": minimum supported Python version is 3.10'),
    ({}, {"environment": ["PATH=/bin"]}, None, 'environment variable "PATH" is not allowed: reserved for internal use'),
    ({}, {"environment": ["ONE"]}, None, 'environment variable "ONE" is not in the KEY=VALUE format'),
    ({}, {"run": "predict.py:Predictor"}, None, "invalid run: only one of run or predict can be set"),
    ({}, {"concurrency": {"max": 0}}, None, 'invalid concurrency.max "0": must be at least 1'),
    ({}, {"image": "a/b", "model": "a/b"}, None, "invalid model: 'model' and 'image' cannot both be set"),
    ({"run": ["a\nb"]}, {}, None, "One of the commands in 'run' contains a new line"),
    ({"python_requirements": "gone.txt"}, {}, None,
     'invalid build.python_requirements "gone.txt": file does not exist'),
    ({}, {}, "./gone.whl", 'local Python package artifact "./gone.whl" not found'),
    ({}, {}, "six @ ./own.whl", "local direct reference requirements (`name @ path`) are not supported"),
    ({**GPU, "cuda": "10.2"}, {}, None, "minimum supported CUDA version is 11"),
    ({**GPU, "cuda": "11.8", "cudnn": "7"}, {}, None, "CUDA 11.8 is incompatible with CuDNN 7: "),
    (GPU, {}, "torch", "torch version must be specified when using CUDA"),
    (GPU, {}, "torch==9.9.9", "torch==9.9.9"),
    (GPU, {}, "tensorflow==99.0.0", "tensorflow==99.0.0"),
]


def write_python(s, build, keys, requirement):
    build = {"python_version": "3.12", **build}
    if requirement:
        s.write("requirements.txt", requirement + "\n")
        build["python_requirements"] = "requirements.txt"
    s.write("cog.yaml", json.dumps({"build": build, "predict": "predict.py:Predictor", **keys}))


def images(engine):
    return set(engine.docker("images", "--all", "--quiet", "--no-trunc").split())


need_own_engine("it looks at all images and events of the engine")
with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)
    s.ok("build", "-t", IMAGE)
    made = images(engine)
    since = time.time()

    s.write("own.whl", "")
    s.write("predict.py", "class Predictor:\n    def predict(self, text: str) -> str:\n        return text\n")
    for build, keys, requirement, words in REFUSED:
        write_python(s, build, keys, requirement)
        err = s.fails("build", "-t", IMAGE, "--progress", "plain")
        contains(err, words)
        check("#1 " not in err, f"the engine's builder ran: {err}")
        contains(s.fails("predict", "--docker", "--gpus", "none", "-i", "text=a"), words)
        check(not (s.project / ".cog/build").exists(), f".cog/build stayed: {err}")

    equal(images(engine), made, "the engine's images")
    equal(engine.docker("events", "--since", str(since), "--until", str(time.time())), "", "what the engine was asked")
    equal(s.ok("predict", IMAGE, "-i", "text=a"), "first a\n")
    engine.docker("rmi", "--force", IMAGE)
