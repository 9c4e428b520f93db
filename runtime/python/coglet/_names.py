"""The rules for names of metrics (cog-runtime §13), with Cog's texts and order."""
from __future__ import annotations

MAX_CHARACTERS = 128
MAX_SEGMENTS = 4

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LETTERS_DIGITS = _LETTERS | frozenset("0123456789")


def _check_segment(segment: str) -> None:
    where = f"metric name segment '{segment}'"
    if segment[0] not in _LETTERS:
        raise ValueError(f"{where} must start with a letter")
    if "__" in segment:
        raise ValueError(f"{where} must not contain consecutive underscores")
    for character in segment:
        if character not in _LETTERS_DIGITS and character != "_":
            raise ValueError(f"{where} contains invalid character '{character}'")
    if segment[-1] not in _LETTERS_DIGITS:
        raise ValueError(f"{where} must end with a letter or digit")


def check_metric_name(name: str) -> None:
    """Raises ValueError for a name that a model may not record."""
    if name == "predict_time":
        raise ValueError("'predict_time' is reserved by the runtime")
    if name.startswith("cog."):
        raise ValueError("the 'cog.' prefix is reserved for system metrics")
    check_name_form(name)


def check_name_form(name: str) -> None:
    """Raises ValueError for what is no name; reserved ones are, and may be deleted."""
    if not name:
        raise ValueError("metric name must not be empty")
    if len(name) > MAX_CHARACTERS:
        raise ValueError(
            f"metric name must be {MAX_CHARACTERS} characters or fewer (got {len(name)} characters)"
        )
    segments = name.split(".")
    if len(segments) > MAX_SEGMENTS:
        raise ValueError(
            f"metric name must have at most {MAX_SEGMENTS} dot-separated segments"
            f" (got {len(segments)})"
        )
    if not segments[0]:
        raise ValueError("metric name must not start with a dot")
    if not segments[-1]:
        raise ValueError("metric name must not end with a dot")
    if "" in segments:
        raise ValueError("metric name must not contain empty segments (consecutive dots)")
    for segment in segments:
        _check_segment(segment)
