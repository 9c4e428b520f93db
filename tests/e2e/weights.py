"""Projects with managed weights, for the scenarios about them."""

import hashlib
import json
import urllib.request

from registries import digest_of
from scenario import check

NOTE = "NOTE: cogpp weights is experimental."
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def write_config(scenario, registry, weights, more=""):
    """cog.yaml of a model in that registry; `weights` is a list of dictionaries."""
    scenario.write("predict.cpp", "")
    scenario.write("cog.yaml", f"predict: predict.cpp:Predictor\nmodel: {registry}/owner/model\n{more}"
                   f"weights: {json.dumps(weights)}\n")


def weight(name, target, uri, **more):
    return {"name": name, "target": target, "source": {"uri": uri, **more}}


def own_store(scenario, name="store"):
    """Where this scenario's store of weights is; another name, another machine."""
    scenario.environment["COG_CACHE_DIR"] = str(scenario.root / name)
    return scenario.root / name / "weights"


def stored(store, data):
    hexadecimal = hashlib.sha256(data).hexdigest()
    path = store / "files/sha256" / hexadecimal[:2] / hexadecimal
    return path.exists() and path.read_bytes() == data


def read_lock(scenario):
    return json.loads(scenario.read("weights.lock"))


def set_digest(files):
    """Of {path: bytes}."""
    lines = sorted(f"{hashlib.sha256(data).hexdigest()}  {path}" for path, data in files.items())
    return digest_of("\n".join(lines).encode())


def fetch(registry, path, accept=MANIFEST):
    request = urllib.request.Request(f"http://{registry}/v2/owner/model/{path}", headers={"Accept": accept})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def remove_blob(registry, digest):
    """As if the registry had lost it."""
    data = registry.root / "data/docker/registry/v2"
    links = list(data.glob(f"repositories/*/*/_layers/sha256/{digest[7:]}/link"))
    check(links, f"{digest} is in no repository")
    for link in links:
        link.unlink()
