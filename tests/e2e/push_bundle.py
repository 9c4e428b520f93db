"""cogpp push of a model with managed weights: an index over the image and the weights."""

import json

from registries import Registry, digest_of, docker_config, random_layer, same_blobs, write_layout
from scenario import Scenario, check, contains, equal
from weights import INDEX, fetch, own_store, read_lock, weight, write_config

with Scenario() as s, Registry(s.root / "registry") as registry:
    docker_config(s, {})
    own_store(s)
    s.write("weights/data.bin", b"four")
    write_config(s, registry.name, [weight("alpha", "/src/weights", "weights")])
    layout = s.project / "image"
    image = write_layout(layout, [random_layer(1 << 20)])
    s.environment["COG_MODEL_TAG"] = "v1"
    name = f"{registry.name}/owner/model"

    # Weights come first: without them nothing is sent.
    contains(s.fails("push", "--from", "oci:image"), '  - "alpha": not imported yet\n')
    s.ok("weights", "import")
    entry = read_lock(s)["weights"][0]
    s.environment["COG_MODEL_REPO"] = "other/model"
    contains(s.fails("push", "--from", "oci:image"),
             f'weight "alpha" not found in registry ({registry.name}/other/model@{entry["digest"]}); '
             "run 'cogpp weights import' to push weights first: the registry has no such manifest\n")
    del s.environment["COG_MODEL_REPO"]

    finished = s.run("push", "--from", "oci:image")
    equal(finished.status, 0, str(finished))
    text = fetch(registry.name, "manifests/v1", INDEX)
    contains(finished.err, f"\n1 managed weight(s)\n\nPushing to {name}:v1...\n")
    contains(finished.err, f"  model   {name}@{digest_of(text)}\n  ├─ image   {name}@{image}\n"
                           f"  └─ weight  alpha  {name}@{entry['digest']}\n")
    index = json.loads(text)
    equal(index["mediaType"], INDEX)
    first, second = index["manifests"]
    equal((first["digest"], first["platform"]), (image, {"architecture": "amd64", "os": "linux"}))
    equal(second["digest"], entry["digest"])
    equal(second["platform"], {"architecture": "unknown", "os": "unknown"})
    equal(second["artifactType"], "application/vnd.cog.weight.v1")
    equal(second["annotations"], {"run.cog.weight.name": "alpha", "run.cog.weight.set-digest": entry["setDigest"],
                                  "run.cog.weight.size.uncompressed": "4"})
    check(len(fetch(registry.name, f"manifests/{second['digest']}")) == second["size"], "the weight's size")
    equal(json.loads(fetch(registry.name, "manifests/cog-image.v1"))["schemaVersion"], 2)

    # Other programs pull the image by the model's name.
    same_blobs(layout, registry.pull("owner/model:v1", s.root / "pulled"))

    # The same again has the same digest; a model without weights is a bundle as well.
    contains(s.run("push", "--from", "oci:image").err, digest_of(text))
    (s.project / "weights.lock").unlink()
    write_config(s, registry.name, [])
    finished = s.run("push", "--from", "oci:image")
    contains(finished.err, f"  └─ image   {name}@{image}\n")
    check("managed weight" not in finished.err, finished.err)
    equal(len(json.loads(fetch(registry.name, "manifests/v1", INDEX))["manifests"]), 1)
