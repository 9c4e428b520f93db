"""Images of projects with a CMakeLists.txt of their own. All lie in the same folder there, and all
of their files have the same time."""

from cmake_files import FILES, PREDICT, WORD
from engines import Engine
from images import native_base
from scenario import Scenario, equal

IMAGE = "cogpp-e2e/cmake:1"


def says(s, expected):
    built = s.run("build", "-t", IMAGE, "--progress", "plain")
    equal(built.status, 0, str(built))
    equal(s.ok("predict", IMAGE, "-i", "text=a"), expected)


with Engine() as engine:
    native_base(engine)
    with Scenario(files=FILES) as s:
        engine.use_in(s)
        says(s, "a one\n")
        s.write("word.cpp", WORD.replace("one", "two"))
        says(s, "a two\n")
        s.write("word.cpp", WORD)
        says(s, "a one\n")
    # Another project with the same names.
    other = {**FILES, "predict.cpp": PREDICT.replace("text + word()", '"other" + word()'),
             "word.cpp": WORD.replace("one", "six")}
    with Scenario(files=other) as s:
        engine.use_in(s)
        says(s, "other six\n")
    engine.docker("rmi", "--force", IMAGE)
