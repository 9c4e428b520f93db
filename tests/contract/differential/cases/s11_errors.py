"""§11 Texts of failed predictions."""

from table import PYTHON, Scenarios, group, inputs

P = "POST /predictions"
scenarios = Scenarios(11)


def raising(name, kind, text):
    return (f"raise {name}", {"do": {"prints": [["out", "before\n"]], "raise": [kind, text]}})


CASES = inputs(11, "probe", [
    raising("runtime", "runtime", "it broke"),
    raising("value", "value", "bad value"),
    raising("no text", "runtime", ""),
    raising("two lines", "runtime", "first\nsecond"),
    raising("quotes", "value", '"quoted" \\ back'),
    raising("unicode", "value", "ü😀"),
    raising("colons", "runtime", "a: b: c"),
    raising("timeout in the text", "runtime", "TimeoutError: late"),
    raising("html", "runtime", "<b>&amp;</b>"),
    raising("long text", "runtime", "x" * 5000),
    raising("json text", "runtime", '{"error":"x"}'),
])  # fmt: skip
CASES += inputs(11, "probe", [raising("key", "key", "k")], PYTHON)

CASES += inputs(11, "iter", [
    ("stream fails at once", {"n": 3, "fail_at": 0}),
    ("stream fails later", {"n": 3, "fail_at": 2, "log": True, "metric": True}),
])  # fmt: skip

CASES += inputs(11, "raises", [("exit with a number", {"kind": "exit"}),
                               ("exit without", {"kind": "exit0"}),
                               ("keyboard", {"kind": "kbd"}),
                               ("bytes", {"kind": "bytes"}),
                               ("object", {"kind": "obj"}),
                               ("not a number", {"kind": "nan"}),
                               ("local class", {"kind": "custom"}),
                               ("chained", {"kind": "chained"})], PYTHON)  # fmt: skip

CASES += inputs(11, "outputs", [
    ("unknown kind", {"kind": "nope"}),
    ("dictionary of a generator", {"kind": "dictgen"}),
    ("bytes output", {"kind": "bytes"}),
], PYTHON)  # fmt: skip


@scenarios.add(group("async4", {"COG_MAX_CONCURRENCY": "4"}), PYTHON)
def async_predictor(s):
    s.send(P, {"id": "x", "input": {"fail": "told to"}})
    s.until_health("READY")
    s.send(P, {"id": "x", "input": {"fail": "ü\n\"q\""}})


@scenarios.add("probe")
def partial_output_is_dropped_from_the_answer(s):
    s.send(P, {"id": "x", "input": {"do": {"metrics": [["m", 1, "replace"]],
                                           "raise": ["value", "after a metric"]}}})  # fmt: skip


@scenarios.add("stream")
def failure_in_a_webhook(s):
    do = {"chunks": ["a", {"sleep": 0.1}, {"raise": "in the middle"}]}
    request = {"id": "x", "input": {"do": do}, "webhook": "{fixture}/w",
               "webhook_events_filter": ["completed"]}  # fmt: skip
    s.send(P, request, "Prefer: respond-async")
    s.hooks()


@scenarios.add("probe")
def the_next_prediction_works(s):
    s.send(P, {"id": "x", "input": {"do": {"raise": ["value", "no"]}}})
    s.until_health("READY")
    s.send(P, {"id": "y", "input": {"do": {"value": "yes"}}})


CASES += scenarios.cases
