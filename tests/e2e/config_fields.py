"""Fields of cog.yaml: each is read, with its type, under its name; and where the file is."""

from dockerfiles import PREDICTOR, base, in_order
from scenario import Scenario, check, contains, equal, matches

EVERYTHING = """\
build:
  gpu: false
  cuda: 12.1
  cudnn: 8
  python_version: 3.10
  python_requirements: requirements.txt
  system_packages: [zstd]
  pre_install: [echo before]
  run:
    - echo first
    - command: echo second
      mounts: [{type: secret, id: token, target: /run/token}]
  sdk_version: 0.22.0
image: registry.example.com/you/model
run: predict.py:Predictor
train: predict.py:train
concurrency: {max: 1}
environment: [A=1, "B=two words"]
"""
PLAIN = 'build: {python_version: "3.12"}\npredict: predict.py:Predictor\n'

with Scenario(files={"predict.py": PREDICTOR, "requirements.txt": "six\n"}) as s:
    s.write("cog.yaml", EVERYTHING)
    finished = s.run("debug")
    equal(finished.status, 0, str(finished))
    equal(base(finished.out), "python:3.10-slim")  # the text of the number: not 3.1
    # What pre_install says comes behind what run says.
    in_order(finished.out, 'A="1"', "zstd", "requirements.txt", "cog==0.22.0", "echo first",
             "--mount=type=secret,id=token,target=/run/token", "echo second", "echo before",
             'COG_PREDICT_TYPE_STUB="predict.py:Predictor"', 'COG_TRAIN_TYPE_STUB="predict.py:train"', "CMD ")
    check("unknown" not in finished.err, finished.err)

    # Lists may be missing; so may everything but what runs.
    s.write("cog.yaml", PLAIN.replace("}", ", system_packages: null, python_packages: null, run: null}"))
    equal(s.run("debug").err, "")

    # Types that do not fit are told with their line, or their field.
    for text, words in (
            ("build: [a]\n", "cannot unmarshal !!seq into"), ("build: {python_version: [3]}\n", "into string"),
            ("build: {python_version: '3.12', gpu: maybe}\n", "cannot unmarshal !!str `maybe` into bool"),
            ("build: {python_version: '3.12', system_packages: {a: b}}\n", "cannot unmarshal !!map into []string"),
            ("image: [a]\n", "cannot unmarshal !!seq into string"), ("concurrency: 4\n", "cannot unmarshal !!int `4`"),
            ("environment: {A: b}\n", "cannot unmarshal !!map into []string"), ("weights: {}\n", "cannot unmarshal !!map")):
        s.write("cog.yaml", "predict: predict.py:Predictor\n" + text)
        err = s.fails("debug")
        contains(err, "failed to parse cog.yaml: invalid YAML: yaml: unmarshal errors:\n  line 2: ")
        contains(err, words)
    for text, words in (("concurrency: {}\n", 'schema error in "concurrency": max is required'),
                        ("build: {python_version: '3.12', run: [{mounts: []}]}\n", 'schema error in "build.run.0": command is required'),
                        ("train: 7\n", 'invalid train "7": ')):
        s.write("cog.yaml", "predict: predict.py:Predictor\n" + text)
        contains(s.fails("debug"), words)

    # No YAML, no mapping, nothing at all.
    s.write("cog.yaml", "build: [\n")
    contains(s.fails("debug"), "failed to parse cog.yaml: invalid YAML: ")
    s.write("cog.yaml", "- a\n- b\n")
    contains(s.fails("debug"), "cannot unmarshal !!seq into a mapping")
    s.write("cog.yaml", "")
    contains(s.fails("debug"), "cog.yaml does not say what to run. Add, for example: predict: predict.cpp:Predictor")

    # Two mistakes are told at once.
    s.write("cog.yaml", PLAIN.replace("3.12", "3.7") + "environment: [PATH=/bin]\nimage: a\nmodel: b/c\n")
    in_order(s.fails("debug"), 'invalid build.python_version "3.7": ', "\ninvalid environment: ", "\ninvalid model: ")

    # The file is searched for upwards, under the name that -f says.
    s.write("cog.yaml", PLAIN)
    s.write("other.yaml", PLAIN.replace("3.12", "3.11"))
    deep = s.project / "one/two"
    deep.mkdir(parents=True)
    equal(base(s.ok("debug", cwd=deep)), "python:3.12-slim")
    equal(base(s.ok("debug", "--file", "other.yaml", cwd=deep)), "python:3.11-slim")
    matches(s.fails("debug", "-f", "third.yaml", cwd=deep),
            f"third.yaml not found in {deep} \\(or in any parent directories\\)")
