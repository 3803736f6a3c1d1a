"""Films: what is taken in, what is refused, and their frames as thumbnails or at a given time, in seconds."""

import contextlib
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmviz.errors import MediaError
from mmviz.media.stills import SIDE, Stills
from mmviz.samples import Image, Video

if TYPE_CHECKING:
    import av

#: Width and height of a thumbnail in pixels.
THUMBNAIL = (96, 54)
MAX_BYTES = 4 * 2**30
MAX_WIDTH, MAX_HEIGHT = 4096, 2304
MAX_SECONDS = 4 * 3600
#: Longest side of a frame that is asked for, in pixels.
MAX_SIDE = 1280
#: A frame that lies this much further, in seconds, is sooner reached by decoding on than by jumping.
NEAR = 2.0
_PICTURES = re.compile(r"image2|[a-z0-9]+_pipe")
_CLAIM = re.compile(r"films v1 ([a-z]{1,20}) (\d{1,18}) (\d{1,18})")


def parse(source: str | Path, name: str | None = None) -> Video:
    """Take in a film: open it and see that it has pictures of a size that can be read, without decoding them.

    Args:
        source: path of a file, at most 4 GB, up to 4096 x 2304 pixels (upright or lying) and four hours; anything FFmpeg
            reads: H.264, VP8, VP9, AV1 in MP4, WebM, MOV, MKV.
        name: for messages and exports; by default the file's name.

    Returns:
        The film, `source` "upload". What a drawn film says of itself is in `claim`, unproven.

    Raises:
        MediaError: there is no such file, it is empty or no film, has sound alone, is a picture, or is too large or too long.
    """
    path = Path(source)
    name = name or path.name
    _check_file(path, name)
    with _opened(path, name) as container:
        return _described(container, path, name)


def thumbnails(video: Video, stills: Stills | None = None) -> Iterator[tuple[float, float, np.ndarray]]:
    """Decode a film once, frame by frame.

    Frames of a file that is cut short are given as far as they go.

    Args:
        video: a parsed film.
        stills: takes some frames in, their longer side at most 384 pixels.

    Yields:
        When each frame begins and how long it is shown, in seconds from the beginning of the film, beginnings increasing; and the
        frame as it is shown (turned upright), shape (54, 96, 3), uint8, RGB, squeezed into that size.

    Raises:
        MediaError: not one frame can be decoded, or the film is longer than four hours.
    """
    from av.video.reformatter import VideoReformatter

    count, scaler, wide = 0, VideoReformatter(), VideoReformatter()  # one for all frames: making it costs as much as using it
    with _opened(video.path, video.name) as container:
        for start, length, frame in _timed(container, video):
            count += 1
            if start > MAX_SECONDS:
                raise _too_long(video.name, start)
            if stills is not None and stills.wants(start):
                stills.keep(start, _bounded(frame, video, SIDE, wide))
            yield start, length, _small(frame, scaler)
    if not count:
        raise MediaError(
            f"Not one frame of {video.name} ({video.codec}) can be decoded; convert it to H.264 or VP9 and try again."
        )


def frames_at(video: Video, seconds: Sequence[float], side: int = 384) -> Iterator[Image]:
    """Decode the frames that are shown at given times.

    Args:
        video: a parsed film.
        seconds: in increasing order; a time after the last frame gives that one.
        side: the longer side of a frame in pixels, at most 1280; smaller frames stay as they are.

    Yields:
        One picture a time, upright.

    Raises:
        MediaError: nothing can be decoded there.
    """
    if not 1 <= side <= MAX_SIDE or list(seconds) != sorted(seconds):
        raise ValueError(f"frames come at increasing times, up to {MAX_SIDE} pixels; got {seconds} and {side}")
    from av.video.reformatter import VideoReformatter

    scaler = VideoReformatter()
    with _opened(video.path, video.name) as container:
        shown: tuple[float, float, av.VideoFrame] | None = None
        frames: Iterator[tuple[float, float, av.VideoFrame]] = iter(())
        for second in seconds:
            if shown is None or second > shown[0] + NEAR:
                frames = _from(container, video, second)
            shown = _reached(frames, second, shown)
            if shown is None:  # some files cannot be jumped in
                frames = _from(container, video, 0.0)
                shown = _reached(frames, second, None)
            if shown is None:
                raise MediaError(f"No frame of {video.name} can be decoded at {second:.2f} s; convert it to H.264 or VP9.")
            yield Image(_bounded(shown[2], video, side, scaler), f"{video.name} at {second:.2f} s", source=video.source)


def _check_file(path: Path, name: str) -> None:
    try:
        if not path.is_file():
            raise MediaError(f"There is no file {path}; check the path.")
        size = path.stat().st_size
    except OSError as error:
        raise MediaError(f"{name} cannot be opened ({error.strerror or 'unreadable'}); check the file and its rights.") from error
    if size == 0:
        raise MediaError(f"{name} is empty (0 bytes); save or upload it again.")
    if size > MAX_BYTES:
        raise MediaError(f"{name} has {size / 2**30:.1f} GB; up to {MAX_BYTES // 2**30} GB can be read. Cut or compress it.")


@contextlib.contextmanager
def _opened(path: Path, name: str) -> "Iterator[av.container.InputContainer]":
    """Open a file for its pictures; nothing that it points at elsewhere is read."""
    import av

    try:
        container = av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except av.FFmpegError as error:
        raise MediaError(f"{name} is no film that can be read, or is damaged or cut short; use an MP4 or WebM file.") from error
    with container:
        for stream in container.streams.video:
            if stream.codec_context is not None:
                stream.thread_type = "AUTO"
        yield container


def _stream(container: "av.container.InputContainer") -> "av.VideoStream | None":
    """Find the first stream of moving pictures; the cover of a song is none."""
    import av

    covers = av.stream.Disposition.attached_pic
    return next((s for s in container.streams.video if s.codec_context is not None and not s.disposition & covers), None)


def _described(container: "av.container.InputContainer", path: Path, name: str) -> Video:
    stream = _stream(container)
    if stream is None:
        what = "sound and no pictures" if container.streams.audio else "no pictures"
        raise MediaError(f"{name} has {what}; a film is needed, such as an MP4 or WebM file.")
    if _PICTURES.fullmatch(container.format.name):
        raise MediaError(f"{name} is a picture, not a film; use an MP4 or WebM file, or open it as a picture.")
    context = stream.codec_context
    _check_size(context.width, context.height, name)
    seconds = _declared(container, stream)
    if seconds > MAX_SECONDS:
        raise _too_long(name, seconds)
    width, height = _shown_size(context.width, context.height, stream.sample_aspect_ratio, _turn(container, stream))
    claim = _CLAIM.fullmatch(str(container.metadata.get("title", container.metadata.get("TITLE", ""))))
    told = (claim[1], int(claim[2]), int(claim[3])) if claim else None
    return Video(path, name, width, height, seconds, _rate(stream), context.codec.canonical_name, claim=told)


def _check_size(width: int, height: int, name: str) -> None:
    if min(width, height) < 2:
        raise MediaError(f"{name} has pictures of {width} x {height} pixels; they need at least 2 each way. Use another film.")
    if max(width, height) > MAX_WIDTH or min(width, height) > MAX_HEIGHT:
        size = f"{MAX_WIDTH} x {MAX_HEIGHT}"
        raise MediaError(
            f"{name} has {width} x {height} pixels; up to {size} can be read. Scale it down, for example to 1920 x 1080."
        )


def _too_long(name: str, seconds: float) -> MediaError:
    return MediaError(f"{name} is {seconds / 3600:.1f} hours long; up to {MAX_SECONDS // 3600} can be read. Cut it into parts.")


def _declared(container: "av.container.InputContainer", stream: "av.VideoStream") -> float:
    """Read the length of the pictures, in seconds, or of the whole file, or 0."""
    if stream.duration is not None and stream.time_base is not None:
        return max(0.0, float(stream.duration * stream.time_base))
    return max(0.0, (container.duration or 0) / 1e6)


def _rate(stream: "av.VideoStream") -> float:
    rate = stream.average_rate or stream.guessed_rate or 25
    return float(rate) if 0 < float(rate) <= 1000 else 25.0


def _turn(container: "av.container.InputContainer", stream: "av.VideoStream") -> int:
    """Read by how many degrees the first frame is to be turned, against the clock; 0 where nothing decodes."""
    import av

    try:
        frame = next(container.decode(stream), None)
    except av.FFmpegError:
        return 0
    return 0 if frame is None else frame.rotation


def _shown_size(width: int, height: int, aspect, turn: int) -> tuple[int, int]:
    """Give width and height as shown: pixels made square, then turned."""
    wide = round(width * float(aspect)) if aspect and 0.1 < float(aspect) < 10 else width
    return (height, wide) if turn % 180 else (wide, height)


def _from(
    container: "av.container.InputContainer", video: Video, second: float
) -> "Iterator[tuple[float, float, av.VideoFrame]]":
    """Go to the last frame before a time that can be decoded by itself, and decode on from there."""
    import av

    with contextlib.suppress(av.FFmpegError):
        container.seek(int(1e6 * second) + _origin(container), backward=True)
    return _timed(container, video)


def _origin(container: "av.container.InputContainer") -> int:
    """Give what the file calls the beginning, in microseconds."""
    return container.start_time or 0


def _timed(container: "av.container.InputContainer", video: Video) -> "Iterator[tuple[float, float, av.VideoFrame]]":
    """Give frames with when they begin and how long they are shown: until the next one, whatever the file says of lengths."""
    before: tuple[float, av.VideoFrame] | None = None
    for start, frame in _started(container, video):
        if before is not None:
            yield before[0], start - before[0], before[1]
        before = start, frame
    if before is not None:
        start, frame = before
        yield start, float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 1 / video.rate, frame


def _started(container: "av.container.InputContainer", video: Video) -> "Iterator[tuple[float, av.VideoFrame]]":
    """Decode frames with when they begin, always later than the one before; the damaged end of a file ends it."""
    import av

    origin, last = _origin(container) / 1e6, -math.inf
    try:
        for frame in container.decode(_stream(container)):
            start = frame.time - origin if frame.time is not None else last + 1 / video.rate
            if not math.isfinite(start) or start < 0:
                start = 0.0
            last = start if start > last else last + 1 / video.rate
            yield last, frame
    except av.FFmpegError:
        return


def _reached(frames, second: float, shown):
    """Decode up to the frame that is shown at a time; gives that one, or the last there is."""
    if shown is not None and second < shown[0] + shown[1]:
        return shown
    for found in frames:
        shown = found
        if second < found[0] + found[1]:
            break
    return shown


def _small(frame: "av.VideoFrame", scaler: "av.video.reformatter.VideoReformatter") -> np.ndarray:
    turn = frame.rotation
    width, height = THUMBNAIL if turn % 180 == 0 else THUMBNAIL[::-1]
    small = scaler.reformat(frame, width=width, height=height, format="rgb24", interpolation="AREA").to_ndarray()
    return _turned(small, turn)


def _bounded(frame: "av.VideoFrame", video: Video, side: int, scaler: "av.video.reformatter.VideoReformatter") -> np.ndarray:
    turn, share = frame.rotation, min(1.0, side / max(video.width, video.height))
    width, height = max(2, round(video.width * share)), max(2, round(video.height * share))
    size = (width, height) if turn % 180 == 0 else (height, width)
    picture = scaler.reformat(frame, width=size[0], height=size[1], format="rgb24", interpolation="AREA").to_ndarray()
    return _turned(picture, turn)


def _turned(picture: np.ndarray, turn: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(picture, round(turn / 90))) if turn else picture
