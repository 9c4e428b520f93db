"""§6 Slots: who is refused, and in which order of checks; ids."""

from table import EVERY, PYTHON, Scenarios, group, rows

P = "POST /predictions"
ASYNC = "Prefer: respond-async"
scenarios = Scenarios(6)
FOUR = group("async4", {"COG_MAX_CONCURRENCY": "4"})


def while_busy(*requests):
    """The requests, sent while the only slot is taken."""

    def play(s):
        running = s.start(P, {"id": "b", "input": {"do": {"sleep": 0.4, "value": 1}}})
        s.running("b")
        for request in requests:
            s.send(*request)
        running.finish()

    return play


BUSY = [
    ("post", (P, {"input": {}})),
    ("put", ("PUT /predictions/new", {"input": {}})),
    ("async", (P, {"input": {}}, ASYNC)),
    ("invalid input", (P, {"input": {"do": "x"}})),
    ("bad body", (P, "{")),
    ("bad type", (P, {}, "Content-Type: a/b")),
    ("no body", (P,)),
    ("stream", (P, {}, "Accept: text/event-stream")),
    ("mismatch", ("PUT /predictions/new", {"id": "old"})),
    ("same id by post", (P, {"id": "b"})),
    ("same id by put", ("PUT /predictions/b", {"input": {"do": 1}})),
    ("other routes", ("GET /openapi.json",)),
    ("cancel of another", ("POST /predictions/other/cancel",)),
    ("several refused", (P, {}), (P, {}, ASYNC), (P, {"input": 1})),
]
for name, *requests in BUSY:
    play = while_busy(*requests)
    play.__name__ = f"busy {name}"
    scenarios.add("probe", EVERY)(play)


@scenarios.add(FOUR)
def all_four_then_a_fifth(s):
    running = []
    for i in range(4):
        running.append(s.start(P, {"id": f"s{i}", "input": {"text": f"t{i}", "delay": 1}}))
        s.running(f"s{i}")
    s.send(P, {"input": {}})
    for one in running:
        one.finish()


@scenarios.add(FOUR)
def logs_and_metrics_stay_apart(s):
    texts = ["a", "bb", "ccc"]
    running = [s.start(P, {"id": t, "input": {"text": t, "delay": 0.3}}) for t in texts]
    for one in running:
        one.finish()


@scenarios.add(FOUR)
def one_fails_the_others_do_not(s):
    one = s.start(P, {"id": "ok", "input": {"delay": 0.4}})
    two = s.start(P, {"id": "bad", "input": {"fail": "told to"}})
    two.finish()
    one.finish()


@scenarios.add(group("sleep", {"COG_MAX_CONCURRENCY": "-1"}))
def negative_concurrency_is_one(s):
    running = s.start(P, {"id": "b", "input": {"seconds": 0.4}})
    s.running("b")
    s.send(P, {"input": {"seconds": 0}})
    running.finish()


@scenarios.add(group("sleep", {"COG_MAX_CONCURRENCY": "3"}, ready=False), PYTHON)
def concurrency_of_a_sync_predictor(s):
    s.until_health("SETUP_FAILED")
    s.send("GET /health-check")


CASES = scenarios.cases + rows(6, "noop", [
    ("id with spaces", P, {"id": " a b ", "input": {"text": "w"}}),
    ("id with quotes", P, {"id": "a\"b\\c", "input": {"text": "w"}}),
    ("id of a newline", P, {"id": "a\nb", "input": {"text": "w"}}),
    ("id of 200 characters", P, {"id": "i" * 200, "input": {"text": "w"}}),
    ("id of dots", P, {"id": "...", "input": {"text": "w"}}),
])  # fmt: skip
