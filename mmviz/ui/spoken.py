"""One sound with its text, as the speech tab shows it: kept for its visitor, written out whenever something of it changes."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mmviz.registry import exports, views
from mmviz.timings import Timing
from mmviz.ui import reading, speech_words
from mmviz.ui.compared_times import PLAIN, Other, apart, bare, differences
from mmviz.views import theme
from mmviz.views.speech import corners, warp
from mmviz.views.speech import sound as sound_view

#: A beginning set by hand: which unit, and at which second.
Pin = tuple[int, float]
#: Below which share the text is doubted, and below which it is taken for another; stretches and words that are named.
DOUBT, OTHER = 0.8, 0.5
NAMED = 12
#: Frames in a second, and millions of cells an hour of both would have.
HOUR = round(360_000**2 / 1e6)
#: What the widget says and fills in by itself.
SAID = (
    "stage text_group wave spectrum words play pause no_play rate zoom zoom_in zoom_out ten ten_title whole whole_title undo undo_title"
    " compare nobody ways export unit_at sure_at unspoken fixed no_pin cell cells_done legend_sure legend_unspoken legend_gap legend_cost"
    " metric_euclidean metric_cosine legend_path table head_unit head_start head_end head_sure missing gaps apart growth"
).split()


@dataclass(frozen=True)
class Asked:
    """What a visitor asked for.

    Attributes:
        sound: path of the file.
        text: what is said in it.
        spoken: its language, "en" or "zh".
        unit, aligner: as of `pipeline.speech`.
        language: of the page.
    """

    sound: str
    text: str
    spoken: str
    unit: str
    aligner: str
    language: str = "en"


@dataclass(frozen=True)
class Spoken:
    """What was found, and what has been done to it since.

    Attributes:
        asked: what it answers.
        timing: the times.
        looks: the sound as it is drawn, JSON; made once.
        file: path under which the page may fetch the sound, or "".
        pins: beginnings set by hand, by unit.
        earlier: what the pins were before each change, the oldest first.
        others: other times beside these: of a plain path, of other aligners, of a TextGrid.
        ways: how the plain path was asked for, name and value.
    """

    asked: Asked
    timing: Timing
    looks: str
    file: str
    pins: tuple[Pin, ...] = ()
    earlier: tuple[tuple[Pin, ...], ...] = ()
    others: tuple[Other, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()


def looks(peaks: np.ndarray, spectrum: np.ndarray) -> str:
    """Write what the sound looks like, once for all that changes beside it."""
    return json.dumps(sound_view(peaks, spectrum))


def message(lines: Sequence[str]) -> str:
    """Write sentences in the place of an answer."""
    return reading.written({"message": list(lines)})


def payload(
    found: Spoken, language: str, aligners: Sequence[dict[str, Any]], options: Sequence[dict[str, Any]], is_same: bool = False
) -> str:
    """Write everything the widget draws.

    Args:
        found: the answer.
        language: of the page.
        aligners: `name` and `title` of those that can stand beside this one.
        options: `name`, `title`, `value` and `choices` ([value, title]) of how its path is found.
        is_same: the widget has the sound already, and is told only that.
    """
    say, timing = partial(speech_words.say, language=language), found.timing
    compared = next((other.name for other in found.others if other.is_aligner), "")
    formats = [{"name": e.name, "title": e.title} for e in exports if "Timing" in e.facts["takes"]]
    facts = {
        "sound": "@",  # first, for no text of the visitor's may stand before it
        "at": time.time() if is_same else 0,  # what is given back unchanged must still be drawn
        "of": f"{found.file} {timing.query.text} {timing.unit}",
        "words": speech_words.texts(tuple(SAID), language),
        "speech": _drawn(found),
        "file": found.file,
        "sure": theme.packed(theme.colours("probability")),
        "others": [_other(other) for other in found.others],
        "fixed": [list(pin) for pin in found.pins],
        "can_undo": bool(found.earlier),
        "can_pin": timing.unit != "phone",  # phones follow their words
        "compared": compared,
        "aligners": list(aligners),
        "options": list(options),
        "exports": formats,
        "verdict": verdict(timing, language),
        "missing": _missing(timing),
        "stretches": [
            {"start": start, "text": say("stretch", start=clock(start), end=clock(end))}
            for start, end in timing.gaps.tolist()[:NAMED]
        ],
        "comparisons": [comparison(found, other, language) for other in found.others],
        "plain": any(other.warp is not None for other in found.others),
        "growth": _growth(timing, language),
    }
    return reading.written(facts).replace('"@"', '"same"' if is_same else found.looks, 1)


def verdict(timing: Timing, language: str) -> dict[str, str]:
    """Say whether the text is what was said: `grade` is "well", "partly" or "not"."""
    grade = "well" if timing.matches >= DOUBT else "partly" if timing.matches >= OTHER else "not"
    share = round(100 * timing.matches)
    return {"grade": grade, "said": speech_words.say(f"matches_{grade}", language, share=share)}


def comparison(found: Spoken, other: Other, language: str) -> dict[str, Any]:
    """Say how far another one's beginnings lie from ours, and where most."""
    say, ours = partial(speech_words.say, language=language), found.timing
    gone = differences(ours, other)
    count = int(np.isfinite(gone).sum())
    figures = {name: f"{value:.0f}" for name, value in apart(gone).items()}
    one = aligner_title(ours.aligner, language)
    kind = "compared_title" if other.is_aligner or other.name == PLAIN else "scored_title"
    title = say(kind, one=one, other=other.title, name=other.title)
    lacking = len(gone) - count
    farthest = [
        int(unit) for unit in np.argsort(-np.abs(np.nan_to_num(gone)), kind="stable")[:5] if abs(np.nan_to_num(gone)[unit]) > 0.05
    ]
    return {
        "title": title,
        "said": say("compared", count=count, **figures),
        "notes": [say("unmatched", count=lacking, total=len(gone))] if lacking else [],
        "rows": [
            {"unit": unit, "text": say("apart_at", text=ours.names[unit], by=f"{1000 * gone[unit]:+.0f}")} for unit in farthest
        ],
    }


def aligner_title(name: str, language: str) -> str:
    """Name an aligner; a public model is named with its id."""
    kind, _, model = name.partition(":")
    return speech_words.say(f"aligner_{kind}", language, id=model)


def clock(seconds: float) -> str:
    """Write a moment as people read it: 4.2 s, 1:07.5."""
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}" if minutes else f"{rest:.1f} s"


def _drawn(found: Spoken) -> dict[str, Any]:
    """Lay out the times; where a plain path stands beside, its costs lie under both."""
    drawn = views["speech"].run(found.timing)
    plain = next((other.warp for other in found.others if other.warp is not None), None)
    if plain is not None and drawn["warp"] is not None:
        path = {name: drawn["warp"][name] for name in ("path", "cost")}
        drawn["warp"] = warp(plain) | path
    return drawn


def _other(other: Other) -> dict[str, Any]:
    return {
        "title": other.title,
        "path": None if other.warp is None else theme.packed(corners(other.warp).astype(np.float32)),
        "starts": theme.packed(other.starts.astype(np.float32)),
        "ends": theme.packed(other.ends.astype(np.float32)),
    }


def _missing(timing: Timing) -> list[dict[str, Any]]:
    """Join units in a row that were not spoken: the first of each run and their words."""
    said = np.array([bool(bare(name)) for name in timing.names], bool)  # a dash is never spoken and never missing
    silent = np.flatnonzero(~timing.spoken & said)
    runs = np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1) if len(silent) else []
    spans, text = timing.query.spans, timing.query.text
    words = [(int(run[0]), text[spans[run[0], 0] : spans[run[-1], 1]]) for run in runs[:NAMED]]
    return [{"unit": unit, "text": said if len(said) <= 80 else f"{said[:79]}…"} for unit, said in words]


def _growth(timing: Timing, language: str) -> str:
    if timing.warp is None:
        return ""
    rows, columns = len(timing.warp.query), len(timing.warp.key)
    numbers = {"rows": rows, "columns": columns, "cells": rows * columns, "hour": HOUR}
    return speech_words.say("growth_said", language, **{name: f"{number:,}" for name, number in numbers.items()})
