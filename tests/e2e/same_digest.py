"""The same project gives the same image: from another folder, at another time, with other
modes and another order of files, by steps that are run anew. From an engine whose cache is empty the
times of folders are others, and all files the same; with a time that was given all is the same."""

import io
import json
import os
import shutil
import tarfile
import time

from engines import Engine
from images import forget_steps, inspect, native_base, predict, running
from registries import digest_of
from scenario import Scenario, check, contains, equal

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

    def nameless():
        return set(engine.docker("images", "--quiet", "--filter", "dangling=true").split())

    def loads_since(began):
        """By the engine's own account, in whole seconds."""
        span = ("--since", str(int(began)), "--until", str(int(time.time()) + 1))
        return len(engine.docker("events", *span, "--filter", "event=load", "--format", "{{.ID}}").split())

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
    engine.docker("tag", IMAGE, f"{IMAGE}-untimed")
    before = nameless()
    timed = digest(copy, "--timestamp", "1700000000")
    check(timed != first, "a time that was given changed nothing")
    equal(inspect(engine, IMAGE)["Created"], "2023-11-14T22:13:20Z")
    base = inspect(engine, engine.base())["RootFS"]["Layers"]
    equal(inspect(engine, IMAGE)["RootFS"]["Layers"][:len(base)], base, "the base's layers")
    # Another name has the first image, so that only one without a time could be left over.
    equal(nameless() - before, set(), "images without a name")
    with running(engine, IMAGE) as port:
        equal(predict(port, {"text": "in time"})["output"], "in time")
    s.environment["SOURCE_DATE_EPOCH"] = "1700000000"
    began = time.time()
    equal(digest(copy), timed, "by $SOURCE_DATE_EPOCH")
    equal(digest(s.project), timed, "of the first folder")
    equal(loads_since(began), 0, "loads of an image that is known already")
    del s.environment["SOURCE_DATE_EPOCH"]

    # Where the times cannot be set there is an image all the same.
    began = time.time()
    in_the_way = s.root / "other cache/cogpp/times"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("no folder")
    s.environment["XDG_CACHE_HOME"], cache = str(in_the_way.parents[1]), s.environment["XDG_CACHE_HOME"]
    told = s.run("build", "-t", IMAGE, "--timestamp", "1700000000", cwd=s.project)
    s.environment["XDG_CACHE_HOME"] = cache
    equal(told.status, 0, str(told))
    contains(told.err, f"image {IMAGE} keeps the times at which it was built: ")
    contains(told.err, str(in_the_way))
    check(inspect(engine, IMAGE)["Id"] != timed, "the image has the times all the same")
    equal(loads_since(began), 0, "loads of an image that could not be changed")

    # A script's mode is part of it.
    os.chmod(copy / "files/a.txt", 0o755)
    check(digest(copy) != first, "a mode that was changed")

    # Nothing is left of earlier builds: no layer that the engine could take again.
    if engine.own:
        whole = digest(s.project) and saved(engine)
        forget_steps(engine, IMAGE)
        s.ok("build", "-t", IMAGE)
        check(saved(engine) == whole, "an image from an empty cache has other files")
        forget_steps(engine, IMAGE)
        equal(digest(s.project, "--timestamp", "1700000000"), timed, "from an empty cache")
    engine.docker("rmi", "--force", IMAGE, f"{IMAGE}-untimed")
