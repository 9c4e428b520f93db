"""Flags of `cogpp build`: another file, Dockerfile, schema, base and time; names of images."""

import json
import os

from engines import Engine
from images import base_name, inspect, native_base, predict, running
from scenario import Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return "said " + text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

CONFIG = 'image: cogpp-e2e/named:2\npredict: "predict.cpp:Predictor"\n'

with Engine() as engine, Scenario(config=CONFIG, predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)

    # The name: cog.yaml's, unless the flag gives another one. The file: another one, below the project.
    contains(s.run("build").err, "Image built as cogpp-e2e/named:2")
    (s.project / "sub").mkdir()
    (s.project / "cog.yaml").rename(s.project / "other.yaml")
    contains(s.run("build", "-f", "other.yaml", "-t", "cogpp-e2e/other:1", cwd=s.project / "sub").err,
             "Building Docker image from environment in other.yaml as cogpp-e2e/other:1...")
    equal(json.loads(inspect(engine, "cogpp-e2e/other:1")["Config"]["Labels"]["run.cog.config"])["image"],
          "cogpp-e2e/named:2")
    (s.project / "other.yaml").rename(s.project / "cog.yaml")

    # Time: of every file that the engine does not have in its cache.
    s.write("timed.txt", os.urandom(16).hex())
    s.ok("build", "-t", "cogpp-e2e/timed:1", "--timestamp", "1700000000")
    shown = engine.docker("run", "--rm", "cogpp-e2e/timed:1", "stat", "-c", "%Y", "/src/predict.cpp", "/src/timed.txt")
    equal(shown.split(), ["1700000000", "1700000000"])

    # A schema of the user's own.
    schema = json.loads(s.ok("schema"))
    schema["info"]["title"] = "Mine"
    s.write("schema.json", json.dumps(schema))
    said = s.run("build", "-t", "cogpp-e2e/schema:1", "--openapi-schema", "schema.json")
    contains(said.err, "Validating model schema from schema.json...")
    label = inspect(engine, "cogpp-e2e/schema:1")["Config"]["Labels"]["run.cog.openapi_schema"]
    equal(json.loads(label)["info"]["title"], "Mine")

    # A base of the user's own gets cogpp's parts; debug shows what would be built.
    engine.docker("tag", base_name(), "cogpp-e2e/slim:1")
    plain, based = s.ok("debug"), s.ok("debug", "--base", "cogpp-e2e/slim:1")
    check(plain.splitlines()[0] != based.splitlines()[0], based)

    # A Dockerfile of the user's own, in whose image the CLI's labels are put.
    tag = plain.split("FROM ")[2].split()[0]
    s.write(".dockerignore", "notes.txt\n")
    s.write("notes.txt", "private")
    s.write("Mine.Dockerfile", f"FROM {tag}\nUSER root\nCOPY . /copied\nUSER cogpp\nCMD ['true']\n")
    equal(s.ok("debug", "--dockerfile", "Mine.Dockerfile"), s.read("Mine.Dockerfile"))
    done = s.run("build", "-t", "cogpp-e2e/mine:1", "--dockerfile", "Mine.Dockerfile", "--progress", "plain")
    equal(done.status, 0, str(done))
    names = engine.docker("run", "--rm", "cogpp-e2e/mine:1", "ls", "-a", "/copied", "/src/.cog").split()
    check("predict.cpp" in names and "openapi_schema.json" in names, str(names))
    check("notes.txt" not in names and ".cog" not in names, str(names))
    contains(inspect(engine, "cogpp-e2e/mine:1")["Config"]["Labels"]["run.cog.openapi_schema"], '"text"')

    # Of one base alone; a schema that nobody wants.
    contains(s.fails("build", "--base", "a", "--dockerfile", "b"),
             "The flags --base and --dockerfile are mutually exclusive: you can only set one of them.")
    contains(s.fails("build", "--secret", "id=a,path=b"), "unexpected key 'path' in 'path=b'")
    s.ok("build", "-t", "cogpp-e2e/silent:1", "--skip-schema-validation")
    check("run.cog.openapi_schema" not in inspect(engine, "cogpp-e2e/silent:1")["Config"]["Labels"], "a schema")
    equal(s.ok("predict", "cogpp-e2e/silent:1", "-i", "text=x"), "said x\n")

    # All anew, and it still runs.
    s.ok("build", "-t", "cogpp-e2e/named:2", "--no-cache", "--separate-weights", "--progress", "quiet")
    with running(engine, "cogpp-e2e/named:2") as port:
        equal(predict(port, {"text": "x"})["output"], "said x")
    for name in ("named:2", "other:1", "timed:1", "schema:1", "mine:1", "silent:1"):
        engine.docker("rmi", "--force", "cogpp-e2e/" + name)
