"""A project with a CMakeLists.txt of its own."""

import os

from cmake_files import CMAKE, FILES, WORD
from scenario import Scenario, contains, equal

with Scenario(files=FILES) as s:
    equal(s.ok("predict", "-i", "text=a"), "a one\n")
    s.write("word.cpp", WORD.replace("one", "two"))
    equal(s.ok("predict", "-i", "text=a"), "a two\n")
    # As from an archive: another content, and older than what was made of the last one.
    s.write("word.cpp", WORD.replace("one", "old"))
    os.utime(s.project / "word.cpp", (400_000_000, 400_000_000))
    equal(s.ok("predict", "-i", "text=a"), "a old\n")
    s.write("word.cpp", WORD.replace('" one"', "1"))
    err = s.fails("predict", "-i", "text=a")
    contains(err, "error:")
    contains(err, "could not build")
    s.write("CMakeLists.txt", CMAKE.replace("cogpp_add_predictor", "# "))
    contains(s.fails("predict", "-i", "text=a"), "cogpp_add_predictor")
