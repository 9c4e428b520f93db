"""The same project gives the same image: from another folder, at another time, with other
modes and another order of files, by steps that are run anew. From an engine whose cache is empty the
times of folders are others, and all files the same."""

import io
import json
import os
import shutil
import tarfile

from engines import Engine
from images import inspect, native_base
from registries import digest_of
from scenario import Scenario, check, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
IMAGE = "cogpp-e2e/same:1"


def saved(engine):
    """What each layer of the image has, but for times: the engine keeps those of its cache."""
    with tarfile.open(fileobj=io.BytesIO(engine.call("save", IMAGE).stdout)) as archive:
        [manifest] = json.load(archive.extractfile("manifest.json"))
        return [listed(archive.extractfile(layer)) for layer in manifest["Layers"]]


def listed(layer):
    with tarfile.open(fileobj=layer) as archive:
        return {info.name: (info.type, info.mode, info.uid, info.gid, info.linkname,
                            info.isfile() and digest_of(archive.extractfile(info).read())) for info in archive}


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
    equal(digest(s.project, "--no-cache"), first, "by steps that are run anew")

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

    # Nothing is left of earlier builds: no layer that the engine could take again.
    if engine.own:
        whole = digest(s.project) and saved(engine)
        engine.docker("rmi", "--force", IMAGE)
        engine.docker("builder", "prune", "--all", "--force")
        s.ok("build", "-t", IMAGE)
        check(saved(engine) == whole, "an image from an empty cache has other files")
    engine.docker("rmi", "--force", IMAGE)
