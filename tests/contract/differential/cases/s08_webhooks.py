"""§8 Webhooks: events, filters, payloads, headers, retries."""

from replayer.fixture import Answer
from table import Scenarios, group

P = "POST /predictions"
ASYNC = "Prefer: respond-async"
scenarios = Scenarios(8)


def hooked(name, where, value, filter_=None, headers=(ASYNC,), answers=(), terminal=1, others=None,
           target=P, url="{fixture}/w"):  # fmt: skip
    """A prediction whose webhooks are compared."""

    def play(s):
        s.fixture.answer("/w", *answers)
        request = {"id": "x", "input": value, "webhook": url}
        if filter_ is not None:
            request["webhook_events_filter"] = filter_
        s.send(target, request, *headers)
        s.hooks(terminal, others)
        s.until_health("READY")

    play.__name__ = name
    scenarios.add(where)(play)


# An output between prints leaves time, as webhooks carry the state at the time they are made.
def spaced(*chunks):
    return {"do": {"chunks": [part for chunk in chunks for part in ({"sleep": 0.08}, chunk)]}}


ONLY_END = ["completed"]
SLOW = {"do": {"sleep": 0.1, "value": "v"}}
hooked("scalar", "probe", SLOW, others=2)
hooked("object", "probe", {"do": {"sleep": 0.1, "value": {"a": 1}}}, others=2)
hooked("null output", "probe", {"do": {"sleep": 0.1}}, others=1)
hooked("list output", "probe", {"do": {"sleep": 0.1, "value": [1]}}, ["output", "completed"])
hooked("failed", "probe", {"do": {"sleep": 0.1, "raise": ["value", "no"]}}, others=1)
hooked("stream", "stream", spaced("a", "b"), others=3)
hooked("stream nothing", "stream", spaced(), others=1)
hooked("stream fails", "stream", spaced("a", {"raise": "no"}), others=2)
hooked("logs and output", "stream", spaced({"print": "p"}, "a"), others=2)
hooked("logs only", "stream", spaced({"print": "p"}, "a"), ["logs", "completed"], others=1)
hooked("start only", "stream", spaced("a"), ["start"], terminal=0, others=1)
hooked("output only", "stream", spaced("a", "b"), ["output"], terminal=0, others=2)
hooked("nothing asked", "stream", spaced("a"), [], terminal=0)
hooked("sync request", "probe", SLOW, headers=(), others=2)
hooked("event stream", "stream", spaced("a"), headers=("Accept: text/event-stream",), others=2)
hooked("put", "probe", SLOW, ONLY_END, target="PUT /predictions/x")
hooked("metrics", "stream", spaced({"metric": ["m", 1, "replace"]}, "a"), others=2)
hooked("blanks around the url", "probe", SLOW, ONLY_END, url=" {fixture}/w \n")
hooked("line break and dots in the url", "probe", SLOW, ONLY_END, url="{fixture}/a/.././\n./w")
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
hooked("trace", "probe", SLOW, ONLY_END, (ASYNC, f"traceparent: {TRACE}", "tracestate: a=b,c=d"))
hooked("trace without state", "probe", SLOW, ONLY_END, (ASYNC, f"TraceParent: {TRACE}"))
hooked("state without trace", "probe", SLOW, ONLY_END, (ASYNC, "tracestate: a=b"))
hooked("token", group("probe", {"WEBHOOK_AUTH_TOKEN": "secret"}), SLOW, ONLY_END)
for status in (503, 502, 504):
    hooked(f"last one again after {status}", "probe", SLOW, ONLY_END, answers=[Answer(status)],
           terminal=2)  # fmt: skip
for status in (400, 401, 501):
    hooked(f"given up after {status}", "probe", SLOW, ONLY_END, answers=[Answer(status)])
hooked("start not again after 500", "probe", SLOW, ["start"], answers=[Answer(500)],
       terminal=0, others=1)  # fmt: skip
hooked("redirect 308", "probe", SLOW, ONLY_END, answers=[Answer(308, [("Location", "/t")])],
       terminal=2)  # fmt: skip
NO_LIMIT = group("stream", {"COG_THROTTLE_RESPONSE_INTERVAL": "0"})
hooked("no throttle", NO_LIMIT, spaced({"print": "p"}, {"print": "q"}, {"print": "r"}),
       ["logs", "completed"], others=3)  # fmt: skip
LONG = group("stream", {"COG_THROTTLE_RESPONSE_INTERVAL": "5"})
hooked("long throttle", LONG, spaced({"print": "p"}, {"print": "q"}, "a"), others=2)


@scenarios.add("noop")
def none_for_invalid_input(s):
    s.send(P, {"input": {}, "webhook": "{fixture}/w"}, ASYNC)
    s.sleep(0.1)
    s.hooks(terminal=0)


@scenarios.add("probe")
def none_for_a_busy_server(s):
    running = s.start(P, {"id": "b", "input": {"do": {"sleep": 0.3}}})
    s.running("b")
    s.send(P, {"id": "x", "webhook": "{fixture}/w"}, ASYNC)
    running.finish()
    s.hooks(terminal=0)


CASES = scenarios.cases
