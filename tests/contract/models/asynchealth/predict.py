import asyncio
from cog import BasePredictor


class Predictor(BasePredictor):
    """Its health check takes as long as the last prediction asked for."""

    check_s = 0.0

    async def healthcheck(self) -> bool:
        await asyncio.sleep(Predictor.check_s)
        return True

    async def predict(self, check_s: float = 0.0, seconds: float = 0.0) -> str:
        Predictor.check_s = check_s
        await asyncio.sleep(seconds)
        return "done"
