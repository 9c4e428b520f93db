"""cogpp schema of Python projects, byte for byte against what Cog's own generator made of
the same sources."""

import json
import pathlib
import shutil
import sys

from scenario import Scenario, check, equal

TESTS = pathlib.Path(__file__).resolve().parent.parent
MODELS = TESTS / "contract/models"
DOCUMENTS = TESTS / "unit/schema/fixtures/openapi"


def document_of(model):
    """What `cogpp schema` prints for a copy of the model."""
    with Scenario() as s:
        for path in (MODELS / model).iterdir():
            shutil.copy(path, s.project)
        # Any interpreter that can parse the source will do: nothing of it is run.
        return s.ok("schema", "--python", sys.executable)


names = [path.stem for path in sorted(DOCUMENTS.glob("*.json"))
         if (MODELS / path.stem / "predict.py").exists()]
check(len(names) >= 29, f"only {len(names)} models with a document: {names}")
for name in names:
    equal(document_of(name), (DOCUMENTS / f"{name}.json").read_text() + "\n", name)

built = document_of("example")
equal(built, (DOCUMENTS / "example.build.json").read_text() + "\n", "example, as built")
served = json.dumps(json.loads(built), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
equal(served, (DOCUMENTS / "example.runtime.json").read_text(), "example, as served")
