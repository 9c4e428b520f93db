"""The real Cog server with the same predictors as cogpp's (bench/cog)."""

import json
import os
import shutil
import subprocess

from harness.measure import BenchError
from harness.processes import ModelServer, free_port

STRING = {"type": "string"}
# What Cog's build step would write for these predictors, as far as the server
# reads it: the input's schema and whether events are offered.
SCHEMAS = {
    "noop": ({"text": STRING}, STRING, False),
    "noop_async": ({"text": STRING}, STRING, False),
    "sse": (
        {"count": {"type": "integer"}},
        {"type": "array", "items": STRING, "x-cog-array-type": "iterator"},
        True,
    ),
    "path_in": ({"file": {"type": "string", "format": "uri"}}, STRING, False),
    "file_out": ({"size": {"type": "integer"}}, {"type": "string", "format": "uri"}, False),
}
# Cog leaves a folder here for every prediction.
LITTER = "/tmp/coglet"


def document(model):
    inputs, output, streaming = SCHEMAS[model]
    properties = {
        name: dict(schema, title=name.title(), **{"x-order": order})
        for order, (name, schema) in enumerate(inputs.items())
    }
    post = {"operationId": "predict_predictions_post", "responses": {}}
    if streaming:
        post["x-cog-streaming"] = True
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.22.0"},
        "paths": {"/predictions": {"post": post}},
        "components": {
            "schemas": {
                "Input": {
                    "title": "Input",
                    "type": "object",
                    "properties": properties,
                    "required": list(inputs),
                },
                "Output": dict(output, title="Output"),
            }
        },
    }


class CogPeer:
    """Starts Cog servers; use as a context so that what Cog leaves behind goes away."""

    def __init__(self, bench_folder, scratch):
        self.sources = os.path.join(bench_folder, "cog")
        self.scratch = scratch
        self.had_litter = os.path.exists(LITTER)
        made = subprocess.run(
            [os.path.join(bench_folder, "cog_venv")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        self.venv = made.stdout.strip()
        self.missing = made.stderr.strip() if made.returncode != 0 else ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.had_litter:
            shutil.rmtree(LITTER, ignore_errors=True)

    def python(self):
        """The interpreter with the package `cog`."""
        if self.missing:
            raise BenchError(self.missing)
        return os.path.join(self.venv, "bin", "python")

    def project(self, model):
        """A copy of bench/cog/<model> as Cog's build leaves it."""
        project = os.path.join(self.scratch, "cog_" + model)
        if not os.path.exists(project):
            shutil.copytree(os.path.join(self.sources, model), project)
            os.mkdir(os.path.join(project, ".cog"))
            with open(os.path.join(project, ".cog", "openapi_schema.json"), "w") as file:
                json.dump(document(model), file)
        return project

    def start(self, model, slots=1):
        python, project = self.python(), self.project(model)
        port = free_port()
        # The worker is whatever `python` stands first in PATH.
        env = dict(
            os.environ,
            PATH=os.path.join(self.venv, "bin") + os.pathsep + os.environ["PATH"],
            PORT=str(port),
            COG_PREDICT_TYPE_STUB="predict.py:Predictor",
            COG_MAX_CONCURRENCY=str(slots),
            TMPDIR=self.scratch,
        )
        name = f"Cog {model}" + (f", {slots} slots" if slots > 1 else "")
        command = [python, "-m", "cog.server.http"]
        return ModelServer(name, command, self.scratch, port, env, project)
