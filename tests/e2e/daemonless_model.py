"""A model file becomes an image without an engine: libtorch for the CPU comes out of this
machine's. Usage: daemonless_model.py BIN MODELS TORCH, with the models of runtime/torch's tests
and the environment that has libtorch."""

import json
import shutil
import sys

from engines import Engine
from images import inspect, predict, running
from registries import write_layout
from scenario import Scenario, check, contains, equal
from torch_models import CONFIG, EXPECTED, MODELS, check_scores

with Engine() as engine:
    for model in ("mixer.pt", "mixer.pt2"):
        image = f"cogpp-e2e/daemonless:{model}"
        with Scenario(files={"cog.yaml": CONFIG.format(model=model)}) as s:
            engine.use_in(s)
            shutil.copy(MODELS / model, s.project / model)
            base = s.root / "base.tar"
            engine.docker("save", "--output", str(base), engine.base())
            flags = ("-t", image, "--base", f"tar:{base}", "--torch", sys.argv[3], "--json")
            built = json.loads(s.ok("build", "--output", f"tar:{s.root}/image.tar", *flags))
            equal(built["image"], image)
            engine.docker("load", "--input", f"{s.root}/image.tar")
            labels = inspect(engine, image)["Config"]["Labels"]
            equal((labels["run.cogpp.predictor"], labels["run.cogpp.libtorch"]), ("model", "2.11.0"))
            contains(labels["run.cog.openapi_schema"], '"values"')
            with running(engine, image) as port:
                check_scores(predict(port, {"values": EXPECTED["x"]})["output"])
            engine.docker("rmi", "--force", image)

            # libtorch is a layer of its own, below all that changes.
            again = json.loads(s.ok("build", "--output", f"tar:{s.root}/image.tar", *flags))
            equal(again["digest"], built["digest"])
            s.write("cog.yaml", CONFIG.format(model=model) + "environment: [A=1]\n")
            moved = json.loads(s.ok("build", "--output", f"tar:{s.root}/image.tar", *flags))
            same = [a == b for a, b in zip(moved["layers"], built["layers"])]
            equal(same[-5:-2], [True, True, True], "libtorch, cogpp, predictor")
            check(not same[-2], "cog.yaml is in the code's layer")

            # A base that says it has libtorch gets none; one with another version is refused.
            write_layout(s.root / "base", [b"x"], labels={"run.cogpp.libtorch": "2.11.0"})
            place = ("build", "--output", f"oci:{s.root}/image", "--base", f"oci:{s.root}/base")
            equal(len(json.loads(s.ok(*place, "--json"))["layers"]), 5)
            write_layout(s.root / "base", [b"x"], labels={"run.cogpp.libtorch": "2.0.1"})
            contains(s.fails(*place), "has libtorch 2.0.1, but cogpp needs 2.11.0")
            s.write("cog.yaml", CONFIG.format(model=model) + "build: {gpu: true}\n")
            write_layout(s.root / "base", [b"x"])
            contains(s.fails(*place), "has no libtorch with CUDA, which build.gpu asks for")
