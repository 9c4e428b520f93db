"""A real registry (Debian's docker-registry) on a loopback port, a proxy in front of it
that cuts, delays and refuses, and image layouts to push."""

import base64
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from scenario import Failure, check, wait_for
from servers import Handler, LoopbackServer, answer, pass_head

# user:secret, with the fewest rounds of bcrypt.
HTPASSWD = "user:$2b$04$6ek7zrkg29LxoYF0F9wkn.4mlUvKU0oeVWhtD0zLoFLfKVqBREtV6\n"
PIECE = 1 << 20


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def certificate(folder, host="localhost"):
    """A certificate of the host by nobody else, with its key in key.pem beside it."""
    path = pathlib.Path(folder) / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}",
         "-addext", f"subjectAltName=DNS:{host}", "-keyout", path.with_name("key.pem"), "-out", path],
        check=True, capture_output=True)
    return path



class TokenServer(LoopbackServer):
    """Gives user:secret tokens for what `rights` allows: repository to actions. A context
    manager; `asked` has the scopes of each request."""

    def __init__(self, root, rights):
        self.root, self.rights, self.asked = pathlib.Path(root), rights, []
        self.root.mkdir(parents=True, exist_ok=True)
        self.certificate = certificate(self.root)
        outer = self

        class Giving(Handler):
            def do_GET(self):
                known = self.headers.get("Authorization") == "Basic " + base64.b64encode(b"user:secret").decode()
                scopes = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("scope", [])
                outer.asked.append(scopes)
                answer(self, 200 if known else 401, {"token": outer.token(scopes)} if known else {})

        super().__init__(Giving)
        self.realm = f"http://127.0.0.1:{self.server.server_port}/token"

    def token(self, scopes):
        """A JSON web token, signed with the key of the certificate."""
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            granted = [action for action in actions.split(",") if action in self.rights.get(name, ())]
            access.append({"type": kind, "name": name, "actions": granted})
        der = subprocess.run(["openssl", "x509", "-in", self.certificate, "-outform", "der"], check=True,
                             capture_output=True).stdout
        now = int(time.time())
        parts = [{"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]},
                 {"iss": "test", "aud": "test", "sub": "user", "jti": os.urandom(8).hex(), "iat": now, "nbf": now - 60,
                  "exp": now + 600, "access": access}]
        text = ".".join(url_base64(json.dumps(part).encode()) for part in parts)
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.root / "key.pem"], input=text.encode(),
                                   check=True, capture_output=True).stdout
        return f"{text}.{url_base64(signature)}"


def url_base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Registry:
    """Use as a context manager. `name` is what images are called by: localhost:PORT, or a
    `host` that leads to this machine. `tokens` is the TokenServer that it sends clients to,
    `alias` what its certificate names it instead, for who comes by a proxy."""

    def __init__(self, root, auth=False, tls=False, tokens=None, host="", alias=""):
        check(shutil.which("docker-registry"), "docker-registry is missing; run tools/bootstrap --tests")
        self.root = pathlib.Path(root)
        self.port = 443 if host else free_port()
        self.name = host or f"localhost:{self.port}"
        self.auth, self.tls, self.tokens, self.alias = auth, tls, tokens, alias

    def __enter__(self):
        self.root.mkdir(parents=True, exist_ok=True)
        config = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.root / "data")}},
            "http": {"addr": f"127.0.0.1:{self.port}"},
        }
        if self.auth:
            (self.root / "htpasswd").write_text(HTPASSWD)
            config["auth"] = {"htpasswd": {"realm": "test", "path": str(self.root / "htpasswd")}}
        if self.tokens:
            config["auth"] = {"token": {"realm": self.tokens.realm, "service": "test", "issuer": "test",
                                        "rootcertbundle": str(self.tokens.certificate)}}
        if self.tls:
            self.authority = certificate(self.root, self.alias or self.name.split(":")[0])
            config["http"]["tls"] = {"certificate": str(self.authority), "key": str(self.root / "key.pem")}
        (self.root / "config.yml").write_text(json.dumps(config))  # JSON is YAML
        self.log = open(self.root / "log", "wb")
        self.process = subprocess.Popen(["docker-registry", "serve", self.root / "config.yml"],
                                        stdout=self.log, stderr=self.log)
        wait_for(self.answers, "docker-registry answers", 30)
        return self

    def answers(self):
        check(self.process.poll() is None, f"docker-registry ended: {(self.root / 'log').read_text()}")
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()

    def tags(self, repository):
        with urllib.request.urlopen(f"http://{self.name}/v2/{repository}/tags/list") as answer:
            return sorted(json.load(answer)["tags"])

    def pull(self, name, target, *flags):
        """Pulls with another program into a directory of manifest.json and blobs by digest."""
        finished = subprocess.run(
            ["skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", *flags,
             f"docker://{self.name}/{name}", f"dir:{target}"], capture_output=True, text=True)
        check(finished.returncode == 0, f"skopeo: {finished.stderr}")
        return pathlib.Path(target)


class Proxy(LoopbackServer):
    """Forwards to the registry at `port`; a request reaches it whole or not at all, as
    behind nginx with its usual buffering. Counts the bytes of bodies that arrive."""

    def __init__(self, port):
        self.port, self.received, self.cuts, self.lock = port, 0, [], threading.Lock()
        self.refusals = []  # (method, status, headers[, body]), each used once
        self.in_flight = self.most_in_flight = 0  # requests on their way here, and the most at a time
        self.requests = []  # (method, path, authorization)
        self.sent = 0  # bytes of answers
        self.answer_cuts = []  # after how many of them an answer breaks off, each once
        self.delay = 0
        self.stall = None  # how many bytes until a request hangs, and is lost in the end
        self.stalled, self.go_on = threading.Event(), threading.Event()
        outer = self

        class Forwarding(Handler):
            def forward(self):
                outer.forward(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = forward

        super().__init__(Forwarding)
        self.name = f"localhost:{self.server.server_port}"

    def count(self, change):
        with self.lock:
            self.in_flight += change
            self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def refusal(self, handler):
        with self.lock:
            for i, (method, status, headers, *body) in enumerate(self.refusals):
                if method == handler.command:
                    del self.refusals[i]
                    return status, headers, body[0] if body else b""
        return None

    def read_body(self, handler):
        """The body; nothing when the connection is to be cut in it."""
        left = int(handler.headers.get("Content-Length", 0))
        pieces = []
        while left:
            piece = handler.rfile.read(min(left, PIECE))
            if not piece:
                return None
            left -= len(piece)
            pieces.append(piece)
            with self.lock:
                self.received += len(piece)
                if self.cuts and self.received >= self.cuts[0]:
                    self.cuts.pop(0)
                    return None
                stalls = self.stall is not None and self.received >= self.stall
            if stalls:
                self.stalled.set()
                self.go_on.wait()
                return None
        return b"".join(pieces)

    def forward(self, handler):
        self.requests.append((handler.command, handler.path, handler.headers.get("Authorization")))
        self.count(1)
        time.sleep(self.delay)
        body = self.read_body(handler)
        self.count(-1)  # before it is answered, and the next one can come
        if body is None:
            handler.close_connection = True
            try:
                handler.connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side was quicker
                pass
            return
        refusal = self.refusal(handler)
        if refusal:
            handler.send_response(refusal[0])
            for name, value in {**refusal[1], "Content-Length": str(len(refusal[2]))}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(refusal[2])
            return
        registry = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        registry.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            if name.lower() != "connection":
                registry.putheader(name, value)
        registry.endheaders(body or None)
        data = pass_head(handler, registry.getresponse())
        if handler.command != "HEAD":
            self.send(handler, data)
        registry.close()

    def send(self, handler, data):
        """The answer's body, or its begin when it is to be cut in it."""
        with self.lock:
            if self.answer_cuts and self.sent + len(data) > self.answer_cuts[0]:
                data = data[:self.answer_cuts.pop(0) - self.sent]
                handler.close_connection = True
            self.sent += len(data)
        try:
            handler.wfile.write(data)
        except OSError:  # a client that was stopped
            handler.close_connection = True


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def write_blob(layout, data):
    digest = digest_of(data)
    path = layout / "blobs/sha256" / digest[7:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return {"digest": digest, "size": len(data)}


def write_layout(layout, layers, labels=None, architecture="amd64"):
    """An OCI image layout whose layers are these bytes; returns the manifest's digest.
    Registries do not look into layers."""
    layout = pathlib.Path(layout)
    config = json.dumps({
        "architecture": architecture, "os": "linux",
        "config": {"Labels": labels if labels is not None else {"run.cog.config": "{}"}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(layer) for layer in layers]},
    }).encode()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **write_blob(layout, config)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **write_blob(layout, layer)}
                   for layer in layers],
    }).encode()
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", **write_blob(layout, manifest)}
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return entry["digest"]


def same_blobs(layout, pulled):
    """Every blob of the first layout is in the second, byte for byte."""
    for blob in sorted((pathlib.Path(layout) / "blobs/sha256").iterdir()):
        other = pathlib.Path(pulled) / blob.name
        if not other.exists() and b'"layers"' in blob.read_bytes()[:PIECE]:
            other = pathlib.Path(pulled) / "manifest.json"
        check(other.exists(), f"{blob.name} was not pulled")
        with open(blob, "rb") as a, open(other, "rb") as b:
            while True:
                piece = a.read(PIECE)
                if piece != b.read(PIECE):
                    raise Failure(f"{blob.name} differs")
                if not piece:
                    break


def docker_config(scenario, config):
    """Makes this the scenario's Docker configuration."""
    folder = scenario.root / "docker"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    scenario.environment["DOCKER_CONFIG"] = str(folder)
    return folder / "config.json"


def random_layer(size):
    return os.urandom(size)
