"""What an engine built on a base of the registry's is pushed without the base: its layers are
mounted from the base's repository, as they lie there."""

import json

from engines import Engine
from images import trust_this_machine
from registries import Proxy, Registry, docker_config
from scenario import Scenario, check, contains, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return "mounted " + text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""


def push_base(engine, registry, image, name):
    """By the engine, which compresses, and not by the proxy, which knows no chunks of http."""
    direct = f"{registry.name}/{name.split('/', 1)[1]}"
    engine.docker("tag", image, name)
    engine.docker("tag", image, direct)
    engine.docker("push", direct)
    engine.docker("rmi", direct)


def layers_of(registry, name, folder):
    """The digests of the layers that the registry's manifest names."""
    pulled = registry.pull(name, folder)
    return [layer["digest"] for layer in json.loads((pulled / "manifest.json").read_text())["layers"]]


def push(s, proxy, *words):
    """What is said, the bytes that the registry is sent, and where blobs were asked to come from."""
    before, asked = proxy.received, len(proxy.requests)
    pushed = s.run("push", *words, "--no-build")
    equal(pushed.status, 0, str(pushed))
    paths = [path for method, path, _ in proxy.requests[asked:] if method == "POST"]
    return pushed.err, proxy.received - before, [path for path in paths if "mount=" in path]


with Engine() as engine, Scenario(predictor=PREDICTOR) as s, Registry(s.root / "registry") as registry, \
        Proxy(registry.port) as proxy:
    engine.use_in(s)
    docker_config(s, {})
    trust_this_machine(s)
    base, image = f"{proxy.name}/bases/slim:1", f"{proxy.name}/you/model"
    push_base(engine, registry, engine.base(), base)
    lowest = layers_of(registry, "bases/slim:1", s.root / "base")
    base_size = sum(blob.stat().st_size for blob in (s.root / "base").iterdir())
    check(base_size > 50_000_000, f"{base_size} bytes of the base")

    # Never pushed from here, and yet there.
    s.ok("build", "-t", f"{image}:1", "--base", base)
    equal(json.loads(engine.docker("inspect", f"{image}:1"))[0]["Config"]["Labels"]["run.cogpp.base"], base)
    said, sent, mounts = push(s, proxy, f"{image}:1")
    contains(said, f"{len(lowest)} layer(s) are taken from the base {base}")
    from_base = [path for path in mounts if "from=bases%2Fslim" in path]
    equal([digest for path in from_base for digest in lowest if digest[7:] in path], lowest)
    check(sent < base_size / 2, f"{sent} bytes are sent, the base has {base_size}")
    equal(layers_of(registry, "you/model:1", s.root / "model")[:len(lowest)], lowest)

    # It is the image that was built.
    built = json.loads(engine.docker("inspect", f"{image}:1"))[0]["Id"]
    engine.docker("rmi", "--force", f"{image}:1")
    equal(s.ok("predict", f"{image}:1", "-i", "text=a"), "mounted a\n")
    equal(json.loads(engine.docker("inspect", f"{image}:1"))[0]["Id"], built)

    # Once more: nothing to mount, nothing to send, the same manifest.
    said, sent, mounts = push(s, proxy, f"{image}:1")
    equal(mounts, [])
    check(sent < 100_000, f"{sent} bytes are sent again")
    first = registry.pull("you/model:1", s.root / "again") / "manifest.json"
    equal(first.read_text(), (s.root / "model/manifest.json").read_text())

    # Cog's label tells as much; of a base that has other content by now what is the same is taken.
    changed = f"FROM {engine.base()}\nRUN echo >/new\n"
    engine.docker("build", "--tag", base, "-", input=changed.encode(), stdin=None)
    push_base(engine, registry, base, base)
    other = f"{proxy.name}/other/model:1"
    recipe = f"FROM {engine.base()}\nLABEL run.cog.cog-base-image-name={base}\nRUN echo >/mine\n"
    engine.docker("build", "--tag", other, "-", input=recipe.encode(), stdin=None)
    said, sent, mounts = push(s, proxy, other)
    contains(said, f"{len(lowest)} layer(s) are taken from the base {base}")
    equal(len(mounts), len(lowest))
    check(sent < 100_000, f"{sent} bytes are sent")

    # A base that is gone is no failure, nor one in another registry.
    for name in (f"{proxy.name}/bases/gone:1", "localhost:1/bases/slim:1"):
        recipe = f"FROM {image}:1\nLABEL run.cogpp.base={name}\n"
        engine.docker("build", "--tag", f"{image}:2", "-", input=recipe.encode(), stdin=None)
        said, sent, mounts = push(s, proxy, f"{image}:2")
        check("are taken from the base" not in said, said)
        layers = layers_of(registry, "you/model:2", s.root / "whole")
        check(lowest[0] not in layers, f"{layers}")
    engine.docker("rmi", "--force", base, other, f"{image}:1", f"{image}:2")
