"""Runs the predictions of a blocking predictor, one after the other, in the main thread:
there models may use signals, and libraries find the thread that they were loaded in.
"""
from __future__ import annotations

import signal
import threading
from typing import Any, Callable, Tuple

from coglet import CancelationException
from coglet._sdk import route
from cogpp_worker.errors import PredictionFailed, describe_exception
from cogpp_worker.frames import Channel, parse
from cogpp_worker.inputs import Inputs, close_files
from cogpp_worker.loader import Loaded
from cogpp_worker.outputs import cancelations, give_items, give_value, is_stream
from cogpp_worker.prediction import CANCELED, DONE, DONE_STREAM, Prediction, failed
from cogpp_worker.slots import Slot, inject


#: Ends a system call that blocks, so that a cancel's exception comes up. Its default is
#: to be ignored, and hardly any model uses it.
WAKE_SIGNAL = signal.SIGURG


def _nothing() -> None:
    """What follows a prediction when C code's own buffers need no flushing."""


def wake(thread: int, channel: Channel) -> None:
    """Interrupts a system call of the model; not our own send, which ends by itself. The
    server repeats a cancel, so the next one wakes it."""
    if not channel.sending:
        signal.pthread_kill(thread, WAKE_SIGNAL)


class SyncRunner:
    """`run` returns when the server has no more predictions for the slot."""

    def __init__(self, loaded: Loaded, channel: Channel, training: bool) -> None:
        thread = threading.get_ident()
        self.slot = Slot(lambda: inject(thread, CancelationException),
                         lambda: inject(thread, None),
                         lambda: wake(thread, channel))
        #: Flushes what C code of the model has printed; set once it can be.
        self.flush_c: Callable[[], Any] = _nothing
        self._channel = channel
        self._function = loaded.function
        self._inputs = Inputs(loaded.function)
        self._what = "Training failed" if training else "Prediction failed"

    def stop(self) -> None:
        """From another thread: no further prediction; the running one ends."""
        self._channel.end_receiving()

    def cancel(self, slot: int, prediction: str) -> None:
        if slot == 0:
            self.slot.cancel(prediction)

    def run(self) -> None:
        if signal.getsignal(WAKE_SIGNAL) in (signal.SIG_DFL, signal.SIG_IGN):
            # Not before the handler's first instruction is the exception raised.
            signal.signal(WAKE_SIGNAL, lambda *_: None)
        while True:
            frame = self._channel.receive()
            if frame is None:
                return
            self._predict(Prediction(parse(frame), self._channel))

    def _predict(self, prediction: Prediction) -> None:
        self.slot.begin(prediction.id)
        route.only = prediction
        last = self._outcome(prediction)
        self.flush_c()
        self.slot.end()
        if prediction.files:
            close_files(prediction)
        route.only = None
        prediction.finish(last)

    def _outcome(self, prediction: Prediction) -> bytes:
        """The last message. The exception of a cancel may come up at any point between
        enter() and leave(), at most once: the outer handler catches it in the gaps."""
        if self._function is None:
            return failed("Training not supported by this predictor")
        try:
            try:
                if not self.slot.enter():
                    return CANCELED
                last = self._call(prediction)
            except BaseException as error:
                last = self._failure(error)
            self.slot.leave()
        except CancelationException:
            self.slot.leave()
            return CANCELED
        return last

    def _call(self, prediction: Prediction) -> bytes:
        try:
            arguments = self._inputs.arguments(prediction)
        except Exception as error:
            raise PredictionFailed(f"Input validation error: {error}", prefixed=False) from error
        result = self._function(**arguments)  # type: ignore[misc]
        if is_stream(result):
            give_items(prediction, result, _cancelations())
            return DONE_STREAM
        give_value(prediction, result)
        return DONE

    def _failure(self, error: BaseException) -> bytes:
        if isinstance(error, PredictionFailed):
            return failed(error.whole)
        if isinstance(error, _cancelations()):
            return CANCELED
        return failed(f"Prediction failed: {self._what}: {describe_exception(error)}")


def _cancelations() -> Tuple[type, ...]:
    return tuple(cancelations(CancelationException))
