"""Drawn films as WebM files, the same bytes for the same film."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np


def encode(path: Path, frames: Iterable[np.ndarray], rate: int, title: str, codec: str = "libvpx") -> int:
    """Write frames as a WebM file.

    Args:
        path: where to; a file there is replaced.
        frames: shape (height, width, 3), uint8, RGB, all of one size; both sides even.
        rate: frames a second.
        title: what the file says of itself.
        codec: "libvpx" (VP8) or "libvpx-vp9".

    Returns:
        Number of frames written.

    Raises:
        OSError: the file cannot be written.
    """
    import av

    # a negative speed is fixed; a positive one follows the clock, and bytes with it
    speed = {"deadline": "realtime", "cpu-used": "-8", "crf": "12", "b": "2M", "auto-alt-ref": "0", "lag-in-frames": "0"}
    count = 0
    with av.open(str(path), "w", format="webm") as container:
        container.flags |= av.container.Flags.bitexact.value  # no random identity
        container.metadata["title"] = title
        stream = container.add_stream(codec, rate=rate, options={**speed, "g": str(2 * rate)})
        stream.pix_fmt, stream.codec_context.thread_count = "yuv420p", 1
        for pixels in frames:
            if not count:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts = count
            container.mux(stream.encode(frame))
            count += 1
        container.mux(stream.encode(None))
    return count
