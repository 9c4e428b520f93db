"""A Python project that its image cannot run: the doctor mends the sources, and the next image
predicts; the one that was there is left alone."""

from engines import Engine
from images import python_engine
from scenario import Scenario, check, contains, equal

PREDICT = """\
from cog import BasePredictor
from cog.types import ExperimentalFeatureWarning


class Predictor(BasePredictor):
    def predict(self, text: str) -> str:
        return "mended " + text
"""
OLD = "def predict(text: str) -> str:\n    return 'old ' + text\n"
CONFIG = 'build:\n  python_version: "%s"\npredict: predict.py:%s\n'
IMAGE = "cogpp-e2e/fixed:1"

with Engine() as engine, Scenario() as s:
    version = python_engine(engine, s)
    s.write("cog.yaml", CONFIG % (version, "predict"))
    s.write("predict.py", OLD)
    s.ok("build", "-t", IMAGE)
    made = engine.docker("images", "--quiet", "--no-trunc", IMAGE)

    # The image of the new sources is built, and its set-up fails.
    s.write("cog.yaml", CONFIG % (version, "Predictor"))
    s.write("predict.py", PREDICT)
    s.ok("build", "-t", "cogpp-e2e/unfixed:1")
    contains(s.fails("predict", "cogpp-e2e/unfixed:1", "-i", "text=a"), "ExperimentalFeatureWarning")
    err = s.fails("doctor")
    contains(err, "predict.py:2 — ExperimentalFeatureWarning was removed in cog 0.17;")
    contains(err, "Docker\n  a container engine answers: ")

    finished = s.run("doctor", "--fix")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "Fixed: Deprecated imports")
    equal(engine.docker("images", "--quiet", "--no-trunc", IMAGE), made, "the image that was there")
    equal(s.ok("predict", IMAGE, "-i", "text=a"), "old a\n")
    s.ok("build", "-t", IMAGE)
    equal(s.ok("predict", IMAGE, "-i", "text=a"), "mended a\n")
    check(engine.docker("images", "--quiet", "--no-trunc", IMAGE) != made, "the same image")
    equal(engine.containers(), [], "containers that were left behind")
    engine.docker("rmi", "--force", IMAGE, "cogpp-e2e/unfixed:1")
