"""A full disk: what could not be written is named, and nothing half-written is taken for
whole later. Mounts a small tmpfs, so it needs root."""

import contextlib
import os
import subprocess

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


def says_full(text, *parts):
    """The text says so; Go's programs, and those that speak as they do, in lower case."""
    for part in ("no space left on device", *parts):
        contains(text.lower(), part)


@contextlib.contextmanager
def small_disk(place, size):
    """A file system of that many bytes; yields a function that gives it another size."""
    check(os.getuid() == 0, "only root can mount a small file system for this test")
    place.mkdir(exist_ok=True)

    def mount(*words):
        done = subprocess.run(["mount", *words, str(place)], capture_output=True, text=True)
        check(done.returncode == 0, f"mount: {done.stderr}")

    mount("-t", "tmpfs", "-o", f"size={size}", "none")
    try:
        yield lambda larger: mount("-o", f"remount,size={larger}")
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


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
