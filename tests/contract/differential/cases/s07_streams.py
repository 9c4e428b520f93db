"""§7 Server-sent events."""

from replayer.wire import Connection
from table import Scenarios, group, rows

P = "POST /predictions"
STREAM = "Accept: text/event-stream"
ASYNC = "Prefer: respond-async"
scenarios = Scenarios(7)


def chunks(name, *parts):
    return (name, P, {"id": "x", "input": {"do": {"chunks": list(parts)}}}, STREAM)


CASES = rows(7, "stream", [
    chunks("one text", "a"),
    chunks("nothing"),
    chunks("null chunk", None, 1),
    chunks("every type", True, 1, 2.0, "s", [1], {"k": {"b": 1, "a": 2}}),
    chunks("newlines in a text", "a\nb\r\nc", "\n\n", "data: x\n\nevent: y"),
    chunks("unicode", "ü😀\u2028"),
    chunks("large chunk", "x" * 100_000),
    chunks("fifty chunks", *range(50)),
    chunks("raise first", {"raise": "at once"}),
    chunks("raise late", "a", {"raise": "later"}),
    chunks("log between", "a", {"sleep": 0.05}, {"print": "p"}, {"sleep": 0.05}, "b"),
    chunks("metric replaced", {"metric": ["m", 1, "replace"]}, {"metric": ["m", 2, "replace"]}),
    chunks("metric increment", {"metric": ["n.k", 2, "incr"]}, {"metric": ["n.k", 3, "incr"]}),
    chunks("metric append", {"metric": ["l", "a", "append"]}, {"metric": ["l", "b", "append"]}),
    chunks("metric refused", "a", {"metric": ["1x", 1, "replace"]}),
    ("no input", P, {"id": "x"}, STREAM),
    ("no body", "PUT /predictions/nb", None, STREAM),
    ("invalid input", P, {"id": "x", "input": {"do": 1}}, STREAM),
    ("with respond async", P, {"id": "x"}, STREAM, ASYNC),
    ("put with id", "PUT /predictions/y", {"input": {"do": {"chunks": [1]}}}, STREAM),
    ("put mismatch", "PUT /predictions/y", {"id": "z"}, STREAM),
    ("quality zero", P, {"id": "x"}, "Accept: text/event-stream;q=0"),
    ("among others", P, {"id": "x"}, "Accept: application/json , text/event-stream"),
    ("last event id", P, {"id": "x"}, STREAM, "Last-Event-ID: 5"),
    ("training", "POST /trainings", {"id": "x"}, STREAM),
    ("connection close", P, {"id": "x"}, STREAM, "Connection: close"),
])  # fmt: skip

CASES += rows(7, "noop", [
    ("model without streams", P, {"id": "x", "input": {"text": "w"}}, STREAM),
    ("training without streams", "POST /trainings", {"input": {"text": "w"}}, STREAM),
    ("training bad body", "POST /trainings", "{", STREAM),
])  # fmt: skip

CASES += rows(7, "iterplain", [
    ("iterator that is not declared", P, {"id": "x", "input": {"n": 2}}, STREAM),
])  # fmt: skip

CASES += rows(7, "asyncgen", [
    ("async generator", P, {"id": "x", "input": {"n": 3}}, STREAM),
])  # fmt: skip


@scenarios.add("stream")
def attach_to_a_stream(s):
    """The second reader gets everything from the start."""
    do = {"chunks": ["a", {"print": "p"}, {"sleep": 0.4}, "b", {"sleep": 0.2}, "c"]}
    first = s.start("PUT /predictions/at", {"input": {"do": do}}, STREAM)
    s.running("at", lambda snapshot: len(snapshot.get("output", [])) == 1)
    s.send("PUT /predictions/at", {}, STREAM)
    first.finish()


@scenarios.add("stream")
def attach_to_an_async_prediction(s):
    do = {"chunks": ["a", {"sleep": 0.4}, "b"]}
    s.send("PUT /predictions/aa", {"input": {"do": do}}, ASYNC)
    s.running("aa", lambda snapshot: len(snapshot.get("output", [])) == 1)
    s.send("PUT /predictions/aa", {"input": {"do": 5}}, STREAM)


@scenarios.add("stream")
def attach_and_leave_an_async_prediction(s):
    """It is not cancelled by that."""
    request = {"input": {"do": {"chunks": ["a", {"sleep": 0.5}, "b"]}}, "webhook": "{fixture}/w",
               "webhook_events_filter": ["completed"]}  # fmt: skip
    s.send("PUT /predictions/al", request, ASYNC)
    s.running("al", lambda snapshot: len(snapshot.get("output", [])) == 1)
    with Connection(s.server.port) as connection:
        connection.send(s.bytes_of("PUT /predictions/al", {}, [STREAM]))
        connection.read_head()
    s.hooks()


@scenarios.add("stream")
def stream_when_busy(s):
    first = s.start("PUT /predictions/sb", {"input": {"do": {"chunks": [{"sleep": 0.4}]}}})
    s.running("sb")
    s.send("PUT /predictions/other", {"input": {}}, STREAM)
    first.finish()


@scenarios.add("stream")
def cancel_of_a_stream(s):
    do = {"chunks": ["a", "b", {"sleep": 0.5}, "c", {"sleep": 3}]}
    first = s.start("PUT /predictions/cs", {"input": {"do": do}}, STREAM)
    s.running("cs", lambda snapshot: len(snapshot.get("output", [])) == 2)
    s.send("POST /predictions/cs/cancel")
    first.finish()


def late(s):
    do = {"chunks": [1, 2, 3, 4, {"sleep": 0.5}, 5]}
    s.send("PUT /predictions/h", {"input": {"do": do}}, ASYNC)
    s.running("h", lambda snapshot: len(snapshot.get("output", [])) == 4)
    s.send("PUT /predictions/h", {}, STREAM)


for capacity in ("0", "3", "5", "abc"):
    late.__name__ = f"late with history of {capacity}"
    scenarios.add(group("stream", {"COG_STREAM_HISTORY_CAPACITY": capacity}))(late)

CASES += scenarios.cases
