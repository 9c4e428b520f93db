"""cogpp weights status: cog.yaml against the lock against the registry."""

import json

from registries import Registry, docker_config
from scenario import Scenario, check, contains, equal, matches
from weights import own_store, read_lock, remove_blob, weight, write_config


def states(scenario):
    finished = scenario.run("weights", "status", "--json")
    weights = json.loads(finished.out)["weights"]
    ready = all(w["status"] == "ready" for w in weights)
    equal(finished.status, 0 if ready else 1, str(finished))
    check(ready or "not all weights are ready" in finished.err, str(finished))
    return {w["name"]: w["status"] for w in weights}


with Scenario() as s, Registry(s.root / "registry") as registry:
    docker_config(s, {})
    own_store(s)
    contains(s.fails("weights", "status"), "failed to read config: ")
    s.write("predict.cpp", "")
    s.write("cog.yaml", "predict: predict.cpp:Predictor\n")
    contains(s.fails("weights", "status"), "weight commands require a model ref: set 'model' in cog.yaml, or export")
    s.write("cog.yaml", f"predict: predict.cpp:Predictor\nmodel: {registry.name}/owner/model\n")
    contains(s.fails("weights", "status"), "no weights defined in cog.yaml")

    s.write("a/file", b"a" * 2000)
    s.write("b/file", b"b")
    alpha, beta = weight("alpha", "/src/a", "a"), weight("beta", "/src/b", "b")
    write_config(s, registry.name, [alpha])
    finished = s.run("weights", "status")
    equal(finished.status, 1)
    equal(finished.out, "NAME   TARGET  STATUS   SIZE  LAYERS  DIGEST\nalpha  /src/a  pending  -     -       -\n")

    s.ok("weights", "import")
    equal(states(s), {"alpha": "ready"})
    digest = read_lock(s)["weights"][0]["digest"][:19]
    equal(s.ok("weights", "status"), "NAME   TARGET  STATUS  SIZE   LAYERS  DIGEST\n"
                                     f"alpha  /src/a  ready   2.0KB  1       {digest}\n")
    layer = read_lock(s)["weights"][0]["layers"][0]
    matches(s.ok("weights", "status", "-v"), f"└─ +ready +[0-9.]+KB +{layer['digest'][:19]}\n")
    item = json.loads(s.ok("weights", "status", "--json"))["weights"][0]
    locked = read_lock(s)["weights"][0]
    equal(item, {"name": "alpha", "target": "/src/a", "status": "ready", "size": 2000,
                 "sizeCompressed": layer["size"], "layerCount": 1, "fileCount": 1, "digest": locked["digest"],
                 "source": {"uri": "file://./a", "fingerprint": locked["sources"][0]["fingerprint"]},
                 "layers": [{"digest": layer["digest"], "size": layer["size"], "status": "ready"}]})

    write_config(s, registry.name, [weight("alpha", "/src/moved", "a"), beta])
    equal(states(s), {"alpha": "stale", "beta": "pending"})
    contains(s.fails("push", "--from", "oci:none"),
             "weights.lock is out of sync with cog.yaml:\n"
             '  - "alpha": config changed (target: /src/a → /src/moved)\n'
             '  - "beta": not imported yet\n'
             "Run 'cogpp weights import' to update.")
    write_config(s, registry.name, [beta])
    equal(states(s), {"beta": "pending", "alpha": "orphaned"})
    contains(s.fails("push", "--from", "oci:none"), '  - "alpha": removed from cog.yaml but still in lockfile\n')
    write_config(s, registry.name, [alpha])
    remove_blob(registry, layer["digest"])
    equal(states(s), {"alpha": "incomplete"})
    equal(json.loads(s.run("weights", "status", "--json").out)["weights"][0]["layers"][0]["status"], "missing")
    s.ok("weights", "import")
    equal(states(s), {"alpha": "ready"})

    # The command itself.
    contains(s.ok("weights", "--help"), "import")
    contains(s.ok("weights"), "cogpp weights import")
    check("weights  " not in s.ok("--help"), "weights is not among the commands of the help")
    contains(s.fails("weights", "improt"), 'unexpected argument "improt" for "cogpp weights"')
    contains(s.fails("weights", "status", "--jsn"), "Did you mean this?\n\t--json")
