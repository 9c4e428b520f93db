"""The local HTTP server that predictions download from, upload to and send webhooks to.

It keeps every request as it came. What it answers to a POST or PUT is 200 with no body, unless the
case in hand said otherwise (`answer`)."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FILES = {
    "/": b"root",
    "/pic.png": b"PNGDATA",
    "/q.txt": b"query",
    "/noext": b"n",
    "/r2.txt": b"redirected",
    "/deep/dir/f.tar.gz": b"gz",
}


@dataclass
class Received:
    """One request that came in; `at` seconds since the case began."""

    at: float
    method: str
    path: str
    headers: list  # of [name, value], in wire order and case
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name), None)

    @property
    def status(self):
        """The prediction's state in a webhook's body; None when it has none."""
        try:
            return json.loads(self.text).get("status")
        except (ValueError, AttributeError):
            return None

    @property
    def is_terminal(self):
        return self.status in ("succeeded", "failed", "canceled")


@dataclass
class Answer:
    status: int = 200
    headers: list = field(default_factory=list)
    delay: float = 0.0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.owner.note(self, b"")
        path = self.path.split("?")[0]
        if path == "/redir":
            self.answer(302, b"", [("Location", "/r2.txt")])
        elif path == "/err":
            self.answer(500, b"")
        elif path.startswith("/long"):
            self.answer(200, b"long")
        elif path.startswith("/slow/"):
            time.sleep(float(path.rsplit("/", 1)[1]))
            self.answer(200, b"slow")
        elif path.startswith("/sized/"):
            self.answer(200, b"x" * int(path.rsplit("/", 1)[1]))
        elif path in FILES:
            self.answer(200, FILES[path])
        else:
            self.answer(404, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        given = self.server.owner.note(self, body)
        if given.delay:
            time.sleep(given.delay)
        self.answer(given.status, b"", given.headers)

    do_PUT = do_POST

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A client that leaves before its answer is nothing to talk about."""


class Fixture:
    """Runs on a thread until it is closed."""

    def __init__(self):
        self.http = Http(("127.0.0.1", 0), Handler)
        self.http.owner = self
        self.changed = threading.Condition()
        self.begin()
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def port(self):
        return self.http.server_address[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def begin(self):
        """Forgets what came and what was to be answered: a new case starts."""
        with self.changed:
            self.began, self.received, self.answers = time.monotonic(), [], {}

    def answer(self, path, *answers):
        """The next requests to `path` are answered so, one after the other; then with 200."""
        with self.changed:
            self.answers[path] = list(answers)

    def note(self, handler, body):
        headers = [list(pair) for pair in handler.headers.items()]
        at = time.monotonic()
        with self.changed:
            taken = Received(at - self.began, handler.command, handler.path, headers, body)
            self.received.append(taken)
            self.changed.notify_all()
            waiting = self.answers.get(handler.path)
            return waiting.pop(0) if waiting else Answer()

    def of(self, *methods):
        """What came with these methods, in order of arrival."""
        with self.changed:
            return [one for one in self.received if one.method in methods]

    def wait(self, condition, timeout):
        """Waits until `condition` holds of the requests received; whether it did."""
        with self.changed:
            return self.changed.wait_for(lambda: condition(self.received), timeout)

    @property
    def seen(self):
        """(target, headers) of each download."""
        return [(one.path, dict(one.headers)) for one in self.of("GET")]

    def close(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()
