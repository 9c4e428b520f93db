"""Projects whose Dockerfile is looked at: `cogpp debug` prints it, and needs no engine."""

import json

from scenario import check

PREDICTOR = "class Predictor:\n    def predict(self, text: str) -> str:\n        return text\n"


def project(scenario, requirements=None, build=None, **keys):
    """Writes cog.yaml (as JSON, which is YAML), the predictor and its requirements."""
    scenario.write("predict.py", PREDICTOR)
    build = {"python_version": "3.12", **(build or {})}
    if requirements is not None:
        scenario.write("requirements.txt", "".join(line + "\n" for line in requirements))
        build["python_requirements"] = "requirements.txt"
    scenario.write("cog.yaml", json.dumps({"build": build, "predict": "predict.py:Predictor", **keys}))


def base(text):
    """What the model's image begins with."""
    for line in text.splitlines():
        if line.startswith("FROM ") and line.endswith(" AS model"):
            return line.split()[1]
    check(False, f"no stage is the model's:\n{text}")


def in_order(text, *parts):
    """The parts are in the text, each behind the one before it."""
    place = 0
    for part in parts:
        found = text.find(part, place)
        check(found >= 0, f"{part!r} is not behind what comes before it in:\n{text}")
        place = found + len(part)
