"""Large files have layers of their own before the code: a changed line moves none of them."""

import json
import os

from engines import Engine
from images import inspect, native_base
from scenario import Scenario, check, equal

PREDICTOR = """#include <cogpp/predictor.hpp>
#include <fstream>
class Predictor {
 public:
  std::string predict(const std::string& file) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    return in ? std::to_string(in.tellg()) : "missing";
  }
};
COGPP_PREDICTOR(Predictor, cogpp::input("file"));
"""
MEBIBYTE = 1 << 20
IMAGE = "cogpp-e2e/large:1"


def layers(engine):
    """Digests and sizes, the lowest first."""
    sizes = engine.docker("history", "--no-trunc", "--human=false", "--format", "{{.Size}}", IMAGE).split()
    sizes = [int(size) for size in reversed(sizes) if int(size) > 0]
    return inspect(engine, IMAGE)["RootFS"]["Layers"], sizes


with Engine() as engine, Scenario(predictor=PREDICTOR) as s:
    engine.use_in(s)
    native_base(engine)
    s.write("models/first.bin", os.urandom(11 * MEBIBYTE))
    s.write("models/deep/second.safetensors", os.urandom(13 * MEBIBYTE))
    s.write("just below.bin", os.urandom(10 * MEBIBYTE - 1))
    s.write("ignored/third.bin", os.urandom(12 * MEBIBYTE))
    s.write(".dockerignore", "ignored\n")
    s.ok("build", "-t", IMAGE)
    before, sizes = layers(engine)
    large = [size for size in sizes if size in (11 * MEBIBYTE, 13 * MEBIBYTE)]
    equal(large, [13 * MEBIBYTE, 11 * MEBIBYTE], f"layers of large files, the largest first, among {sizes}")
    check(12 * MEBIBYTE not in sizes, "an ignored file has a layer")

    def size_inside(name):
        return json.loads(s.ok("predict", IMAGE, "--json", json.dumps({"file": name})))["output"]

    equal(size_inside("models/first.bin"), str(11 * MEBIBYTE))
    equal(size_inside("just below.bin"), str(10 * MEBIBYTE - 1))
    equal(size_inside("ignored/third.bin"), "missing")

    # Code moves its own layers alone, and Cog's flag changes nothing.
    s.write("predict.cpp", PREDICTOR.replace('"missing"', '"gone"'))
    s.ok("build", "-t", IMAGE)
    after, _ = layers(engine)
    weights = [digest for digest in before if digest in after]
    equal(size_inside("ignored/third.bin"), "gone")
    s.ok("build", "-t", IMAGE, "--separate-weights")
    equal(layers(engine)[0], after, "layers with --separate-weights")
    check(engine.call("image", "inspect", f"{IMAGE}-weights").returncode != 0, "a second image")

    # A changed file moves its own layer.
    s.write("models/first.bin", os.urandom(11 * MEBIBYTE))
    s.ok("build", "-t", IMAGE)
    changed, _ = layers(engine)
    equal(len([digest for digest in weights if digest in changed]), len(weights) - 1, "layers that stayed")
    engine.docker("rmi", "--force", IMAGE)
