"""Which files of the project get into its image, and how: .dockerignore, names, links."""

import os

from engines import Engine
from images import native_base
from scenario import CONFIG, Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""

IGNORED = """# a comment

*.tmp
!kept.tmp
**/.git
logs
/venv
data/*/raw
!data/b/raw
docs/**
!docs/README.md
name with spaces.txt
"""
PRESENT = """kept.tmp sub/other.tmp sub/venv/x sub/logs/x data/a/cooked data/b/raw/x docs/README.md src.txt .hidden
.gitignore""".split() + ["sp ace.txt", "ünïcode.txt"]
ABSENT = """a.tmp .git/config sub/.git/config logs/x venv/bin/x data/a/raw/x docs/guide/x docs/x""".split() + \
    ["name with spaces.txt"]
IMAGE = "cogpp-e2e/context:1"

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)
    for name in PRESENT + ABSENT:
        s.write(name, f"this is {name}")
    s.write(".dockerignore", IGNORED)
    s.write(".cog/left", "of an earlier build")
    s.write("script.sh", "#!/bin/sh\necho from a script\n").chmod(0o755)
    s.write("private.txt", "for its owner").chmod(0o600)
    s.write("empty.txt", "")
    (s.project / "empty folder").mkdir()
    os.symlink("src.txt", s.project / "link")
    os.symlink("data", s.project / "link to folder")
    s.ok("build", "-t", IMAGE)

    def inside(*words):
        return engine.docker("run", "--rm", "--entrypoint", words[0], IMAGE, *words[1:])

    found = {path.removeprefix("/src/") for path in inside("find", "/src").splitlines()}
    check(set(PRESENT) <= found, f"missing: {sorted(set(PRESENT) - found)}")
    check(not set(ABSENT) & found, f"too much: {sorted(set(ABSENT) & found)}")
    check("empty folder" in found and "empty.txt" in found, str(found))
    check(".cog/left" not in found and ".cog/build" not in found, str(found))
    equal(inside("cat", "/src/ünïcode.txt"), "this is ünïcode.txt")
    equal(inside("/src/script.sh"), "from a script\n")
    equal(inside("cat", "/src/private.txt"), "for its owner")  # the user of the image reads it, too
    equal(inside("cat", "/src/link", "/src/link to folder/a/cooked"), "this is src.txtthis is data/a/cooked")

    # The file is used as it is and stays so; the engine's own may not be missing.
    equal(s.read(".dockerignore"), IGNORED)
    s.write(".dockerignore", "*\n!predict.cpp\n!cog.yaml\n")
    s.ok("build", "-t", IMAGE)
    listed = inside("sh", "-c", "cd /src; ls")
    check("src.txt" not in listed and "predict.cpp" in listed, listed)
    equal(s.ok("predict", IMAGE, "-i", "text=runs"), "runs\n")

    # What is compiled cannot be left out.
    s.write(".dockerignore", "predict.cpp\n")
    contains(s.fails("build", "-t", IMAGE, "--progress", "plain"), "predict.cpp")
    s.write("cog.yaml", CONFIG)
    engine.docker("rmi", "--force", IMAGE)
