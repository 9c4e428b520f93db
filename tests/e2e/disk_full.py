"""A full disk: what could not be written is named, and nothing half-written is taken for
whole later. Mounts a small tmpfs, so it needs root."""

import os

from disks import says_full, small_disk
from registries import Registry, docker_config, write_layout
from scenario import Scenario, check, contains, equal
from weights import own_store, stored, weight, write_config

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(int64_t size) { return std::string(static_cast<std::size_t>(size), 'x'); }
};
COGPP_PREDICTOR(Predictor, cogpp::input("size"));
"""

with Scenario(predictor=PREDICTOR) as s:
    # The result of a prediction; the cache of compiled predictors.
    with small_disk(s.project / "out", 64 << 10):
        equal(s.ok("predict", "-i", "size=10", "-o", "out/small"), "")
        err = s.fails("predict", "-i", "size=1000000", "-o", "out/large")
        says_full(err, "out/large")
        check(not (s.project / "out/large").exists(), "half an output stayed")
    with small_disk(s.root / "cache", 64 << 10) as grow:
        s.environment["XDG_CACHE_HOME"] = str(s.root / "cache")
        says_full(s.fails("predict", "-i", "size=1"))
        grow(256 << 20)
        equal(s.ok("predict", "-i", "size=1"), "x\n")

    # An image in an archive: nothing of it stays.
    write_layout(s.project / ".cog/base", [b"base"])
    with small_disk(s.root / "images", 1 << 20):
        err = s.fails("build", "--output", f"tar:{s.root}/images/image.tar", "--base", "oci:.cog/base")
        says_full(err)
        equal(list((s.root / "images").iterdir()), [], "what a full disk keeps")

with Scenario() as s, Registry(s.root / "registry") as registry:
    # The store of weights, at import and at pull.
    docker_config(s, {})
    data = os.urandom(3 << 20)
    s.write("weights/data.bin", data)
    write_config(s, registry.name, [weight("alpha", "/src/weights", "weights")])
    store = own_store(s, "imported")
    with small_disk(s.root / "imported", 1 << 20) as grow:
        says_full(s.fails("weights", "import"))
        check(not (s.project / "weights.lock").exists(), "a lock of what was not imported")
        check(not stored(store, data), "half a file is in the store")
        grow(16 << 20)
        s.ok("weights", "import")
    store = own_store(s, "pulled")
    with small_disk(s.root / "pulled", 1 << 20) as grow:
        says_full(s.fails("weights", "pull"))
        check(not stored(store, data), "half a file is in the store")
        grow(16 << 20)
        s.ok("weights", "pull")
        check(stored(store, data), "the store has the file")

    # The registry's disk: its answer fails the push.
    write_layout(s.project / "image", [os.urandom(3 << 20)])
    with small_disk(s.root / "full", 1 << 20), Registry(s.root / "full") as full:
        (s.root / "away").mkdir()
        name = f"{full.name}/you/image:v1"
        contains(s.fails("push", name, "--from", f"oci:{s.project}/image", cwd=s.root / "away"), "500")
