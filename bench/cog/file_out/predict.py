import os
import tempfile

from cog import BasePredictor, Path


class Predictor(BasePredictor):
    def setup(self):
        self.last = None

    def predict(self, size: int) -> Path:
        # A new file each time, as in Cog's own examples. Cog never removes output
        # files, so the one before goes here: a benchmark must not fill the disk.
        if self.last:
            os.remove(self.last)
        self.last = os.path.join(tempfile.mkdtemp(), "out.bin")
        with open(self.last, "wb") as file:
            file.write(b"\xa5" * size)
        return Path(self.last)
