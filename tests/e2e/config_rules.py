"""What cog.yaml may not say, and the words for it."""

from dockerfiles import project
from scenario import Scenario, check, contains, equal

VERSION = ("invalid build.python_version: python_version is required. Add it to the build section of your cog.yaml, "
           'e.g. `python_version: "3.13"`')
RESERVED = "PATH LD_LIBRARY_PATH PYTHONPATH VIRTUAL_ENV PYTHONUNBUFFERED R8_X REPLICATE_X LIBRARY_PATH CUDA_X " \
           "NVIDIA_X NV_X PGET_X HF_ENDPOINT HF_HUB_ENABLE_HF_TRANSFER KUBERNETES_X"

# Values of build that are refused.
BUILDS = [
    ({"python_version": ""}, VERSION),
    ({"python_version": "3"}, "must include major and minor version (e.g., '3.11')"),
    ({"python_version": "x.11"}, 'invalid build.python_version "x.11": invalid major version number'),
    ({"python_version": "3.x"}, 'invalid build.python_version "3.x": invalid minor version number'),
    ({"python_version": "3.9"}, 'invalid build.python_version "3.9": minimum supported Python version is 3.10'),
    ({"python_version": "2.7"}, "minimum supported Python version is 3.10"),
    ({"python_packages": ["six"], "python_requirements": "requirements.txt"},
     "only one of python_packages or python_requirements can be set, not both"),
    ({"python_requirements": "gone.txt"}, 'invalid build.python_requirements "gone.txt": file does not exist'),
    ({"gpu": True, "cuda": "11"}, 'invalid build.cuda "11": must include both major and minor versions (e.g., \'11.8\')'),
    ({"gpu": True, "cuda": "x.1"}, "invalid major version number"),
    ({"gpu": True, "cuda": "10.2"}, "minimum supported CUDA version is 11"),
    ({"gpu": True, "cuda": "11.8", "cudnn": "7"}, "CUDA 11.8 is incompatible with CuDNN 7: "),
    ({"run": ["echo a\necho b"]},
     "One of the commands in 'run' contains a new line, which won't work. You need to create a new list item in YAML "
     "prefixed with '-' for each command.\n\nThis is the offending line: echo a"),
]
# Other keys that are refused.
KEYS = [
    ({"run": "predict.py:Predictor"}, "invalid run: only one of run or predict can be set"),
    ({"predict": "predict"}, "invalid predict \"predict\": must be in the form 'predict.py:Predictor', "
     "'predict.cpp:Predictor', 'model.pt' or 'model.pt2'\n"),
    ({"predict": "a.py:B.py:C"}, 'invalid predict "a.py:B.py:C"'),
    ({"train": "train"}, "invalid train \"train\": must be in the form 'train.py:Trainer'"),
    ({"environment": ["JUST_A_NAME"]},
     'invalid environment: environment variable "JUST_A_NAME" is not in the KEY=VALUE format'),
    ({"environment": ["A=1", "A=2"]}, 'environment variable "A" is already defined'),
    ({"concurrency": {"max": 0}}, 'invalid concurrency.max "0": must be at least 1'),
    ({"image": "a/b", "model": "a/b"}, "invalid model: 'model' and 'image' cannot both be set"),
    ({"model": "r.example.com/a/b:tag"},
     'invalid model "r.example.com/a/b:tag": must be a bare repository — tags and digests are not allowed'),
    ({"model": f"r.example.com/a/b@sha256:{'0' * 64}"}, "must be a bare repository — tags and digests are not allowed"),
    ({"model": "r.example.com/A/b"}, 'invalid model "r.example.com/A/b": invalid repository: '),
]

with Scenario() as s:
    for build, words in BUILDS:
        project(s, build=build)
        s.write("requirements.txt", "six\n")
        contains(s.fails("debug"), words)
    project(s, build={"gpu": False, "cuda": "11.8", "cudnn": "7"})
    s.ok("debug")  # cuDNN matters with a GPU alone
    for keys, words in KEYS:
        project(s, **keys)
        contains(s.fails("debug"), words)
    for name in RESERVED.split():
        project(s, environment=[f"{name}=1"])
        contains(s.fails("debug"),
                 f'invalid environment: environment variable "{name}" is not allowed: reserved for internal use')
    project(s, environment=["EMPTY=", "a_1=b=c", "PATHS=x", "HF_HOME=/h"])
    text = s.ok("debug")
    check(all(name in text for name in ("EMPTY=", "a_1=", "PATHS=", "HF_HOME=")), text)
    project(s, build={"python_version": "3.10"}, concurrency={"max": 2})
    contains(s.fails("debug"), 'invalid concurrency.max "2": concurrency requires Python 3.11 or higher')
    project(s, build={"python_version": "3.10"}, concurrency={"max": 1})
    s.ok("debug")

    # The same words wherever the file is read, and nothing is made before it is right.
    project(s, build={"python_version": "3.7"})
    for words in (("predict", "-i", "text=a"), ("serve", "-p", "0"), ("schema",)):
        contains(s.fails(*words), 'invalid build.python_version "3.7": minimum supported Python version is 3.10')
    equal(sorted(path.name for path in s.project.iterdir()), ["cog.yaml", "predict.py", "requirements.txt"])
