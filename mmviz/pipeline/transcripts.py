"""When each unit of a text was spoken: the door of speech, and the table of its five aligners."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmviz.errors import MethodError, UnknownName
from mmviz.media import speech as espeak
from mmviz.media import spoken
from mmviz.pipeline import anchoring, hybrid, neural, sphinx
from mmviz.pipeline.heard import Options, Progress, Task, hear
from mmviz.pipeline.tracks import Track, held, phones, timing
from mmviz.registry import listeners
from mmviz.timings import Timing

if TYPE_CHECKING:
    import numpy as np

    from mmviz.models.checkpoints import ModelInfo
    from mmviz.samples import Audio

UNITS = ("word", "char", "phone")
LANGUAGES = spoken.LANGUAGES
DEFAULT_ALIGNER = "dtw"


@dataclass(frozen=True)
class Aligner:
    """A way to find a text in a sound.

    Attributes:
        name: what the command line calls it; those that end in ":ID" are followed by a model.
        title: what menus call it.
        languages: what it can listen to.
        run: of a task, gives its track.
        needs_espeak: it speaks the text itself.
    """

    name: str
    title: str
    languages: tuple[str, ...]
    run: Callable[[Task], Track]
    needs_espeak: bool = False

    @property
    def why_not(self) -> str:
        """Why it cannot be used here, in one sentence, or ""."""
        missing = self.needs_espeak and not espeak.is_there()
        return f"{self.name} needs the espeak-ng synthesiser, which is not installed; {espeak.HOW_TO_GET_IT}." if missing else ""


ALIGNERS = (
    Aligner("dtw", "Synthetic speech and dynamic time warping", ("en", "zh"), anchoring.run, needs_espeak=True),
    Aligner("pocketsphinx", "pocketsphinx' own alignment", ("en",), sphinx.run),
    Aligner("hybrid", "Both, unit by unit by their confidence", ("en",), hybrid.run, needs_espeak=True),
    Aligner("ctc:ID", "CTC of a wav2vec 2.0 model", ("en", "zh"), neural.run_ctc),
    Aligner("whisper:ID", "Cross-attention of a Whisper model", ("en", "zh"), neural.run_whisper),
)


def aligners(language: str | None = None) -> list[Aligner]:
    """List the aligners, those of one language or all; `why_not` says which cannot be used here."""
    return [aligner for aligner in ALIGNERS if language is None or language in aligner.languages]


def listening_models(language: str) -> list["ModelInfo"]:
    """List the public models that listen to a language, "ctc:ID" and "whisper:ID"; `ready` says which are on this machine."""
    from mmviz.models import checkpoints
    from mmviz.models.listening import LANGUAGES as ONE

    return [info for info in checkpoints.listening() if ONE.get(info.name.partition(":")[2], language) == language]


def offered_aligners() -> list[str]:
    """Name the aligners a page offers: those without a model, and the public models of the others; no folder of this machine."""
    known = [(entry.name, model) for entry in listeners for model, *_ in listeners[entry.name].public]
    return [a.name for a in ALIGNERS if ":" not in a.name] + [f"{family}:{model}" for family, model in known]


def default_aligner(language: str = "en") -> str:
    """Name the aligner that answers where none is chosen: `dtw`, and without espeak-ng `pocketsphinx` for English."""
    return DEFAULT_ALIGNER if espeak.is_there() or language != "en" else "pocketsphinx"


def read_transcript(path: str | Path) -> str:
    """Read the file of a transcript.

    Raises:
        MediaError: there is none, or it is no text.
    """
    return spoken.read(path)


def speech(
    audio: "str | Path | Audio | np.ndarray",
    text: str,
    language: str = "en",
    unit: str = "word",
    aligner: str = DEFAULT_ALIGNER,
    *,
    fixed: Sequence[tuple[int, float]] = (),
    steps: str = "symmetric1",
    band: float | None = None,
    silences: bool = True,
    mfcc: bool = False,
    device: str = "auto",
    progress: Progress | None = None,
) -> Timing:
    """Say when each unit of a text was spoken.

    Args:
        audio: a path (a sound, or a film whose sound is taken), samples at 16 kHz, or a sound read before; .1 s to 4 hours.
        text: what was said; up to a million characters.
        language: "en" or "zh"; words of other scripts are spoken in voices of theirs.
        unit: "word" (what stands between white space; in Chinese jieba's), "char" or "phone".
        aligner: "dtw", "pocketsphinx" and "hybrid" (English), "ctc:ID-OR-FOLDER" or "whisper:ID-OR-FOLDER".
        fixed: (unit, second) pins: that unit begins there, and what lies between two pins is aligned by itself. Inside a word `dtw` alone
            keeps them, and without espeak-ng `pocketsphinx` keeps none.
        steps: of `dtw`: a step pattern of `methods.dtw.STEPS`.
        band: of `dtw`: how many seconds the path may be off the straight line, or None.
        silences: of `dtw`: words may have silence before them.
        mfcc: of `dtw`: compare 13 cepstral coefficients, not 40 log-mel bands.
        device: of `ctc` and `whisper`: "auto", "cpu", "cuda" or "mps".
        progress: called with a stage ("read", "speak", "align"), how much of it is done, and of how much; what it raises ends the work.

    Returns:
        A start and an end for every unit, how sure they are, what was not spoken and what has no text.

    Raises:
        MediaError: the sound or the text cannot be used, or espeak-ng is missing.
        MethodError: an option, a pin or the language does not fit the aligner.
        ModelError: a model cannot be found, loaded or run.
        UnknownName: there is no such aligner, unit or language.
    """
    chosen, model = _chosen(aligner)
    _check(chosen, aligner, language, unit)
    text = spoken.check(text)
    key, heard = hear(audio, progress)
    words = spoken.units(text, "char" if unit == "char" else "word", language)
    options = Options(steps=steps, band=band, silences=silences, mfcc=mfcc)
    pins = [(_place(words, pin, unit), float(second)) for pin, second in fixed]
    if options != Options() and chosen.name != "dtw":
        raise MethodError(f"Steps, band, silences and mfcc are options of the aligner dtw, not of {aligner}; leave them out.")
    task = Task(
        key,
        heard,
        text,
        language,
        pins=_in_order(pins, heard.audio.seconds),
        model=model,
        device=device,
        options=options,
        progress=progress,
    )
    track = chosen.run(task)
    if pins and chosen.name != "dtw":
        track = held(track, task.begins)
    about = {"aligner": aligner, "language": language, "unit": unit, "seconds": heard.audio.seconds}
    return (phones if unit == "phone" else timing)(text, words, task.atoms, track, **about)


def _chosen(aligner: str) -> tuple[Aligner, str]:
    """Find an aligner by name, and the model behind it."""
    name, colon, model = str(aligner).partition(":")
    for known in ALIGNERS:
        if known.name == (f"{name}:ID" if colon else name) and (model or not colon):
            return known, f"{name}:{model}" if colon else ""
    raise UnknownName("aligner", str(aligner), [known.name for known in ALIGNERS])


def _check(chosen: Aligner, aligner: str, language: str, unit: str) -> None:
    if language not in LANGUAGES:
        raise UnknownName("language", str(language), list(LANGUAGES))
    if unit not in UNITS:
        raise UnknownName("unit", str(unit), list(UNITS))
    if language not in chosen.languages:
        fitting = ", ".join(known.name for known in aligners(language))
        raise MethodError(f'{aligner} listens to {" and ".join(chosen.languages)} alone, not to "{language}"; use: {fitting}.')


def _place(units: list[tuple[int, int]], pin: Any, unit: str) -> int:
    """Say at which character of the text a pin lies."""
    if unit == "phone":
        raise MethodError("Pins hold words or characters, not phones; align by word.")
    if not isinstance(pin, int) or not 0 <= pin < len(units):
        raise MethodError(f"There is no unit {pin} to pin; units count from 0 to {len(units) - 1}.")
    return units[pin][0]


def _in_order(pins: list[tuple[int, float]], seconds: float) -> list[tuple[int, float]]:
    """Sort pins by the text, and see that their times go the same way and lie within the sound."""
    pins = sorted(pins)
    for _, second in pins:
        if not 0 <= second <= seconds:
            raise MethodError(f"A pin at {second:.2f} s lies outside the sound, which lasts {seconds:.2f} s; move it.")
    for (place, second), (after, later) in zip(pins, pins[1:]):
        if place == after or later <= second:
            raise MethodError(
                f"Pins must follow one another as the text does, and {later:.2f} s does not follow {second:.2f} s; move one."
            )
    return pins
