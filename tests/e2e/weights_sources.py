"""Weights from Hugging Face's API and from plain URLs, over a server of the test's own."""

import hashlib
import json
import os

from registries import Registry, docker_config
from scenario import Scenario, check, contains, equal
from servers import Handler, LoopbackServer
from weights import own_store, read_lock, set_digest, stored, weight, write_config

LARGE = os.urandom(3 << 20)
SMALL = b'{"small": true}'
FIRST, SECOND = "1" * 40, "2" * 40


class Server(LoopbackServer):
    """Serves `pages`: path → (status, headers, body); keeps what it was asked."""

    def __init__(self):
        self.pages, self.requests, self.cut = {}, [], 0
        outer = self

        class Serving(Handler):
            def do_GET(self):
                outer.requests.append((self.command, self.path, self.headers.get("Authorization"),
                                       self.headers.get("Range")))
                status, headers, body = outer.pages.get(self.path, (404, {}, b"no such page"))
                begin = self.headers.get("Range")
                if begin and status == 200 and "Accept-Ranges" in headers:
                    status, body = 206, body[int(begin[6:-1]):]
                self.send_response(status)
                for name, value in {**headers, "Content-Length": len(body)}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "HEAD":
                    return
                if outer.cut and len(body) > outer.cut:
                    body, outer.cut, self.close_connection = body[:outer.cut], 0, True
                self.wfile.write(body)

            do_HEAD = do_GET

        super().__init__(Serving)
        self.url = f"http://localhost:{self.server.server_port}"

    def json(self, path, value, headers=None):
        self.pages[path] = (200, headers or {}, json.dumps(value).encode())


def publish(hub, files, commit):
    """The repository `org/tiny` at `commit`, large files on another host, two pages."""
    hub.json("/api/models/org/tiny/revision/main", {"sha": commit})
    entries = [{"type": "directory", "path": "sub", "size": 0}]
    for path, data in files.items():
        entry = {"type": "file", "path": path, "size": len(data), "oid": "f" * 40}
        place = f"/org/tiny/resolve/{commit}/{path}"
        if len(data) > 1000:
            entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data)}
            cdn.pages[f"/{commit}/{path}"] = (200, {"Accept-Ranges": "bytes"}, data)
            hub.pages[place] = (302, {"Location": f"{cdn.url}/{commit}/{path}"}, b"")
        else:
            hub.pages[place] = (200, {}, data)
        entries.append(entry)
    tree = f"/api/models/org/tiny/tree/{commit}?recursive=true"
    hub.json(tree, entries[:2], {"Link": f'<{hub.url}{tree}&cursor=2>; rel="next"'})
    hub.json(tree + "&cursor=2", entries[2:])


with Scenario() as s, Registry(s.root / "registry") as registry, Server() as hub, Server() as cdn:
    docker_config(s, {})
    store = own_store(s)
    s.environment.update(HF_ENDPOINT=hub.url, HF_TOKEN="hf_secret")
    publish(hub, {"config.json": SMALL, "model.safetensors": LARGE, "sub/a.txt": b"a"}, FIRST)
    write_config(s, registry.name, [weight("tiny", "/src/tiny", "hf://org/tiny")])

    # A plan asks for lists alone.
    contains(s.run("weights", "import", "--dry-run").err,
             "+ tiny  hf://org/tiny → /src/tiny\n  status: new\n  files: 3  size: 3.0MB\n")
    check(not any("resolve" in path for _, path, _, _ in hub.requests), "a plan downloads nothing")

    # The download of the large file breaks once; the token stays with its server.
    cdn.cut = 1 << 20
    s.ok("weights", "import")
    entry = read_lock(s)["weights"][0]
    equal(entry["sources"][0]["fingerprint"], "commit:" + FIRST)
    equal(entry["setDigest"], set_digest({"config.json": SMALL, "model.safetensors": LARGE, "sub/a.txt": b"a"}))
    check(stored(store, LARGE) and stored(store, SMALL), "the store has the files")
    equal([r[3] for r in cdn.requests], [None, f"bytes={1 << 20}-"], "ranges")
    equal({r[2] for r in cdn.requests}, {None}, "the other host's authorizations")
    equal({r[2] for r in hub.requests}, {"Bearer hf_secret"}, "the hub's authorizations")

    # Nothing new: nothing is downloaded again.
    asked = len(cdn.requests)
    contains(s.run("weights", "import").err, "= tiny  hf://org/tiny → /src/tiny\n  status: unchanged\n")
    equal(len(cdn.requests), asked, "downloads")

    # The token's older name; the newer one wins.
    s.environment.update(HUGGING_FACE_HUB_TOKEN="hf_older")
    for token in ("hf_secret", "hf_older"):
        hub.requests.clear()
        s.ok("weights", "import", "--dry-run")
        equal({r[2] for r in hub.requests}, {f"Bearer {token}"})
        s.environment.pop("HF_TOKEN", None)
    publish(hub, {"config.json": b"{}", "model.safetensors": LARGE, "sub/a.txt": b"a"}, SECOND)
    contains(s.run("weights", "import").err,
             f"  status: upstream-changed\n  changed: fingerprint: commit:{FIRST} → commit:{SECOND}\n")
    equal(len(cdn.requests), asked, "downloads of a file that is in the store")

    # Hostile and broken servers.
    publish(hub, {"config.json": b"{}", "../../escape": b"x", "sub/a.txt": b"a"}, SECOND)
    contains(s.fails("weights", "import"), 'invalid path in the image "../../escape"')
    publish(hub, {"config.json": b"{}", "model.safetensors": LARGE, "sub/a.txt": b"a"}, "3" * 40)
    cdn.pages[f"/{'3' * 40}/model.safetensors"] = (200, {}, LARGE[:-1] + b"?")
    own_store(s, "second")
    contains(s.fails("weights", "import"), "model.safetensors: other bytes came than its digest says")
    own_store(s)
    hub.pages["/api/models/org/tiny/revision/main"] = (401, {}, b"")
    contains(s.fails("weights", "import"), "answered with status 401; set HF_TOKEN if it is not public")
    write_config(s, registry.name, [weight("tiny", "/src/tiny", "hf://tiny")])
    contains(s.fails("weights", "import"), "must be hf://ORGANISATION/REPOSITORY")
    write_config(s, registry.name, [weight("tiny", "/src/tiny", "s3://bucket/key")])
    contains(s.fails("weights", "import"), "unknown kind of source")

    # One file behind a URL: a strong ETag says whether it changed, else its bytes do.
    cdn.pages["/w/model.gguf?v=1"] = (200, {"ETag": '"v1"', "Accept-Ranges": "bytes"}, LARGE)
    cdn.pages["/plain.bin"] = (200, {"ETag": 'W/"weak"'}, b"plain")
    write_config(s, registry.name, [{"name": "files", "target": "/f", "source": [
        {"uri": f"{cdn.url}/w/model.gguf?v=1"}, {"uri": f"{cdn.url}/plain.bin"}]}])
    s.ok("weights", "import")
    entry = read_lock(s)["weights"][0]
    equal([source["fingerprint"] for source in entry["sources"]],
          ['etag:"v1"', "sha256:" + hashlib.sha256(b"plain").hexdigest()])
    equal(entry["setDigest"], set_digest({"model.gguf": LARGE, "plain.bin": b"plain"}))
    cdn.pages["/plain.bin"] = (200, {}, b"other")
    contains(s.run("weights", "import", "--dry-run").err, "changed: source[1] fingerprint: sha256:")
    cdn.pages["/w/model.gguf?v=1"] = (404, {}, b"")
    contains(s.fails("weights", "import"), "answered with status 404")
