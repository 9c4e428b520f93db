"""A push over a bad line: what was sent is not sent again, and the image is whole.

usage: push_faults.py BIN [MIB]   (the size of the layer, 64 by default)
"""

import signal
import sys
import time

from registries import Proxy, Registry, docker_config, random_layer, same_blobs, write_layout
from scenario import TIMEOUT, Scenario, check, contains, equal, stop, wait_for

SIZE = int(sys.argv[2] if len(sys.argv) > 2 else 64) << 20

with Scenario() as s, Registry(s.root / "registry") as registry, Proxy(registry.port) as proxy:
    docker_config(s, {})
    if SIZE <= 64 << 20:  # as many chunks as a large layer has with the usual size
        s.environment.update(COG_PUSH_DEFAULT_CHUNK_SIZE=str(8 << 20), COG_PUSH_MULTIPART_THRESHOLD=str(8 << 20))
    layout = s.project / "image"
    write_layout(layout, [random_layer(SIZE)])

    # A cut at 70 %: at most 35 % goes over the line again.
    proxy.cuts = [SIZE * 7 // 10]
    s.ok("push", f"{proxy.name}/cut", "--from", "oci:image")
    again = proxy.received - SIZE
    check(not proxy.cuts and again <= SIZE * 35 // 100, f"{again} of {SIZE} bytes were sent again")
    same_blobs(layout, registry.pull("cut", s.root / "pulled"))

    # Killed in the middle: the next push goes on. (A machine that knows of no other push, or it
    # would have the layer mounted.)
    s.environment["XDG_CACHE_HOME"] = str(s.root / "killed")
    proxy.received = 0
    proxy.stall = SIZE * 6 // 10
    process = s.start("push", f"{proxy.name}/killed", "--from", "oci:image")
    check(proxy.stalled.wait(TIMEOUT), "60 % are sent")
    process.kill()
    process.communicate()
    proxy.stall = None
    proxy.go_on.set()
    s.ok("push", f"{proxy.name}/killed", "--from", "oci:image")
    check(proxy.received <= SIZE * 135 // 100, f"{proxy.received} of {SIZE} bytes were sent after a kill")
    same_blobs(layout, registry.pull("killed", s.root / "pulled-killed"))

    # Ctrl-C ends a push at once.
    s.environment["XDG_CACHE_HOME"] = str(s.root / "stopped")
    proxy.delay = 0.2
    process = s.start("push", f"{proxy.name}/stopped", "--from", "oci:image")
    wait_for(lambda: any("/v2/stopped/blobs/uploads" in path for _, path, _ in proxy.requests), "the upload begins")
    equal(stop(process, signal.SIGINT), 1, "status after Ctrl-C")
    contains(process.stderr.read().decode(), "Interrupted")
    process.stdout.close()
    process.stderr.close()
    proxy.delay = 0

    # Also one that waits for the registry's leave to begin.
    proxy.refusals = [("GET", 429, {"Retry-After": "100"})] * 8
    process = s.start("push", f"{proxy.name}/waiting", "--from", "oci:image")
    wait_for(lambda: len(proxy.refusals) < 8, "the registry is asked")
    began = time.monotonic()
    equal(stop(process, signal.SIGINT), 1, "status after Ctrl-C")
    check(time.monotonic() - began < 20, "it waits for the registry")
    contains(process.stderr.read().decode(), "Interrupted")
    process.stdout.close()
    process.stderr.close()
    proxy.refusals = []

    # Who takes no chunks gets the layer in one request.
    chunk = 1 << 20
    s.environment.update(COG_PUSH_DEFAULT_CHUNK_SIZE=str(chunk), COG_PUSH_MULTIPART_THRESHOLD=str(chunk))
    write_layout(s.project / "chunked", [random_layer(3 * chunk)])
    for status in (400, 416):
        s.environment["XDG_CACHE_HOME"] = str(s.root / f"refused{status}")
        proxy.refusals = [("PATCH", status, {})]
        proxy.received = 0
        began = time.monotonic()
        s.ok("push", f"{proxy.name}/refused{status}", "--from", "oci:chunked")
        check(time.monotonic() - began < 20, f"{status} is waited for")
        sent = [path for method, path, _ in proxy.requests if method == "PATCH" and f"/refused{status}/" in path]
        equal(len(sent), 2, f"requests after a chunk was answered {status}")
        check(4 * chunk < proxy.received < 5 * chunk, f"{proxy.received} bytes were sent")
        same_blobs(s.project / "chunked", registry.pull(f"refused{status}", s.root / f"pulled-{status}"))
    s.environment["XDG_CACHE_HOME"] = str(s.root / "refused")
    proxy.refusals = [("PATCH", 400, {})] * 2
    contains(s.fails("push", f"{proxy.name}/refused", "--from", "oci:chunked"), "answered with status 400")
    proxy.refusals = []

    # Refusals that pass are waited out, those that do not are told.
    small = s.project / "small"
    write_layout(small, [b"some bytes"])
    for status in (429, 500, 502, 503, 504):
        proxy.refusals = [(method, status, {}) for method in ("HEAD", "POST", "PUT")]
        s.ok("push", f"{proxy.name}/again{status}", "--from", "oci:small")
        check(not proxy.refusals, f"{status} was not met: {proxy.refusals}")
        same_blobs(small, registry.pull(f"again{status}", s.root / f"pulled-{status}"))
    proxy.refusals = [("POST", 429, {"Retry-After": "2"})]
    began = time.monotonic()
    s.ok("push", f"{proxy.name}/later", "--from", "oci:small")
    check(time.monotonic() - began >= 2, "Retry-After is waited for")
    proxy.refusals = [("POST", 403, {})] * 4
    contains(s.fails("push", f"{proxy.name}/forbidden", "--from", "oci:small"), "answered with status 403")
