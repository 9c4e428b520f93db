"""Scenarios of health/: what the model's own health check says, while it is slow and while the
model is busy."""

import json
import time

from replayer.replay_case import sequential


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
    # Nothing interrupts time.sleep() of a Python predictor: it has to end by itself.
    seconds = 1 if case.kind == "python" else 60
    running = predict(case, "sleep", seconds, ["Prefer: respond-async"])
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


def after_prediction(case):
    """A prediction sets what the check says; it is set back for those that follow."""
    sequential(case)
    predict(case, "true")


SCENARIOS = {
    "health/user_hc_timeout_5s": slow_check,
    "health/unhealthy_masks_busy": unhealthy_and_busy,
    "health/user_hc_*": after_prediction,
    "coglet-0.23.1/health/user_hc_true": after_prediction,
}
