"""§5 Cancelling, and clients that leave."""

from replayer.wire import Connection
from table import EVERY, Scenarios, group

P = "POST /predictions"
ASYNC = "Prefer: respond-async"
STREAM = "Accept: text/event-stream"
HOOK = "{fixture}/w"
LONG = {"do": {"prints": [["out", "begun\n"]], "sleep": 3, "cleanup": "cleaned", "value": 1}}
scenarios = Scenarios(5)


def cancelled(way, target="/predictions/c/cancel", body=None, *headers):
    """A prediction that is cancelled while it runs; what its webhook says at the end."""

    def play(s):
        request = {"id": "c", "input": LONG, "webhook": HOOK,
                   "webhook_events_filter": ["completed"]}  # fmt: skip
        waiting = None
        if way == "async":
            s.send(P, request, ASYNC)
        else:
            waiting = s.start(P, request)
        s.running("c", lambda snapshot: "begun" in snapshot["logs"])
        s.send(f"POST {target}", body, *headers)
        if waiting:
            waiting.finish()
        s.hooks()
        s.until_health("READY")

    return play


def add(name, play, where="probe", kinds=EVERY):
    play.__name__ = name
    scenarios.add(where, kinds)(play)


add("async", cancelled("async"))
add("sync", cancelled("sync"))
add("with json body", cancelled("async", body={"reason": "x"}))
add("with bad body", cancelled("async", "/predictions/c/cancel", "{", "Content-Type: text/css"))
add("through trainings", cancelled("async", "/trainings/c/cancel"))
add("with query", cancelled("sync", "/predictions/c/cancel?now=1"))


@scenarios.add("probe")
def unknown_ids(s):
    for target in ("nope", "%20", "a%2Fb", "ü".encode().decode("latin-1")):
        s.send(f"POST /predictions/{target}/cancel")


@scenarios.add("probe")
def finished(s):
    s.send("PUT /predictions/f", {"input": {"do": {"value": 1}}})
    s.send("POST /predictions/f/cancel")


@scenarios.add("probe")
def id_with_a_slash(s):
    s.send(P, {"id": "a/b", "input": LONG}, ASYNC)
    s.running("a%2Fb", lambda snapshot: "begun" in snapshot["logs"])
    s.send("POST /predictions/a%2Fb/cancel")
    s.until_health("READY")


@scenarios.add("probe")
def twice(s):
    waiting = s.start(P, {"id": "t", "input": {"do": {"sleep": 3}}})
    s.running("t")
    s.sleep(0.1)
    s.send("POST /predictions/t/cancel")
    waiting.finish()
    s.until_health("READY")
    s.send("POST /predictions/t/cancel")


@scenarios.add("probe")
def stream_model_less_put(s):
    """A PUT that waits is cancelled like a POST."""
    waiting = s.start("PUT /predictions/p", {"input": LONG})
    s.running("p", lambda snapshot: "begun" in snapshot["logs"])
    s.send("POST /predictions/p/cancel")
    waiting.finish()


def leaves(s, headers, rude=False):
    body = {"id": "d", "input": {"do": {"sleep": 1.5}}, "webhook": HOOK,
            "webhook_events_filter": ["completed"]}  # fmt: skip
    with Connection(s.server.port) as connection:
        connection.send(s.bytes_of(P, body, headers))
        s.running("d")
        if rude:
            connection.half_close()
            s.sleep(0.1)
    s.hooks()
    s.until_health("READY")


@scenarios.add("probe")
def client_leaves_sync(s):
    leaves(s, [])


@scenarios.add("probe")
def client_leaves_half(s):
    leaves(s, [], rude=True)


@scenarios.add("probe")
def client_leaves_async(s):
    leaves(s, [ASYNC])


@scenarios.add("stream")
def reader_of_a_stream_leaves(s):
    body = {"id": "d", "input": {"do": {"chunks": ["a", {"sleep": 0.4}] * 5}},
            "webhook": HOOK, "webhook_events_filter": ["completed"]}  # fmt: skip
    with Connection(s.server.port) as connection:
        connection.send(s.bytes_of(P, body, [STREAM]))
        s.running("d", lambda snapshot: len(snapshot.get("output", [])) >= 1)
    s.hooks()


@scenarios.add("stream")
def one_of_two_readers_leaves(s):
    do = {"chunks": ["a", {"sleep": 0.5}, "b", {"sleep": 0.3}]}
    waiting = s.start("PUT /predictions/two", {"input": {"do": do}}, STREAM)
    s.running("two", lambda snapshot: len(snapshot.get("output", [])) >= 1)
    with Connection(s.server.port) as connection:
        connection.send(s.bytes_of("PUT /predictions/two", {}, [STREAM]))
        connection.read_head()
    waiting.finish()


@scenarios.add("stream")
def stream_between_chunks(s):
    do = {"chunks": ["a", "b", {"sleep": 0.4}, "c", {"sleep": 0.4}, "d"]}
    waiting = s.start(P, {"id": "bc", "input": {"do": do}})
    s.running("bc", lambda snapshot: len(snapshot.get("output", [])) == 2)
    s.send("POST /predictions/bc/cancel")
    waiting.finish()


@scenarios.add(group("async4", {"COG_MAX_CONCURRENCY": "4"}))
def one_of_four(s):
    """The others are not touched."""
    running = []
    for i in range(4):
        running.append(s.start(P, {"id": f"n{i}", "input": {"text": f"n{i}", "delay": 1}}))
        s.running(f"n{i}", lambda snapshot: "start" in snapshot["logs"])
    s.send("POST /predictions/n2/cancel")
    for one in running:
        one.finish()


@scenarios.add(group("async4", {"COG_MAX_CONCURRENCY": "4"}))
def next_prediction_of_the_same_id(s):
    waiting = s.start(P, {"id": "same", "input": {"delay": 3}})
    s.running("same", lambda snapshot: "start" in snapshot["logs"])
    s.send("POST /predictions/same/cancel")
    waiting.finish()
    s.until_health("READY")
    s.send(P, {"id": "same", "input": {"text": "later"}})


CASES = scenarios.cases
