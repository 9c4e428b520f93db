import sys
import time
from typing import Any

from cog import BasePredictor, CancelationException, Input, current_scope


class Predictor(BasePredictor):
    """Does what the input says, in this order: prints, metrics, sleep, raise, value."""

    def predict(self, do: dict = Input(default={})) -> Any:
        for stream, text in do.get("prints", []):
            target = sys.stderr if stream == "err" else sys.stdout
            target.write(text)
            if not text.endswith("\n"):
                target.flush()
        for name, value, mode in do.get("metrics", []):
            if mode == "delete":
                current_scope().metrics.delete(name)
            else:
                self.record_metric(name, value, mode=mode)
        self.pause(do.get("sleep", 0.0), do.get("cleanup", ""))
        if "raise" in do:
            kind = {"runtime": RuntimeError, "value": ValueError, "key": LookupError}
            raise kind[do["raise"][0]](do["raise"][1])
        if do.get("context"):
            return dict(current_scope().context)
        return do.get("value")

    @staticmethod
    def pause(seconds, cleanup):
        ends = time.monotonic() + seconds
        try:
            while time.monotonic() < ends:
                time.sleep(0.005)
        except CancelationException:
            if cleanup:
                print(cleanup)
            raise
