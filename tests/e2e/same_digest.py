"""The same project gives the same image: from another folder, at another time, with other
modes and another order of files."""

import os
import shutil

from engines import Engine
from images import inspect, native_base
from scenario import Scenario, check, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
IMAGE = "cogpp-e2e/same:1"

with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)

    def digest(folder, *flags):
        s.ok("build", "-t", IMAGE, *flags, cwd=folder)
        return inspect(engine, IMAGE)["Id"]

    names = [f"files/{letter}.txt" for letter in "bacd"]
    for name in names:
        s.write(name, name)
    s.write("large.bin", b"\1" * (11 << 20))
    first = digest(s.project)
    equal(digest(s.project), first, "again")

    copy = s.root / "another folder"
    copy.mkdir()
    (copy / "files").mkdir()
    for name in sorted(names) + ["large.bin", "predict.cpp", "cog.yaml"]:
        shutil.copyfile(s.project / name, copy / name)
        os.chmod(copy / name, 0o600)
        os.utime(copy / name, (1, 1))
    os.chmod(copy / "files", 0o700)
    equal(digest(copy), first, "a copy")
    s.environment["TZ"] = "Asia/Tokyo"
    equal(digest(copy), first, "in another time zone")

    # Another time is another image, by flag as by variable; the same time the same.
    timed = digest(copy, "--timestamp", "1700000000")
    check(timed != first, "a time that was given changed nothing")
    s.environment["SOURCE_DATE_EPOCH"] = "1700000000"
    equal(digest(copy), timed, "by $SOURCE_DATE_EPOCH")
    equal(digest(s.project), timed, "of the first folder")
    del s.environment["SOURCE_DATE_EPOCH"]

    # A script's mode is part of it.
    os.chmod(copy / "files/a.txt", 0o755)
    check(digest(copy) != first, "a mode that was changed")
    engine.docker("rmi", "--force", IMAGE)
