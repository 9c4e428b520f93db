"""cogpp weights pull: what the lock names comes into this machine's store, checked."""

import gzip
import io
import json
import os
import tarfile
import urllib.request

from registries import Proxy, Registry, digest_of, docker_config
from scenario import Scenario, check, contains, equal
from weights import own_store, read_lock, remove_blob, set_digest, stored, weight, write_config

BIG = os.urandom(65 << 20)


def upload(registry, data):
    """As another program would."""
    base = f"http://{registry}/v2/owner/model/blobs/uploads/"
    with urllib.request.urlopen(urllib.request.Request(base, method="POST")) as answer:
        place = answer.headers["Location"]
    place += ("&" if "?" in place else "?") + "digest=" + digest_of(data)
    headers = {"Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(place, data=data, headers=headers, method="PUT")).close()
    return digest_of(data)


with Scenario() as s, Registry(s.root / "registry") as registry, Proxy(registry.port) as proxy:
    docker_config(s, {})
    own_store(s)
    s.write("weights/a.bin", BIG)
    s.write("weights/b/c.json", b"{}")
    s.write("other/d.txt", b"d")
    weights = [weight("alpha", "/src/weights", "weights"), weight("beta", "/src/other", "other")]
    write_config(s, registry.name, weights)
    contains(s.fails("weights", "pull"), "weights.lock not found (run 'cogpp weights import' first)")
    s.ok("weights", "import")

    # What this machine imported is there already; no registry is asked.
    s.environment["COG_MODEL_REGISTRY"] = "localhost:1"
    err = s.run("weights", "pull").err
    contains(err, "Pulling alpha... cached (2/2 files)\nPulling beta... cached (1/1 files)\n")
    contains(err, "All 2 weight(s) already cached.\n")
    del s.environment["COG_MODEL_REGISTRY"]

    # Another machine has nothing.
    store = own_store(s, "second")
    err = s.run("weights", "pull", "beta").err
    contains(err, "Pulling beta... (1 file(s))\n")
    contains(err, "Pulling beta... done (1B, 1 file(s), 1 layer(s))\n")
    contains(err, "Pulled 1B across 1 file(s) / 1 layer(s) for 1 weight(s); 0 already cached.\n")
    err = s.run("weights", "pull", "-v").err
    contains(err, f"Cache:    {store}\nLockfile: {s.project}/weights.lock\n")
    contains(err, "Pulling alpha -> /src/weights\n  manifest: sha256:")
    contains(err, "  files:    2 missing / 2 total\n  layer ")
    contains(err, "for 2 weight(s); 1 already cached.\n")
    check(stored(store, BIG) and stored(store, b"{}") and stored(store, b"d"), "the store has every file")
    equal(list((store / "parts").iterdir()), [], "left in the store")
    contains(s.fails("weights", "pull", "nope", "beta", "typo"), "unknown weight(s): [nope typo]")

    # Over a line that breaks, the rest is asked for, not the whole.
    store = own_store(s, "third")
    s.environment["COG_MODEL_REGISTRY"] = proxy.name
    proxy.answer_cuts = [40 << 20]
    s.ok("weights", "pull")
    check(not proxy.answer_cuts, "the download was cut")
    check(stored(store, BIG), "the store has the large file")
    check(proxy.sent <= len(BIG) + (8 << 20), f"{proxy.sent} bytes were sent for {len(BIG)}")
    del s.environment["COG_MODEL_REGISTRY"]

    # Cog's packer compresses.
    files = {"x.txt": b"x" * 5000, "y/z.txt": b"z"}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    layer = gzip.compress(packed.getvalue(), mtime=0)
    digest = upload(registry.name, layer)
    lock = read_lock(s)
    lock["envelopeFormat"] = "sha256:" + "c" * 64
    lock["weights"][1].update(
        setDigest=set_digest(files),
        files=[{"path": p, "size": len(d), "digest": digest_of(d), "layer": digest} for p, d in files.items()],
        layers=[{"digest": digest, "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": len(layer),
                 "sizeUncompressed": 5001}])
    s.write("weights.lock", json.dumps(lock))
    s.ok("weights", "pull", "beta")
    check(all(stored(store, data) for data in files.values()), "the compressed layer's files")

    # Bytes that are not what the lock says never get into the store.
    lock["weights"][1]["files"][1]["digest"] = digest_of(b"something else")
    s.write("weights.lock", json.dumps(lock))
    contains(s.fails("weights", "pull", "beta"), "holds other bytes for y/z.txt than weights.lock says")
    check(not stored(store, b"something else"), "a wrong file is not stored")
    lock["weights"][1]["files"][1]["path"] = "../../escape"
    s.write("weights.lock", json.dumps(lock))
    contains(s.fails("weights", "pull", "beta"), '"../../escape" is not a plain relative path')
    s.write("weights.lock", "{")
    contains(s.fails("weights", "pull"), "weights.lock: EOF")

    # A registry that lost a layer.
    write_config(s, registry.name, weights)
    own_store(s)
    (s.project / "weights.lock").unlink()
    s.ok("weights", "import")
    own_store(s, "fourth")
    remove_blob(registry, read_lock(s)["weights"][1]["layers"][0]["digest"])
    contains(s.fails("weights", "pull", "beta"), 'failed to pull weight "beta": layer sha256:')
