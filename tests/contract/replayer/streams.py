"""Scenarios of sse/: the framing of every stream, and streams that others act on."""

import json
import time

from replayer.compare import compare, matches
from replayer.lifecycle import ACT_AFTER_S, predict, snapshot
from replayer.replay_case import sequential
from replayer.wire import Connection


def check_framing(case, response):
    """One event, one HTTP chunk; the stream ends with an empty one."""
    if response.header("content-type") != "text/event-stream":
        return
    for _, data in response.chunks[:-1]:
        whole = data.startswith(b"event: ") and data.endswith(b"\n\n") and data.count(b"\n\n") == 1
        case.expect(whole, f"a chunk is not one event: {data[:100]!r}")


def events(body):
    """[(event, data)] of a stream's text."""
    found = []
    for block in body.decode("utf-8").split("\n\n")[:-1]:
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def stream(case):
    """Plain replay with the framing checked."""
    for index in range(len(case.recording.exchanges)):
        check_framing(case, case.exchange(index))


def timed(case):
    """Each of three chunks is sent when it is made, 0.2 s apart."""
    response = case.exchange(0)
    check_framing(case, response)
    times = [at for at, data in response.chunks if data.startswith(b"event: output")]
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    case.expect(all(gap > 0.1 for gap in gaps), f"outputs came {gaps} s apart, not 0.2")


def busy(case):
    """With the only slot taken."""
    case.request(
        "PUT", "/predictions/b", '{"input":{"n":100,"delay":0.1}}', ["Prefer: respond-async"]
    )
    case.exchange(0)
    case.request("POST", "/predictions/b/cancel")


def during_starting(case):
    """Before the worker has said hello; see LATE_WORKER."""
    case.exchange(0)
    case.expect(case.server.health() == "STARTING", "set-up ended too early for this test")


def cancel(case):
    """How many chunks come before the cancel varies: the events until then do not, nor the order
    of all."""
    running = case.start(0)
    time.sleep(0.22)
    case.exchange(1)
    running.thread.join()
    if running.error:
        raise running.error
    check_begun(case, running.response)
    got = events(running.response.body)
    names = [name for name, _ in got]
    pairs = ["log", "output"] * names.count("output")
    cut = ["log"] * (names.count("log") - names.count("output"))
    case.expect(names == ["start"] + pairs + cut + ["completed"], f"events: {names}")
    case.expect(len(cut) <= 1 and 1 <= names.count("output") < 20, f"events: {names}")
    outputs = [data["chunk"] for name, data in got if name == "output"]
    logs = "".join(data["data"] for name, data in got if name == "log")
    last = got[-1][1]
    case.expect(
        {**last, "metrics": sorted(last["metrics"])}
        == {
            "id": "sc",
            "logs": logs,
            "metrics": ["predict_time"],
            "output": outputs,
            "status": "canceled",
        },
        f"completed: {last}",
    )


def check_begun(case, response):
    """The stream is as recorded, as far as both go; the last event, which sums it up, left out."""
    recorded = case.recording.exchanges[0]["response"]
    text = response.body.decode("utf-8")
    case.differences += compare({**recorded, "body": text}, response, "", case.kind)
    check_framing(case, response)
    for expected, got in zip(recorded["body"].split("\n\n")[:-2], text.split("\n\n")[:-2]):
        case.expect(expected == got, f"event: expected {expected!r}, got {got!r}")


def creator_leaves(case):
    """When the only reader leaves, the prediction is cancelled; what came until then is framed
    as recorded."""
    hook = f'"webhook":"{case.fixture.url}/d","webhook_events_filter":["completed"]'
    body = f'{{"id":"dd","input":{{"n":50,"delay":0.05}},{hook}}}'
    with Connection(case.server.port) as connection:
        connection.send(predict(body=body, headers=["Accept: text/event-stream"]))
        connection.closed_within(ACT_AFTER_S)
        got = connection.buffer.decode("latin-1")
    left = time.monotonic()
    head, _, frames = case.recording.extra["raw_head"].partition("\r\n\r\n")
    got_head, _, got_frames = got.partition("\r\n\r\n")
    case.expect(matches(head, got_head), f"head: {got_head!r}")
    common = min(len(frames), len(got_frames))
    case.expect(common > 150 and frames[:common] == got_frames[:common], f"frames: {got_frames!r}")
    case.until(lambda: case.server.health() == "READY", "health READY")
    took = time.monotonic() - left
    case.expect(took < 1, f"READY only {took:.2f} s after the reader left")


def attach_late(case):
    """A second reader attaches when four of five outputs are there."""
    case.request(
        "PUT", "/predictions/h", '{"input":{"n":5,"delay":0.3}}', ["Prefer: respond-async"]
    )
    case.until(lambda: len(snapshot(case, "h").get("output", [])) == 4, "four outputs")
    check_framing(case, case.exchange(0))


def attach_very_late(case):
    """A reader attaches after more events than are kept: how many are missing varies."""
    case.request(
        "PUT", "/predictions/big", '{"input":{"n":4000,"delay":0.001}}', ["Prefer: respond-async"]
    )
    case.until(lambda: len(snapshot(case, "big").get("output", [])) > 1500, "1500 outputs", 10)
    response = case.send(0)
    case.request("POST", "/predictions/big/cancel")
    recorded = case.recording.exchanges[0]["response"]
    body = recorded["body"].replace("532", "{{LEN}}")
    case.differences += compare({**recorded, "body": body}, response, "", case.kind)
    skipped = events(response.body)[0][1].get("skipped", 0)
    case.expect(400 < skipped < 3000, f"skipped: {skipped}")


SCENARIOS = {
    "sse/timed": timed,
    "sse/busy": busy,
    "sse/during_starting": during_starting,
    "sse/cancel": cancel,
    "sse/creator_disconnect_cancels": creator_leaves,
    "sse/history_capacity_*": attach_late,
    "sse/late_attach_default_history_truncated": attach_very_late,
    "sse/json_*": sequential,
    "sse/*": stream,
}
