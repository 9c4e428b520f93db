"""sys.stdout and sys.stderr of the model: each write goes to the prediction that the
writing thread or task belongs to, before that to set-up's log, else to the process's
own descriptors, which the server reads. Health checks write to the server's own log.
"""
from __future__ import annotations

import io
import os
import sys
import threading
from typing import Any, Optional, Union

from coglet._sdk import Scope, route
from cogpp_worker.frames import Channel
from cogpp_worker.prediction import LineBuffer, log_message


class ControlLog:
    """What is printed outside of predictions: by set-up and by health checks. It goes over
    the control socket; after `ready` the server takes it for its own log. Any thread."""

    def __init__(self, control: Channel) -> None:
        self._control = control
        self._lines = LineBuffer()

    def log(self, source: str, data: Union[str, bytes]) -> bool:
        with self._control.lock:
            lines = self._lines.add(source, data)
            if lines:
                self._control.send([log_message(source, lines)])
        return True

    def flush(self, source: str) -> None:
        with self._control.lock:
            rest = self._lines.take(source)
            if rest:
                self._control.send([log_message(source, rest)])

    def finish(self) -> None:
        with self._control.lock:
            for source, text in self._lines.take_rests():
                self._control.send([log_message(source, text)])

    def scope(self) -> Scope:
        """As a prediction's, for a health check that asks: it records nothing."""
        return Scope()


class _Bytes(io.RawIOBase):
    """`sys.stdout.buffer`: bytes are text in the encoding of the stream. A character may come
    in pieces; whoever is written to puts them together."""

    def __init__(self, stream: "LogStream") -> None:
        super().__init__()
        self._stream = stream
        self.name = stream.name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, data: Any) -> int:
        raw = bytes(data)
        self._stream.give(raw)
        return len(raw)

    def flush(self) -> None:
        self._stream.flush()


class LogStream(io.TextIOBase):
    """A text stream that sorts what is written by who writes. Any thread."""

    encoding = "utf-8"
    errors = "replace"
    newlines = None
    line_buffering = True
    mode = "w"

    def __init__(self, source: str, descriptor: int) -> None:
        super().__init__()
        self.name = f"<{source}>"
        self.setup: Optional[ControlLog] = None
        self._source = source
        self._descriptor = descriptor
        self.buffer = _Bytes(self)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.give(text)
        return len(text)

    def give(self, data: Union[str, bytes]) -> None:
        """Text, or bytes of it, to whom the writing thread or task belongs."""
        target = route.current() or self.setup
        if target is None or not target.log(self._source, data):
            self._write_raw(data.encode("utf-8", "replace") if isinstance(data, str) else data)

    def _write_raw(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest):]
        except OSError:
            pass  # The server is gone, which the control socket tells.

    def flush(self) -> None:
        target = route.current() or self.setup
        if target is not None:
            target.flush(self._source)

    def close(self) -> None:
        """Nothing: a model that closes it must not silence the next prediction."""

    def reconfigure(self, **_: Any) -> None:
        """Accepted for code that sets up its terminal."""

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


class Logs:
    """Both streams, in place of the interpreter's from construction on."""

    def __init__(self, control: Channel) -> None:
        self._setup = ControlLog(control)
        self.out = LogStream("stdout", 1)
        self.err = LogStream("stderr", 2)
        for plain in (sys.__stdout__, sys.__stderr__):
            if plain is not None:
                plain.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        self.out.setup = self.err.setup = self._setup
        sys.stdout, sys.stderr = self.out, self.err
        os.register_at_fork(after_in_child=self._in_child)

    def end_setup(self) -> None:
        self._setup.finish()
        self.out.setup = self.err.setup = None

    def _in_child(self) -> None:
        """A forked child has the sockets of its parent, but must not speak on them."""
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        self.out.setup = self.err.setup = None
        route.only = None
        route.task.set(None)
        threading.excepthook = threading.__excepthook__
