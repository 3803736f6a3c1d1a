"""Spoken sentences for tests: another voice of espeak-ng than the aligner's, with pauses, so that the times are known."""

import dataclasses
from functools import lru_cache
from pathlib import Path

import numpy as np

from mmviz.media import speech, spoken
from mmviz.samples import Audio

ENGLISH = "The old lighthouse keeper climbed the stairs every evening before the storm."
CHINESE = "今天早上我在公园里看见了一只白色的小狗。"
OTHER = "Several passengers complained about the noise in the cabin of the night train."


@lru_cache
def say(text: str, language: str = "en", *, pause: float = 0.4, before: int = 4) -> tuple[Audio, np.ndarray]:
    """Speak a text with half a second of silence at both ends and a pause before one atom; the sound, and the atoms' starts."""
    from scipy.signal import resample_poly

    voice = {"en": "en-gb+f2", "zh": "cmn+f2"}[language]
    atoms = [dataclasses.replace(atom, voice=voice) for atom in spoken.atoms(text, language)]
    made = speech.anchor(atoms)
    sound = resample_poly(made.samples, 320, 441)
    starts = made.starts[np.searchsorted(made.atoms, np.arange(len(atoms)))]
    cut = int(starts[before] * 16000)
    quiet, gap = np.zeros(8000), np.zeros(int(pause * 16000))
    sound = np.concatenate([quiet, sound[:cut], gap, sound[cut:], quiet])
    sound += np.random.default_rng(1).normal(size=len(sound)) * 0.001
    return Audio(np.rint(sound * 32767).clip(-32768, 32767).astype(np.int16)), starts + 0.5 + pause * (
        np.arange(len(atoms)) >= before
    )


def film(path: Path, samples: np.ndarray) -> Path:
    """Write a film of black pictures with a sound of 16 kHz."""
    import av

    with av.open(str(path), "w") as container:
        track, pictures = container.add_stream("aac", rate=16000, layout="mono"), container.add_stream("mpeg4", rate=5)
        pictures.width, pictures.height, pictures.pix_fmt = 32, 16, "yuv420p"
        for _ in range(len(samples) // 3200):
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(np.zeros((16, 32, 3), np.uint8))))
        container.mux(pictures.encode())
        loud = (samples / 32768).astype(np.float32)
        for at in range(0, len(loud), 1024):
            frame = av.AudioFrame.from_ndarray(loud[None, at : at + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 16000, at
            container.mux(track.encode(frame))
        container.mux(track.encode())
    return path
