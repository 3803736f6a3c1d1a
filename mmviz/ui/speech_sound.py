"""Sounds as the page needs them: what they look like, and where the browser fetches them."""

from pathlib import Path

from gradio import processing_utils

from mmviz import pipeline
from mmviz.ui import guard, spoken
from mmviz.views.speech import BANDS, COLUMNS, PEAKS

#: The kind every browser plays.
PLAIN = ".wav"


def looks(path: str) -> str:
    """Write what a sound looks like, JSON, as `views.speech.sound` has it."""
    return spoken.looks(*pipeline.sound_pictures(path, PEAKS, BANDS, COLUMNS))


def served(path: str) -> str:
    """Give the path under which the page may fetch a sound: an upload's own, or that of a copy among the uploads."""
    cache = guard.Sound.cache()
    if Path(path).resolve().is_relative_to(Path(cache).resolve()):
        return path
    return processing_utils.save_file_to_cache(path, cache)


def plain(path: str) -> str:
    """Write a sound in the kind that every browser plays, among the uploads: its path."""
    return processing_utils.save_bytes_to_cache(pipeline.as_wav(path), f"{Path(path).stem}{PLAIN}", guard.Sound.cache())


def is_plain(path: str) -> bool:
    """Tell whether a sound is of the kind that every browser plays."""
    return Path(path).suffix.lower() == PLAIN
