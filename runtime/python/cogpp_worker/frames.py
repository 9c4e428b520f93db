"""Frames over one socket of the server: four bytes of length, big-endian, then JSON.

A Channel is received from by one thread; any thread may send. Sending is one call a
batch, and `sending` says while it lasts: a signal in it would let a cancellation's
exception leave half a frame behind.
"""
from __future__ import annotations

import json
import socket
import threading
from json.encoder import encode_basestring
from typing import Any, Dict, Iterable, Optional

MAX_FRAME_BYTES = 1 << 30
_RECEIVE_BYTES = 1 << 18

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def quoted(text: str) -> bytes:
    """`text` as a JSON string; what is not Unicode (lone surrogates) becomes '?'."""
    return encode_basestring(text).encode("utf-8", "replace")


def message(kind: str, **members: Any) -> bytes:
    """A whole message as JSON, for those that need not be fast."""
    return _encode({"type": kind, **members}).encode("utf-8", "replace")


def framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload


class Channel:
    """One socket, by the number of its descriptor, which it owns from now on."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        # Else the model's child processes would keep it open, and the server's end of
        # a dead worker's socket would not close.
        self._socket.set_inheritable(False)
        self._buffer = b""
        self.sending = False
        # Reentrant: a __del__ of the model that prints may run while it is held.
        self.lock = threading.RLock()

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self) -> Optional[bytes]:
        """The next frame's JSON; None when the server has closed the socket."""
        while True:
            frame = self.take_frame()
            if frame is not None:
                return frame
            if not self.fill():
                return None

    def fill(self) -> bool:
        """Reads what is there, waiting for at least a byte. False at the end."""
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except OSError:
            return False
        self._buffer = self._buffer + data if self._buffer else data
        return bool(data)

    def take_frame(self) -> Optional[bytes]:
        """A frame that is complete in the buffer, or None."""
        buffer = self._buffer
        if len(buffer) < 4:
            return None
        end = 4 + int.from_bytes(buffer[:4], "big")
        if end - 4 > MAX_FRAME_BYTES:
            raise ValueError("the server sent a frame longer than 1 GiB")
        if len(buffer) < end:
            if end < 4 * _RECEIVE_BYTES:
                return None
            buffer = self._read_rest(end)
            if len(buffer) < end:
                return None
        self._buffer = buffer[end:]
        return buffer[4:end]

    def _read_rest(self, end: int) -> bytes:
        """Waits for a long frame, without copying the buffer at every read."""
        whole = bytearray(end)
        have = len(self._buffer)
        whole[:have] = self._buffer
        view = memoryview(whole)
        while have < end:
            count = self._socket.recv_into(view[have:])
            if count == 0:
                break
            have += count
        view.release()
        self._buffer = bytes(whole if have == end else whole[:have])
        return self._buffer

    def send(self, payloads: Iterable[bytes]) -> None:
        """Sends messages, each as one frame. A server that is gone is noticed elsewhere."""
        data = b"".join([framed(payload) for payload in payloads])
        with self.lock:
            self.sending = True
            try:
                self._socket.sendall(data)
            except OSError:
                pass
            finally:
                self.sending = False

    def end_receiving(self) -> None:
        """Makes receive() return None after what has already arrived."""
        try:
            self._socket.shutdown(socket.SHUT_RD)
        except OSError:
            pass


def parse(frame: bytes) -> Dict[str, Any]:
    return json.loads(frame.decode())
