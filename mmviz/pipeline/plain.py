"""A plain path between a sound and its text as it is synthesised: what dynamic time warping does without an aligner's care."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmviz.axes import TimeAxis
from mmviz.errors import MethodError, UnknownName
from mmviz.samples import Audio
from mmviz.timings import Warp

if TYPE_CHECKING:
    from mmviz.pipeline.heard import Pair

FEATURES = ("log-mel", "mfcc", "loudness")
#: What a path must reach: both ends of both; any stretch of the sound; any stretch of the text.
REACHES = ("whole", "in-sound", "in-text")
#: Seconds from frame to frame.
HOP = 0.01
#: Cepstral coefficients that are kept, the first, loudness, not counted.
CEPSTRA = 12
#: Cells of a plain matrix: a quarter of an hour of both.
MOST = 8_100_000_000
Progress = Callable[[str, int, int], None]


def plain_path(
    audio: "str | Path | Audio",
    text: str,
    language: str = "en",
    *,
    features: str = "log-mel",
    metric: str = "euclidean",
    steps: str = "symmetric1",
    band: float | None = None,
    reach: str = "whole",
    progress: Progress | None = None,
) -> Warp:
    """Warp a sound onto its text as it is synthesised, by plain dynamic time warping: no optional silence, no coarse pass first.

    Args:
        audio, text, language: as of `speech`.
        features: "log-mel" (40 bands), "mfcc" (12 cepstral coefficients), or "loudness" (the mean of the bands).
        metric, steps: as of `methods.dtw.dtw`.
        band: seconds a path may be off the straight line from corner to corner; None for any.
        reach: "whole": from corner to corner; "in-sound": the whole text somewhere in the sound; "in-text": the whole sound somewhere
            in the text.
        progress: called with "warp", strips of the matrix done and in all; may raise to stop.

    Returns:
        The path between frames of the synthetic voice, its pauses left out, and those of the sound.

    Raises:
        MethodError: an option does not fit, or sound and text are too long for a plain matrix.
        MediaError: the sound cannot be used, or nothing of the text can be spoken.

    Source:
        Sakoe and Chiba, 1978; subsequence: Müller, 2007, Information Retrieval for Music and Motion, section 4.4.
    """
    from mmviz.pipeline import heard

    for kind, name, known in (("feature", features, FEATURES), ("reach", reach, REACHES)):
        if name not in known:
            raise UnknownName(kind, name, list(known))
    if features == "loudness" and metric == "cosine":
        raise MethodError("loudness is one number a frame, and a cosine needs a direction; use the euclidean metric.")
    pair = heard.pair(heard.Task(*heard.hear(audio, progress), text, language, progress=progress))
    rows, columns = len(pair.frames), len(pair.heard.frames)
    if rows * columns > MOST:
        minutes = f"{rows / 6000:.0f} and {columns / 6000:.0f} minutes"
        raise MethodError(
            f"A plain matrix of {minutes} has {rows * columns / 1e9:.0f} thousand million cells; up to {MOST / 1e9:.0f} are warped."
        )
    told = (lambda done, of: progress("warp", done, of)) if progress else None
    options = {"metric": metric, "steps": steps, "progress": told}
    if band is not None:
        options["band"] = band / HOP
    return _path(pair, _of(features, pair.frames), _of(features, pair.heard.frames), reach, options)


def _path(pair: "Pair", x: np.ndarray, y: np.ndarray, reach: str, options: dict) -> Warp:
    from mmviz.methods import dtw

    query, key = (TimeAxis(starts, starts + HOP) for starts in (pair.moments, np.arange(len(y)) * HOP))
    if reach != "in-text":
        return dtw.warp(x, y, query, key, **options, subsequence=reach == "in-sound")
    turned = dtw.warp(y, x, key, query, **options, subsequence=True)
    path, preview = turned.path[:, ::-1], turned.preview.T
    axes = {"preview_query": turned.preview_key, "preview_key": turned.preview_query}
    return Warp(path, query, key, turned.cost, turned.local, preview, **axes, metric=turned.metric)


def _of(features: str, frames: np.ndarray) -> np.ndarray:
    """Reduce log-mel frames, shape (T, 40), to other features."""
    if features == "loudness":
        return frames.mean(1, keepdims=True)
    if features == "mfcc":
        from scipy.fft import dct

        return dct(frames, norm="ortho", axis=1)[:, 1 : CEPSTRA + 1]
    return frames
