"""Images without an engine: a C++ predictor as layers on a base, the same bytes each time."""

import json
import tarfile

from registries import digest_of, random_layer, write_layout
from scenario import Scenario, check, contains, equal, interrupt_reading

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return "hello " + text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
CONFIG = "predict: predict.cpp:Predictor\nenvironment: [A=1]\nconcurrency: {max: 2}\n"
WEIGHTS = random_layer(12 << 20)
TIME = 1700000000


def image_in(layout):
    """Manifest and configuration of the only image of a layout."""
    def read(digest):
        data = (layout / "blobs/sha256" / digest[7:]).read_bytes()
        equal(digest_of(data), digest)
        return json.loads(data)
    manifest = read(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])
    return manifest, read(manifest["config"]["digest"])


def names_in(layout, layer):
    with tarfile.open(layout / "blobs/sha256" / layer["digest"][7:]) as tar:
        members = tar.getmembers()
    equal({member.mtime for member in members}, {TIME}, "times")
    owners = {member.name: (member.uid, member.gid) for member in members}
    theirs = {name: owner for name, owner in owners.items() if owner != (0, 0)}
    runtime = ["home/cogpp", "run/cog"] if "opt/cogpp/bin/cogpp-server" in owners else []
    equal(theirs, {name: (1000, 1000) for name in runtime}, "owners")
    return [member.name for member in members if not member.isdir()]


def make(s, place, *flags, base="oci:.cog/base"):
    return json.loads(s.ok("build", "--output", place, "--base", base, "--json", *flags))


with Scenario(config=CONFIG, predictor=PREDICTOR) as s:
    s.environment["SOURCE_DATE_EPOCH"] = str(TIME)
    s.write("model.bin", WEIGHTS)
    s.write(".dockerignore", "notes\n")
    s.write("notes", "private")
    write_layout(s.project / ".cog/base", [random_layer(1000)])

    # A layout, with everything in its place.
    finished = s.run("build", "--output", "oci:image", "--base", "oci:.cog/base", "--json")
    equal(finished.status, 0, str(finished))
    contains(finished.err, "Building image from environment in cog.yaml on oci:.cog/base, without an engine...")
    contains(finished.err, "Image built as oci:image")
    said, layout = json.loads(finished.out), s.project / "image"
    manifest, config = image_in(layout)
    layers = manifest["layers"][1:]
    names = [names_in(layout, layer) for layer in layers]
    check("opt/cogpp/bin/cogpp-server" in names[0] and "opt/cogpp/bin/cogpp-worker" in names[0], str(names[0]))
    check(not any("python" in name or name.endswith(".a") for name in names[0]), str(names[0]))
    equal(names[1], ["src/model.bin"], "weights have a layer of their own")
    equal(names[2], ["opt/model/predictor.so", "opt/model/signature.json"])
    equal(names[3], ["src/.dockerignore", "src/cog.yaml", "src/predict.cpp"])
    equal(names[4], ["src/.cog/openapi_schema.json", "usr/share/doc/cogpp/sbom.spdx.json"])
    equal([layer["mediaType"] for layer in layers], ["application/vnd.oci.image.layer.v1.tar"] * 5)
    equal(config["rootfs"]["diff_ids"][1:], [layer["digest"] for layer in layers])
    equal(said["layers"], [layer["digest"] for layer in manifest["layers"]])

    # Start, environment and labels as an engine's build has them.
    run = config["config"]
    equal(run["Cmd"][:3], ["/opt/cogpp/bin/cogpp-server", "--", "/opt/cogpp/bin/cogpp-worker"])
    equal((run["User"], run["WorkingDir"], run["ExposedPorts"]), ("1000:1000", "/src", {"5000/tcp": {}}))
    for variable in ("A=1", "HOME=/home/cogpp", "COG_MAX_CONCURRENCY=2"):
        check(variable in run["Env"], str(run["Env"]))
    labels = run["Labels"]
    equal(json.loads(labels["run.cog.config"])["predict"], "predict.cpp:Predictor")
    equal((labels["run.cog.version"], labels["run.cogpp.predictor"], labels["run.cogpp.device"]), ("0.22.0", "cpp", "cpu"))
    schema = json.loads(labels["run.cog.openapi_schema"])
    equal(schema, json.loads(s.ok("schema")), "the schema")

    # The same bytes again, wherever they go; the layout beside the sources is no part of them.
    again = make(s, "oci:.cog/again")
    equal((again["digest"], again["layers"]), (said["digest"], said["layers"]))
    equal(make(s, "tar:image.tar")["digest"], said["digest"])
    equal(make(s, "oci:.cog/beside")["digest"], said["digest"], "beside an archive")
    equal(make(s, "tar:image.tar:other")["digest"], said["digest"], "an archive in the place of the last one")
    with tarfile.open(s.project / "image.tar") as archive:
        equal(json.load(archive.extractfile("manifest.json"))[0]["RepoTags"], ["other:latest"])
    (s.project / "image.tar").unlink()
    # Where nothing is known yet it is compiled again, to the same bytes.
    known = s.environment["XDG_CACHE_HOME"]
    s.environment["XDG_CACHE_HOME"] = str(s.root / "nothing known")
    equal(make(s, "oci:.cog/anew")["layers"], said["layers"], "compiled anew")
    check((s.root / "nothing known/cogpp/native").exists(), "it was not compiled anew")
    s.environment["XDG_CACHE_HOME"] = known
    s.environment["SOURCE_DATE_EPOCH"] = str(TIME + 1)
    check(make(s, "oci:.cog/later")["digest"] != said["digest"], "the time is in it")
    equal(make(s, "oci:.cog/given", "--timestamp", str(TIME))["digest"], said["digest"])
    s.environment["SOURCE_DATE_EPOCH"] = str(TIME)

    # A changed line moves the small layers alone, and another layout gets the whole image.
    s.write("predict.cpp", PREDICTOR.replace("hello", "good day"))
    changed = make(s, "oci:.cog/changed")
    equal([a == b for a, b in zip(changed["layers"], said["layers"])], [True, True, True, False, False, True])
    equal(len(list((s.project / ".cog/changed/blobs/sha256").iterdir())), 8)
    # In the place of the former image it leaves nothing of that.
    equal(make(s, "oci:.cog/again")["digest"], changed["digest"])
    equal(len(list((s.project / ".cog/again/blobs/sha256").iterdir())), 8, "blobs of two images")

    # Weights that changed in place, with their size, are other weights.
    s.write("model.bin", WEIGHTS[1:] + b"x")
    moved = make(s, "oci:.cog/moved")
    equal([a == b for a, b in zip(moved["layers"], changed["layers"])], [True, True, False, True, True, True])

    # cog.yaml may name the base; its paths are the project's, wherever the command is given.
    s.write("cog.yaml", CONFIG + "build: {base_image: 'oci:.cog/base'}\n")
    (s.project / "below").mkdir()
    finished = s.run("build", "--output", f"oci:{s.project}/.cog/named", "--json", "--strict", cwd=s.project / "below")
    equal(finished.status, 0, str(finished))
    equal(json.loads(finished.out)["layers"][0], moved["layers"][0], "the base's layer")
    named = image_in(s.project / ".cog/named")[1]["config"]["Labels"]["run.cog.config"]
    check("base_image" not in named, f"no key of Cog's: {named}")

    # Ctrl-C in the middle: what is left of the image is in the way of nothing.
    before = make(s, "oci:.cog/before")
    s.write("large.bin", "")
    for place in ("oci:cut", "tar:cut.tar"):
        interrupt_reading(s, "large.bin", "build", "--output", place)
        equal([path.name for path in s.project.rglob("*.part-*")], [], place)
    check(not (s.project / "cut.tar").exists(), "half an archive")
    (s.project / "large.bin").unlink()
    equal(make(s, "oci:.cog/after")["digest"], before["digest"], "the remains are part of the model")
    equal(make(s, "oci:cut")["digest"], before["digest"])
