"""Registries without TLS: on this machine they are spoken to as they are, others only with
--plain-http; and before that nothing is told them."""

import base64
import json

from registries import Proxy, Registry, docker_config, same_blobs, write_layout
from scenario import Scenario, check, contains, equal
from weights import own_store, weight, write_config

SECRET = base64.b64encode(b"user:secret").decode()


def authorizations(proxy):
    """What the requests that it understood gave away. (A greeting of TLS is none of them.)"""
    return {request[2] for request in proxy.requests if request[2]}


with Scenario() as s, Registry(s.root / "registry", auth=True) as registry, Proxy(registry.port) as proxy:
    layout = s.project / "image"
    write_layout(layout, [b"layer"])
    port = proxy.name.rsplit(":", 1)[1]
    # Linux leads 0.0.0.0 to this machine, but the name says nothing of that.
    far = f"0.0.0.0:{port}"
    refusal = f"https://{far} does not answer with TLS. If that is meant, allow it with --plain-http"
    config = docker_config(s, {"auths": {far: {"auth": SECRET}, f"127.0.0.1:{port}": {"auth": SECRET}}})

    # Refused, and neither the password nor a request has gone out; then allowed.
    push = ("push", f"{far}/model", "--from", "oci:image")
    contains(s.fails(*push), refusal)
    equal(proxy.requests, [], "requests without TLS")
    s.ok(*push, "--plain-http")
    check(f"Basic {SECRET}" in authorizations(proxy), str(proxy.requests))
    same_blobs(layout, registry.pull("model", s.root / "pulled", "--src-creds", "user:secret"))

    # What is read from there, and weights, which are pushed there.
    proxy.requests.clear()
    build = ("build", "--output", "oci:built", "--base", f"{far}/model")
    s.write("cog.yaml", 'predict: "predict.cpp:Predictor"\n')
    s.write("predict.cpp", "")
    contains(s.fails(*build), refusal)
    own_store(s)
    s.write("weights/data.bin", b"four")
    write_config(s, far, [weight("alpha", "/src/weights", "weights")])
    contains(s.fails("weights", "import"), refusal)
    equal(proxy.requests, [], "requests without TLS")
    s.ok("weights", "import", "--plain-http")
    check((s.project / "weights.lock").exists(), "no weights.lock")

    # A login: what was typed stays here, and is not stored.
    docker_config(s, {})
    proxy.requests.clear()
    login = ("login", "--registry", far)
    contains(s.fails(*login, stdin="user\nsecret\n"), refusal)
    equal((proxy.requests, json.loads(config.read_text())), ([], {}))
    s.ok(*login, "--plain-http", stdin="user\nsecret\n")
    equal(json.loads(config.read_text())["auths"][far]["auth"], SECRET)

    # Replicate's protocol elsewhere: no token goes out, nor is one asked for.
    config = docker_config(s, {})
    proxy.requests.clear()
    s.environment["COG_REGISTRY_HOST"] = f"http://{far}"
    for words in (("login", "--token-stdin"), ("login",)):
        contains(s.fails(*words, stdin="token\n"),
                 f"http://{far} is spoken to without TLS, and a token would be sent in clear. "
                 "If that is meant, allow it with --plain-http")
    equal((proxy.requests, json.loads(config.read_text())), ([], {}))
    for host, flags in ((far, ["--plain-http"]), (f"127.0.0.1:{port}", [])):
        s.environment["COG_REGISTRY_HOST"] = f"http://{host}"
        proxy.refusals = [("POST", 200, {}, b'{"username": "user"}')]
        s.ok("login", "--token-stdin", *flags, stdin="secret\n")
        equal(json.loads(config.read_text())["auths"][host]["auth"], SECRET)
    del s.environment["COG_REGISTRY_HOST"]

    # This machine's need no flag, under a number either.
    s.ok("login", "--registry", f"127.0.0.1:{port}", stdin="user\nsecret\n")
    (s.project / "cog.yaml").unlink()
    s.ok("push", f"127.0.0.1:{port}/near", "--from", "oci:image")
    same_blobs(layout, registry.pull("near", s.root / "near", "--src-creds", "user:secret"))
