"""§3 (and §0, §1) Responses: outputs, numbers, texts, in-flight snapshots, routes."""

from table import Scenarios, group, inputs, rows

P = "POST /predictions"
ASYNC = "Prefer: respond-async"
scenarios = Scenarios(3)


def values(table):
    return inputs(3, "probe", [(f"output {name}", {"do": {"value": v}}) for name, v in table])


CASES = values([
    ("true", True),
    ("zero", 0),
    ("minus zero", -0.0),
    ("float with no fraction", 2.0),
    ("small float", 0.000012345),
    ("tiny float", 1.5e-7),
    ("large float", 1.25e15),
    ("huge float", 1.25e22),
    ("seventeen digits", 0.1 + 0.2),
    ("largest integer", 2**63 - 1),
    ("beyond 64 bits", 2**70),
    ("most negative", -(2**63)),
    ("empty string", ""),
    ("control characters", "\x00\x01\x1f\x7f"),
    ("escapes", 'a"b\\c/d\b\f\n\r\t'),
    ("line separators", "\u2028\u2029\u0085"),
    ("beyond the basic plane", "𝒳😀"),
    ("nested", {"z": [1, {"y": [], "x": {}}], "a": None}),
    ("keys sorted by byte", {"b": 1, "B": 2, "é": 3, "z": 4, "": 5, "a b": 6, "10": 7, "9": 8}),
    ("empty object", {}),
    ("list of nulls", [None, None]),
    ("list of lists", [[1], [], [[2]]]),
    ("list mixed", [1, "a", None, 2.5, {"k": []}]),
    ("list of one object", [{"a": 1}]),
    ("null", None),
])  # fmt: skip

CASES += rows(3, "noop", [
    ("get prediction", "GET /predictions/x"),
    ("delete prediction", "DELETE /predictions/x"),
    ("post prediction id", "POST /predictions/x", {}),
    ("patch predictions", "PATCH /predictions", {}),
    ("head predictions", "HEAD /predictions"),
    ("trailing slash", "GET /health-check/"),
    ("double slash", "GET //health-check"),
    ("dot segments", "GET /./health-check"),
    ("unknown deep", "GET /predictions/x/y/z"),
    ("cancel by get", "GET /predictions/x/cancel"),
    ("cancel by put", "PUT /predictions/x/cancel", {}),
    ("cancel unknown with body", "POST /predictions/x/cancel", "{", "Content-Type: text/plain"),
    ("cancel encoded id", "POST /predictions/a%2Fb/cancel"),
    ("root by post", "POST /", {}),
    ("openapi by delete", "DELETE /openapi.json"),
    ("openapi with query", "GET /openapi.json?x=1"),
    ("shutdown by get", "GET /shutdown"),
    ("health by put", "PUT /health-check", {}),
    ("root with fragment of query", "GET /?a=b&c"),
    ("docs", "GET /docs"),
    ("trainings cancel unknown", "POST /trainings/x/cancel"),
])  # fmt: skip


@scenarios.add("probe")
def snapshot_of_a_running_prediction(s):
    """PUT of an id in flight answers its state, whatever the request says."""
    running = s.start(P, {"id": "a", "input": {"do": {
        "prints": [["out", "one\n"], ["err", "two\n"]], "metrics": [["m.n", 1, "incr"]],
        "sleep": 0.6, "value": [1]}, "junk": 1}})  # fmt: skip
    s.running("a", lambda snapshot: snapshot["metrics"] and "two" in snapshot["logs"])
    s.send("PUT /predictions/a", {"input": {"do": 5}})
    s.send("PUT /predictions/a", None)
    s.send("PUT /predictions/a", {"id": "b"})
    s.send(P, {"id": "a", "input": {}})
    running.finish()


@scenarios.add("stream")
def snapshot_with_chunks(s):
    do = {"chunks": [1, "b", {"sleep": 0.6}, None]}
    s.send("PUT /predictions/c", {"input": {"do": do}}, ASYNC)
    s.running("c", lambda snapshot: len(snapshot.get("output", [])) == 2)
    s.send("PUT /predictions/c", {})
    s.until_health("READY")


@scenarios.add("probe")
def same_id_again_runs_again(s):
    for value in (1, 2):
        s.send("PUT /predictions/again", {"input": {"do": {"value": value}}})
        s.until_health("READY")


@scenarios.add(group("async4", {"COG_MAX_CONCURRENCY": "4"}))
def put_while_it_runs_with_free_slots(s):
    s.send("PUT /predictions/p", {"input": {"text": "one", "delay": 0.5}}, ASYNC)
    s.running("p", lambda snapshot: "start" in snapshot["logs"])
    s.send("PUT /predictions/p", {"input": {"text": "two"}})
    s.send("PUT /predictions/p", {"input": {"text": "two"}}, ASYNC)
    s.until_health("READY")


@scenarios.add("stream")
def sync_answer_of_a_stream(s):
    s.send(P, {"id": "x", "input": {"do": {"chunks": ["a", 1, None, {"k": 1}, []]}}})


@scenarios.add("stream")
def failed_stream_has_no_output(s):
    s.send(P, {"id": "x", "input": {"do": {"chunks": ["a", {"print": "p"}, {"raise": "no"}]}}})


CASES += scenarios.cases
