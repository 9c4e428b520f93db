"""§12 Logs of a prediction."""

from table import PYTHON, Scenarios, inputs

scenarios = Scenarios(12)


def printed(name, *prints):
    return (f"print {name}", {"do": {"prints": [list(one) for one in prints], "value": 1}})


CASES = inputs(12, "probe", [
    printed("one line", ("out", "a\n")),
    printed("to stderr", ("err", "a\n")),
    printed("alternating", ("out", "1\n"), ("err", "2\n"), ("out", "3\n"), ("err", "4\n")),
    printed("empty lines", ("out", "\n\n\n")),
    printed("blank line", ("out", "   \n")),
    printed("several lines at once", ("out", "a\nb\nc\n")),
    printed("in pieces", ("out", "a"), ("out", "b"), ("out", "c\n")),
    printed("in pieces both", ("out", "o"), ("err", "e"), ("out", "O\n"), ("err", "E\n")),
    printed("carriage returns", ("out", "1%\r2%\r3%\n")),
    printed("dos lines", ("out", "a\r\nb\r\n")),
    printed("tabs and bells", ("out", "\ta\x07\x08\n")),
    printed("nul", ("out", "a\x00b\n")),
    printed("escape codes", ("out", "\x1b[1;31mred\x1b[0m\n")),
    printed("unicode", ("out", "ü✓😀\u2028\n")),
    printed("long line", ("out", "x" * 100_000 + "\n")),
    printed("many lines", *[("out", f"line {i}\n") for i in range(300)]),
    printed("json", ("out", '{"level":"INFO"}\n')),
    printed("looks like an event", ("out", "event: x\ndata: y\n\n")),
])  # fmt: skip

CASES += inputs(12, "logs", [
    ("logging module", {"kind": "logging"}),
], PYTHON)  # fmt: skip

# A stream that the model puts in place of sys.stdout gets its text alone: Cog means to copy it
# to the logs, but waits for an audit event that Python does not raise for an assignment.
CASES += inputs(12, "logs", [
    (f"stream replaced by {how}", {"kind": f"replaced by {how}"})
    for how in ("redirect", "redirect stderr", "assignment", "tee", "swap")
], PYTHON)  # fmt: skip


@scenarios.add("probe")
def logs_do_not_leak(s):
    for number in range(3):
        do = {"prints": [["out", f"{number}\n"]], "value": number}
        s.send("POST /predictions", {"id": f"l{number}", "input": {"do": do}})
        s.until_health("READY")


@scenarios.add("probe")
def logs_of_a_failure_in_its_webhook(s):
    do = {"prints": [["out", "o\n"], ["err", "e\n"]], "sleep": 0.1, "raise": ["value", "no"]}
    request = {"id": "x", "input": {"do": do}, "webhook": "{fixture}/w",
               "webhook_events_filter": ["completed"]}  # fmt: skip
    s.send("POST /predictions", request)
    s.hooks()


CASES += scenarios.cases
