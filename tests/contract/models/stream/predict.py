import time
from typing import Any, Iterator

from cog import BasePredictor, Input, streaming


class Predictor(BasePredictor):
    """Yields each of the chunks; one like {"sleep": 0.1}, {"print": "text"}, {"raise": "text"} or
    {"metric": [name, value, mode]} is done instead."""

    @streaming
    def predict(self, do: dict = Input(default={})) -> Iterator[Any]:
        for chunk in do.get("chunks", []):
            if not isinstance(chunk, dict):
                yield chunk
            elif "sleep" in chunk:
                time.sleep(chunk["sleep"])
            elif "print" in chunk:
                print(chunk["print"])
            elif "raise" in chunk:
                raise RuntimeError(chunk["raise"])
            elif "metric" in chunk:
                name, value, mode = chunk["metric"]
                self.record_metric(name, value, mode=mode)
            else:
                yield chunk
