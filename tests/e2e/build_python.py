"""A Python project becomes an image with packages of the index, and serves."""

import json

from engines import Engine
from images import inspect, predict, python_engine, running, sbom
from scenario import Scenario, check, contains, equal

PREDICTOR = """
import os
import humanize
from cog import BasePredictor, Input

class Predictor(BasePredictor):
    def setup(self):
        self.word = open("words/word.txt").read().strip()

    def predict(self, number: int = Input(description="To say", ge=0)) -> str:
        return f"{self.word} {humanize.intcomma(number)} {os.environ['GREETING']} {open('/etc/made').read().strip()}"
"""

CONFIG = """build:
  python_version: "%s"
  python_requirements: requirements.txt
  system_packages: [zstd]
  run: ["echo by hand > /etc/made"]
environment: ["GREETING=good day"]
predict: "predict.py:Predictor"
"""

IMAGE = "cogpp-e2e/python:1"

with Engine() as engine, Scenario() as s:
    version = python_engine(engine, s)
    s.write("cog.yaml", CONFIG % version)
    s.write("predict.py", PREDICTOR)
    s.write("requirements.txt", "humanize==4.9.0  # a real one\n")
    s.write("words/word.txt", "number\n")

    shown = s.ok("debug", "-t", IMAGE)
    contains(shown, f"FROM python:{version}-slim AS model\n")
    contains(shown, 'ENV GREETING="good day"\n')
    built = s.run("build", "-t", IMAGE, "--progress", "plain")
    equal(built.status, 0, str(built))

    info = inspect(engine, IMAGE)
    labels = info["Config"]["Labels"]
    contains(labels["run.cog.pip_freeze"], "humanize==4.9.0\n")
    contains(labels["run.cog.pip_freeze"], "cog==0.22.0\n")
    equal(json.loads(labels["run.cog.config"])["build"]["python_version"], version)
    check("number" in json.loads(labels["run.cog.openapi_schema"])["components"]["schemas"]["Input"]["properties"],
          labels["run.cog.openapi_schema"])
    equal(info["Config"]["Cmd"], ["python", "-m", "cog.server.http"])
    equal(info["Config"]["Entrypoint"], ["/usr/bin/tini", "--"])
    base = f"python:{version}-slim"
    layers = inspect(engine, base)["RootFS"]["Layers"]
    told = {name: labels[f"run.cog.cog-base-image-{name}"] for name in ("name", "last-layer-sha", "last-layer-idx")}
    equal(told, {"name": base, "last-layer-sha": layers[-1], "last-layer-idx": str(len(layers) - 1)})
    equal(info["RootFS"]["Layers"][len(layers) - 1], layers[-1], "the base's last layer")
    parts = sbom(engine, IMAGE)
    equal(parts["humanize"], "4.9.0")
    check("zstd" in parts, str(parts))

    with running(engine, IMAGE) as port:
        equal(predict(port, {"number": 1234567})["output"], "number 1,234,567 good day by hand")
        equal(predict(port, {"number": -1}).get("status"), None, "a refused input")

    # Only the code has changed: nothing is installed again.
    s.write("words/word.txt", "count \n")
    s.ok("build", "-t", IMAGE)
    layers, before = inspect(engine, IMAGE)["RootFS"]["Layers"], info["RootFS"]["Layers"]
    kept = [layer for layer in layers if layer in before]
    check(len(layers) - len(kept) <= 2, f"{len(layers)} layers, {len(kept)} as before")
    with running(engine, IMAGE) as port:
        equal(predict(port, {"number": 7})["output"], "count 7 good day by hand")

    # Types that cannot be read from the sources: a document of the author's stands for them.
    s.write("given.json", labels["run.cog.openapi_schema"])
    s.write("predict.py", PREDICTOR.replace("from cog", "from numbers import Number\nfrom cog")
            .replace("number: int", "number: Number"))
    contains(s.fails("build", "-t", IMAGE), "image build failed: cannot resolve type 'Number'")
    said = s.run("build", "-t", IMAGE, "--openapi-schema", "given.json")
    equal(said.status, 0, str(said))
    contains(said.err, "The types are those of --openapi-schema given.json")
    with running(engine, IMAGE) as port:
        equal(predict(port, {"number": 8})["output"], "count 8 good day by hand")
        equal(predict(port, {"number": -1}).get("status"), None, "a refused input")
    engine.docker("rmi", "--force", IMAGE)
