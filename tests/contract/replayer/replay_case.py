"""One recording being replayed: sends its exchanges, collects what differs.

Scenarios (scenarios.py and its siblings) use it for the recordings whose exchanges overlap in
time; everything else is replayed one exchange after the other."""

import time

from replayer.compare import compare, parse_raw
from replayer.pending import Pending
from replayer.wire import Connection, request_bytes


class Case:
    def __init__(self, programs, recording, server, fixture):
        self.programs = programs
        self.recording = recording
        self.server = server
        self.fixture = fixture
        self.differences = []

    @property
    def kind(self):
        return self.programs.kind

    @property
    def ports(self):
        return {"server": self.server.port, "fixture": self.fixture.port}

    def expect(self, condition, text):
        if not condition:
            self.differences.append(text)

    def bytes_of(self, index):
        return request_bytes(self.recording.exchanges[index]["request"], self.ports)

    def send(self, index, connection=None):
        """Sends exchange `index` and gives the response, uncompared."""
        method = self.recording.exchanges[index]["request"]["method"]
        if connection:
            connection.send(self.bytes_of(index))
            return connection.read_response(method)
        with Connection(self.server.port) as own:
            own.send(self.bytes_of(index))
            return own.read_response(method)

    def check(self, index, response):
        exchange = self.recording.exchanges[index]
        request = exchange["request"]
        for difference in compare(
            exchange["response"], response, request["target"], self.kind
        ):
            title = f"exchange {index} {request['method']} {request['target']}"
            self.differences.append(f"{title}: {difference}")
        return response

    def check_raw(self, responses, field):
        """Compares responses with recorded raw bytes (`extra.received` and its like)."""
        recorded = parse_raw(self.recording.extra[field.removeprefix("extra.")])
        target = (self.recording.extra.get("sent", "").split(" ") + [""])[1]
        self.expect(len(recorded) == len(responses), f"{field}: {len(responses)} responses")
        for expected, response in zip(recorded, responses):
            self.differences += [f"{field}: {d}" for d in compare(expected, response, target, self.kind)]

    def exchange(self, index, connection=None):
        return self.check(index, self.send(index, connection))

    def start(self, index):
        """Sends exchange `index` from a thread; finish() compares its response."""
        return Pending(
            lambda: self.send(index), lambda response: self.check(index, response)
        )

    def request(self, method, target, body=None, headers=()):
        """A request that is not part of the recording; gives the response."""
        data = (body or "").encode()
        lines = [f"{method} {target} HTTP/1.1", "Host: contract"] + list(headers)
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
        with Connection(self.server.port) as connection:
            connection.send(("\r\n".join(lines) + "\r\n\r\n").encode() + data)
            return connection.read_response(method)

    def until(self, condition, what, timeout=5.0):
        """Polls; a condition that never holds is a difference."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                self.differences.append(f"not within {timeout} s: {what}")
                return False
            time.sleep(0.01)
        return True


def sequential(case):
    """All exchanges in order on one connection, as a client with keep-alive does."""
    connection = Connection(case.server.port)
    try:
        for index in range(len(case.recording.exchanges)):
            response = case.exchange(index, connection)
            if response.header("connection") == "close":
                connection.close()
                connection = Connection(case.server.port)
    finally:
        connection.close()
