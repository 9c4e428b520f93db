"""Managed weights in a container of the sources: mounted from the store, read-only, without a
copy; what is missing is told; nothing stays in the project."""

from engines import Engine
from images import native_base, started
from registries import Registry, docker_config
from scenario import Scenario, check, contains, equal
from weights import own_store, weight, write_config

PREDICTOR = r"""
#include <cogpp/predictor.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

class Predictor {
 public:
  std::string predict(const std::string& text) {
    std::string word;
    std::ifstream("/models/alpha/deep/word.txt") >> word;
    std::ofstream out("/models/alpha/deep/word.txt");
    std::cout << "reached predict" << std::endl;
    while (text == "wait") std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return text + " " + word + (out ? " written" : " kept");
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""


def mounts(s):
    place = s.project / ".cog/mounts"
    return sorted(path.name for path in place.iterdir()) if place.exists() else []


with Engine() as engine, Scenario() as s, Registry(s.root / "registry") as registry:
    engine.use_in(s)
    native_base(engine)
    docker_config(s, {})
    own_store(s)
    s.write("weights/deep/word.txt", "heavy")
    write_config(s, registry.name, [weight("alpha", "/models/alpha", "weights")])
    s.write("predict.cpp", PREDICTOR)
    predict = ("predict", "--docker", "-i", "text=a")

    err = s.fails(*predict)
    contains(err, 'weights.lock is out of sync with cog.yaml:\n  - "alpha": not imported yet\n')
    contains(err, "Run 'cogpp weights import' to update.")
    s.ok("weights", "import")
    equal(s.ok(*predict), "a heavy kept\n")
    equal(mounts(s), [], "mounts that were left behind")

    # A command that was killed leaves its links, and the next one removes them.
    killed = started(s, "reached predict", "predict", "--docker", "-i", "text=wait")
    equal(len(mounts(s)), 1)
    killed.kill()
    killed.wait()
    equal(s.ok(*predict), "a heavy kept\n")
    equal(mounts(s), [], "mounts that were left behind")

    own_store(s, "empty")
    contains(s.fails(*predict), 'weight "alpha" is not fully cached locally (missing deep/word.txt); '
             "run 'cogpp weights pull' first")
    s.ok("weights", "pull")
    equal(s.ok(*predict), "a heavy kept\n")
    engine.docker("rmi", "--force", "cog-project:source")

    # An image of it, in its project's folder; pushed, by its name anywhere.
    image = f"{registry.name}/owner/model"
    s.ok("build")
    equal(s.ok("predict", image, "-i", "text=i"), "i heavy kept\n")
    s.environment["COG_MODEL_TAG"] = "v1"
    s.ok("build", "-t", f"{image}:v1")
    s.ok("push")
    engine.docker("rmi", "--force", image)
    store = own_store(s, "elsewhere")
    (s.root / "away").mkdir()
    finished = s.run("predict", f"{image}:v1", "-i", "text=b", cwd=s.root / "away")
    equal([finished.status, finished.out], [0, "b heavy kept\n"], str(finished))
    contains(finished.err, "Pulling alpha... (1 file(s))\n")
    contains(finished.err, "Pulling alpha... done (5B, 1 file(s), 1 layer(s))\n")
    equal(list((store / "mounts").iterdir()), [], "mounts that were left behind")
    check("Pulling" not in s.run("predict", f"{image}:v1", "-i", "text=b", cwd=s.root / "away").err, "pulled again")

    # Nobody knows them: the model starts without.
    engine.docker("tag", f"{image}:v1", "cogpp-e2e-weights:latest")
    err = s.run("predict", "cogpp-e2e-weights:latest", "-i", "text=c", cwd=s.root / "away").err
    contains(err, 'image cogpp-e2e-weights:latest wants the weight "alpha" at /models/alpha, which is not mounted: ')
    equal(engine.containers(), [], "containers that were left behind")
    engine.docker("rmi", "--force", f"{image}:v1", "cogpp-e2e-weights:latest")
