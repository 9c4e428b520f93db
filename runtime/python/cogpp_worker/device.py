"""--device for Python models: they choose by themselves among the GPUs that they see, so
a worker of one GPU is shown only that one.
"""
from __future__ import annotations

import os


def show_device(device: str) -> None:
    """Sets CUDA_VISIBLE_DEVICES before the model is loaded; "auto" leaves it alone. Raises
    ValueError for a device that the environment withholds."""
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        return
    if not device.startswith("cuda"):
        return
    index = int(device[5:]) if device[5:].isdecimal() else 0
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(index)
        return
    # A list that is there already counts the devices of this worker.
    visible = [name for name in listed.split(",") if name]
    if index >= len(visible):
        raise ValueError(f"there is no device {device}: CUDA_VISIBLE_DEVICES is '{listed}'")
    os.environ["CUDA_VISIBLE_DEVICES"] = visible[index]
