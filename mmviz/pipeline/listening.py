"""What doors ask of a sound beside its alignment: how it is drawn, and how every browser can play it."""

import io
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmviz.samples import Audio

#: Samples in the shortest stretch of a waveform that is drawn.
FINEST = 80


def sound_pictures(source: "str | Path | Audio", peaks: int, bands: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a sound: its waveform and its spectrogram.

    Args:
        source: as of `speech`.
        peaks, columns: the most stretches of time of either; none is shorter than 5 ms.
        bands: mel bands of the spectrogram.

    Returns:
        Shape (P, 2), uint8: lowest and highest sample of equal stretches, 128 is zero; shape (bands, C), uint8: 0 is 60 dB below the
        loudest, low bands first.

    Raises:
        MediaError: the sound cannot be used.
    """
    from mmviz.media import mel
    from mmviz.pipeline import heard

    audio = heard.hear(source)[1].audio
    return mel.peaks(audio, min(peaks, len(audio.samples) // FINEST)), mel.spectrogram(audio, columns, bands)


def as_wav(source: "str | Path | Audio") -> bytes:
    """Write a sound as a WAV file, one channel of 16 bits at 16 kHz, which every browser plays.

    Raises:
        MediaError: the sound cannot be used.
    """
    from mmviz.media import audio as sounds

    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(sounds.RATE)
        made.writeframes(sounds.parse(source).samples.astype("<i2").tobytes())
    return file.getvalue()


def no_synthesiser() -> str:
    """Say in one sentence why nothing can be spoken here, or give "" when it can."""
    from mmviz.media import speech

    return "" if speech.is_there() else f"espeak-ng is not installed; {speech.HOW_TO_GET_IT}."


def spoken_aloud(parts: Sequence[tuple[str, float]], language: str = "en", *, speed: int = 165, seconds: float = 0.0) -> Audio:
    """Have a synthesiser say something.

    Args:
        parts: what is said one after the other, each with the seconds of silence after it.
        language: "en" or "zh".
        speed: words a minute, 80 to 450.
        seconds: how long what is said is drawn out to, its pitch kept; 0 for as long as it is.

    Raises:
        MediaError: espeak-ng is not there, or its process ended.
    """
    from mmviz.media import audio as sounds
    from mmviz.media import speech, spoken, stretching

    found, rate = [], sounds.RATE
    for text, pause in parts:
        anchor = speech.anchor(spoken.atoms(text, language), speed=speed)
        rate = anchor.sample_rate
        found += [anchor.samples, np.zeros(round(pause * rate), np.float32)]
    said = np.concatenate(found)
    if seconds:
        said = stretching.stretched(said, seconds * rate / len(said))
    return sounds.parse(said, "spoken aloud", rate=rate)
