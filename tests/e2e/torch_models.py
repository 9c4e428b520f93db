"""The model files that the tests of runtime/torch make, for scripts whose second argument
is their folder: how a project describes them, and what they predict."""

import json
import pathlib
import sys

from scenario import check

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
