"""How exceptions of a model appear in answers (cog-runtime §11)."""
from __future__ import annotations


def describe_exception(error: BaseException) -> str:
    """`QualifiedName: text`, as Cog's runtime writes it; never raises."""
    try:
        text = str(error)
    except BaseException:  # A __str__ of the model.
        text = "<exception str() failed>"
    return f"{type(error).__qualname__}: {text}"


class PredictionFailed(Exception):
    """A prediction's end. `whole` is the text that clients see."""

    def __init__(self, text: str, *, prefixed: bool = True) -> None:
        super().__init__(text)
        self.whole = f"Prediction failed: {text}" if prefixed else text
