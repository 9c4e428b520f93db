"""The control socket's thread: cancels, health checks, shutdown, the server's end."""
from __future__ import annotations

import os
import threading
from typing import Any, Callable, Dict, Optional

from cogpp_worker.frames import Channel, message, parse
from cogpp_worker.health import run_healthcheck
from cogpp_worker.logs import ControlLog


class Control:
    """Listens from start() on. When the server closes the socket, the process ends at
    once, whatever the model is doing."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._runner: Any = None
        self._check: Optional[Callable[[], Any]] = None
        self._shutdown = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._listen, name="control", daemon=True).start()

    def attach(self, runner: Any, check: Optional[Callable[[], Any]]) -> None:
        """From now on there is something to cancel and to check."""
        self._check = check
        self._runner = runner
        if self._shutdown.is_set():
            runner.stop()

    def wait_for_shutdown(self) -> None:
        self._shutdown.wait()

    def send(self, kind: str, **members: Any) -> None:
        self._channel.send([message(kind, **members)])

    def _listen(self) -> None:
        try:
            while True:
                frame = self._channel.receive()
                if frame is None:
                    os._exit(0)
                self._handle(parse(frame))
        except Exception as error:  # Not a message of this protocol.
            os.write(2, f"cogpp_worker: control socket: {error}\n".encode())
            os._exit(1)

    def _handle(self, received: Dict[str, Any]) -> None:
        kind = received["type"]
        if kind == "cancel":
            if self._runner is not None:
                self._runner.cancel(received["slot"], received["id"])
        elif kind == "healthcheck":
            threading.Thread(target=self._health, args=(received["id"],), name="health",
                             daemon=True).start()
        elif kind == "shutdown":
            self._shutdown.set()
            if self._runner is not None:
                self._runner.stop()
        else:
            raise ValueError(f"unknown message type '{kind}'")

    def _health(self, number: Any) -> None:
        check, loop = self._check, getattr(self._runner, "loop", None)
        log = ControlLog(self._channel)
        error = run_healthcheck(check, loop, log) if check is not None else None
        members = {} if error is None else {"error": error}
        self.send("health", id=number, **members)


def die_with_server() -> Optional[Callable[[], Any]]:
    """Asks the kernel to end this process with the server's, for code that never lets
    go of the interpreter. Returns what flushes the buffers of C code."""
    import ctypes
    import signal

    parent = os.getppid()
    try:
        libc = ctypes.PyDLL(None)
        libc.prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG
        flush = libc.fflush
    except (OSError, AttributeError):
        return None
    if os.getppid() != parent:
        os._exit(0)
    flush.argtypes = [ctypes.c_void_p]
    return lambda: flush(None)
