"""A project without code: `predict` names a TorchScript or AOTInductor file, `tensors`
describes it. Usage: model_file.py BIN MODELS, with the models of runtime/torch's tests."""

import json
import pathlib
import shutil
import sys

from scenario import Scenario, check, contains, equal, stop

MODELS = pathlib.Path(sys.argv[2])
EXPECTED = json.loads((MODELS / "expected.json").read_text())

CONFIG = """\
predict: {model}
tensors:
  inputs:
    values: {{ type: array, shape: [-1, 4] }}
    factor: {{ type: number, default: 1.5 }}
  output: {{ type: array }}
"""


def check_scores(output):
    [scores] = output if len(output) == 1 else [output]
    for ours, theirs in zip(sum(scores, []), sum(EXPECTED["scores"], []), strict=True):
        check(abs(ours - theirs) < 1e-5, f"{scores} instead of {EXPECTED['scores']}")


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
