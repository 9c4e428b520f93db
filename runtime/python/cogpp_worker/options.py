"""The command line of `python -m cogpp_worker`. By hand: argparse costs start-up time."""
from __future__ import annotations

import os
from typing import Dict, List, Optional

HELP = """\
Usage: python -m cogpp_worker --project DIR --predictor FILE:NAME [OPTION]...
Runs the predictions of a Python predictor for cogpp-server, which starts it.

  --project DIR        folder of the project; becomes the working directory
  --predictor REF      predictor, as predict.py:Predictor; may be absent in train mode
  --train REF          training function or class, as train.py:train
  --mode MODE          predict (default), or train: every request runs train()
  --weights W          what setup() gets as its parameter `weights` (default $COG_WEIGHTS)
  --device D           auto (default), cpu, cuda or cuda:N: which GPUs the model can see
  --slots N            predictions at the same time, 1-256
  --control-fd N       the control socket (docs/worker-protocol.md)
  --first-slot-fd N    slot i talks over descriptor N + i
  --describe           print the predictor's signature as JSON, without importing it
  --help, --version

Example: cogpp-server -- python -m cogpp_worker --project . --predictor predict.py:Predictor
"""

MAX_SLOTS = 256


class UsageError(Exception):
    """A command line that cannot be followed; the text says which part."""


class Options:
    """What was asked for. Numbers are -1 where the server has to give them."""

    def __init__(self) -> None:
        self.task = "serve"
        self.project = "."
        self.predictor = ""
        self.train: Optional[str] = None
        self.mode = "predict"
        self.weights: Optional[str] = os.environ.get("COG_WEIGHTS") or None
        self.device = "auto"
        self.slots = 1
        self.control_fd = -1
        self.first_slot_fd = -1


def _number(name: str, text: str, low: int, high: int) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise UsageError(f"{name} takes a number from {low} to {high}, not '{text}'")
    return int(text)


_FLAGS = {"--help": "help", "-h": "help", "--version": "version", "--describe": "describe"}
_TEXTS = {"--project": "project", "--predictor": "predictor", "--train": "train",
          "--mode": "mode", "--weights": "weights", "--device": "device"}
_NUMBERS = {"--slots": ("slots", 1, MAX_SLOTS), "--control-fd": ("control_fd", 3, 1 << 20),
            "--first-slot-fd": ("first_slot_fd", 3, 1 << 20)}


def _values(arguments: List[str], options: Options) -> Dict[str, str]:
    """Flags go into `options`; the rest are pairs, the last of equal names wins."""
    values: Dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument in _FLAGS:
            options.task = _FLAGS[argument]
            continue
        if name not in _TEXTS and name not in _NUMBERS:
            raise UsageError(f"unknown option '{argument}'")
        if not equals:
            following = next(rest, None)
            if following is None:
                raise UsageError(f"{name} needs a value")
            value = following
        values[name] = value
    return values


def _check(options: Options) -> None:
    if options.task in ("help", "version"):
        return
    only_trains = options.mode == "train" and options.train and options.task == "serve"
    if not options.predictor and not only_trains:
        raise UsageError("--predictor is missing, as --predictor predict.py:Predictor")
    if options.mode not in ("predict", "train"):
        raise UsageError(f"--mode takes predict or train, not '{options.mode}'")
    if options.task == "serve" and (options.control_fd < 0 or options.first_slot_fd < 0):
        raise UsageError("--control-fd and --first-slot-fd are missing: cogpp-server gives them")


def parse_options(arguments: List[str]) -> Options:
    """`arguments` without the program's name. Raises UsageError."""
    options = Options()
    for name, value in _values(arguments, options).items():
        if name in _TEXTS:
            setattr(options, _TEXTS[name], value)
        else:
            attribute, low, high = _NUMBERS[name]
            setattr(options, attribute, _number(name, value, low, high))
    _check(options)
    return options
