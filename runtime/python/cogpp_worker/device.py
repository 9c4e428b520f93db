"""--device for Python models: they choose by themselves among the GPUs that they see, so
a worker of one GPU is shown only that one.
"""
from __future__ import annotations

import os


def show_device(device: str) -> None:
    """Sets CUDA_VISIBLE_DEVICES before the model is loaded; "auto" leaves it alone."""
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        return
    if not device.startswith("cuda"):
        return
    index = int(device[5:]) if device[5:].isdecimal() else 0
    visible = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    # A list that is there already counts the devices of this worker.
    os.environ["CUDA_VISIBLE_DEVICES"] = visible[index] if index < len(visible) else str(index)
