import os

from cog import BasePredictor, Path


class Predictor(BasePredictor):
    def predict(self, file: Path) -> str:
        return f"{os.path.getsize(file)} {file}"
