<<<<<<< HEAD
"""Scenarios of health/: what the model's own health check says, while it is slow and while the
model is busy."""

import json
import time


def predict(case, mode, seconds=0.0, headers=()):
    body = json.dumps({"id": "first", "input": {"mode": mode, "seconds": seconds}})
    return case.request("POST", "/predictions", body, headers)


def slow_check(case):
    """The answer comes after five seconds; a request that comes meanwhile shares the check, and
    predictions and their cancels do not wait for it."""
    predict(case, "sleep")
    began = time.monotonic()
    first = case.start(0)
    time.sleep(0.5)
    second = case.start(0)
    running = predict(case, "sleep", 60, ["Prefer: respond-async"])
    case.expect(running.status == 202, f"a prediction meanwhile: {running.status}")
    cancelled = case.request("POST", "/predictions/first/cancel")
    case.expect(cancelled.status == 200, f"its cancel: {cancelled.status}")
    case.until(lambda: predict(case, "sleep").status == 200, "a free slot after the cancel", 2)
    free = time.monotonic() - began
    case.expect(free < 4, f"the cancel waited for the health check: {free:.2f} s")
    first.finish()
    second.finish()
    took = time.monotonic() - began
    case.expect(4.9 < took < 5.4, f"the answers took {took:.2f} s")


def unhealthy_and_busy(case):
    """UNHEALTHY stands in front of BUSY, and predictions are still refused as busy only."""
    predict(case, "false", 2, ["Prefer: respond-async"])
    case.until(lambda: case.server.health() == "UNHEALTHY", "UNHEALTHY")
    case.exchange(0)
    case.expect(predict(case, "false").status == 409, "the slot is not busy")
    case.until(lambda: predict(case, "true").status == 200, "a prediction of an unhealthy model")
    case.expect(case.server.health() == "READY", "not READY after the mode was set back")


SCENARIOS = {
    "health/user_hc_timeout_5s": slow_check,
    "health/unhealthy_masks_busy": unhealthy_and_busy,
=======
"""Scenarios of health/: the user's own health check, whose answer a prediction sets."""

import json

from replayer.lifecycle import predict
from replayer.replay_case import sequential
from replayer.wire import Connection

RUNS_S = 0.25  # until a prediction that was sent runs for sure


def set_mode(case, mode):
    case.request("POST", "/predictions", json.dumps({"input": {"mode": mode}}))
    case.until(lambda: case.server.health() in ("READY", "UNHEALTHY"), "the end of it")


def after_prediction(case):
    """The first of the two checks came while Cog's slot was not yet returned (BUSY): the state
    after it is compared."""
    sequential(case)
    set_mode(case, "true")


def timeout(case):
    """The check sleeps for 8 s: the answer comes after 5."""
    set_mode_unwatched(case, "sleep")
    case.exchange(0)
    case.server.restart_needed = True


def set_mode_unwatched(case, mode):
    case.request("POST", "/predictions", json.dumps({"input": {"mode": mode}}))


def masks_busy(case):
    set_mode(case, "false")
    body = json.dumps({"id": "b", "input": {"mode": "false", "seconds": 0.8}})
    with Connection(case.server.port) as connection:
        connection.send(predict(body=body))
        connection.closed_within(RUNS_S)
        case.exchange(0)
        connection.read_response()
    set_mode(case, "true")


SCENARIOS = {
    "health/user_hc_timeout_5s": timeout,
    "health/unhealthy_masks_busy": masks_busy,
    "health/user_hc_*": after_prediction,
    "coglet-0.23.1/health/user_hc_true": after_prediction,
>>>>>>> bb491b9 (Replay the recordings against the recorded Python models, too)
}
