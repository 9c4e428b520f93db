"""From what predict() returned to the JSON text and files of its chunks.

The order of conversions is Cog's (cog-runtime §21), and so are the texts for what JSON
cannot say, down to the column that its parser names (live B22).
"""
from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import io
import json
import mimetypes
import os
import re
import sys
import types
from typing import Any, List, Optional, Tuple

from cogpp_worker.errors import PredictionFailed, describe_exception
from cogpp_worker.prediction import Prediction

#: One more level of lists and objects is more than a reader of the answer takes.
MAX_DEPTH = 126
#: An integer that is wider is no number of JSON's readers.
_MAX_NUMBER = 2**1024

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_PLAIN = frozenset((str, bool, type(None)))
_SEQUENCES = (list, tuple, set, frozenset, types.GeneratorType)


class _Unreadable(Exception):
    """The JSON text would be refused; the text says why, as Cog's parser does."""


class _Walk:
    """One conversion. `suspicious`: the text needs a closer look."""

    __slots__ = ("suspicious",)

    def __init__(self) -> None:
        self.suspicious = False

    def plain(self, value: Any, depth: int = 0) -> Any:
        """`value` as the types that JSON has; files become data URLs."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is int or kind is float:
            if not -_MAX_NUMBER < value < _MAX_NUMBER:
                self.suspicious = True
            return value
        if depth > MAX_DEPTH:
            raise _Unreadable(f"recursion limit exceeded at line 1 column {depth + 1}")
        if kind is dict:
            return {key: self.plain(item, depth + 1) for key, item in value.items()}
        if kind is list:
            return [self.plain(item, depth + 1) for item in value]
        return self._object(value, depth)

    def _object(self, value: Any, depth: int) -> Any:
        dump = getattr(value, "model_dump", None)
        if not callable(dump) and not isinstance(value, dict):
            dump = getattr(value, "dict", None)
        if callable(dump):
            return self.plain(dump(), depth)
        is_class = isinstance(value, type)
        if dataclasses.is_dataclass(value) and not is_class:
            return self.plain(dataclasses.asdict(value), depth)
        if isinstance(value, dict):
            return {key: self.plain(item, depth + 1) for key, item in value.items()}
        if isinstance(value, _SEQUENCES):
            return [self.plain(item, depth + 1) for item in value]
        if isinstance(value, enum.Enum):
            return self.plain(value.value, depth)
        if isinstance(value, datetime.datetime):
            return value.isoformat()
        if isinstance(value, os.PathLike):
            with open(value, "rb") as file:
                return data_url(file)
        if isinstance(value, io.IOBase):
            return data_url(value)
        return value if is_class else _without_numpy(value)


def _without_numpy(value: Any) -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return value
    if isinstance(value, numpy.integer):
        return int(value)
    if isinstance(value, numpy.floating):
        return float(value)
    if isinstance(value, numpy.ndarray):
        return value.tolist()
    return value


def data_url(file: Any) -> str:
    """The whole of an open file, with the media type of its name."""
    if file.seekable():
        file.seek(0)
    content = file.read()
    if isinstance(content, str):
        content = content.encode()
    name = getattr(file, "name", None)
    media_type = mimetypes.guess_type(name)[0] if name is not None else None
    text = base64.b64encode(content).decode()
    return f"data:{media_type or 'application/octet-stream'};base64,{text}"


# What a parser of JSON stumbles over in Python's idea of it: strings (for their
# surrogates), words that are no numbers, and numbers that are too wide.
_TROUBLE = re.compile(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity|-?\d{309,}')
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|.)")


def _surrogate_trouble(string: str, start: int) -> Optional[Tuple[str, int]]:
    """What is wrong with a quoted string that begins at column `start`, from 0."""
    end_of_pair = 0
    for escape in _ESCAPE.finditer(string):
        unit = int(escape.group(1), 16) if escape.group(1) else 0
        if escape.start() < end_of_pair or not 0xD800 <= unit <= 0xDFFF:
            continue
        after = escape.end()
        if unit >= 0xDC00:
            return "lone leading surrogate in hex escape", start + after
        if string[after] != "\\":
            return "unexpected end of hex escape", start + after + 1
        if string[after + 1] != "u":
            return "unexpected end of hex escape", start + after + 2
        if not 0xDC00 <= int(string[after + 2:after + 6], 16) <= 0xDFFF:
            return "lone leading surrogate in hex escape", start + after + 6
        end_of_pair = after + 6
    return None


def _trouble(text: str) -> Optional[Tuple[str, int]]:
    """The first complaint about Python's JSON `text`, and its column from 1."""
    for token in _TROUBLE.finditer(text):
        word, start = token.group(), token.start()
        if word[0] == '"':
            found = _surrogate_trouble(word, start)
            if found:
                return found
        elif word in ("NaN", "Infinity"):
            return "expected value", start + 1
        elif word == "-Infinity":
            return "invalid number", start + 2
        elif abs(int(word)) >= _MAX_NUMBER:
            return "number out of range", token.end()
    return None


def _careful_text(plain: Any) -> bytes:
    """JSON of what the fast encoder refused; mostly finds the reason."""
    text = json.dumps(plain)
    trouble = _trouble(text)
    if trouble:
        raise _Unreadable("{} at line 1 column {}".format(*trouble))
    return text.encode()


def json_text(value: Any, what: str = "output") -> bytes:
    """`value` as JSON. `what` names it in errors: output, or output item."""
    walk = _Walk()
    try:
        plain = walk.plain(value)
    except _Unreadable as error:
        raise PredictionFailed(f"Failed to parse output JSON: {error}") from None
    except Exception as error:
        raise PredictionFailed(f"Failed to process {what}: {describe_exception(error)}") from error
    try:
        if not walk.suspicious:
            try:
                return _encode(plain).encode()
            except ValueError:
                pass
        return _careful_text(plain)
    except _Unreadable as error:
        raise PredictionFailed(f"Failed to parse output JSON: {error}") from None
    except Exception as error:
        raise PredictionFailed(
            f"Failed to serialize {what}: {describe_exception(error)}") from error


def _give_open_file(prediction: Prediction, file: Any) -> None:
    """An open file leaves as a file of the prediction's own directory."""
    try:
        if file.seekable():
            file.seek(0)
        content = file.read()
    except Exception as error:
        raise PredictionFailed(f"Failed to read IOBase: {describe_exception(error)}") from error
    if isinstance(content, str):
        raise PredictionFailed("Failed to read IOBase: TypeError: Can't extract `str` to `Vec`")
    name = getattr(file, "name", None)
    ending = os.path.splitext(name)[1] if isinstance(name, str) else ""
    prediction.file(_write_new(prediction.directory, ending or ".bin", content))


def _write_new(directory: str, ending: str, content: bytes) -> str:
    number = 0
    while True:
        path = os.path.join(directory, f"{number}{ending}")
        try:
            with open(path, "xb") as file:
                file.write(content)
            return path
        except FileExistsError:
            number += 1


def give_item(prediction: Prediction, item: Any, what: str = "output item") -> None:
    """One chunk."""
    if isinstance(item, os.PathLike):
        prediction.file(os.path.abspath(os.fspath(item)))
    elif isinstance(item, io.IOBase):
        _give_open_file(prediction, item)
    else:
        prediction.output(json_text(item, what))


def is_stream(result: Any) -> bool:
    """Whether each element is a chunk of its own (cog-runtime §3.8)."""
    return isinstance(result, (list, tuple, types.GeneratorType))


def give_value(prediction: Prediction, result: Any) -> None:
    """A result that is one chunk, or none for None."""
    if result is not None:
        give_item(prediction, result, "output")


def give_items(prediction: Prediction, result: Any, cancelations: Tuple[type, ...]) -> None:
    """Every element of a list, tuple or generator; those of a generator at once."""
    prediction.live = isinstance(result, types.GeneratorType)
    rest = iter(result)
    while True:
        try:
            item = next(rest)
        except StopIteration:
            return
        except cancelations:
            raise
        except BaseException as error:
            raise PredictionFailed(
                f"Generator iteration error: {describe_exception(error)}") from error
        give_item(prediction, item)


def cancelations(*own: type) -> List[type]:
    """The exceptions that mean a cancellation: `own`, and asyncio's where it is used."""
    asyncio = sys.modules.get("asyncio")
    return [*own, asyncio.CancelledError] if asyncio is not None else [*own]
