"""cogpp weights import: plans, artifacts in a real registry, weights.lock."""

import io
import json
import os
import tarfile

from registries import Registry, docker_config
from scenario import Scenario, check, contains, equal, interrupt_reading, matches
from weights import NOTE, fetch, own_store, read_lock, set_digest, stored, weight, write_config

BIG = os.urandom(65 << 20)  # above the size of files that share a layer
FILES = {"config.json": b"{}", "model.bin": BIG, "sub/tokens.txt": b"a b c", "notes.md": b"not taken"}
TAKEN = {path: data for path, data in FILES.items() if path != "notes.md"}

with Scenario() as s, Registry(s.root / "registry") as registry:
    docker_config(s, {})
    store = own_store(s)
    for path, data in FILES.items():
        s.write(f"weights/{path}", data)
    s.write("weights/.cog/state", b"cogpp's own")
    weights = [weight("alpha", "/src/weights", "weights", exclude=["*.md"])]
    write_config(s, registry.name, weights)

    # A plan changes nothing.
    err = s.run("weights", "import", "--dry-run", "-v").err
    contains(err, NOTE)
    contains(err, "+ alpha  weights → /src/weights\n  status: new\n  files: 3  size: 65.0MB\n")
    contains(err, "  excluded (1 files):\n    - notes.md (9B)\n  included (3 files):\n    + config.json (2B)\n")
    check(not (s.project / "weights.lock").exists(), "a plan writes no lock")
    check(not store.exists(), "a plan stores nothing")

    err = s.run("weights", "import").err
    contains(err, "Building 1 weight(s)...\n")
    contains(err, "\n  alpha -> /src/weights (2 layer(s), 65.0MB)\n")
    contains(err, f"\n\nPushing 1 weight(s) to {registry.name}/owner/model...\n")
    contains(err, f"\n\nImported 1 weight artifact(s) to {registry.name}/owner/model\nTotal: 65.0MB\n")
    lock = read_lock(s)
    entry = lock["weights"][0]
    equal(lock["version"], 1)
    equal(entry["setDigest"], set_digest(TAKEN))
    equal([f["path"] for f in entry["files"]], sorted(TAKEN))
    equal(entry["sources"][0]["uri"], "file://./weights")
    equal(entry["sources"][0]["exclude"], ["*.md"])
    equal(entry["size"], sum(map(len, TAKEN.values())))
    contains(err, f"  alpha: {registry.name}/owner/model@{entry['digest']}")
    check(all(stored(store, data) for data in TAKEN.values()), "the store has every file")
    check(not stored(store, FILES["notes.md"]), "the store has what is taken only")
    equal(list((store / "parts").iterdir()), [], "left in the store")

    # The registry holds an artifact, its layers are plain archives of the files.
    tag = f"cog-weight.alpha.{entry['setDigest'][7:19]}"
    manifest = json.loads(fetch(registry.name, f"manifests/{tag}"))
    equal(manifest["artifactType"], "application/vnd.cog.weight.v1")
    equal(manifest["config"]["mediaType"], "application/vnd.cog.weight.config.v1+json")
    equal(manifest["annotations"], {"run.cog.weight.name": "alpha", "run.cog.weight.set-digest": entry["setDigest"],
                                    "run.cog.weight.target": "/src/weights"})
    config = json.loads(fetch(registry.name, f"blobs/{manifest['config']['digest']}"))
    equal(config["files"], entry["files"])
    equal([layer["digest"] for layer in manifest["layers"]], sorted(layer["digest"] for layer in entry["layers"]))
    found = {}
    for layer in manifest["layers"]:
        equal(layer["mediaType"], "application/vnd.oci.image.layer.v1.tar")
        with tarfile.open(fileobj=io.BytesIO(fetch(registry.name, f"blobs/{layer['digest']}"))) as tar:
            sizes = 0
            for member in tar:
                equal((member.mtime, member.uid, member.gid), (0, 0, 0), member.name)
                equal(member.mode, 0o755 if member.isdir() else 0o644, member.name)
                if member.isfile():
                    found[member.name] = tar.extractfile(member).read()
                    sizes += member.size
            equal(layer["annotations"], {"run.cog.weight.size.uncompressed": str(sizes)})
    check(found == TAKEN, f"the layers hold {sorted(found)}")

    # Nothing new: nothing is sent, and the lock stays as it is.
    before = s.read("weights.lock")
    err = s.run("weights", "import").err
    contains(err, "= alpha  weights → /src/weights\n  status: unchanged\n")
    equal(err.count("already there"), 3, err)
    equal(s.read("weights.lock"), before)

    # A changed small file: the large file's layer stays.
    s.write("weights/config.json", b'{"a": 1}')
    err = s.run("weights", "import").err
    matches(err, r"~ alpha  weights → /src/weights\n  status: upstream-changed\n"
                 r"  changed: fingerprint: sha256:[0-9a-f]{64} → sha256:[0-9a-f]{64}\n")
    after = read_lock(s)["weights"][0]
    shared = {layer["digest"] for layer in entry["layers"]} & {layer["digest"] for layer in after["layers"]}
    equal(len(shared), 1, "layers that stayed")

    # Another weight, several sources of which the later wins, and one that goes.
    s.write("more/config.json", b"later")
    write_config(s, registry.name, [{"name": "beta", "target": "/b", "source": [
        {"uri": "file://weights", "include": ["*.json", "sub/**"]}, {"uri": "more"}]}])
    err = s.run("weights", "import", "beta").err
    contains(err, "+ beta  → /b\n  source[0]: file://weights\n  source[1]: more\n  status: new\n  files: 2")
    locked = read_lock(s)["weights"]
    equal([w["name"] for w in locked], ["beta"], "alpha is pruned")
    equal(locked[0]["setDigest"], set_digest({"config.json": b"later", "sub/tokens.txt": b"a b c"}))
    write_config(s, registry.name, [weight("beta", "/c", "more")])
    contains(s.run("weights", "import", "--dry-run").err,
             "  status: config-changed\n  changed: target: /b → /c\n  changed: source count: 2 → 1\n")

    # What is wrong is said before anything is sent.
    contains(s.fails("weights", "import", "gamma"), 'weight "gamma" not found in cog.yaml')
    write_config(s, registry.name, [weight("up", "/u", "..")])
    contains(s.fails("weights", "import"), "is outside the project's directory")
    write_config(s, registry.name, [weight("none", "/n", "nowhere")])
    contains(s.fails("weights", "import"), "source nowhere: open")
    write_config(s, registry.name, [weight("empty", "/e", "weights", include=["*.onnx"])])
    contains(s.fails("weights", "import"), 'weight "empty" has no files')
    os.symlink("config.json", s.project / "weights/link")
    write_config(s, registry.name, [weight("alpha", "/a", "weights")])
    contains(s.fails("weights", "import"), "is not a regular file")

    # Ctrl-C in the middle of a file.
    s.write("large/model.bin", "")
    write_config(s, registry.name, [weight("alpha", "/a", "large")])
    interrupt_reading(s, "large/model.bin", "weights", "import")
    equal([w["name"] for w in read_lock(s)["weights"]], ["beta"], "the lock is as it was")
