"""HTTP/1.1 on raw sockets: requests byte by byte as recorded, responses with their
header order, chunk boundaries and arrival times. http.client would hide all of that."""

import base64
import hashlib
import socket
import time
from dataclasses import dataclass, field

READ_TIMEOUT_S = 20.0


class WireError(Exception):
    """The server closed the connection early or answered something that is not HTTP."""


@dataclass
class Response:
    version: str
    status: int
    reason: str
    headers: list  # of [name, value], in wire order and case
    body: bytes = b""
    chunks: list = field(default_factory=list)  # of (seconds since the request, bytes)

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name), None)


class Connection:
    """One client connection. Not shared between threads."""

    def __init__(self, port, timeout=READ_TIMEOUT_S):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.sent_at = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends all of it; a server that stops reading is noticed when its answer is read."""
        self.sent_at = time.monotonic()
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self):
        """More bytes into the buffer; False at the end of the stream."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return False
        self.buffer += data
        return bool(data)

    def take_until(self, mark):
        while mark not in self.buffer:
            if not self.receive():
                raise WireError(f"connection closed before {mark!r}; had {self.buffer[:200]!r}")
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def take(self, count):
        pieces, have = [self.buffer], len(self.buffer)
        self.buffer = b""
        while have < count:
            if not self.receive():
                raise WireError(f"connection closed after {have} of {count} body bytes")
            pieces.append(self.buffer)
            have += len(self.buffer)
            self.buffer = b""
        data = b"".join(pieces)
        self.buffer = data[count:]
        return data[:count]

    def read_head(self):
        lines = self.take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        parts = lines[0].split(" ", 2)
        if len(parts) < 2 or not parts[0].startswith("HTTP/") or not parts[1].isdigit():
            raise WireError(f"not a status line: {lines[0]!r}")
        headers = [list(line.split(": ", 1)) for line in lines[1:]]
        bad = [h for h in headers if len(h) != 2]
        if bad:
            raise WireError(f"not a header line: {bad[0]!r}")
        return Response(parts[0], int(parts[1]), parts[2] if len(parts) == 3 else "", headers)

    def read_response(self, method="GET"):
        response = self.read_head()
        if method == "HEAD" or response.status in (100, 204, 304):
            return response
        if (response.header("transfer-encoding") or "").lower() == "chunked":
            self.read_chunks(response)
        elif response.header("content-length") is not None:
            response.body = self.take(int(response.header("content-length")))
        else:
            while self.receive():
                pass
            response.body, self.buffer = self.buffer, b""
        return response

    def read_chunks(self, response):
        while True:
            size = int(self.take_until(b"\r\n").split(b";")[0], 16)
            data = self.take(size)
            if self.take(2) != b"\r\n":
                raise WireError("a chunk does not end with CRLF")
            response.chunks.append((time.monotonic() - self.sent_at, data))
            if size == 0:
                break
        response.body = b"".join(data for _, data in response.chunks)

    def closed_within(self, seconds):
        """Whether the server ends the connection in that time; what it still sends stays in the
        buffer."""
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.socket.settimeout(left)
                if not self.receive():
                    return True
        except (TimeoutError, BlockingIOError):
            pass
        finally:
            self.socket.settimeout(READ_TIMEOUT_S)
        return False


def request_bytes(request, ports):
    """The recorded request as bytes. `ports` maps the placeholder's two meanings: `server` in
    headers, `fixture` (the local file server and webhook sink) in bodies."""
    body = request_body(request["body"], ports)
    lines = [f"{request['method']} {request['target']} HTTP/1.1"]
    chunked = False
    for name, value in request["headers"]:
        value = value.replace("{{PORT}}", str(ports["server"]))
        if name.lower() == "content-length" and value == "{{LEN}}":
            value = str(len(body))
        chunked = chunked or (name.lower() == "transfer-encoding" and value == "chunked")
        lines.append(f"{name}: {value}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    if chunked:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    return head + body


def request_body(body, ports):
    if body is None:
        return b""
    if isinstance(body, str):
        return body.replace("{{PORT}}", str(ports["fixture"])).encode("utf-8")
    if "base64" in body:
        return base64.b64decode(body["base64"])
    # A long body is recorded by its ends; what is between repeats one character.
    head, tail = body["head"].encode(), body["tail"].encode()
    data = head + head[-1:] * (body["length"] - len(head) - len(tail)) + tail
    if hashlib.sha256(data).hexdigest() != body["sha256"]:
        raise WireError("cannot rebuild the recorded request body")
    return data
