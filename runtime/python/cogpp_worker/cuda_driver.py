"""Asks the CUDA driver for GPUs, without torch: run as a program it prints their number
and, where that is 0, the reason (the texts are those of cogpp-worker).

It is a process of its own because a process that has started the driver cannot fork
children that use it, and models do.
"""
from __future__ import annotations

import ctypes
from typing import Any, Tuple

LIBRARY = "libcuda.so.1"


def _error_text(driver: Any, code: int) -> str:
    text = ctypes.c_char_p()
    if driver.cuGetErrorString(code, ctypes.byref(text)) == 0 and text.value:
        return text.value.decode()
    return f"error {code}"


def count_devices() -> Tuple[int, str]:
    """How many GPUs the driver gives to this process, and why there is none."""
    try:
        driver = ctypes.CDLL(LIBRARY)
    except OSError as error:
        return 0, f"no CUDA driver: {error}"
    count = ctypes.c_int()
    try:
        code = driver.cuInit(0)
        if code:
            return 0, f"the CUDA driver does not start: {_error_text(driver, code)}"
        code = driver.cuDeviceGetCount(ctypes.byref(count))
        if code:
            return 0, _error_text(driver, code)
    except AttributeError:
        return 0, f"{LIBRARY} lacks functions of the CUDA driver"
    return count.value, "" if count.value else "the CUDA driver finds no device"


if __name__ == "__main__":
    print(*count_devices())
