"""Predictor of tests/soak for Python, as soak.cpp: a stream that names its process, works for a
while, and goes wrong in the way that `mode` begins with."""
import asyncio
import os
import re
from typing import AsyncIterator

from cog import BasePredictor, streaming


def hold_the_lock() -> None:
    """One call into C that lets no other thread of Python run, for hours."""
    re.match("(a+)+b", "a" * 60)


def print_logs(size: int) -> None:
    """As most models do, 64 lines at once."""
    lines = ("l" * 1023 + "\n") * 64
    for _ in range(size // len(lines)):
        print(lines, end="")


def write_logs(size: int) -> None:
    """Past the worker's own streams, on descriptor 1."""
    line = b"l" * 1023 + b"\n"
    for _ in range(size // len(line)):
        os.write(1, line)


class Predictor(BasePredictor):
    @streaming
    async def predict(self, mode: str = "work", n: int = 0,
                      seconds: float = 0.0) -> AsyncIterator[str]:
        print(f"soak in process {os.getpid()}", flush=True)
        yield mode
        how = mode.split(" ")[0]
        if how == "exit":
            os._exit(3)
        if how == "lock":
            hold_the_lock()
        if how == "logs":
            print_logs(n)
        if how == "raw_logs":
            write_logs(n)
        await asyncio.sleep(seconds)
        yield "end"
