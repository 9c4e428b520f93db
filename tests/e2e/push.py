"""Images from layouts and archives to a registry and back, byte for byte."""

import io
import json
import subprocess
import tarfile

from registries import Registry, digest_of, docker_config, random_layer, same_blobs, write_layout
from scenario import Scenario, check, contains, equal

with Scenario() as s, Registry(s.root / "registry") as registry:
    docker_config(s, {})
    layers = [random_layer(3 << 20), b"small", b""]
    layout = s.project / "image"
    digest = write_layout(layout, layers)

    finished = s.run("push", f"{registry.name}/owner/model:v1", "--from", "oci:image")
    equal(finished.status, 0, str(finished))
    contains(finished.err, f"Pushing to {registry.name}/owner/model:v1...")
    contains(finished.err, f"image  {registry.name}/owner/model@{digest}")
    equal(finished.out, "", "standard output")
    same_blobs(layout, registry.pull("owner/model:v1", s.root / "pulled"))

    # What is there is not sent again, and another repository mounts or gets its own.
    finished = s.run("push", f"{registry.name}/owner/model:v2", "--from", "oci:image")
    equal(finished.err.count("already there"), 4, str(finished))

    # The same image in an archive, and as docker save writes it, without a thought of what was pushed.
    subprocess.run(["tar", "-C", layout, "-cf", s.project / "image.tar", "."], check=True)
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache-of-archive")
    finished = s.run("push", f"{registry.name}/archive", "--from", "tar:image.tar")
    contains(finished.err, digest)
    equal(finished.err.count(": pushed ("), 4, str(finished))
    s.environment["XDG_CACHE_HOME"] = str(s.root / "cache-of-saved")
    with tarfile.open(s.project / "saved.tar", "w") as tar:
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": {"run.cog.config": "{}"}},
                             "rootfs": {"type": "layers", "diff_ids": [digest_of(layers[0])]}}).encode()
        listed = json.dumps([{"Config": "c.json", "RepoTags": ["m:latest"], "Layers": ["1/layer.tar"]}]).encode()
        for name, data in (("c.json", config), ("1/layer.tar", layers[0]), ("manifest.json", listed)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    contains(s.run("push", f"{registry.name}/saved", "--from", "tar:saved.tar").err, ": pushed (3")
    pulled = registry.pull("saved", s.root / "pulled-saved")
    check((pulled / digest_of(layers[0])[7:]).read_bytes() == layers[0], "the layer of docker save")

    # Of several images in a layout none is taken for the one that is meant.
    several, entries = s.project / "several", []
    for name in ("one:1", "two:1"):
        write_layout(several, [name.encode()])
        entries += json.loads((several / "index.json").read_text())["manifests"]
        entries[-1]["annotations"] = {"org.opencontainers.image.ref.name": name}
    (several / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
    err = s.fails("push", f"{registry.name}/several/two:1", "--from", "oci:several")
    contains(err, "oci:several holds several images: one:1, two:1. Say which, as in oci:several:one:1")
    for number, entry in zip(("one", "two"), entries):
        err = s.run("push", f"{registry.name}/several/{number}:1", "--from", f"oci:several:{number}:1").err
        contains(err, f"{registry.name}/several/{number}@{entry['digest']}")

    # cog.yaml names the image.
    s.write("cog.yaml", f"image: {registry.name}/named:v3\npredict: predict.cpp:Predictor\n")
    contains(s.run("push", "--from", "oci:image").err, f"Pushing to {registry.name}/named:v3...")

    # What cannot be pushed is said before anything is sent.
    s.write("cog.yaml", "predict: predict.cpp:Predictor\n")
    contains(s.fails("push", "--from", "oci:image"), "To push images, you must either set the 'image' option")
    contains(s.fails("push", f"{registry.name}/UPPER", "--from", "oci:image"), '"UPPER" is not a repository')
    contains(s.fails("push", f"{registry.name}/m", "--from", "oci:nowhere"), "open nowhere: no such file")
    contains(s.fails("push", f"{registry.name}/m", "--from", "zip:x"), 'invalid image source "zip:x"')
    write_layout(s.project / "plain", [b"x"], labels={})
    contains(s.run("push", f"{registry.name}/plain", "--from", "oci:plain").err, "the image is not a Cog model")
    whole = random_layer(100)
    write_layout(s.project / "changed", [whole])
    (s.project / "changed/blobs/sha256" / digest_of(whole)[7:]).write_bytes(b"y" * len(whole))
    contains(s.fails("push", f"{registry.name}/damaged", "--from", "oci:changed"), "a file has changed or is damaged")
    contains(s.fails("push", "localhost:1/m", "--from", "oci:plain"), "could not connect to https://localhost:1")
