"""§14 Trainings, in a server of predictions and in one of trainings."""

from table import Scenarios, group, rows

T = "POST /trainings"
P = "POST /predictions"
ASYNC = "Prefer: respond-async"
TRAIN = group("train", args=["--x-mode", "train"])
scenarios = Scenarios(14)


def both(where, prefix, table):
    return rows(14, where, [(f"{prefix} {name}", *rest) for name, *rest in table])


COMMON = [
    ("minimum", T, {"id": "x", "input": {"n": 1}}),
    ("below minimum", T, {"input": {"n": 0}}),
    ("missing", T, {"input": {}}),
    ("no body", T),
    ("wrong types", T, {"input": {"n": "a", "label": 5}}),
    ("unknown key", T, {"id": "x", "input": {"n": 1, "zzz": 1}}),
    ("null input", T, {"input": None}),
    ("array input", T, {"input": []}),
    ("bad body", T, "{"),
    ("bad type", T, {}, "Content-Type: text/plain"),
    ("bad context", T, {"context": 1}),
    ("put", "PUT /trainings/tp", {"input": {"n": 2}}),
    ("put mismatch", "PUT /trainings/tp", {"id": "other", "input": {"n": 2}}),
    ("put invalid", "PUT /trainings/tp", {"input": {"n": -1}}),
    ("stream", T, {"input": {"n": 2}}, "Accept: text/event-stream"),
    ("cancel unknown", "POST /trainings/none/cancel"),
    ("cancel a prediction's id", "POST /predictions/none/cancel"),
    ("get", "GET /trainings"),
    ("get one", "GET /trainings/x"),
    ("root", "GET /"),
    ("schema", "GET /openapi.json"),
    ("prediction", P, {"id": "x", "input": {"text": "w"}}),
    ("prediction of the other's input", P, {"id": "x", "input": {"n": 2}}),
]
CASES = both("train", "predict mode", COMMON) + both(TRAIN, "train mode", COMMON)

# A model without train(): its routes are there all the same.
CASES += rows(14, "noop", [
    ("no train", T, {"id": "x", "input": {"text": "w"}}),
    ("no train missing", T, {"input": {}}),
    ("no train put", "PUT /trainings/x", {"input": {"text": "w"}}),
    ("no train put mismatch", "PUT /trainings/x", {"id": "y"}),
    ("no train get", "GET /trainings"),
    ("no train root", "GET /"),
])  # fmt: skip


@scenarios.add(TRAIN)
def training_with_webhooks(s):
    request = {"id": "x", "input": {"n": 2}, "webhook": "{fixture}/w",
               "webhook_events_filter": ["completed"]}  # fmt: skip
    s.send(T, request, ASYNC)
    s.hooks()


@scenarios.add("sleep")
def shared_ids_and_slots(s):
    """One slot and one table of ids for both."""
    running = s.start("PUT /trainings/sh", {"input": {"seconds": 0.8}})
    s.running("sh")
    s.send("PUT /trainings/sh", {"input": 5})
    s.send("PUT /predictions/sh", {"input": 5})
    s.send(T, {"input": {"seconds": 0}})
    s.send(P, {"input": {"seconds": 0}})
    s.send("POST /predictions/sh/cancel")
    running.finish()


CASES += scenarios.cases
