"""The Dockerfile of a Python project: what happens in it, in which order, on each base."""

from dockerfiles import base, in_order, project
from scenario import Scenario, check, contains, equal, matches

BUILD = {"system_packages": ["ffmpeg", "cowsay"],
         "run": ["cowsay moo", {"command": "echo shh", "mounts": [{"type": "secret", "id": "foo", "target": "secret.txt"}]}]}
MORE = {"environment": ["B=two words", "A=1"], "train": "train.py:train", "concurrency": {"max": 4}}

with Scenario() as s:
    s.write("train.py", "def train(n: int) -> str:\n    return str(n)\n")
    project(s, ["pandas==2.2.0"], BUILD, **MORE)
    text = s.ok("debug")
    in_order(text, "FROM python:3.12-slim", "ENV DEBIAN_FRONTEND=noninteractive", "ENV PYTHONUNBUFFERED=1",
             "ENV LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/usr/lib/x86_64-linux-gnu:/usr/local/nvidia/lib64:/usr/local/nvidia/bin",
             "ENV NVIDIA_DRIVER_CAPABILITIES=all", "tini", "ENTRYPOINT [", 'A="1"', 'B="two words"',
             "install -qqy ffmpeg cowsay", "ENV UV_SYSTEM_PYTHON=true", "requirements.txt", "pip install",
             "/etc/ld.so.conf.d/cog.conf && ldconfig", "RUN cowsay moo",
             "RUN --mount=type=secret,id=foo,target=secret.txt echo shh", "WORKDIR /src", "EXPOSE 5000",
             'ENV COG_PREDICT_TYPE_STUB="predict.py:Predictor"', 'ENV COG_TRAIN_TYPE_STUB="train.py:train"',
             "ENV COG_MAX_CONCURRENCY=4", 'CMD ["python", "-m", "cog.server.http"]', "COPY source/")
    equal(len(list(filter(None, text.splitlines()))), len(text.splitlines()), "lines that are not blank")
    check(not text.startswith("#"), "a frontend from elsewhere")
    check("github.com" not in text and "ghcr.io" not in text, f"a download that no package registry has:\n{text}")
    equal(s.ok("debug"), text, "the second time")

    # Without requirements there is no file of them; without train no stub of it.
    project(s)
    text = s.ok("debug")
    check("/tmp/requirements.txt" not in text.replace("cog-requirements.txt", ""), text)
    check("COG_TRAIN_TYPE_STUB" not in text and "COG_MAX_CONCURRENCY" not in text, text)
    s.write("cog.yaml", s.read("cog.yaml").replace('"predict"', '"run"'))
    contains(s.ok("debug"), 'ENV COG_PREDICT_TYPE_STUB="predict.py:Predictor"')

    # On NVIDIA's image Python comes by uv, with the tools that Cog's images have.
    project(s, ["torch==2.5.1"], {"gpu": True})
    text = s.ok("debug")
    in_order(text, "FROM nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04", "ENTRYPOINT", "uv python install 3.12",
             "/usr/local/bin/python", "ENV UV_PYTHON=3.12", "--break-system-packages", "requirements.txt",
             "--break-system-packages", "cog==", "WORKDIR /src")
    for package in ("python3-dev", "wget", "curl", "xz-utils", "git", "ca-certificates"):
        matches(text, rf"install -qqy .*\b{package}\b")

    # Cog's base has these steps behind it.
    project(s, ["torch==2.5.1"], {"gpu": True, "system_packages": ["cowsay"]})
    text = s.ok("debug", "--use-cog-base-image")
    in_order(text, "FROM r8.im/cog-base:cuda12.4-python3.12-torch2.5.1", "cowsay", "requirements.txt", "cog==", "WORKDIR /src")
    check("tini" not in text and "&& ldconfig" not in text and "uv python install" not in text, text)
    project(s, [], {"gpu": True, "cuda": "13.0"})
    contains(s.ok("debug", "--use-cog-base-image"), "/usr/local/bin/python")

    # A file of another name is the image's cog.yaml, whatever else there is.
    (s.project / "cog.yaml").rename(s.project / "other.yaml")
    s.write("cog.yaml", "predict: [")
    equal(base(s.ok("debug", "-f", "other.yaml", "--use-cuda-base-image=false")), "python:3.12-slim")
