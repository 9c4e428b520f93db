"""--device for Python models: they choose by themselves among the GPUs that they see, so
a worker of one GPU is shown only that one. Where it cannot be used the model is not set
up: it would find out by itself much later, or not at all.
"""
from __future__ import annotations

import os
import sys
from typing import Any, Optional


class DeviceUnusable(Exception):
    """The text says why, and what can be done."""


def _index(device: str) -> int:
    if device == "cuda":
        return 0
    if device.startswith("cuda:") and device[5:].isdecimal():
        return int(device[5:])
    raise DeviceUnusable(f"unknown device '{device}': use auto, cpu, cuda or cuda:N")


def _show_only(device: str, index: int) -> None:
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(index)
        return
    # A list that is there already counts the devices of this worker.
    visible = [name for name in listed.split(",") if name]
    if index >= len(visible):
        raise DeviceUnusable(f"there is no device {device}: CUDA_VISIBLE_DEVICES is '{listed}'."
                             " Use --device cpu to run on the CPU")
    os.environ["CUDA_VISIBLE_DEVICES"] = visible[index]


class DeviceCheck:
    """Begun before the model is loaded, and answered by another process meanwhile."""

    def __init__(self, device: str, driver: Optional[Any]) -> None:
        self._device = device
        self._driver = driver

    def finish(self) -> None:
        """Raises DeviceUnusable. Waits for the answer; the second call does nothing."""
        driver, self._driver = self._driver, None
        if driver is None:
            return
        answer = driver.communicate()[0].decode("utf-8", "replace").strip()
        count, _, reason = answer.partition(" ")
        if not count.isdecimal():
            reason = f"the CUDA driver could not be asked (status {driver.returncode})"
        elif int(count) > 0:
            return
        raise DeviceUnusable(f"device '{self._device}' cannot be used: {reason}."
                             " Use --device cpu to run on the CPU")


def choose_device(device: str) -> DeviceCheck:
    """Sets CUDA_VISIBLE_DEVICES before the model is loaded; "auto" leaves it alone and to
    the model. Raises DeviceUnusable at once for what needs no driver to tell."""
    if device in ("auto", "cpu"):
        if device == "cpu":
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        return DeviceCheck(device, None)
    _show_only(device, _index(device))
    import subprocess  # Slow to import.

    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cuda_driver.py")
    # -I -S: neither the model's modules nor its packages have a say.
    return DeviceCheck(device, subprocess.Popen([sys.executable, "-I", "-S", program],
                                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE))
