"""What every release of cog from 0.17 on offers to a model."""
import time
from typing import AsyncIterator, Optional

from cog import BaseModel, BasePredictor, ConcatenateIterator, Input, Path, Secret, current_scope


class Output(BaseModel):
    text: str
    times: int
    weights: str


class Predictor(BasePredictor):
    def setup(self) -> None:
        self.weights = "none"

    def predict(
        self,
        text: str = Input(description="What to repeat", min_length=1),
        times: int = Input(default=2, ge=1, le=3),
        file: Optional[Path] = None,
        key: Optional[Secret] = None,
        how: str = Input(default="value", choices=["value", "wait", "raise"]),
    ) -> Output:
        print("how", how)
        current_scope().record_metric("times", times)
        self.record_metric("who", current_scope().context.get("who", "nobody"))
        if how == "raise":
            raise ValueError("as asked")
        while how == "wait":
            time.sleep(0.01)
        more = file.read_text() if file else ""
        more += key.get_secret_value() if key else ""
        return Output(text=text * times + more, times=times, weights=self.weights)


class Files(BasePredictor):
    def predict(self, text: str) -> Path:
        with open("output.txt", "w") as file:
            file.write(text)
        return Path("output.txt")


class Words(BasePredictor):
    def predict(self, text: str) -> ConcatenateIterator[str]:
        yield from text.split()


class Later(BasePredictor):
    async def setup(self) -> None:
        self.end = "."

    async def predict(self, text: str) -> AsyncIterator[str]:
        for word in text.split():
            yield word + self.end


def train(n: int = Input(ge=1)) -> str:
    return "trained %d" % n
