"""Build, predict, push, and predict again from the registry: for every kind of predictor."""

from cmake_files import FILES, PREDICT
from engines import Engine
from images import native_base, python_base, trust_this_machine
from registries import Registry, docker_config
from scenario import CONFIG, Scenario, check, contains, equal

CPP = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  cogpp::TextStream predict(const std::string& prompt) {
    co_yield "streamed ";
    co_yield prompt;
  }
};
COGPP_PREDICTOR(Predictor, cogpp::input("prompt"));
"""
CLASS = """import humanize
from cog import BasePredictor
class Predictor(BasePredictor):
    def setup(self):
        self.word = humanize.ordinal(1)
    def predict(self, prompt: str) -> str:
        return self.word + " " + prompt
"""
FUNCTION = "def run(prompt: str) -> str:\n    return 'function ' + prompt\n"
ASYNC = """from cog import AsyncConcatenateIterator, BaseRunner
class Runner(BaseRunner):
    async def run(self, prompt: str) -> AsyncConcatenateIterator[str]:
        yield "async "
        yield prompt
"""


def python(version, reference, more="", build=""):
    return f'build: {{python_version: "{version}"{build}}}\nrun: "{reference}"\n{more}'


def round_trip(engine, registry, name, files, expected):
    with Scenario(files=files) as s:
        engine.use_in(s)
        docker_config(s, {})
        trust_this_machine(s)
        local, remote = f"cogpp-e2e/{name}", f"{registry.name}/you/{name}"
        built = s.run("build", "-t", local, "--progress", "plain")
        contains(built.err, f"Image built as {local}\n")
        equal(s.ok("predict", local, "-i", "prompt=test"), expected, name)
        pushed = s.run("push", remote)
        equal(pushed.status, 0, str(pushed))
        contains(pushed.err, f"Pushing to {remote}:latest...")
        engine.docker("rmi", "--force", local, remote)
        equal(s.ok("predict", remote, "-i", "prompt=test"), expected, f"{name} from the registry")
        contains(s.fails("predict", remote, "-i", "promt=x"), 'unknown input "promt"; valid inputs are: prompt')
        engine.docker("rmi", "--force", remote)
        equal(engine.containers(), [], "containers that were left behind")


with Engine() as engine:
    native_base(engine)
    version = python_base(engine)
    with Scenario() as s, Registry(s.root / "registry") as registry:
        round_trip(engine, registry, "cpp", {"cog.yaml": CONFIG, "predict.cpp": CPP},
                   '[\n  "streamed ",\n  "test"\n]\n')
        round_trip(engine, registry, "cmake", {**FILES, "predict.cpp": PREDICT.replace("text", "prompt")}, "test one\n")
        round_trip(engine, registry, "class", {
            "cog.yaml": python(version, "predict.py:Predictor", build=", python_requirements: requirements.txt"),
            "predict.py": CLASS, "requirements.txt": "humanize==4.9.0\n"}, "1st test\n")
        round_trip(engine, registry, "function", {"cog.yaml": python(version, "run.py:run"), "run.py": FUNCTION},
                   "function test\n")
        round_trip(engine, registry, "async", {
            "cog.yaml": python(version, "run.py:Runner", "concurrency: {max: 2}\n"), "run.py": ASYNC},
                   '[\n  "async ",\n  "test"\n]\n')
        check(sorted(path.name for path in (registry.root / "data/docker/registry/v2/repositories/you").iterdir()) ==
              ["async", "class", "cmake", "cpp", "function"], "the registry's repositories")
