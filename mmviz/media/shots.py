"""Shots of a film: where it is cut, by PySceneDetect's adaptive detector on thumbnails, and where it changes slowly, by a small net."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmviz.axes import ShotAxis
from mmviz.media import shot_net
from mmviz.media import video as films
from mmviz.media.stills import Stills
from mmviz.samples import Video

#: Colours (0 to 255) jump at least so far at a cut, and so many times what they change by in the frames around it. Hue alone jumps in grey
#: pictures wherever a film is packed anew.
JUMP, TIMES = 5.0, 1.5
#: Cuts nearer than this to another cut or to the beginning, in seconds, are none: no one sees a shot as short.
SHORTEST = 0.4
#: A cut this near to the end, in seconds, is one only where a picture follows that stays as bright and lasts: else it is a fade to black.
TAIL, LASTING = 0.5, 0.2
#: A frame whose brightness spreads less than this, 0 to 255, shows nothing.
FLAT = 4.0
#: Frames this far on both sides of a cut, in seconds, are compared: where one comes back it was a flash.
FLASH = 0.3
#: They come back if their difference is less than this share of the jump.
COME_BACK = 0.4
#: What an adaptive cut is: a change in hue, saturation and brightness (0 to 255) of at least so much, so many times that of the frames
#: around it. The second is a cut within one place, where little changes and little moves.
RULES = ((3.0, 15.0), (6.0, 6.0))
#: A slow transition with a cut in it that takes less, in seconds, is that cut.
SLOW = 0.28
#: A film whose pictures end this much before what the file says, in seconds, is cut short.
MISSING = 1.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Shots:
    """What a film falls into.

    Attributes:
        axis: the shots, from 0 to the end without gaps; where they change slowly, they meet in the middle of the change.
        gradual: shape (G, 2), seconds; transitions that take time (dissolves, fades, wipes), where they were asked for.
        seconds: how long the pictures are.
        frames: how many were decoded.
        notes: keys of what else is to be said: "cut_short" (the file says it is longer), "still" (one frame alone).
    """

    axis: ShotAxis
    gradual: np.ndarray
    seconds: float
    frames: int
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        if self.gradual.shape != (len(self.gradual), 2) or not len(self.axis):
            raise ValueError(f"at least one shot, and two ends of each transition are asked for, got {self.gradual.shape}")

    def to_json(self) -> dict[str, Any]:
        """Write the contract's answer of `mmviz shots`, and what else is known."""
        known = {"gradual": self.gradual.tolist(), "notes": list(self.notes)}
        return {"shots": self.axis.to_json(), "seconds": self.seconds, "frames": self.frames, **known}


def find(video: Video, *, gradual: bool = False, progress: Progress | None = None, stills: Stills | None = None) -> Shots:
    """Find the shots of a film, decoding it once.

    Args:
        video: a parsed film.
        gradual: look for dissolves, fades and wipes too.
        progress: told (done, total) whole seconds of the film, each second of it; what it raises ends the work.
        stills: takes some frames in on the way.

    Returns:
        At least one shot.

    Raises:
        MediaError: nothing can be decoded, or `gradual` is asked for and shot-net is not there.

    Source:
        Castellano, PySceneDetect, AdaptiveDetector; slow transitions: `mmviz.training.shot_net`.
    """
    if gradual:
        shot_net.load()  # before a long film is decoded in vain
    return divide(watched(video, progress, stills), video.seconds, gradual=gradual)


def divide(frames: Iterable[tuple[float, float, np.ndarray]], declared: float = 0.0, *, gradual: bool = False) -> Shots:
    """Find the shots of what is shown frame by frame.

    Args:
        frames: start, length and thumbnail of each, as of `video.thumbnails`; at least one.
        declared: seconds the film is said to have.
        gradual: as of `find`.
    """
    seen = _Cuts()
    passed = seen.watch(frames)
    slow = shot_net.spans(shot_net.probabilities(passed)[:, 0]) if gradual else np.empty((0, 2))
    for _ in passed:
        pass
    return _joined(seen, slow, declared)


def watched(video: Video, progress: Progress | None, stills: Stills | None = None) -> Iterator[tuple[float, float, np.ndarray]]:
    """Give a film's thumbnails, and tell how far they are, each second of the film."""
    total, told = math.ceil(video.seconds), 0
    for start, length, thumbnail in films.thumbnails(video, stills):
        if progress is not None and start >= told:
            progress(int(start), max(total, int(start)))
            told = int(start) + 1
        yield start, length, thumbnail
    if progress is not None:
        progress(max(total, told), max(total, told))


def _joined(seen: "_Cuts", slow: np.ndarray, declared: float) -> Shots:
    """Put cuts and slow transitions, shape (G, 2), together."""
    cuts, contrast = seen.found(), np.array(seen.contrast).reshape(-1, 2)
    quick = [(slow[:, 0] - 0.1 <= cut) & (cut <= slow[:, 1] + 0.1) & (slow[:, 1] - slow[:, 0] < SLOW) for cut in cuts]
    slow = slow[~np.any(quick, axis=0)] if quick else slow
    slow = slow[[_leads(contrast, start, end) for start, end in slow.tolist()]]
    own = [cut for cut in cuts if not ((slow[:, 0] - 0.1 <= cut) & (cut <= slow[:, 1] + 0.1)).any()]
    bounds = [0.0]
    for cut in sorted([*own, *(_middle(contrast, start, end) for start, end in slow.tolist())]):
        if cut - bounds[-1] >= SHORTEST:
            bounds.append(cut)
    starts, ends = np.array(bounds), np.array([*bounds[1:], seen.seconds])
    notes = ["still"] if seen.count == 1 else []
    notes += ["cut_short"] if declared - seen.seconds > MISSING else []
    return Shots(ShotAxis(starts, ends, (starts + ends) / 2), slow, seen.seconds, seen.count, tuple(notes))


def _leads(contrast: np.ndarray, start: float, end: float) -> bool:
    """Tell a transition, with a picture on both sides, from a film that fades in at its beginning or out at its end."""
    before, after = contrast[contrast[:, 0] < start, 1], contrast[contrast[:, 0] >= end, 1]
    return _shows(before[::-1]) and _shows(after)


def _shows(contrast: np.ndarray) -> bool:
    """Tell whether a picture is seen, from a transition on to an end of the film, and does not just go down to nothing."""
    if len(contrast) < 2 or np.quantile(contrast, 0.9) <= FLAT:
        return False
    return contrast[-1] > FLAT or contrast.max() > 1.1 * contrast[0] + 1 or contrast[:15][-1] > 0.75 * contrast[0]


def _middle(contrast: np.ndarray, start: float, end: float) -> float:
    """Give the moment between two shots: where a fade shows nothing, else half way."""
    inside = contrast[(contrast[:, 0] >= start) & (contrast[:, 0] < end)]
    flat = inside[inside[:, 1] < FLAT, 0]
    return float(flat.mean()) if len(flat) else (start + end) / 2


class _Cuts:
    """Collects the hard cuts of frames that are shown to it one after the other."""

    def __init__(self):
        from scenedetect.detectors import AdaptiveDetector

        self._detectors = [AdaptiveDetector(adaptive_threshold=r, min_content_val=c, min_scene_len=1) for r, c in RULES]
        self._recent: deque[tuple[float, np.ndarray]] = deque()  # of the last seconds, small
        self._times: deque[float] = deque(maxlen=8)  # the detector speaks a few frames late
        self._waiting: deque[float] = deque()
        self._cuts: list[float] = []
        self.contrast: list[tuple[float, float]] = []  # when, and how much brightness spreads, 0 to 255
        self.count, self.seconds = 0, 0.0

    def watch(self, frames: Iterable[tuple[float, float, np.ndarray]]) -> Iterator[tuple[float, float, np.ndarray]]:
        """Take in frames and give them on."""
        for start, length, thumbnail in frames:
            self._see(start, thumbnail)
            self.seconds = start + length
            yield start, length, thumbnail

    def _see(self, start: float, thumbnail: np.ndarray) -> None:
        from scenedetect import FrameTimecode

        self._times.append(start)
        small = thumbnail[::3, ::4].astype(np.float32)
        self._recent.append((start, small))
        self.contrast.append((start, float(small.mean(2).std())))
        time, pixels = FrameTimecode(self.count, 25.0), np.ascontiguousarray(thumbnail[..., ::-1])
        found = {cut.frame_num for detector in self._detectors for cut in detector.process_frame(time, pixels)}
        self._waiting.extend(self._times[number - self.count - 1] for number in sorted(found))
        self.count += 1
        while self._waiting and start > self._waiting[0] + FLASH:
            self._decide(self._waiting.popleft())
        while self._recent[0][0] < start - 4 * FLASH:
            self._recent.popleft()

    def found(self) -> list[float]:
        """Give the seconds of all cuts, when the last frame was seen."""
        while self._waiting:
            self._decide(self._waiting.popleft())
        return [cut for cut in self._cuts if cut <= self.seconds - TAIL or (cut <= self.seconds - LASTING and self._lasts(cut))]

    def _lasts(self, cut: float) -> bool:
        """Tell whether what follows a cut near the end is a picture that does not fade away."""
        first = next(pixels for start, pixels in self._recent if start >= cut)
        last = self._recent[-1][1]
        return last.mean(2).std() > FLAT and last.mean() > 0.7 * first.mean()

    def _decide(self, cut: float) -> None:
        """Keep a cut where colours jump, unless what was seen before it comes back after it, as around a flash."""
        before = [pixels for start, pixels in self._recent if cut - FLASH <= start < cut]
        after = [pixels for start, pixels in self._recent if cut <= start <= cut + FLASH]
        jump = np.abs(before[-1] - after[0]).mean()
        around = [np.abs(b - a).mean() for run in (before[-4:], after[:4]) for a, b in zip(run, run[1:], strict=False)]
        if jump < max(JUMP, TIMES * float(np.median(around or [0]))):
            return
        nearest = min(np.abs(pixels - np.stack(after)).mean((1, 2, 3)).min() for pixels in before)
        if nearest >= COME_BACK * jump:
            self._cuts.append(cut)
