"""Scenarios of protocol/ (raw bytes) and of files/ that are about what the server asks for."""

import json
import time

from replayer.replay_case import sequential
from replayer.wire import Connection

STAYS_OPEN_S = 0.25  # how long an open connection is watched
CLOSES_S = 1.5


def raw(case):
    """Bytes out, bytes in, and whether the server closes the connection."""
    extra = case.recording.extra
    with Connection(case.server.port) as connection:
        connection.send(extra["sent"].encode("latin-1"))
        responses = [connection.read_response()]
        if responses[0].status == 100:
            responses.append(connection.read_response())
        case.check_raw(responses, "extra.received")
        closes = extra["connection_closed_by_server_within_1500ms"]
        closed = connection.closed_within(CLOSES_S if closes else STAYS_OPEN_S)
        case.expect(
            closed == closes, f"connection closed by the server: {closed}, expected {closes}"
        )


def limit_header_only(case):
    """The size alone refuses nothing: the server asks for the body."""
    with Connection(case.server.port) as connection:
        connection.send(
            b"POST /predictions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
            % case.recording.extra["content_length"]
        )
        head = connection.take_until(b"\r\n\r\n").decode() + "\r\n\r\n"
        case.expect(head == case.recording.extra["received_before_body"], f"received {head!r}")


def abort_mid_body(case):
    """A client that ends its side in the middle of the body."""
    with Connection(case.server.port) as connection:
        connection.send(
            b"POST /predictions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b'Content-Length: 22\r\n\r\n{"input"'
        )
        time.sleep(0.05)
        connection.half_close()
        case.check_raw([connection.read_response()], "extra.received")


def user_agent(case):
    """Downloads carry $COG_USER_AGENT."""
    recorded = case.recording.data["uploads"][0]
    target = f"http://127.0.0.1:{case.fixture.port}{recorded['path']}"
    case.request("POST", "/predictions", json.dumps({"input": {"p": target}}))
    expected = dict(recorded["headers"])["User-Agent"]
    got = [
        headers.get("User-Agent") for path, headers in case.fixture.seen if path == recorded["path"]
    ]
    case.expect(expected in got, f"User-Agent: expected {expected!r}, got {got}")


def missing_file(case):
    """When recorded, the file of an earlier prediction lay where this one writes none."""
    case.request("POST", "/predictions", '{"input":{"kind":"path"}}')
    sequential(case)


SCENARIOS = {
    "protocol/connection_close_prediction": sequential,
    "protocol/limit_header_only_*": limit_header_only,
    "protocol/abort_mid_body": abort_mid_body,
    "protocol/*": raw,
    "files/in_http_cog_user_agent": user_agent,
    "files/out_missing": missing_file,
}
