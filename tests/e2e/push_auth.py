"""Logging in, credentials and helpers, TLS; secrets that stay where they belong."""

import base64
import http.server
import json
import os
import pty
import signal
import termios
import threading

from registries import Proxy, Registry, docker_config, same_blobs, write_layout
from scenario import Scenario, check, contains, equal, wait_for


class Replicate(http.server.BaseHTTPRequestHandler):
    """Replicate's own endpoints."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200 if self.path == "/cog/v1/display-token-url" else 404)
        self.end_headers()
        self.wfile.write(b'{"url": "https://replicate.example/auth/token?a=1&b=2"}')

    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(200 if self.path == "/cog/v1/verify-token" and form == "token=good%2Btoken" else 404)
        self.end_headers()
        self.wfile.write(b'{"username": "someone"}')


def browser(s):
    """A browser that writes down what it is to show; returns where."""
    seen = s.root / "shown"
    program = s.root / "browser" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nprintf '%s' \"$*\" > {seen}\n")
    program.chmod(0o755)
    s.environment["PATH"] = f"{program.parent}:{s.environment['PATH']}"
    return seen


def echoes(terminal):
    return termios.tcgetattr(terminal)[3] & termios.ECHO != 0


def typed(s, words, *lines):
    """What a terminal shows when somebody answers the prompts, the last of them unseen; and
    the exit status."""
    parent, child = pty.openpty()
    process = s.start(*words, stdin=child, stdout=child, stderr=child)
    os.close(child)
    shown = b""
    for prompt, line in [*lines, (None, None)]:
        while prompt is None or prompt not in shown:
            try:
                shown += os.read(parent, 4096)
            except OSError:  # it has ended
                check(prompt is None, shown)
                break
        if prompt:
            if prompt == lines[-1][0]:
                wait_for(lambda: not echoes(parent), "the terminal hides what is typed", 10)
            os.write(parent, line)
    os.close(parent)
    return shown.decode().replace("\r\n", "\n"), process.wait(30)


def by_hand(s, host, config):
    """The token out of a browser, pasted; never shown."""
    login = ("login", "--registry", f"http://{host}")
    seen = browser(s)
    finished = s.run(*login, stdin="\ngood+token\n")
    equal(finished.status, 0, str(finished))
    equal(finished.out, "Token: ")
    contains(finished.err, f"This command will authenticate Docker with Replicate's 'http://{host}' Docker registry.")
    contains(finished.err, "Hit enter to get started. A browser will open with an authentication token that you need "
             "to paste here.\nIf it didn't open automatically, open this URL in a web browser:\n"
             "https://replicate.example/auth/token?a=1&b=2\n")
    contains(finished.err,
             "\nOnce you've signed in, copy the token from that web page, paste it here, then hit enter:\n")
    contains(finished.err, "You've successfully authenticated as someone!")
    equal(seen.read_text(), "https://replicate.example/auth/token?a=1&b=2", "what the browser shows")
    equal(json.loads(config.read_text())["auths"][host]["auth"], base64.b64encode(b"someone:good+token").decode())

    config.write_text("{}")
    shown, status = typed(s, login, (b"paste here.", b"\n"), (b"Token: ", b"good+token\n"))
    equal(status, 0, shown)
    contains(shown, "successfully authenticated as someone")
    check("good+token" not in shown, f"the token is shown: {shown}")
    check("auths" in json.loads(config.read_text()), "nothing is stored")

    # No token, no line, another registry: nothing is stored.
    config.write_text("{}")
    contains(s.fails(*login, stdin="\n\n"), "token is empty")
    contains(s.fails(*login, stdin="\nother\n"), "user does not exist")
    contains(s.fails(*login), "failed to read token: EOF")
    contains(s.fails("login", "--registry", f"http://{host}/other"),
             f"http://{host}/other is not the Replicate registry\nPlease log in using 'docker login'")
    equal(json.loads(config.read_text()), {})


with Scenario() as s, Registry(s.root / "registry", auth=True) as registry:
    config = docker_config(s, {"kept": True})
    layout = s.project / "image"
    write_layout(layout, [b"layer"])
    target = f"{registry.name}/private"
    err = s.fails("push", target, "--from", "oci:image")
    contains(err, f"authorization failed. Log in with: cogpp login --registry {registry.name}")

    contains(s.fails("login", "--registry", registry.name, stdin="user\nwrong\n"), "did not accept")
    contains(s.fails("login", "--registry", registry.name, stdin="\n"), "username cannot be empty")
    contains(s.fails("login", "--registry", registry.name), "failed to read username: EOF")
    finished = s.run("login", "--registry", registry.name, stdin="user\nsecret\n")
    equal(finished.status, 0, str(finished))
    contains(finished.err, f"Login succeeded for {registry.name}")
    contains(finished.out, "Username: Password: ")
    written = json.loads(config.read_text())
    equal(written["auths"][registry.name]["auth"], base64.b64encode(b"user:secret").decode())
    check(written["kept"], "what else the file holds stays")
    equal(config.stat().st_mode & 0o777, 0o600, "permissions of config.json")

    finished = s.run("push", target, "--from", "oci:image", "--debug")
    equal(finished.status, 0, str(finished))
    check("secret" not in finished.err + finished.out, "the password is not printed")
    same_blobs(layout, registry.pull("private", s.root / "pulled", "--src-creds", "user:secret"))

    # A helper that keeps the credentials, and one that fails.
    helper = s.root / "bin" / "docker-credential-test"
    helper.parent.mkdir()
    helper.write_text(f"""#!/bin/sh
read -r server
if [ "$1" = store ]; then printf '%s' "$server" > {s.root}/stored; exit 0; fi
[ "$server" = "{registry.name}" ] || {{ echo 'credentials not found in native keychain'; exit 1; }}
printf '{{"Username": "user", "Secret": "secret"}}'
""")
    helper.chmod(0o755)
    s.environment["PATH"] = f"{helper.parent}:{s.environment['PATH']}"
    docker_config(s, {"credsStore": "test"})
    s.ok("push", target + ":helped", "--from", "oci:image")
    s.ok("login", "--registry", registry.name, stdin="user\nsecret\n")
    equal(json.loads((s.root / "stored").read_text()),
          {"ServerURL": registry.name, "Username": "user", "Secret": "secret"})
    check("auths" not in json.loads(config.read_text()), "a helper's secrets are not in the file as well")
    slow = helper.with_name("docker-credential-slow")
    slow.write_text(f"#!/bin/sh\ntouch {s.root}/asked\nexec sleep 60\n")
    slow.chmod(0o755)
    docker_config(s, {"credHelpers": {registry.name: "slow"}})
    process = s.start("push", target, "--from", "oci:image")
    wait_for((s.root / "asked").exists, "the helper runs")
    process.send_signal(signal.SIGINT)
    equal(process.communicate()[1].decode().strip(), "Interrupted")
    docker_config(s, {"credHelpers": {registry.name: "absent"}})
    contains(s.fails("push", target, "--from", "oci:image"), "docker-credential-absent")

    # Credentials of one registry are no other's.
    docker_config(s, {"auths": {registry.name: {"auth": base64.b64encode(b"user:secret").decode()},
                                "r8.im": {"auth": base64.b64encode(b"user:secret").decode()}}})
    with Proxy(registry.port) as other:
        s.fails("push", f"{other.name}/private", "--from", "oci:image")
        check(other.requests and all(request[2] is None for request in other.requests), str(other.requests))

with Scenario() as s, http.server.HTTPServer(("127.0.0.1", 0), Replicate) as replicate:
    threading.Thread(target=replicate.serve_forever, daemon=True).start()
    config = docker_config(s, {})
    host = f"127.0.0.1:{replicate.server_port}"
    login = ("login", "--token-stdin", "--registry", f"http://{host}")
    contains(s.run(*login, stdin="good+token\n").err, "You've successfully authenticated as someone!")
    equal(json.loads(config.read_text())["auths"][host]["auth"],
          base64.b64encode(b"someone:good+token").decode())
    contains(s.run(*login, stdin="\n  good+token\n\n").err, "You've successfully authenticated as someone!")
    contains(s.fails(*login, stdin="other\n"), "user does not exist")
    for nothing in ("\n", ""):
        contains(s.fails(*login, stdin=nothing), "token is empty")
    contains(s.fails(*login, stdin="r8_abc\n"), "that looks like a Replicate API token")
    by_hand(s, host, config)
    replicate.shutdown()

with Scenario() as s, Registry(s.root / "registry", tls=True) as registry:
    docker_config(s, {})
    layout = s.project / "image"
    write_layout(layout, [b"layer"])
    contains(s.fails("push", f"{registry.name}/m", "--from", "oci:image"), "is not trusted")
    s.environment["SSL_CERT_FILE"] = str(registry.authority)
    s.ok("push", f"{registry.name}/m", "--from", "oci:image")
    same_blobs(layout, registry.pull("m", s.root / "pulled"))
