"""Who may be cancelled where. One Slot keeps apart a cancel that arrives before its
prediction, with it, and after it (docs/worker-protocol.md: cancel names the prediction).
"""
from __future__ import annotations

import threading
import time
from typing import Callable, Optional

#: Code that does not heed a cancel for so long hangs in a system call, most likely.
PATIENCE_SECONDS = 1.0


class Slot:
    """The cancellation state of one slot. `strike` stops the code that runs; it is
    called at most once a prediction, with the lock held, while the code can be stopped.
    `recall` takes it back, `wake` helps it: the server repeats cancels that last.
    """

    def __init__(self, strike: Callable[[], None], recall: Callable[[], None],
                 wake: Callable[[], None]) -> None:
        self._strike = strike
        self._recall = recall
        self._wake = wake
        self._lock = threading.Lock()
        self._running: Optional[str] = None
        self._finished: Optional[str] = None
        self._early: Optional[str] = None
        self._stoppable = False
        self._struck = False
        self._struck_at = 0.0
        #: Whether the running prediction has been cancelled.
        self.cancelled = False

    def begin(self, prediction: str) -> None:
        with self._lock:
            self._running = prediction
            self.cancelled = self._early == prediction
            self._early = None
            self._struck = False

    def enter(self) -> bool:
        """The model's code begins. False when it is cancelled already."""
        with self._lock:
            if self.cancelled:
                return False
            self._stoppable = True
            return True

    def leave(self) -> None:
        """The model's code has ended: nothing strikes any more. May be called twice."""
        with self._lock:
            if self._stoppable and self._struck:
                self._recall()
            self._stoppable = False

    def end(self) -> None:
        with self._lock:
            self._finished, self._running = self._running, None

    def cancel(self, prediction: str) -> None:
        """From the control thread."""
        with self._lock:
            if prediction == self._running:
                self.cancelled = True
                self._stop_code()
            elif prediction != self._finished:
                self._early = prediction

    def _stop_code(self) -> None:
        if not self._stoppable:
            return
        now = time.monotonic()
        if not self._struck:
            self._struck, self._struck_at = True, now
            self._strike()
        elif now - self._struck_at >= PATIENCE_SECONDS:
            self._wake()


def inject(thread: int, exception: Optional[type]) -> None:
    """Raises `exception` in a thread at its next bytecode; None takes back one that has
    not been raised yet."""
    import ctypes  # Slow to import, and seldom needed.

    target = ctypes.py_object(exception) if exception is not None else ctypes.py_object()
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), target)
