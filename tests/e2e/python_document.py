"""A Python model whose types cannot be read from its sources: an OpenAPI document of its
author's stands for them, for predict, train and serve."""

import json
import re
import sys
import urllib.error

from scenario import Scenario, check, contains, equal, get, post, stop

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
CONFIG = f"""\
build:
  python_version: "{VERSION}"
predict: "predict.py:Predictor"
train: "predict.py:train"
"""
KNOWN = '''\
from typing import Optional
from cog import BasePredictor, Input, Path

class Predictor(BasePredictor):
    def predict(self, number: int = Input(ge=0), file: Optional[Path] = None) -> str:
        return f"{number} {type(number).__name__} {open(file).read() if file else '-'}"

def train(steps: int) -> str:
    return f"{steps} steps"
'''
# The class comes from a call; what predict() takes is known only when it runs.
UNKNOWN = KNOWN.replace("class Predictor", "class Hidden").replace(
    "def train(steps: int)", "def made():\n    return Hidden\n\nPredictor = made()\n\ndef train(steps: int)")
REASON = '"Predictor" in predict.py is no class or function of its top level, so that its types cannot be read'
WHY = f"{REASON}\nCOG_OPENAPI_SCHEMA=FILE names an OpenAPI document that tells the types instead"

with Scenario(files={"cog.yaml": CONFIG, "predict.py": KNOWN, "a.txt": "text of a"}) as s:
    s.write("given.json", s.ok("schema"))
    s.write("predict.py", UNKNOWN)
    for command in (["predict", "-i", "number=1"], ["train", "-i", "steps=1"], ["serve", "-p", "0"], ["schema"]):
        contains(s.fails(*command), WHY)

    # Inputs are checked by the document before anything starts, and files are fetched.
    s.environment["COG_OPENAPI_SCHEMA"] = "given.json"
    contains(s.fails("predict", "-i", "number=-1"), 'invalid input "number": number must be at least 0')
    contains(s.fails("predict", "-i", "other=1"), 'unknown input "other"; valid inputs are: file, number')
    finished = s.run("predict", "-i", "number=7", "-i", "file=@a.txt")
    equal(finished.out, "7 int text of a\n", str(finished))
    contains(finished.err, f"{REASON}\nThe types are those of COG_OPENAPI_SCHEMA=given.json")
    s.ok("train", "-i", "steps=3", "-o", "trained.txt")

    # What a document told is remembered: the sources are read again only for another one.
    python, log = s.root / "python", s.root / "read"
    python.write_text(f"""#!/bin/sh
case "$*" in
  *cogpp_schema*) echo read >> {log}; exec {sys.executable} "$@" ;;
  *) printf '%s\\n%s\\n' {python} {VERSION}.0 ;;
esac
""")
    python.chmod(0o755)
    for text, reads in ((s.read("given.json"), 1), (s.read("given.json") + "\n", 2)):
        s.write("again.json", text)
        s.environment["COG_OPENAPI_SCHEMA"] = "again.json"
        for _ in range(2):
            err = s.fails("predict", "--python", str(python), "-i", "number=-1")
            contains(err, f"{REASON}\nThe types are those of COG_OPENAPI_SCHEMA=again.json")
            contains(err, "number must be at least 0")
        equal(log.read_text().count("read"), reads, "readings of the sources")
    s.environment["COG_OPENAPI_SCHEMA"] = "given.json"
    equal(s.read("trained.txt"), "3 steps")
    equal(s.ok("schema"), s.read("given.json"))

    # predict uses a server that has the same document, and only that one.
    serve = s.serve()
    port = re.search(r"Serving at http://localhost:(\d+)", s.serve_log()).group(1)
    address = f"http://localhost:{port}"
    equal(get(address + "/openapi.json"), json.loads(s.read("given.json")))
    equal(post(address + "/predictions", {"input": {"number": 5}})["output"], "5 int -")
    try:
        post(address + "/predictions", {"input": {"number": -1}})
        check(False, "an input that the document forbids")
    except urllib.error.HTTPError as error:
        equal(error.code, 422)
    contains(s.run("predict", "--debug", "-i", "number=2").err, "Using the server on port " + port)
    given = json.loads(s.read("given.json"))
    given["components"]["schemas"]["Input"]["properties"]["number"]["minimum"] = -9
    s.write("given.json", json.dumps(given))
    finished = s.run("predict", "--debug", "-i", "number=-2")
    equal(finished.out, "-2 int -\n", str(finished))
    check("Using the server" not in finished.err, "a server with another document")
    stop(serve)
    del s.environment["COG_OPENAPI_SCHEMA"]

    # serve's own flag.
    (s.root / "other.json").write_text(s.read("given.json"))
    serve, address = s.listen("-p", "0", "--schema-file", "../other.json")
    equal(post(address + "/predictions", {"input": {"number": -3}})["output"], "-3 int -")
    stop(serve)

    # Documents that do not help are named, beside the reason why one is wanted.
    for document, why in (({"openapi": "3.0.2", "paths": {}}, "it does not list the inputs of /predictions"),
                          ({**given, "paths": {}}, "missing output definition for /predictions"),
                          ({"openapi": "2.0", "paths": {}}, "Model schema is invalid")):
        s.write("bad.json", json.dumps(document))
        s.environment["COG_OPENAPI_SCHEMA"] = "bad.json"
        err = s.fails("predict", "-i", "number=1")
        contains(err, f"{REASON}\nCOG_OPENAPI_SCHEMA=bad.json: ")
        contains(err, why)
    del given["paths"]["/trainings"]
    s.write("bad.json", json.dumps(given))
    for docker in ([], ["--docker"]):
        contains(s.fails("train", *docker, "-i", "steps=1"), "bad.json does not tell what predict.py:train takes")

    # No document helps sources that are no Python, where the project's own cannot read them.
    s.write("given.json", json.dumps(given))
    s.write("predict.py", "def (")
    for document in ("given.json", None):
        s.environment.pop("COG_OPENAPI_SCHEMA", None)
        if document:
            s.environment["COG_OPENAPI_SCHEMA"] = document
        for docker in ([], ["--docker"]):
            err = s.fails("predict", *docker, "-i", "number=1")
            contains(err, "failed to parse Python source")
            check("COG_OPENAPI_SCHEMA" not in err, err)

    # Read by another Python it may be new syntax.
    s.write("cog.yaml", CONFIG.replace(VERSION, "3.77"))
    err = s.fails("predict", "--docker", "-i", "number=1")
    contains(err, "failed to parse Python source")
    contains(err, "COG_OPENAPI_SCHEMA=FILE names")
    s.environment["COG_OPENAPI_SCHEMA"] = "given.json"
    err = s.fails("predict", "--docker", "-i", "other=1")
    contains(err, "The types are those of COG_OPENAPI_SCHEMA=given.json")
    contains(err, 'unknown input "other"')
