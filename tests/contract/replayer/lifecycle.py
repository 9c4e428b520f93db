"""Scenarios of lifecycle/: exchanges that overlap, cancels, clients that leave.

Times are those of the recordings' notes: the client acts 0.3 s into the run."""

import json
import time

from replayer.replay_case import sequential
from replayer.wire import Connection

ACT_AFTER_S = 0.3


def predict(target="/predictions", method="POST", body="{}", headers=()):
    lines = [f"{method} {target} HTTP/1.1", "Host: contract", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}"] + list(headers)
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def snapshot(case, prediction):
    """The state of a prediction in flight (PUT of its id); {} when it is not processing."""
    response = case.request("PUT", f"/predictions/{prediction}", "{}")
    return json.loads(response.body) if response.status == 202 else {}


def async_then_sequential(case):
    """A 202 first, then the rest once the prediction runs and has logged, if it will."""
    case.exchange(0)
    time.sleep(0.15)
    with Connection(case.server.port) as connection:
        for index in range(1, len(case.recording.exchanges)):
            case.exchange(index, connection)


def cancel_async(case):
    """Create, cancel three times, snapshot; after the end the id is unknown. A cancel takes Cog
    300 ms to arrive, here few: the worker is held until all of them and the snapshot were asked
    for."""
    last = len(case.recording.exchanges) - 1
    case.exchange(0)
    time.sleep(ACT_AFTER_S)
    with Connection(case.server.port) as connection:
        with case.server.workers_held():
            for index in range(1, last):
                case.exchange(index, connection)
        answer = case.send(last, connection)
        deadline = time.monotonic() + 5
        while answer.status == 200 and time.monotonic() < deadline:
            time.sleep(0.02)
            answer = case.send(last, connection)
    case.check(last, answer)


def cancel_sync(case):
    """A waiting client and a cancel from another one."""
    running = case.start(0)
    time.sleep(ACT_AFTER_S)
    case.exchange(1)
    running.finish()


def six_requests(case):
    """Four slots and six clients: the last two are refused while the four run."""
    running = []
    for index in range(6):
        running.append(case.start(index))
        time.sleep(0.03)
    case.exchange(6)
    for pending in running:
        pending.finish()


def duplicate_id(case):
    """Two predictions with one id; see the recording's note."""
    first = case.start(0)
    time.sleep(0.15)
    second = case.start(1)
    time.sleep(0.1)
    case.exchange(2)
    second.finish()
    case.exchange(3)
    first.finish()


def leave(case, seconds, headers=()):
    """Starts a prediction and closes the connection; gives the seconds until READY."""
    body = json.dumps({"id": "d", "input": {"seconds": seconds}})
    with Connection(case.server.port) as connection:
        connection.send(predict(body=body, headers=headers))
        time.sleep(ACT_AFTER_S)
        case.expect(case.server.health() == "BUSY", "the prediction does not run")
    left = time.monotonic()
    case.until(lambda: case.server.health() == "READY", "health READY")
    return time.monotonic() - left


def disconnect(case):
    """A waiting client that leaves cancels: READY long before the run of 3 s would end."""
    took = leave(case, 3)
    case.expect(took < 1, f"READY only {took:.2f} s after the client left")


def disconnect_async(case):
    """The client of a respond-async request may leave: the run of 1 s goes on."""
    took = leave(case, 1, ["Prefer: respond-async"])
    case.expect(took > 0.4, f"READY already {took:.2f} s after the client left")


def disconnect_half_pipelined(case):
    """A half-close behind a pipelined request: the first is answered, then the end."""
    with Connection(case.server.port) as connection:
        body = json.dumps({"id": "d", "input": {"seconds": 1.5}})
        connection.send(predict(body=body) + b"GET / HTTP/1.1\r\nHost: contract\r\n\r\n")
        time.sleep(ACT_AFTER_S)
        connection.half_close()
        case.check_raw([connection.read_response()], "extra.received_after")
        case.expect(connection.closed_within(1.5), "the connection stays open")
        case.expect(not connection.buffer, f"more came: {connection.buffer[:80]!r}")


def immediate_cancel(case):
    """A cancel right behind the 202 is never lost (Cog lost 6 of 20)."""
    for attempt in range(10):
        body = json.dumps({"id": f"i{attempt}", "input": {"seconds": 20}})
        with Connection(case.server.port) as connection:
            connection.send(predict(body=body, headers=["Prefer: respond-async"]))
            created = connection.read_response()
            connection.send(predict(f"/predictions/i{attempt}/cancel"))
            canceled = connection.read_response()
        case.expect((created.status, canceled.status) == (202, 200), f"attempt {attempt} refused")
        case.until(lambda: case.server.health() == "READY", f"READY after cancel {attempt}", 2)


def no_spurious_conflict(case):
    """Back-to-back requests on a free slot are never refused (Cog: 21 and 49 of 300)."""
    body = predict(body='{"input":{"seconds":0}}')
    refused = 0
    for _ in range(100):
        with Connection(case.server.port) as connection:
            connection.send(body)
            refused += connection.read_response().status != 200
    case.expect(refused == 0, f"{refused} of 100 refused, a new connection each")
    refused = 0
    with Connection(case.server.port) as connection:
        for _ in range(100):
            connection.send(body)
            refused += connection.read_response().status != 200
    case.expect(refused == 0, f"{refused} of 100 refused on one connection")


SCENARIOS = {
    "lifecycle/async_put_inflight_busy": async_then_sequential,
    "lifecycle/snapshot_null_injection_secret_clear": async_then_sequential,
    "lifecycle/cancel_async_def_sync_request": cancel_sync,
    "lifecycle/cancel_async_*": cancel_async,
    "coglet-0.23.1/lifecycle/cancel_async_swallow": cancel_async,
    "lifecycle/cancel_sync_*": cancel_sync,
    "lifecycle/concurrency4_six_requests": six_requests,
    "lifecycle/duplicate_post_id": duplicate_id,
    "lifecycle/disconnect_close": disconnect,
    "lifecycle/disconnect_close_async": disconnect_async,
    "lifecycle/disconnect_half_pipelined": disconnect_half_pipelined,
    "lifecycle/immediate_cancel_after_202": immediate_cancel,
    "lifecycle/spurious_409": no_spurious_conflict,
    "lifecycle/*": sequential,
}
