"""A model file becomes an image with libtorch for the CPU and nothing of Python's, predicts,
is pushed, and predicts again from the registry. Usage: build_model.py BIN MODELS, with the
models of runtime/torch's tests."""

import json
import shutil

from engines import Engine
from images import check_size, inspect, native_base, predict, running, sbom, trust_this_machine
from registries import Registry, docker_config
from scenario import Scenario, check, contains, equal
from torch_models import CONFIG, EXPECTED, MODELS, check_scores

INPUTS = json.dumps({"values": EXPECTED["x"]})


def check_unpacked(engine, image, s):
    """A compiled model lies in the image as its files; another one than was built is refused."""
    library = engine.docker("run", "--rm", "--entrypoint", "sh", image, "-c",
                            "cd /src/mixer.pt2 && sha256sum --check --quiet SHA256SUMS && find . -name '*.so'").strip()
    changed = f"{image}-changed"
    recipe = f"FROM {image}\nUSER root\nRUN printf x >>/src/mixer.pt2/{library}\nUSER cogpp\n"
    engine.docker("build", "--tag", changed, "-", input=recipe.encode(), stdin=None)
    err = s.fails("predict", changed, "--json", INPUTS)
    contains(err, "model '/src/mixer.pt2' is not the one that was built into its image: ")
    contains(err, f"'{library[2:]}' differs from its digest in SHA256SUMS. Build the image again.")
    engine.docker("rmi", "--force", changed)


def check_round_trip(engine, image, s):
    """Predicts, is pushed, and predicts the same from the registry alone."""
    check_scores(json.loads(s.ok("predict", image, "--json", INPUTS))["output"])
    layers = inspect(engine, image)["RootFS"]["Layers"]
    pushed = s.run("push", image)
    equal(pushed.status, 0, str(pushed))
    contains(pushed.err, f"Pushing to {image}...")
    engine.docker("rmi", "--force", image)
    check(engine.call("image", "inspect", image).returncode != 0, f"{image} is still there")
    check_scores(json.loads(s.ok("predict", image, "--json", INPUTS))["output"])
    equal(inspect(engine, image)["RootFS"]["Layers"], layers, "layers from the registry")
    equal(engine.containers(), [], "containers that were left behind")


def check_model(engine, registry, model):
    image = f"{registry.name}/you/model:{model}"
    with Scenario(files={"cog.yaml": CONFIG.format(model=model)}) as s:
        engine.use_in(s)
        docker_config(s, {})
        trust_this_machine(s)
        shutil.copy(MODELS / model, s.project / model)
        built = s.run("build", "-t", image, "--progress", "plain")
        equal(built.status, 0, str(built))
        info = inspect(engine, image)
        labels = info["Config"]["Labels"]
        equal((labels["run.cogpp.predictor"], labels["run.cogpp.libtorch"]), ("model", "2.11.0"))
        contains(labels["run.cog.openapi_schema"], '"values"')
        equal(sbom(engine, image)["libtorch"], "2.11.0")
        check_size(engine, image, 900)
        with running(engine, image) as port:
            check_scores(predict(port, {"values": EXPECTED["x"]})["output"])
        if model.endswith(".pt2"):
            check_unpacked(engine, image, s)
        check_round_trip(engine, image, s)
        engine.docker("rmi", "--force", image)


with Engine() as engine, Scenario() as s, Registry(s.root / "registry") as registry:
    native_base(engine)
    for model in ("mixer.pt", "mixer.pt2"):
        check_model(engine, registry, model)
    equal(registry.tags("you/model"), ["mixer.pt", "mixer.pt2"])
