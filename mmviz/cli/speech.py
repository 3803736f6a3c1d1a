"""`speech`: when each unit of a transcript was spoken."""

import argparse
import sys
from pathlib import Path
from typing import Any

from mmviz import pipeline
from mmviz.cli.parsing import Command, folder_of
from mmviz.errors import MethodError, StorageError
from mmviz.registry import exports
from mmviz.timings import Timing


def add(command: Command) -> None:
    """Add the command of this file."""
    parser = command("speech", speech, _show, "when each word, character or phone of a text was spoken", device=True)
    parser.add_argument("audio", metavar="AUDIO", help="a sound: WAV, MP3, FLAC, OGG, M4A, WebM, or a film")
    parser.add_argument("text", metavar="TEXTFILE", help="what was said, in UTF-8")
    parser.add_argument("--language", choices=pipeline.SPEECH_LANGUAGES, default="en", help="default: en")
    parser.add_argument("--unit", choices=pipeline.SPEECH_UNITS, default="word", help="default: word")
    names = ", ".join(aligner.name for aligner in pipeline.aligners())
    parser.add_argument("--aligner", metavar="NAME", help=f"{names} (default: dtw; without espeak-ng pocketsphinx)")
    parser.add_argument("--to", default="", metavar="FORMAT,...", help=f"also write files: {', '.join(_formats())}")
    parser.add_argument("--out", metavar="DIR", help="where files go (default: the current folder; without --to: json)")


def speech(given: argparse.Namespace) -> dict[str, Any]:
    """Align a file with its transcript, and write what is asked for."""
    formats = _asked(given)
    text = pipeline.read_transcript(given.text)
    aligner = given.aligner or pipeline.default_aligner(given.language)
    found = pipeline.speech(given.audio, text, given.language, given.unit, aligner, device=given.device, progress=_tell)
    files = _write(found, Path(given.audio).stem, folder_of(given.out or "."), formats) if formats else []
    return found.to_json() | ({"files": files} if files else {})


def _formats() -> list[str]:
    return [entry.name for entry in exports if "Timing" in entry.facts["takes"]]


def _asked(given: argparse.Namespace) -> list[str]:
    """See before anything is aligned that every format can be written."""
    asked = [name.strip() for name in given.to.split(",") if name.strip()] or ["json"] * bool(given.out)
    for name in asked:
        if "Timing" not in exports[name].facts["takes"]:
            raise MethodError(f"{name} does not take times of a text; use: {', '.join(_formats())}.")
    return asked


def _write(found: Timing, stem: str, folder: Path, formats: list[str]) -> list[str]:
    files = [folder / f"{stem}{exports[name].facts['suffix']}" for name in formats]
    try:
        for name, file in zip(formats, files, strict=True):
            file.write_bytes(pipeline.export(found, name))
    except OSError as error:
        raise StorageError(f"{folder} cannot be written ({error.strerror}); make room or name another by --out.") from error
    return [str(file) for file in files]


def _tell(stage: str, done: int, of: int) -> None:
    if done >= of or sys.stderr.isatty():
        print(f"{stage}: {done:,} of {of:,}", file=sys.stderr, flush=True)


def _show(value: dict[str, Any]) -> str:
    rows = [
        f"{unit['start']:9.2f} {unit['end']:9.2f}  {unit['confidence']:4.2f}  {unit['text']}{'' if unit['spoken'] else '  (not spoken)'}"
        for unit in value["units"]
    ]
    gaps = [f"{start:9.2f} {end:9.2f}        (speech without text)" for start, end in value["gaps"]]
    said = "is what was said" if value["matches"] >= 0.5 else "is not what was said"
    return "\n".join([*rows, *gaps, f"the text {said} ({value['matches']:.2f}), {value['seconds']:.2f} s, by {value['aligner']}"])
