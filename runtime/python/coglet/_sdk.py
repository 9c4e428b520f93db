"""`coglet._sdk`: the scope of the running prediction, and its metrics.

The worker names the running prediction in `route`; everything here finds it there,
from any thread or task of the model. Values and texts are Cog's (cog-runtime §13).
"""
from __future__ import annotations

import math
from contextvars import ContextVar
from typing import Any, Callable, Dict, Optional

from coglet._names import check_metric_name, check_name_form

_MODES = {None: "replace", "replace": "replace", "incr": "increment", "increment": "increment",
          "append": "append"}
# bool first: it is an int, too.
_TYPES = ((bool, "bool"), (int, "int"), (float, "float"), (str, "str"), (list, "list"),
          (dict, "dict"))
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

#: How a metric leaves: (name, value, mode). It drops what a finished prediction records.
Send = Callable[[str, Any, str], None]


class Route:
    """Which prediction a thread or task belongs to.

    `task` is set in the context of an asynchronous prediction. `only` is the running
    prediction of a worker with one slot, so that threads that the model starts, which
    have a context of their own, are found as well.
    """

    __slots__ = ("task", "only")

    def __init__(self) -> None:
        self.task: ContextVar[Any] = ContextVar("cogpp_prediction", default=None)
        self.only: Any = None

    def current(self) -> Any:
        prediction = self.task.get()
        return self.only if prediction is None else prediction


route = Route()


def _wrong_string(value: Any) -> str:
    return f"'{type(value).__name__}' object cannot be cast as 'str'"


def _checked_key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"argument 'key': {_wrong_string(key)}")
    return key


def _type_name(value: Any) -> str:
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return name
    raise TypeError(
        f"Unsupported metric value type: {type(value).__name__}."
        " Expected bool, int, float, str, list, or dict."
    )


def _json_value(value: Any) -> Any:
    """`value` as JSON can say it: wide integers as floats, what is not finite as null."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if _INT64_MIN <= value <= _INT64_MAX else float(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        value.encode()
        return value
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    if not isinstance(value, dict):
        raise TypeError(f"Cannot convert {type(value).__name__} to JSON metric value")
    for key in value:
        if not isinstance(key, str):
            raise TypeError(_wrong_string(key))
    return {key: _json_value(item) for key, item in value.items()}


class MetricRecorder:
    """`scope.metrics`. A metric keeps its type until it is deleted."""

    __slots__ = ("_send", "_types")

    def __init__(self, send: Optional[Send] = None) -> None:
        self._send = send
        self._types: Dict[str, str] = {}

    def record(self, key: str, value: Any, mode: Optional[str] = None) -> None:
        key = _checked_key(key)
        kind = _MODES.get(mode) if mode is None or isinstance(mode, str) else None
        if kind is None:
            raise TypeError(
                f"Invalid metric mode: '{mode}'. Expected 'replace', 'incr', or 'append'."
            )
        if self._send is None:
            return
        check_metric_name(key)
        name = _type_name(value)
        before = self._types.get(key, name)
        if before != name:
            raise TypeError(
                f"Metric '{key}' has type {before}, cannot set to {name} without deleting first"
            )
        if kind == "increment" and name not in ("int", "float"):
            raise TypeError(f"Increment mode requires int or float, got {name}")
        clean = _json_value(value)
        self._types[key] = name
        self._send(key, clean, kind)

    def delete(self, key: str) -> None:
        key = _checked_key(key)
        if self._send is None:
            return
        check_name_form(key)
        self._types.pop(key, None)
        self._send(key, None, "replace")

    def __setitem__(self, key: str, value: Any) -> None:
        if value is None:
            self.delete(key)
        else:
            self.record(key, value)

    def __delitem__(self, key: str) -> None:
        self.delete(key)

    def __repr__(self) -> str:
        if self._send is None:
            return "MetricRecorder(inactive)"
        return f"MetricRecorder(keys={len(self._types)})"


class Scope:
    """What `current_scope()` gives: the prediction's metrics and request context."""

    __slots__ = ("_metrics", "_context")

    def __init__(self, send: Optional[Send] = None,
                 context: Optional[Dict[str, str]] = None) -> None:
        self._metrics = MetricRecorder(send)
        self._context: Dict[str, str] = {} if context is None else context

    @property
    def metrics(self) -> MetricRecorder:
        return self._metrics

    @property
    def context(self) -> Dict[str, str]:
        return self._context

    def record_metric(self, key: str, value: Any, mode: Optional[str] = None) -> None:
        self._metrics.record(key, value, mode)

    def __repr__(self) -> str:
        return f"Scope({self._metrics!r})"


def current_scope() -> Scope:
    """The running prediction's scope; outside of one, a scope that records nothing."""
    prediction = route.current()
    return Scope() if prediction is None else prediction.scope()
