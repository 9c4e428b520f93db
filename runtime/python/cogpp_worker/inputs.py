"""From a request's JSON to the arguments of predict(): paths, open files, secrets.

The server has already checked the input, and has put each file input into the
prediction's directory. What lies there becomes a cog.Path or an open file; any other
string for a file input stays a string (cog-runtime §9.1).
"""
from __future__ import annotations

import os
import sys
import types
import typing
from typing import Any, Callable, Dict, Optional

from cogpp_worker.loader import innermost
from cogpp_worker.prediction import Prediction

_UNIONS = (typing.Union, getattr(types, "UnionType", typing.Union))

#: Turns one argument into what the model declared.
Coercion = Callable[[Prediction, Any], Any]


def _lies_in(directory: str, value: Any) -> bool:
    return isinstance(value, str) and value.startswith(directory + os.sep)


def _each(one: Coercion) -> Coercion:
    """`one` for a value, or for each element of a list."""
    def coerce(prediction: Prediction, value: Any) -> Any:
        if isinstance(value, list):
            return [one(prediction, item) for item in value]
        return one(prediction, value)

    return coerce


def _to_path(path_class: Any) -> Coercion:
    def coerce(prediction: Prediction, value: Any) -> Any:
        return path_class(value) if _lies_in(prediction.directory, value) else value

    return _each(coerce)


def _to_file() -> Coercion:
    def coerce(prediction: Prediction, value: Any) -> Any:
        if not _lies_in(prediction.directory, value):
            return value
        file = open(value, "rb")
        prediction.files.append(file)
        return file

    return _each(coerce)


def _to_secret(secret_class: Any) -> Coercion:
    return lambda _, value: secret_class(value) if isinstance(value, str) else value


def _members(annotation: Any) -> typing.List[Any]:
    """The types that a value may have: a union's, else the annotation itself."""
    if typing.get_origin(annotation) in _UNIONS:
        return [member for member in typing.get_args(annotation) if member is not type(None)]
    return [annotation]


def _coercion(annotation: Any, known: Dict[Any, Coercion], secret: Any) -> Optional[Coercion]:
    for member in _members(annotation):
        if member in known:
            return known[member]
        if typing.get_origin(member) is list:
            element = (typing.get_args(member) or (None,))[0]
            # A list of secrets stays as it is, as in Cog.
            if element in known and element is not secret:
                return known[element]
    return None


class Inputs:
    """What has to be done to the arguments of one function; found once."""

    def __init__(self, function: Any) -> None:
        self.files: typing.List[str] = []  #: The arguments that are files, or lists of them.
        self._coercions: Dict[str, Coercion] = {}
        types_module = sys.modules.get("cog.types")
        if types_module is None:
            return
        secret = getattr(types_module, "Secret", object())
        known = {getattr(types_module, "Path", object()): _to_path(types_module.Path),
                 getattr(types_module, "File", object()): _to_file(),
                 secret: _to_secret(secret)}
        try:
            hints = typing.get_type_hints(innermost(function))
        except Exception:
            return  # An annotation that does not resolve: no parameter is coerced, as in Cog.
        for name, annotation in hints.items():
            try:
                found = _coercion(annotation, known, secret)
            except TypeError:  # An annotation that cannot be hashed.
                continue
            if found is None or name == "return":
                continue
            self._coercions[name] = found
            if found is not known[secret]:
                self.files.append(name)

    def arguments(self, prediction: Prediction) -> Dict[str, Any]:
        """The keyword arguments. May raise OSError."""
        arguments = prediction.input
        for name, coercion in self._coercions.items():
            if name in arguments:
                arguments[name] = coercion(prediction, arguments[name])
        return arguments


def close_files(prediction: Prediction) -> None:
    """Ends what Inputs opened."""
    for file in prediction.files:
        try:
            file.close()
        except OSError:
            pass
    prediction.files.clear()
