"""A running prediction as the model's code meets it: logs, metrics, output chunks.

Any thread of the model may call it. Messages leave in the order of the calls; those of
a prediction that does not stream wait for its end or for its next log, so that most
predictions cost one write.
"""
from __future__ import annotations

import codecs
import json
from typing import Any, Dict, List, Optional, Tuple, Union

from coglet._sdk import Scope
from cogpp_worker.frames import MAX_FRAME_BYTES, Channel, quoted
from cogpp_worker.errors import PredictionFailed

# Messages without their closing brace: a prediction's turn follows.
DONE = b'{"type":"done","stream":false'
DONE_STREAM = b'{"type":"done","stream":true'
CANCELED = b'{"type":"canceled"'

#: A line that is longer is given out in pieces.
_MAX_HELD = 64 * 1024
_LOG_HEADS = {"stdout": b'{"type":"log","source":"stdout","data":',
              "stderr": b'{"type":"log","source":"stderr","data":'}
_FRAME_MARGIN = 1024
_Utf8Decoder = codecs.getincrementaldecoder("utf-8")
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def failed(text: str) -> bytes:
    return b'{"type":"failed","error":' + quoted(text)


def log_message(source: str, text: str, tail: bytes = b"}") -> bytes:
    return _LOG_HEADS[source] + quoted(text) + tail


class LineBuffer:
    """Collects text of both streams, or its bytes in UTF-8, and gives it out in whole lines.
    Not thread-safe."""

    __slots__ = ("_decoders", "_held")

    def __init__(self) -> None:
        self._held: Dict[str, str] = {}
        # Each holds the beginning of a character whose other bytes are still to come.
        self._decoders: Dict[str, codecs.IncrementalDecoder] = {}

    def add(self, source: str, data: Union[str, bytes]) -> str:
        """What is complete now; the rest is kept."""
        text = self._decoded(source, data)
        held = self._held.pop(source, "")
        cut = text.rfind("\n") + 1
        if not cut:
            held += text
            if len(held) > _MAX_HELD:
                return held
            self._held[source] = held
            return ""
        if cut < len(text):
            self._held[source] = text[cut:]
            text = text[:cut]
        return held + text

    def take(self, source: str) -> str:
        return self._held.pop(source, "")

    def take_rests(self) -> List[Tuple[str, str]]:
        """What is left of each source at the end, a character that never became whole as the
        replacement character."""
        sources = dict.fromkeys([*self._held, *self._decoders])
        rests = [(source, self.take(source) + self._decoded(source, "")) for source in sources]
        return [(source, text) for source, text in rests if text]

    def _decoded(self, source: str, data: Union[str, bytes]) -> str:
        if isinstance(data, str):
            decoder = self._decoders.pop(source, None)
            return data if decoder is None else decoder.decode(b"", True) + data
        if source not in self._decoders:
            self._decoders[source] = _Utf8Decoder("replace")
        return self._decoders[source].decode(data)


class Prediction:
    """One request of the server, from its frame to its last message."""

    __slots__ = ("id", "input", "context", "directory", "live", "files", "_channel", "_lines",
                 "_queue", "_scope", "_open", "_tail")

    def __init__(self, request: Dict[str, Any], channel: Channel) -> None:
        self.id: str = request["id"]
        self.input: Dict[str, Any] = request["input"]
        self.context: Dict[str, str] = request["context"]
        self.directory: str = request["directory"]
        #: The end of each of its messages: whose they are.
        self._tail = b',"turn":%d}' % request["turn"]
        #: Whether clients see outputs as they come.
        self.live = False
        #: Open input files; closed when the prediction has ended.
        self.files: List[Any] = []
        self._channel = channel
        self._lines: Optional[LineBuffer] = None
        self._queue: List[bytes] = []
        self._scope: Optional[Scope] = None
        self._open = True

    def scope(self) -> Scope:
        if self._scope is None:
            self._scope = Scope(self.metric, self.context)
        return self._scope

    def log(self, source: str, data: Union[str, bytes]) -> bool:
        """False when the prediction has ended: the data is not its own."""
        with self._channel.lock:
            if not self._open:
                return False
            if self._lines is None:
                self._lines = LineBuffer()
            lines = self._lines.add(source, data)
            if lines:
                self._send(log_message(source, lines, self._tail))
            return True

    def flush(self, source: str) -> None:
        with self._channel.lock:
            rest = self._lines.take(source) if self._open and self._lines is not None else ""
            if rest:
                self._send(log_message(source, rest, self._tail))

    def metric(self, name: str, value: Any, mode: str) -> None:
        payload = (b'{"type":"metric","name":' + quoted(name) + b',"value":'
                   + _encode(value).encode() + b',"mode":"' + mode.encode() + b'"' + self._tail)
        # At once: a snapshot of a running prediction shows its metrics, streamed or not.
        with self._channel.lock:
            if self._open:
                self._send(payload)

    def output(self, chunk: bytes) -> None:
        """`chunk` is JSON text."""
        if len(chunk) > MAX_FRAME_BYTES - _FRAME_MARGIN:
            raise PredictionFailed("an output chunk is larger than 1 GiB; return a cog.Path")
        self._add(b'{"type":"output","chunk":' + chunk + self._tail)

    def file(self, path: str) -> None:
        self._add(b'{"type":"file","path":' + quoted(path) + self._tail)

    def _add(self, payload: bytes) -> None:
        with self._channel.lock:
            if not self._open:
                return
            if self.live:
                self._send(payload)
            else:
                self._queue.append(payload)

    def _send(self, payload: bytes) -> None:
        self._queue.append(payload)
        queue, self._queue = self._queue, []
        self._channel.send(queue)

    def finish(self, last: bytes) -> None:
        """Sends `last` (DONE or the like), and before it the line that has no end."""
        with self._channel.lock:
            if self._lines is not None:
                for source, text in self._lines.take_rests():
                    self._queue.append(log_message(source, text, self._tail))
            self._open = False
            self._send(last + self._tail)
