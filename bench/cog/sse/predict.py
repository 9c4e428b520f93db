from typing import Iterator

from cog import BasePredictor, streaming


class Predictor(BasePredictor):
    @streaming
    def predict(self, count: int) -> Iterator[str]:
        for number in range(count):
            yield f"chunk {number}"
