"""An image made while it is pushed: its base in a registry with tokens, a bad line between,
large layers hashed on their way and sent once."""

import base64
import json
import signal
import time

from registries import Proxy, Registry, TokenServer, docker_config, random_layer, same_blobs, write_layout
from scenario import TIMEOUT, Scenario, check, contains, equal
from weights import own_store, weight, write_config

PREDICTOR = """#include <cogpp/predictor.hpp>
class Predictor {
 public:
  std::string predict(const std::string& text) { return "hello " + text; }
};
COGPP_PREDICTOR(Predictor, cogpp::input("text"));
"""
MEBIBYTE = 1 << 20
WEIGHTS = random_layer(32 * MEBIBYTE)
BASE = random_layer(16 * MEBIBYTE)
RIGHTS = {"base": ["pull"], "model": ["pull", "push"], "closed": ["pull", "push"]}


def log_in(s, *registries):
    login = {"auth": base64.b64encode(b"user:secret").decode()}
    docker_config(s, {"auths": {name: login for name in registries}})


def manifest_of(directory):
    return json.loads((directory / "manifest.json").read_text())


with Scenario(predictor=PREDICTOR) as s, TokenServer(s.root / "tokens", RIGHTS) as tokens, \
        Registry(s.root / "registry", tokens=tokens) as registry, Registry(s.root / "other") as other, \
        Proxy(registry.port) as proxy:
    s.environment.update(COG_PUSH_DEFAULT_CHUNK_SIZE=str(4 * MEBIBYTE), SOURCE_DATE_EPOCH="1700000000")
    log_in(s, registry.name, proxy.name)
    s.write("model.bin", WEIGHTS)
    write_layout(s.project / ".cog/base", [BASE], labels={"maker": "me"})
    RIGHTS["base"].append("push")
    s.ok("push", f"{registry.name}/base", "--from", "oci:.cog/base")
    RIGHTS["base"].pop()
    base = ("--base", f"{proxy.name}/base")

    # Onto a base in the same registry: its layer is mounted, the rest goes over a line that breaks.
    proxy.cuts = [6 * MEBIBYTE, 22 * MEBIBYTE]
    finished = s.run("push", f"{proxy.name}/model:v1", "--daemonless", *base)
    equal(finished.status, 0, str(finished))
    contains(finished.err, "Sending large layers...")
    contains(finished.err, "weights model.bin: pushed (32.0MB")
    check(not proxy.cuts, "the line did not break")
    check(any("mount=" in path and "from=base" in path for _, path, _ in proxy.requests), "nothing was mounted")
    check(["repository:model:pull,push", "repository:base:pull"] in tokens.asked, str(tokens.asked))
    pulled = registry.pull("model:v1", s.root / "pulled", "--src-creds", "user:secret")
    own = sum(layer["size"] for layer in manifest_of(pulled)["layers"][1:])
    check(proxy.received < own + 10 * MEBIBYTE, f"{proxy.received} bytes were sent of {own} that are new")

    # The bytes are those of `build --output`, whose base comes over the line, breaks there, and stays.
    proxy.answer_cuts = [proxy.sent + 5 * MEBIBYTE]
    built = s.run("build", "--output", "oci:.cog/image", *base)
    equal(built.status, 0, str(built))
    check(not proxy.answer_cuts, "the download did not break")
    same_blobs(s.project / ".cog/image", pulled)
    sent = proxy.sent
    s.ok("build", "--output", "tar:.cog/image.tar", *base)
    check(proxy.sent - sent < MEBIBYTE, "the base was fetched again")

    # A changed line: of the large layers nothing is read or sent again.
    s.write("predict.cpp", PREDICTOR.replace("hello", "good day"))
    proxy.received = 0
    finished = s.run("push", f"{proxy.name}/model:v2", "--daemonless", *base)
    equal(finished.status, 0, str(finished))
    check("Sending large layers" not in finished.err, finished.err)
    check(proxy.received < 2 * MEBIBYTE, f"{proxy.received} bytes were sent again")
    second = registry.pull("model:v2", s.root / "pulled2", "--src-creds", "user:secret")
    same = [a == b for a, b in zip(manifest_of(pulled)["layers"], manifest_of(second)["layers"])]
    equal(same, [True, True, True, False, False, True])

    # Nor from a machine that has pushed nothing yet, under a name that has them.
    cache, s.environment["XDG_CACHE_HOME"] = s.environment["XDG_CACHE_HOME"], str(s.root / "cache2")
    proxy.received = 0
    s.ok("push", f"{proxy.name}/model:v2", "--daemonless", *base)
    check(proxy.received < 2 * MEBIBYTE, f"{proxy.received} bytes were sent by another machine")
    s.environment["XDG_CACHE_HOME"] = cache

    # A push that was killed goes on.
    s.write("model.bin", WEIGHTS[::-1])
    time.sleep(1.5)  # a younger file could still change without a trace
    proxy.received, proxy.stall = 0, 20 * MEBIBYTE
    process = s.start("push", f"{proxy.name}/model:v3", "--daemonless", *base)
    check(proxy.stalled.wait(TIMEOUT), "20 MiB are sent")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    proxy.stall = None
    proxy.go_on.set()
    s.ok("push", f"{proxy.name}/model:v3", "--daemonless", *base)
    check(proxy.received <= len(WEIGHTS) + 8 * MEBIBYTE, f"{proxy.received} bytes after a kill")
    third = registry.pull("model:v3", s.root / "pulled3", "--src-creds", "user:secret")
    check(any(blob.stat().st_size > len(WEIGHTS) and WEIGHTS[::-1] in blob.read_bytes() for blob in third.iterdir()),
          "the weights are not whole")

    # To another registry the base's layers are carried; who may not read the base, gets told.
    s.ok("push", f"{other.name}/carried", "--daemonless", *base)
    carried = other.pull("carried", s.root / "carried")
    equal(manifest_of(carried), manifest_of(third))
    RIGHTS["base"].clear()
    err = s.fails("push", f"{proxy.name}/model:v4", "--daemonless", *base)
    contains(err, f"base image {proxy.name}/base: ")
    contains(err, f"authorization failed. Log in with: cogpp login --registry {proxy.name}")

    # A model's name makes it a bundle.
    s.write("cog.yaml", f"predict: predict.cpp:Predictor\nmodel: {other.name}/bundle\n")
    s.environment["COG_MODEL_TAG"] = "v1"
    contains(s.run("push", "--daemonless", "--base", "oci:.cog/base").err, f"model   {other.name}/bundle@")
    other.pull("bundle:cog-image.v1", s.root / "bundle")

    # Its managed weights are beside the image, and their bytes not in it.
    own_store(s)
    s.write("models/data.bin", BASE[::-1])
    write_config(s, other.name, [weight("alpha", "/src/models", "models")])
    s.write("predict.cpp", PREDICTOR)
    s.ok("weights", "import")
    s.ok("push", "--daemonless", "--base", "oci:.cog/base")
    image = other.pull("owner/model:cog-image.v1", s.root / "weighted")
    check(not any(BASE[::-1] in blob.read_bytes() for blob in image.iterdir()), "the weights in the image")
