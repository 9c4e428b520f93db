"""Loads the model's file and finds what is to be called (cog-runtime §21)."""
from __future__ import annotations

import importlib.util
import os
import sys
from typing import Any, Callable, List, Optional, Tuple

#: How the function runs.
SYNC, ASYNC, ASYNC_GENERATOR = "sync", "async", "async generator"

# Bits of a code object's flags, as in the module inspect, which is slow to import.
_COROUTINE, _ASYNC_GENERATOR = 0x80 | 0x100, 0x200


class Loaded:
    """A predictor: its object, and the function that requests run."""

    def __init__(self, reference: str, instance: Any,
                 function: Optional[Callable[..., Any]]) -> None:
        self.reference = reference  #: With the name, also where it was left out.
        self.instance = instance
        self.function = function  #: None: training was asked for, and there is no train().
        self.kind = kind_of(function)

    @property
    def is_class(self) -> bool:
        return not _is_function(self.instance)

    @property
    def is_async(self) -> bool:
        return self.kind != SYNC

    def healthcheck(self) -> Optional[Callable[[], Any]]:
        """What the model names so. One that cannot be called fails each time, as with Cog."""
        return getattr(self.instance, "healthcheck", None) if self.is_class else None


def _is_function(value: Any) -> bool:
    return type(value).__name__ == "function"


def innermost(function: Any) -> Any:
    """The plain function inside of methods, partials and decorators."""
    seen = 0
    while seen < 100:
        seen += 1
        inner = (getattr(function, "__func__", None) or getattr(function, "__wrapped__", None)
                 or getattr(function, "func", None))
        if inner is None:
            break
        function = inner
    return function


def kind_of(function: Any) -> str:
    # Only methods and partials are looked into: a decorator that wraps an async function
    # in a plain one makes it plain.
    while True:
        inner = getattr(function, "__func__", None) or getattr(function, "func", None)
        if inner is None:
            break
        function = inner
    code = getattr(function, "__code__", None)
    if code is None:
        call = getattr(type(function), "__call__", None)
        code = getattr(call, "__code__", None)
    flags = code.co_flags if code is not None else 0
    if flags & _ASYNC_GENERATOR:
        return ASYNC_GENERATOR
    return ASYNC if flags & _COROUTINE else SYNC


def _framework_classes() -> Tuple[type, ...]:
    cog = sys.modules.get("cog")
    own = [getattr(cog, name, None) for name in ("BaseRunner", "BasePredictor")]
    return tuple(found for found in own if isinstance(found, type)) + (object,)


def _owner(cls: type, method: str) -> bool:
    """Whether the author defines `method`, not the package."""
    framework = _framework_classes()
    for base in cls.__mro__:
        if base in framework:
            return False
        if callable(base.__dict__.get(method)):
            return True
    return False


def _method_of(cls: type, name: str, not_found: str = "") -> str:
    """run or predict; ValueError with Cog's text, or the given one, when it is not one of them."""
    found = [method for method in ("run", "predict") if _owner(cls, method)]
    if len(found) == 2:
        raise ValueError(f"{name} must define either run() or predict(), not both")
    if not found:
        raise ValueError(not_found or f"run or predict method not found: {name}")
    return found[0]


def _import_file(path: str) -> Any:
    name = os.path.basename(path).replace(".py", "")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"Cannot load module from {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # For pickle, and for the model's own imports of it.
    spec.loader.exec_module(module)
    return module


def _default_name(module: Any) -> str:
    """Runner, else Predictor, for a reference without a name."""
    runner = getattr(module, "Runner", None)
    problem: Optional[Exception] = None
    if isinstance(runner, type):
        try:
            _method_of(runner, "Runner")
            return "Runner"
        except ValueError as error:
            problem = error
    elif callable(runner):
        return "Runner"
    elif runner is not None:
        problem = TypeError("Runner exists but is not a class or callable")
    if hasattr(module, "Predictor"):
        return "Predictor"
    raise problem or AttributeError(f"module {module.__name__!r} has no Runner or Predictor")


def load(reference: str, training: bool) -> Loaded:
    """Imports `file.py:Name` from the working directory. Raises what the model raises."""
    path, _, name = reference.partition(":")
    module = _import_file(path)
    name = name or _default_name(module)
    target = getattr(module, name)
    reference = f"{path}:{name}"
    if _is_function(target):
        unwrap_defaults(target)
        return Loaded(reference, target, target)
    is_class = isinstance(target, type)
    cls = target if is_class else type(target)
    trains = training and _owner(cls, "train")
    if trains:
        method = "train"
    elif is_class:
        method = _method_of(cls, name)
    else:
        method = _method_of(cls, "predictor", "run() or predict() method not found on predictor")
    instance = target() if is_class else target
    if training and not trains:
        return Loaded(reference, instance, None)
    function = getattr(instance, method)
    unwrap_defaults(function)
    return Loaded(reference, instance, function)


def unwrap_defaults(function: Any) -> None:
    """Replaces Input(...) in the defaults of `function` by the value that it holds."""
    kind = getattr(sys.modules.get("cog.input"), "FieldInfo", None)
    plain = innermost(function)
    if kind is None or not _is_function(plain):
        return

    def value(default: Any) -> Any:
        return default.default if isinstance(default, kind) else default

    if plain.__defaults__:
        plain.__defaults__ = tuple([value(default) for default in plain.__defaults__])
    if plain.__kwdefaults__:
        plain.__kwdefaults__ = {key: value(default)
                                for key, default in plain.__kwdefaults__.items()}


def setup_arguments(instance: Any, weights: Optional[str]) -> List[Any]:
    """What setup() is called with: the weights, if it has such a parameter."""
    import inspect

    return [weights] if "weights" in inspect.signature(instance.setup).parameters else []
