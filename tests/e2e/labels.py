"""Labels of an image: what Cog's own tools read of it, and where its source comes from."""

import json
import subprocess

from engines import Engine
from images import inspect, native_base
from scenario import Scenario, check, equal, matches

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
std::string train(const std::string& data) { return data; }
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
COGPP_TRAINER(train, cogpp::input("data"));
"""

CONFIG = """image: cogpp-e2e/labels:1
build: {run: [echo one, {command: echo two}], system_packages: []}
run: "predict.cpp:Predictor"
train: "predict.cpp:train"
concurrency: {max: 2}
environment: [A=1, B=two words]
"""
IMAGE = "cogpp-e2e/labels:1"
REVISION, VERSION = "org.opencontainers.image.revision", "org.opencontainers.image.version"


def git(s, *words):
    done = subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words], cwd=s.project,
                          capture_output=True, text=True, env=s.environment)
    check(done.returncode == 0, f"git {words}: {done.stderr}")
    return done.stdout.strip()


def built(engine, s, *flags):
    s.ok("build", *flags)
    return inspect(engine, IMAGE)["Config"]["Labels"]


with Engine() as engine, Scenario(config=CONFIG, predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)
    for name in ("GITHUB_SHA", "GITHUB_REF_NAME"):
        s.environment.pop(name, None)

    labels = built(engine, s)
    equal((labels["run.cog.version"], labels["run.cog.has_init"]), ("0.22.0", "true"))
    config = labels["run.cog.config"]
    check("\n" not in config and ": " not in config, f"not compact: {config}")
    equal(json.loads(config), {
        "build": {"run": [{"command": "echo one"}, {"command": "echo two"}]}, "image": IMAGE,
        "predict": "predict.cpp:Predictor", "train": "predict.cpp:train", "concurrency": {"max": 2},
        "environment": ["A=1", "B=two words"]})
    equal(list(json.loads(config)), ["build", "image", "predict", "train", "concurrency", "environment"])
    schema = json.loads(labels["run.cog.openapi_schema"])
    equal(schema, json.loads(s.ok("schema")), "the label's schema")
    check("TrainingInput" in schema["components"]["schemas"], "trainings")
    inside = engine.docker("run", "--rm", "--entrypoint", "cat", IMAGE, "/src/.cog/openapi_schema.json")
    equal(json.loads(inside), schema, "the schema in the image")
    check(REVISION not in labels and VERSION not in labels, "a revision without a repository")

    # Of a repository: its commit, its tag, and that something has changed since.
    git(s, "init", "--quiet")
    s.write(".gitignore", ".cog\n")
    git(s, "add", ".")
    git(s, "commit", "--quiet", "-m", "first")
    commit = git(s, "rev-parse", "HEAD")
    labels = built(engine, s)
    equal(labels[REVISION], commit)
    git(s, "tag", "v1.2")
    equal(built(engine, s)[VERSION], "v1.2")
    s.write("cog.yaml", CONFIG + "# changed\n")
    matches(built(engine, s)[VERSION], "^v1.2-dirty$")

    # On GitHub its variables say it.
    s.environment.update(GITHUB_SHA="0123abcd", GITHUB_REF_NAME="main")
    labels = built(engine, s)
    equal((labels[REVISION], labels[VERSION]), ("0123abcd", "main"))

    # A label that is longer than what a command line takes as a word, with what a Dockerfile would expand.
    choices = ["\"a\" 'b' \\ $HOME ${HOME} # ü", *(f"choice number {i}" for i in range(7000))]
    listed = ", ".join(json.dumps(choice, ensure_ascii=False) for choice in choices)
    s.write("predict.cpp", PREDICTOR.replace('cogpp::input("text")', f'cogpp::input("text").choices({{{listed}}})'))
    schema = built(engine, s)["run.cog.openapi_schema"]
    check(len(schema) > 128 * 1024, f"{len(schema)} characters")
    equal(json.loads(schema), json.loads(s.ok("schema")), "the label of a long schema")
    engine.docker("rmi", "--force", IMAGE)
