"""§4 Health checks: states, set-up, the user's own health check."""

import time

from table import PYTHON, Scenarios, group

H = "GET /health-check"
scenarios = Scenarios(4)


@scenarios.add("noop")
def ready(s):
    s.send(H)


@scenarios.add("noop")
def query_and_headers(s):
    s.send("GET /health-check?verbose=1", None, "Accept: text/html")


@scenarios.add("noop")
def head(s):
    s.send("HEAD /openapi.json")


@scenarios.add("noop")
def after_an_invalid_request(s):
    s.send("POST /predictions", {"input": {}})
    s.send(H)


@scenarios.add("sleep")
def busy(s):
    running = s.start("POST /predictions", {"id": "x", "input": {"seconds": 0.4}})
    s.until_health("BUSY")
    s.send(H)
    running.finish()
    s.until_health("READY")
    s.send(H)


@scenarios.add("raises")
def after_a_failure(s):
    s.ask("POST /predictions", {"id": "x", "input": {}})
    s.until_health("READY")
    s.send(H)


@scenarios.add(group("async4", {"COG_MAX_CONCURRENCY": "2"}))
def ready_with_a_free_slot(s):
    """Busy only when the last slot is taken."""
    one = s.start("POST /predictions", {"id": "a", "input": {"delay": 0.6}})
    s.running("a")
    s.send(H)
    two = s.start("POST /predictions", {"id": "b", "input": {"delay": 0.6}})
    s.running("b")
    s.send(H)
    one.finish()
    two.finish()


@scenarios.add(group("slowsetup", {"SETUP_S": "0.6"}, ready=False))
def starting_then_ready(s):
    s.send(H)
    s.until_health("READY")
    s.send(H)


@scenarios.add(group("slowsetup", {"SETUP_S": "0.3"}, ready=False))
def setup_logs(s):
    s.until_health("READY")
    s.note_setup()


WRONG = {"SETUP_S": "0.3", "COG_MAX_CONCURRENCY": "many", "COG_SETUP_TIMEOUT": "0"}


@scenarios.add(group("slowsetup", WRONG, ready=False))
def setup_logs_with_warnings(s):
    s.until_health("READY")
    s.note_setup()


@scenarios.add(group("failsetup", ready=False))
def failed_setup(s):
    s.until_health("SETUP_FAILED")
    s.send(H)
    s.send("POST /predictions", {"input": {"text": "w"}})
    s.send("PUT /predictions/x", {"input": {}}, "Prefer: respond-async")
    s.send("POST /predictions", {"input": {}}, "Accept: text/event-stream")
    s.send("GET /openapi.json")
    s.send("POST /predictions/x/cancel")


@scenarios.add(group("badimport", ready=False), PYTHON)
def failed_import(s):
    s.until_health("SETUP_FAILED")
    s.send(H)
    s.send("POST /predictions", {"input": {"text": "w"}})


@scenarios.add(group("slowsetup", {"SETUP_S": "5", "COG_SETUP_TIMEOUT": "1"}, ready=False))
def setup_timeout(s):
    s.until_health("SETUP_FAILED")
    s.send(H)
    s.send("POST /predictions", {"input": {}})


def user_check(mode):
    """The health check's answer is set by the prediction before."""

    def play(s):
        s.ask("POST /predictions", {"input": {"mode": mode}})
        s.sleep(0.1)
        s.send(H)
        s.send("POST /predictions", {"id": "x", "input": {"mode": "true"}})
        s.sleep(0.1)
        s.send(H)

    play.__name__ = f"user check {mode}"
    return play


for chosen in ("true", "false", "none", "raise"):
    scenarios.add("health")(user_check(chosen))


@scenarios.add("health")
def user_check_unhealthy_masks_busy(s):
    s.ask("POST /predictions", {"input": {"mode": "false"}})
    s.sleep(0.1)
    running = s.start("POST /predictions", {"id": "x", "input": {"mode": "true", "seconds": 0.5}})
    s.sleep(0.25)
    s.send(H)
    running.finish()


@scenarios.add("health")
def user_check_twice_at_once(s):
    s.ask("POST /predictions", {"input": {"mode": "raise"}})
    s.sleep(0.1)
    pair = [s.start(H), s.start(H)]
    for one in pair:
        one.finish()
    s.ask("POST /predictions", {"input": {"mode": "true"}})


@scenarios.add("health")
def user_check_slow(s):
    """An answer after 5 s; predictions are taken all the same."""
    s.ask("POST /predictions", {"input": {"mode": "sleep"}})
    s.sleep(0.1)
    s.send(H)
    s.sleep(3.5)
    s.ask("POST /predictions", {"input": {"mode": "true"}})


# How long a check may have taken to be called so: under load no time is exact.
CLASSES = ((1.5, "at once"), (4.5, "about 2 s"), (7, "about 5 s"))


def duration_class(seconds):
    return next((name for limit, name in CLASSES if seconds < limit), f"{seconds:.0f} s")


def timed_check(s):
    began = time.monotonic()
    s.send(H)
    s.note("took", duration_class(time.monotonic() - began))


def async_check_over_the_limit(model):
    """Nothing is left of it: the next check answers at once."""

    def play(s):
        s.ask("POST /predictions", {"input": {"check_s": 8}})
        s.sleep(0.1)
        other = s.start(H)
        timed_check(s)
        other.finish()
        s.ask("POST /predictions", {"input": {}})
        s.sleep(0.1)
        timed_check(s)

    play.__name__ = f"async check over the limit {model}"
    return play


def async_check_within_the_limit(model):
    """Slow, beside a prediction, which it does not hold up."""

    def play(s):
        s.ask("POST /predictions", {"input": {"check_s": 2}})
        s.sleep(0.1)
        running = s.start("POST /predictions", {"id": "x", "input": {"seconds": 3, "check_s": 2}})
        s.running("x")
        timed_check(s)
        running.finish()
        s.ask("POST /predictions", {"input": {}})
        s.sleep(0.1)
        timed_check(s)

    play.__name__ = f"async check within the limit {model}"
    return play


for model in ("asynchealth", "mixedhealth"):
    for scenario in (async_check_over_the_limit, async_check_within_the_limit):
        scenarios.add(model, PYTHON)(scenario(model))


CASES = scenarios.cases
