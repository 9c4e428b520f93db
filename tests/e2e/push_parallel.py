"""How a push uses its registry: so many blobs at a time, and none that another repository of it
was seen with."""

import shutil

from registries import Proxy, Registry, docker_config, random_layer, same_blobs, write_layout
from scenario import Scenario, check, contains, equal

LAYER = 4 << 20
UNKNOWN = b'{"errors": [{"code": "NAME_UNKNOWN", "message": "repository name not known to registry"}]}'


def push(s, proxy, name):
    """How many bytes of bodies, and what the command said."""
    before = proxy.received
    finished = s.run("push", f"{proxy.name}/{name}", "--from", "oci:image")
    equal(finished.status, 0, str(finished))
    return proxy.received - before, finished.err


def mounts(proxy):
    return {path.split("from=")[1] for method, path, _ in proxy.requests if method == "POST" and "mount=" in path}


with Scenario() as s, Registry(s.root / "registry") as registry, Proxy(registry.port) as proxy:
    docker_config(s, {})
    cache = s.root / "own-cache"
    s.environment["XDG_CACHE_HOME"] = str(cache)
    layout = s.project / "image"

    # Five blobs at a time, or as many as the environment says.
    proxy.delay = 0.3
    for given, most in ((None, 5), ("1", 1), ("3", 3)):
        s.environment.pop("COG_PUSH_CONCURRENCY", None)
        if given:
            s.environment["COG_PUSH_CONCURRENCY"] = given
        shutil.rmtree(layout, ignore_errors=True)
        write_layout(layout, [random_layer(100) for _ in range(most + 1)])
        proxy.most_in_flight = 0
        push(s, proxy, f"parallel{most}")
        equal(proxy.most_in_flight, most, f"requests at a time with COG_PUSH_CONCURRENCY={given}")
    proxy.delay = 0
    s.environment["COG_PUSH_CONCURRENCY"] = "0"
    contains(s.fails("push", f"{proxy.name}/none", "--from", "oci:image"),
             'invalid COG_PUSH_CONCURRENCY "0": must be a number of at least 1')
    del s.environment["COG_PUSH_CONCURRENCY"]

    # What one repository has, another gets by a mount, in a later run as well.
    shutil.rmtree(layout)
    write_layout(layout, [random_layer(LAYER), b"small"])
    sent, said = push(s, proxy, "first")
    check(sent > LAYER and "Pushing layers...\n" in said, said)
    equal(mounts(proxy), set())
    sent, said = push(s, proxy, "second")
    check(sent < 10000 and said.count(": mounted (") == 3, f"{sent} bytes: {said}")
    equal(mounts(proxy), {"first"})
    same_blobs(layout, registry.pull("second", s.root / "pulled"))

    # One that is gone there, may not be read, or is refused, is sent.
    shutil.rmtree(registry.root / "data/docker/registry/v2/repositories/second")
    sent, said = push(s, proxy, "third")
    check(sent > LAYER and "mounted" not in said, said)
    for status, *body in ((404, UNKNOWN), (403,), (401,)):
        proxy.refusals = [("POST", status, {}, *body)]  # The first one is a mount.
        said = push(s, proxy, f"fourth{status}")[1]
        check((said.count(": mounted ("), said.count(": pushed ("), proxy.refusals) == (2, 1, []), said)
        same_blobs(layout, registry.pull(f"fourth{status}", s.root / f"pulled-{status}"))
    equal(push(s, proxy, "fourth404")[1].count("already there"), 3)

    # Of another registry nothing is known.
    with Registry(s.root / "other") as other:
        said = s.run("push", f"{other.name}/first", "--from", "oci:image").err
        check(said.count(": pushed (") == 3, said)

    # A repository that the registry does not know, and does not make.
    shutil.rmtree(cache)
    proxy.refusals = [("POST", 404, {}, UNKNOWN)] * 3
    contains(s.fails("push", f"{proxy.name}/you/gone", "--from", "oci:image"),
             f'failed to push image: repository not found: "{proxy.name}/you/gone"')
