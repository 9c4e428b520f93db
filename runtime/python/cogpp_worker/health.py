"""The model's own health check, with Cog's texts (cog-runtime §4.1). It runs beside
predictions, in a thread of its own or on the event loop; what it prints is none of theirs.
"""
from __future__ import annotations

import threading
from typing import Any, Callable, List, Optional

from coglet._sdk import route
from cogpp_worker.errors import describe_exception
from cogpp_worker.loader import ASYNC, kind_of
from cogpp_worker.logs import ControlLog

TIMEOUT_SECONDS = 5.0
_TIMED_OUT = ("Healthcheck failed: user-defined healthcheck timed out after"
              f" {TIMEOUT_SECONDS:.1f} seconds")


#: The check that took too long, until it ends. Checks run one at a time.
_left_behind: List[threading.Thread] = []


def _problem(error: BaseException) -> str:
    text = describe_exception(error)
    return _TIMED_OUT if "TimeoutError" in text else f"Healthcheck failed: {text}"


def _verdict(result: Any) -> Optional[str]:
    # Whatever is no bool counts as healthy.
    if isinstance(result, bool) and not result:
        return "Healthcheck failed: user-defined healthcheck returned False"
    return None


def _in_time(call: Callable[[], Any], log: ControlLog) -> Optional[str]:
    """Runs `call` in a thread that is left behind when it takes too long; while one is, no
    other begins."""
    for left_behind in _left_behind:
        left_behind.join(TIMEOUT_SECONDS)
        if left_behind.is_alive():
            return _TIMED_OUT
    _left_behind.clear()
    outcome: List[Optional[str]] = []
    finished = threading.Event()

    def run() -> None:
        # Of this thread's context, and of the tasks that it starts on the loop.
        route.task.set(log)
        try:
            outcome.append(_verdict(call()))
        except BaseException as error:
            outcome.append(_problem(error))
        log.finish()
        finished.set()

    thread = threading.Thread(target=run, name="healthcheck", daemon=True)
    thread.start()
    if finished.wait(TIMEOUT_SECONDS):
        return outcome[0]
    _left_behind.append(thread)
    return _TIMED_OUT


def _await(check: Callable[[], Any], loop: Any) -> Any:
    """An asynchronous check: on the predictor's loop where one runs."""
    import asyncio

    async def bounded() -> Any:
        return await asyncio.wait_for(check(), TIMEOUT_SECONDS)

    if loop is None:
        return asyncio.run(bounded())
    return asyncio.run_coroutine_threadsafe(bounded(), loop).result(TIMEOUT_SECONDS)


def run_healthcheck(check: Callable[[], Any], loop: Any, log: ControlLog) -> Optional[str]:
    """None when the model is healthy, else the whole text. Blocks for TIMEOUT_SECONDS at
    most. `loop`: the running event loop of an asynchronous predictor, or None. `log` gets
    what the check prints."""
    if kind_of(check) == ASYNC:
        return _in_time(lambda: _await(check, loop), log)
    return _in_time(check, log)
