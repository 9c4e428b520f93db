"""A model file becomes an image with libtorch for the CPU and nothing of Python's. Usage:
build_model.py BIN MODELS, with the models of runtime/torch's tests."""

import json
import shutil

from engines import Engine
from images import inspect, native_base, predict, running, sbom, trust_this_machine
from scenario import Scenario, check, contains, equal
from torch_models import CONFIG, EXPECTED, MODELS, check_scores

MEBIBYTE = 1 << 20


def check_unpacked(engine, image, s):
    """A compiled model lies in the image as its files; another one than was built is refused."""
    library = engine.docker("run", "--rm", "--entrypoint", "sh", image, "-c",
                            "cd /src/mixer.pt2 && sha256sum --check --quiet SHA256SUMS && find . -name '*.so'").strip()
    changed = f"{image}-changed"
    recipe = f"FROM {image}\nUSER root\nRUN printf x >>/src/mixer.pt2/{library}\nUSER cogpp\n"
    engine.docker("build", "--tag", changed, "-", input=recipe.encode(), stdin=None)
    err = s.fails("predict", changed, "--json", json.dumps({"values": EXPECTED["x"]}))
    contains(err, "model '/src/mixer.pt2' is not the one that was built into its image: ")
    contains(err, f"'{library[2:]}' differs from its digest in SHA256SUMS. Build the image again.")
    engine.docker("rmi", "--force", changed)


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
            if model.endswith(".pt2"):
                check_unpacked(engine, image, s)
            engine.docker("rmi", "--force", image)
