import asyncio
import time
from cog import BasePredictor


class Predictor(BasePredictor):
    """Blocks, but for its health check, which takes as long as the last prediction asked for."""

    check_s = 0.0

    async def healthcheck(self) -> bool:
        await asyncio.sleep(Predictor.check_s)
        return True

    def predict(self, check_s: float = 0.0, seconds: float = 0.0) -> str:
        Predictor.check_s = check_s
        time.sleep(seconds)
        return "done"
