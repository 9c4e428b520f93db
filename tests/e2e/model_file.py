"""A project without code: `predict` names a TorchScript or AOTInductor file, `tensors`
describes it. Usage: model_file.py BIN MODELS, with the models of runtime/torch's tests."""

import json
import shutil

from scenario import Scenario, contains, equal, stop
from torch_models import CONFIG, EXPECTED, MODELS, check_scores

for model in ("mixer.pt", "mixer.pt2"):
    with Scenario(files={"cog.yaml": CONFIG.format(model=model)}) as s:
        shutil.copy(MODELS / model, s.project / model)
        values = f"values={json.dumps(EXPECTED['x'])}"
        check_scores(json.loads(s.ok("predict", "-i", values)))
        contains(s.fails("predict", "-i", "values=[[1, 2]]"), "values")
        contains(s.fails("predict", "-i", "wrong=1"), 'unknown input "wrong"')

        server = s.serve()
        check_scores(json.loads(s.ok("predict", "-i", values)))
        equal(stop(server), 0, "exit status of serve")

with Scenario(files={"cog.yaml": CONFIG.format(model="missing.pt")}) as s:
    contains(s.fails("predict", "-i", "values=[[1, 2, 3, 4]]"), "missing.pt")

with Scenario(files={"cog.yaml": CONFIG.format(model="weights.pt")}) as s:
    # A state_dict is no program: the error says so before anything is predicted.
    shutil.copy(MODELS / "weights.pt", s.project / "weights.pt")
    contains(s.fails("predict", "-i", "values=[[1, 2, 3, 4]]"), "weights.pt")
