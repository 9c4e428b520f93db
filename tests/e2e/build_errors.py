"""What keeps an image from being built is said, with what to do, and leaves nothing behind."""

import os
import shutil

from disks import says_full, small_disk
from engines import DOCKER, Engine
from images import native_base
from scenario import CONFIG, Scenario, check, contains, matches

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    native_base(engine)

    # No engine: none in PATH, one that does not answer, one that is not there.
    empty = s.root / "empty"
    empty.mkdir()
    path = s.environment["PATH"]
    s.environment["PATH"] = str(empty)
    contains(s.fails("build"), "no container engine was found. Install one")
    s.environment["PATH"] = path
    s.environment["DOCKER_HOST"] = f"unix://{s.root}/nobody.sock"
    contains(s.fails("build", "--engine", DOCKER), "the container engine cannot be used")
    contains(s.fails("build", "--engine", "no-such-engine"), "the container engine no-such-engine was not found")
    engine.use_in(s)

    # The project: no cog.yaml, a wrong one, a file that is not there.
    (s.project / "cog.yaml").unlink()
    contains(s.fails("build"), "cog.yaml not found in")
    s.write("cog.yaml", CONFIG + "build: {run: ['a\nb']}\nimage: [1]\n")
    contains(s.fails("build"), "failed to parse cog.yaml")
    s.write("cog.yaml", 'predict: "other.cpp:Predictor"\n')
    contains(s.fails("build", "--progress", "plain"), "other.cpp")
    s.write("cog.yaml", CONFIG)
    s.write(".dockerignore", "a\n!\n")
    contains(s.fails("build"), ".dockerignore line 2")
    (s.project / ".dockerignore").unlink()

    # The predictor does not compile: the compiler's words, and no image.
    s.write("predict.cpp", PREDICTOR.replace("return text;", "return txt;"))
    failed = s.fails("build", "-t", "cogpp-e2e/broken:1", "--progress", "plain")
    matches(failed, r"predict\.cpp:4:\d+: error: 'txt' was not declared")
    contains(failed, "Failed to build Docker image")
    check(engine.call("image", "inspect", "cogpp-e2e/broken:1").returncode != 0, "a broken image was made")
    check(not (s.project / ".cog/build").exists(), ".cog/build stayed")
    s.write("predict.cpp", PREDICTOR)

    # A step of build.run fails; a secret is missing.
    s.write("cog.yaml", CONFIG + "build: {run: ['echo no >&2; exit 3']}\n")
    contains(s.fails("build", "--progress", "plain"), "exit code: 3")
    s.write("cog.yaml", CONFIG)
    contains(s.fails("build", "--secret", "id=x,src=nowhere.txt"), "nowhere.txt")

    # No room for the sources: the file and the reason.
    s.write("large.txt", os.urandom(1 << 20))
    with small_disk(s.project / ".cog", 512 << 10):
        says_full(s.fails("build"), "/large.txt: no space left on device", ".cog needs room")
    (s.project / "large.txt").unlink()

    # Schemas and certificates that are none.
    s.write("schema.json", "{}")
    err = s.fails("build", "--progress", "plain", "--openapi-schema", "schema.json")
    contains(err, "--openapi-schema schema.json: Model schema is invalid")
    check("#1 " not in err, f"the engine's builder ran first: {err}")
    for skip in ([], ["--skip-schema-validation"]):
        err = s.fails("build", "--progress", "plain", *skip, "--openapi-schema", "gone.json")
        contains(err, "--openapi-schema gone.json: open gone.json: no such file")
        check("#1 " not in err, f"the engine's builder ran first: {err}")
    s.environment["COG_CA_CERT"] = "neither file nor text"
    contains(s.fails("build"), "COG_CA_CERT must be")
    s.environment.pop("COG_CA_CERT")
    s.environment["SOURCE_DATE_EPOCH"] = "yesterday"
    contains(s.fails("build"), "SOURCE_DATE_EPOCH is yesterday")
    s.environment.pop("SOURCE_DATE_EPOCH")

    # The project cannot be written to: a file is where the folder belongs. (Root may write anywhere.)
    shutil.rmtree(s.project / ".cog", ignore_errors=True)
    s.write(".cog", "")
    contains(s.fails("build"), f"{s.project}/.cog")
