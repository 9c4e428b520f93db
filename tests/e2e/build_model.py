"""A model file becomes an image with libtorch for the CPU and nothing of Python's. Usage:
build_model.py BIN MODELS, with the models of runtime/torch's tests."""

import shutil

from engines import Engine
from images import inspect, native_base, predict, running, sbom, trust_this_machine
from scenario import Scenario, check, contains, equal
from torch_models import CONFIG, EXPECTED, MODELS, check_scores

MEBIBYTE = 1 << 20

with Engine() as engine:
    native_base(engine)
    for model in ("mixer.pt", "mixer.pt2"):
        image = f"cogpp-e2e/model:{model}"
        with Scenario(files={"cog.yaml": CONFIG.format(model=model)}) as s:
            engine.use_in(s)
            trust_this_machine(s)
            shutil.copy(MODELS / model, s.project / model)
            built = s.run("build", "-t", image, "--progress", "plain")
            equal(built.status, 0, str(built))
            info = inspect(engine, image)
            labels = info["Config"]["Labels"]
            equal((labels["run.cogpp.predictor"], labels["run.cogpp.libtorch"]), ("model", "2.11.0"))
            contains(labels["run.cog.openapi_schema"], '"values"')
            equal(sbom(engine, image)["libtorch"], "2.11.0")
            base = inspect(engine, engine.base())["Size"]
            check(info["Size"] - base < 820 * MEBIBYTE, f"{info['Size'] - base} bytes on top of the base")
            with running(engine, image) as port:
                check_scores(predict(port, {"values": EXPECTED["x"]})["output"])
            engine.docker("rmi", "--force", image)
