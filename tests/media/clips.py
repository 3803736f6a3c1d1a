"""Small films written for tests, frame by frame, whose every cut is known."""

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np

#: Of an MP4's track header: turned by 90 degrees with the clock.
QUARTER = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


def write(
    path: Path, frames: Iterable[np.ndarray], codec: str = "libx264", times: Iterable[int] | None = None, sound: bool = False
) -> Path:
    """Write RGB frames, 25 a second, or at the given hundredths of a second; with a second of silent sound, or without."""
    import av

    options = {"libvpx": {"deadline": "realtime", "cpu-used": "8"}, "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"}}
    with _priority_kept(), av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"g": "10", **options.get(codec, {})})
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, 100)
        stream.codec_context.time_base, stream.codec_context.thread_count = Fraction(1, 100), 1
        beside = container.add_stream("aac", rate=16000) if sound else None
        for index, (pixels, time) in enumerate(zip(frames, times or range(0, 10**9, 4), strict=False)):
            if not index:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if beside:
            _silence(container, beside)
    return path


def scenery(rng: np.random.Generator, count: int, size: tuple[int, int] = (64, 112)) -> list[np.ndarray]:
    """One shot: blurred noise in colours of its own, which moves across a little."""
    import cv2

    high, wide = size
    noise = cv2.GaussianBlur(rng.random((high, wide + 2 * count, 3)).astype(np.float32), (0, 0), 5)
    noise = (noise - noise.min()) / np.ptp(noise) * rng.uniform(0.3, 1, 3)
    pixels = (255 * (0.5 * noise + 0.5 * rng.random(3))).astype(np.uint8)
    return [pixels[:, 2 * i : 2 * i + wide] for i in range(count)]


def turned(path: Path) -> Path:
    """Let an MP4 say that it is to be shown turned by 90 degrees with the clock."""
    content = bytearray(path.read_bytes())
    start = content.find(b"tkhd") + 44
    content[start : start + 36] = QUARTER
    path.write_bytes(content)
    return path


def silent_sound(path: Path) -> Path:
    """A second of sound without pictures, in the same kind of file as a film."""
    import av

    with av.open(str(path), "w") as container:
        _silence(container, container.add_stream("aac", rate=16000))
    return path


@contextmanager
def _priority_kept() -> Iterator[None]:
    """Put back how this thread is scheduled: run by root, SVT-AV1 makes it a real-time one of the highest priority.

    All that is begun from it inherits that, Chromium among it, whose threads then wait for each other for ever.
    """
    if not hasattr(os, "sched_getscheduler"):  # elsewhere than on Linux nothing changes it
        yield
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def _silence(container, stream) -> None:
    import av

    frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
    frame.sample_rate = 16000
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
