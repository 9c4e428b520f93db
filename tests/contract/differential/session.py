"""What a case does with one side: it sends, waits, and notes what a client would see.

Everything noted is text in which ids, times, durations, ports and names of temporary files are
replaced (masks.py), so that the notes of two sides can be compared as they are."""

import json
import time

import masks
from replayer.pending import Pending
from replayer.wire import Connection, WireError

WAIT_S = 5.0


class Session:
    def __init__(self, side, server):
        self.server, self.fixture = server, side.fixture
        self.python_version = side.python_version
        self.notes = []
        self.fixture.begin()

    # What is noted

    def clean(self, text):
        text = text.replace(f"127.0.0.1:{self.fixture.port}", "FIXTURE")
        text = text.replace(f"127.0.0.1:{self.server.port}", "SERVER")
        # Any other version than that of the interpreter that runs stays, and differs.
        text = text.replace(f'"python":"{self.python_version}"', '"python":"VERSION"')
        for rule, new in masks.RULES:
            text = rule.sub(new, text)
        return text

    def note(self, label, text):
        self.notes.append(f"{label}: {self.clean(text)}")

    def note_response(self, label, response, target):
        body = response.body.decode("utf-8", "replace")
        if target.split("?")[0] == "/health-check" and body:
            body = masks.health(body)
        headers = [f"{n}={v}" for n in masks.READ if (v := response.header(n)) is not None]
        headers += [n for n in masks.PRESENT if response.header(n) is not None]
        version = response.version.removeprefix("HTTP/")
        status = f"{version} {response.status} {response.reason}"
        self.note(label, f"{status} [{', '.join(headers)}] {body}")

    def note_setup(self):
        """What of a successful set-up's logs can be compared."""
        printed, reliable, warned = masks.setup_lines(self.ask("GET /health-check").body)
        for line in printed:
            self.note("printed", line)
        self.note("also", ", ".join(reliable))
        self.note("warned of", ", ".join(warned))

    # Requests

    def bytes_of(self, line, body=None, headers=()):
        """`line` is "METHOD target"; a body that is no text goes out as JSON. Its content type
        is JSON unless a header says otherwise; "Content-Type: -" leaves it out."""
        method, target = line.split(" ", 1)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        if isinstance(body, str):
            body = body.replace("{fixture}", self.fixture.url).encode("utf-8", "surrogatepass")
        lines = [f"{method} {target} HTTP/1.1", "Host: contract"]
        named = [h.split(":")[0].lower() for h in headers]
        if body is not None and "content-type" not in named:
            lines.append("Content-Type: application/json")
        lines += [h for h in headers if not h.endswith(": -")]
        if body is not None and "transfer-encoding" not in named:
            lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")

    def ask(self, line, body=None, *headers):
        """A request that is not noted; gives the response."""
        with Connection(self.server.port) as connection:
            connection.send(self.bytes_of(line, body, headers))
            return connection.read_response(line.split(" ")[0])

    def send(self, line, body=None, *headers):
        """Sends and notes the answer. A slot that Cog has not yet returned refuses the next
        request (cog-runtime §6), so it is waited for first where nothing runs on purpose."""
        return self.noted(line, self.ask(line, body, *headers))

    def noted(self, line, response):
        self.note_response(line, response, line.split(" ", 1)[1])
        return response

    def start(self, line, body=None, *headers):
        return Pending(
            lambda: self.ask(line, body, *headers), lambda response: self.noted(line, response)
        )

    def raw(self, data, count=1):
        """Bytes as they are; notes `count` answers and whether the connection then stays."""
        with Connection(self.server.port) as connection:
            connection.send(data)
            for number in range(count):
                try:
                    response = connection.read_response()
                except WireError:
                    self.note(f"raw {number}", "connection closed")
                    return
                self.note_response(f"raw {number}", response, "")

    # Waiting

    def sleep(self, seconds):
        time.sleep(seconds)

    def until_health(self, status, timeout=WAIT_S):
        if not self.server.wait_status(status, timeout):
            self.note("health", f"never {status}")

    def running(self, prediction, condition=lambda snapshot: True):
        """Waits until the prediction runs and its snapshot satisfies the condition."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            # Refused when the prediction is not in flight: it must not start one.
            answer = self.ask(f"PUT /predictions/{prediction}", {"input": 0})
            snapshot = json.loads(answer.body) if answer.status == 202 else {}
            if snapshot.get("status") == "processing" and condition(snapshot):
                return
            time.sleep(0.02)
        self.note("running", f"{prediction} never came so far")

    # What the receiver got

    def hooks(self, terminal=1, others=None):
        """Notes the webhooks: terminal ones in order, the others sorted, as they may overtake one
        another. `others` waits for that many."""

        def complete(received):
            posts = [one for one in received if one.method == "POST"]
            ended = sum(one.is_terminal for one in posts)
            return ended >= terminal and (others is None or len(posts) - ended >= others)

        self.fixture.wait(complete, WAIT_S)
        time.sleep(0.1)
        posts = self.fixture.of("POST")
        for one in sorted(self.describe(p) for p in posts if not p.is_terminal):
            self.note("hook", one)
        for one in posts:
            if one.is_terminal:
                self.note("last hook", self.describe(one))

    def describe(self, one):
        names = ["content-type", "authorization", "traceparent", "tracestate", "x-prediction-id"]
        headers = [f"{n}={v}" for n in names if (v := one.header(n)) is not None]
        return self.clean(f"{one.method} {one.path} [{', '.join(headers)}] {one.text}")

    def uploads(self, count):
        self.fixture.wait(lambda all_: sum(o.method == "PUT" for o in all_) >= count, WAIT_S)
        for one in sorted(self.describe(p) for p in self.fixture.of("PUT")):
            self.note("upload", one)

    def downloads(self):
        for one in self.fixture.of("GET"):
            self.note("download", f"{one.path} user-agent={one.header('user-agent')}")
