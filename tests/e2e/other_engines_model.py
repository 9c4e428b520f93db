"""A model file by podman and buildah: becomes an image with libtorch for the CPU, predicts, is
pushed, and predicts again from the registry. Usage: other_engines_model.py BIN MODELS, with the
models of runtime/torch's tests."""

import json
import shutil

from images import check_size, inspect, sbom, trust_this_machine
from podman import ENGINES, Podman, build_with_each, check_buildah_refuses, check_pushed
from registries import Registry
from scenario import Scenario, contains, equal
from torch_models import CONFIG, EXPECTED, MODELS, check_scores

INPUTS = json.dumps({"values": EXPECTED["x"]})
MODEL = "mixer.pt"


def check_prediction(image):
    check_scores(json.loads(s.ok("predict", image, "--json", INPUTS))["output"])


with Podman() as podman, Scenario(files={"cog.yaml": CONFIG.format(model=MODEL)}) as s, \
        Registry(s.root / "registry") as registry:
    podman.use_in(s, registry)
    trust_this_machine(s)
    name = f"{registry.name}/you/model"
    shutil.copy(MODELS / MODEL, s.project / MODEL)
    built = build_with_each(s, name, engines=reversed(ENGINES))  # buildah makes the base, too

    s.environment["COGPP_ENGINE"] = "podman"
    for engine in built:
        image = f"{name}:{engine}"
        labels = inspect(podman, image)["Config"]["Labels"]
        equal((labels["run.cogpp.predictor"], labels["run.cogpp.libtorch"]), ("model", "2.11.0"))
        contains(labels["run.cog.openapi_schema"], '"values"')
        equal(sbom(podman, image)["libtorch"], "2.11.0")
        check_size(podman, image, 900)
        check_prediction(image)
    check_buildah_refuses(s, f"{name}:buildah")

    check_pushed(podman, s, name, built, check_prediction)
    equal(registry.tags("you/model"), ["buildah", "podman"])
