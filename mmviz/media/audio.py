"""Sound: what is taken in, what is refused, and the one form everything after sees: one channel at 16 kHz.

Files are decoded a few seconds at a time, so that an hour takes what its 16-bit samples take and no more.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmviz.errors import MediaError
from mmviz.samples import Audio

if TYPE_CHECKING:
    import av.container

RATE = 16000
#: Seconds a sound may last, and seconds decoded at once: what is lost where a file is damaged.
SHORTEST, LONGEST, PART = 0.1, 4 * 3600, 1
RATES = (1000, 384000)
#: Containers libsndfile reads; all others are FFmpeg's.
SOUNDFILES = ("WAV", "WAVEX", "W64", "RF64", "AIFF", "FLAC", "OGG", "MP3", "AU", "CAF")
#: A sound never louder than this is silent (full scale is 1), one never louder than the next is quiet.
SILENT, QUIET = 2e-4, 0.02
#: What a sample at full scale is, and which share of such samples means the recording was clipped.
FULL, CLIPPED = 0.998, 5e-4
#: A file that says it is longer than it is by more than this share, and by more than half a second, was cut short.
SHORT = 0.03

Progress = Callable[[float, float], None]


def parse(
    source: "str | Path | np.ndarray | Audio", name: str | None = None, *, rate: int = RATE, progress: Progress | None = None
) -> Audio:
    """Take in a sound as one channel at 16 kHz.

    Args:
        source: a path (WAV, MP3, FLAC, OGG, M4A, WebM, or a video whose first sound track is taken), or samples (T,) or
            (T, channels): floats from -1 to 1, or integers of any width; 0.1 seconds to 4 hours.
        name: for messages and exports; by default the file's name.
        rate: samples a second of an array, Hz.
        progress: called with the seconds read and the seconds there are (0 where the file does not say); may raise to stop.

    Returns:
        The sound; `notes` say what was found: channels "mixed", "clipped", "quiet", "cut_short" before the length the file claims, "video".

    Raises:
        MediaError: it is no sound, damaged from its beginning, silent, too short or too long.
    """
    if isinstance(source, Audio):
        return source
    if isinstance(source, str | Path):
        path = Path(source)
        name = name or path.name
        return _gathered(_from_file(path, name), name, progress)
    name = name or "sound"
    return _gathered(_from_array(np.asarray(source), rate, name), name, progress)


def chunks(path: str | Path) -> Iterator[np.ndarray]:
    """Decode a file a few seconds at a time.

    Args:
        path: as of `parse`; of any length.

    Returns:
        Pieces of one channel at 16 kHz, shape (n,), float32, full scale 1.

    Raises:
        MediaError: it is no sound, or is damaged from its beginning.
    """
    yield from _from_file(Path(path), Path(path).name).parts


class _Stream:
    """Parts of a sound with what is known before they are read.

    `notes` grow while parts are read: whether a file is cut short is known at its end.
    """

    def __init__(self, parts: Iterator[np.ndarray], rate: int, seconds: float, notes: list[str]):
        self.parts, self.rate, self.seconds, self.notes = parts, rate, seconds, notes


def _gathered(stream: _Stream, name: str, progress: Progress | None) -> Audio:
    """Read all parts into 16 bits, and see that they are a sound of use."""
    if stream.seconds > LONGEST:
        raise _too_long(name, stream.seconds)
    content, loudest, full = bytearray(), 0.0, 0  # a bytearray grows in place; a list of parts would be held twice
    for part in stream.parts:
        loudness = np.abs(part)
        loudest, full = max(loudest, float(loudness.max(initial=0))), full + int((loudness >= FULL).sum())
        content += np.rint(np.clip(part, -1, 1) * 32767).astype(np.int16).tobytes()
        seconds = len(content) / 2 / RATE
        if seconds > LONGEST:
            raise _too_long(name, seconds)
        if progress is not None:
            progress(seconds, stream.seconds)
    samples = np.frombuffer(content, np.int16)
    n = len(samples)
    if n < SHORTEST * RATE:
        raise MediaError(f"{name} lasts {1000 * n / RATE:.0f} ms; at least {1000 * SHORTEST:.0f} ms of sound are needed.")
    if loudest <= SILENT:
        raise MediaError(f"{name} is silent from beginning to end; check the microphone or the file.")
    if loudest <= QUIET:
        stream.notes.append("quiet")
    if full > CLIPPED * n:
        stream.notes.append("clipped")
    if n / RATE < stream.seconds * (1 - SHORT) - 0.5:
        stream.notes.append("cut_short")
    return Audio(samples, name, tuple(dict.fromkeys(stream.notes)), stream.rate)


def _from_file(path: Path, name: str) -> _Stream:
    try:
        if not path.is_file():
            raise MediaError(f"There is no file {path}; check the path.")
        if path.stat().st_size == 0:
            raise MediaError(f"{name} is empty (0 bytes); save or upload it again.")
        with path.open("rb"):
            pass
    except OSError as error:
        raise MediaError(f"{name} cannot be opened ({error.strerror or 'unreadable'}); check the file and its rights.") from error
    return _by_soundfile(path) or _by_ffmpeg(path, name)


def _by_soundfile(path: Path) -> _Stream | None:
    """Open with libsndfile, or give None where another must try."""
    import soundfile

    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError:
        return None
    if file.format not in SOUNDFILES or not RATES[0] <= file.samplerate <= RATES[1]:
        file.close()
        return None
    notes = ["mixed"] if file.channels > 1 else []
    seconds = file.frames / file.samplerate if 0 < file.frames < 2**62 else 0.0
    if file.format == "MP3":
        seconds = max(seconds, _claimed(path, file.samplerate))
    return _Stream(_resampled(_read(file, notes), file.samplerate), file.samplerate, seconds, notes)


def _claimed(path: Path, rate: int) -> float:
    """Give the seconds an MP3 says it has in its first frame, or 0: of a file cut short, libsndfile counts what is left."""
    with path.open("rb") as file:
        head = file.read(10)
        tags = 10 + sum((byte & 127) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0))) if head[:3] == b"ID3" else 0
        file.seek(tags)
        frame = file.read(4096)
    place = max(frame.find(b"Xing"), frame.find(b"Info"))
    if place < 0 or len(frame) < place + 12 or not frame[place + 7] & 1:
        return 0.0
    return int.from_bytes(frame[place + 8 : place + 12], "big") * (1152 if rate >= 32000 else 576) / rate


def _read(file, notes: list[str]) -> Iterator[np.ndarray]:
    import soundfile

    with file:
        while True:
            try:
                part = file.read(PART * file.samplerate, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError:  # damaged further on; what came before is kept
                notes.append("cut_short")
                return
            if not len(part):
                return
            yield _mixed(part)


def _mixed(part: np.ndarray) -> np.ndarray:
    """Mix channels down; a sample that is no number is silence."""
    mono = part[:, 0] if part.shape[1] == 1 else part.mean(axis=1, dtype=np.float32)
    return np.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0)


def _resampled(parts: Iterator[np.ndarray], rate: int) -> Iterator[np.ndarray]:
    """Bring parts of one channel to 16 kHz."""
    import soxr

    if rate == RATE:
        yield from parts
        return
    stream = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")
    for part in parts:
        yield stream.resample_chunk(np.ascontiguousarray(part))
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _by_ffmpeg(path: Path, name: str) -> _Stream:
    """Open with FFmpeg: the first sound track of whatever it is."""
    import av

    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"{name} is not a sound that can be read; use a WAV, MP3, FLAC, OGG, M4A or WebM file.") from error
    if not container.streams.audio:
        what = "film without sound" if container.streams.video else "file without sound"
        container.close()
        raise MediaError(f"{name} is a {what}; use one in which somebody speaks.")
    track = container.streams.audio[0]
    rate, channels = track.codec_context.sample_rate or RATE, track.codec_context.channels
    has_film = any(not film.disposition & film.disposition.attached_pic for film in container.streams.video)
    notes = ["mixed"] * (channels > 1) + ["video"] * has_film
    seconds = container.duration / 1e6 if container.duration and container.duration > 0 else 0.0
    parts = _decoded(container, notes)
    first = next(parts, None)
    if first is None:
        raise MediaError(f"{name} is damaged and no sound can be read from it; save or download it again.")
    return _Stream(chain([first], parts), rate, seconds, notes)


def _decoded(container: "av.container.InputContainer", notes: list[str]) -> Iterator[np.ndarray]:
    """Decode and resample the first track; what is damaged ends it."""
    import av

    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE, frame_size=PART * RATE)
    with container:
        try:
            for frame in container.decode(container.streams.audio[0]):
                frame.pts = None  # times of frames may jump in damaged files; samples are counted instead
                yield from (piece.to_ndarray()[0] for piece in resampler.resample(frame))
        except (av.FFmpegError, ValueError):
            notes.append("cut_short")
        yield from (piece.to_ndarray()[0] for piece in _rest(resampler))


def _rest(resampler) -> list:
    import av

    try:
        return resampler.resample(None)
    except (av.FFmpegError, ValueError):  # nothing was ever put in
        return []


def _from_array(samples: np.ndarray, rate: int, name: str) -> _Stream:
    if samples.ndim not in (1, 2) or samples.dtype.kind not in "fiu" or 0 in samples.shape:
        raise MediaError(
            f"{name} has shape {samples.shape} of {samples.dtype}; a sound is samples or samples x channels of numbers."
        )
    if not RATES[0] <= rate <= RATES[1]:
        raise MediaError(f"{name} has {rate} samples a second; {RATES[0]:,} to {RATES[1]:,} can be read.")
    if samples.ndim == 2 and samples.shape[1] > 64:
        raise MediaError(f"{name} has {samples.shape[1]} channels; give samples x channels, at most 64 of these.")
    notes = ["mixed"] if samples.ndim == 2 and samples.shape[1] > 1 else []
    parts = (
        _mixed(_floats(samples[at : at + PART * rate].reshape(-1, *samples.shape[1:] or (1,))))
        for at in range(0, len(samples), PART * rate)
    )
    return _Stream(_resampled(parts, rate), rate, len(samples) / rate, notes)


def _floats(part: np.ndarray) -> np.ndarray:
    """Bring integers of any width to -1 to 1; unsigned ones are centred, as in WAV files of 8 bits."""
    if part.dtype.kind == "f":
        return part.astype(np.float32)
    half = 2.0 ** (8 * part.dtype.itemsize - 1)
    return ((part.astype(np.float64) - (half if part.dtype.kind == "u" else 0)) / half).astype(np.float32)


def _too_long(name: str, seconds: float) -> MediaError:
    return MediaError(
        f"{name} lasts {seconds / 3600:.1f} hours; up to {LONGEST // 3600} can be aligned at once. Cut it into parts."
    )
