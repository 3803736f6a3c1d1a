"""Frames kept small and packed while a film is decoded for its shots, so that it need not be decoded once more for a model."""

from bisect import bisect_left

import numpy as np

#: Seconds between two frames that are kept, pixels of their longer side, and how many there are at most (some 90 MB).
EVERY, SIDE, MOST = 0.2, 384, 4000
#: Of JPEG, 0 to 100: what is lost lies far below what a frame beside it differs by.
QUALITY = 92


class Stills:
    """Frames of one film at even steps of time; when there are too many, every second one is let go and the steps are doubled."""

    def __init__(self):
        self.step = EVERY
        self._times: list[float] = []
        self._packed: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._times)

    def wants(self, start: float) -> bool:
        """Tell whether a frame that begins at this second is to be kept; seconds increase."""
        return not self._times or start >= self._times[-1] + self.step - 1e-6

    def keep(self, start: float, pixels: np.ndarray) -> None:
        """Take in a frame.

        Args:
            start: when it begins, in seconds, later than those before.
            pixels: shape (h, w, 3), uint8, RGB, upright.
        """
        import cv2

        self._times.append(start)
        self._packed.append(cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
        if len(self._times) > MOST:
            self.step *= 2
            self._times, self._packed = self._times[::2], self._packed[::2]

    def find(self, second: float, within: float) -> int | None:
        """Find the frame that begins nearest to a time.

        Args:
            second: the time.
            within: how far from it a frame may begin, in seconds.

        Returns:
            Its number, or None where none is as near.
        """
        after = bisect_left(self._times, second)
        near = [n for n in (after - 1, after) if 0 <= n < len(self._times)]
        best = min(near, key=lambda n: abs(self._times[n] - second), default=None)
        return best if best is not None and abs(self._times[best] - second) <= within else None

    def read(self, number: int) -> np.ndarray:
        """Give a frame as it was taken in but for what packing loses: shape (h, w, 3), uint8, RGB."""
        import cv2

        return np.ascontiguousarray(cv2.imdecode(self._packed[number], cv2.IMREAD_COLOR)[..., ::-1])
