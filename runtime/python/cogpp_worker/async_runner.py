"""Runs the predictions of an asynchronous predictor on one event loop, which also reads
the slots' sockets: no thread changes between a request and its coroutine.
"""
from __future__ import annotations

import asyncio
from typing import Any, Callable, Dict, List, Optional, Set

from coglet._sdk import route
from cogpp_worker.errors import PredictionFailed, describe_exception
from cogpp_worker.frames import Channel, parse
from cogpp_worker.inputs import Inputs, close_files
from cogpp_worker.loader import ASYNC_GENERATOR, Loaded
from cogpp_worker.outputs import give_item, give_items, give_value, is_stream
from cogpp_worker.prediction import CANCELED, DONE, DONE_STREAM, Prediction, failed


class _AsyncSlot:
    """One slot's socket and task. Everything runs on the loop's thread."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.task: Optional["asyncio.Task[None]"] = None
        self.running: Optional[str] = None
        self.finished: Optional[str] = None
        self.early: Optional[str] = None
        self.cancelled = False


class AsyncRunner:
    """`run` returns when every slot has come to its end."""

    def __init__(self, loaded: Loaded, channels: List[Channel], training: bool,
                 loop: asyncio.AbstractEventLoop) -> None:
        self.flush_c: Callable[[], Any] = lambda: None
        self.loop = loop
        self._function = loaded.function
        self._generator = loaded.kind == ASYNC_GENERATOR
        self._inputs = Inputs(loaded.function)
        self._name = "train" if training else "predict"
        self._what = "Async training failed" if training else "Async prediction failed"
        self._slots = [_AsyncSlot(channel) for channel in channels]
        self._open: Set[_AsyncSlot] = set(self._slots)
        self._alone = len(channels) == 1

    def stop(self) -> None:
        for slot in self._slots:
            slot.channel.end_receiving()

    def cancel(self, slot: int, prediction: str) -> None:
        """From the control thread."""
        if slot < len(self._slots):
            self.loop.call_soon_threadsafe(self._cancel, self._slots[slot], prediction)

    def run(self) -> None:
        for slot in self._slots:
            self.loop.add_reader(slot.channel.fileno(), self._readable, slot)
        while self._open:
            try:
                self.loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                continue  # Of a task that the model started: no reason to end the worker.

    def _cancel(self, slot: _AsyncSlot, prediction: str) -> None:
        if prediction == slot.running:
            if not slot.cancelled and slot.task is not None:
                slot.task.cancel()
            slot.cancelled = True
        elif prediction != slot.finished:
            slot.early = prediction

    def _readable(self, slot: _AsyncSlot) -> None:
        if not slot.channel.fill():
            self.loop.remove_reader(slot.channel.fileno())
            if slot.task is None:
                self._close(slot)
            else:
                slot.task.add_done_callback(lambda _: self._close(slot))
            return
        frame = slot.channel.take_frame()
        if frame is not None:
            self._start(slot, Prediction(parse(frame), slot.channel))

    def _close(self, slot: _AsyncSlot) -> None:
        self._open.discard(slot)
        if not self._open:
            self.loop.stop()

    def _start(self, slot: _AsyncSlot, prediction: Prediction) -> None:
        slot.running = prediction.id
        slot.cancelled = slot.early == prediction.id
        slot.early = None
        slot.task = self.loop.create_task(self._predict(slot, prediction))

    async def _predict(self, slot: _AsyncSlot, prediction: Prediction) -> None:
        route.task.set(prediction)
        if self._alone:
            route.only = prediction
        try:
            last = CANCELED if slot.cancelled else await self._call(prediction)
        except BaseException as error:
            last = self._failure(error)
        self.flush_c()
        slot.finished, slot.running = slot.running, None
        slot.task = None
        if prediction.files:
            close_files(prediction)
        route.only = None
        prediction.finish(last)

    async def _call(self, prediction: Prediction) -> bytes:
        awaitable = self._begin(self._arguments(prediction))
        if self._generator:
            prediction.live = True
            async for item in awaitable:
                give_item(prediction, item)
            return DONE_STREAM
        result = await awaitable
        if is_stream(result):
            give_items(prediction, result, (asyncio.CancelledError,))
            return DONE_STREAM
        give_value(prediction, result)
        return DONE

    def _arguments(self, prediction: Prediction) -> Dict[str, Any]:
        try:
            return self._inputs.arguments(prediction)
        except Exception as error:
            raise PredictionFailed(f"Input validation error: {error}", prefixed=False) from error

    def _begin(self, arguments: Dict[str, Any]) -> Any:
        try:
            return self._function(**arguments)  # type: ignore[misc]
        except Exception as error:
            raise PredictionFailed(
                f"Failed to call {self._name}: {describe_exception(error)}") from error

    def _failure(self, error: BaseException) -> bytes:
        if isinstance(error, PredictionFailed):
            return failed(error.whole)
        if isinstance(error, asyncio.CancelledError):
            return CANCELED
        return failed(f"Prediction failed: {self._what}: {describe_exception(error)}")
