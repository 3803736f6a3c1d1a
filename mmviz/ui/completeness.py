"""What a map fails to add up to, for methods whose `left_out` is that: said beside the picture and in its list.

Of integrated gradients that is an error; of contributions it is what the score has beside its cells, and has names.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mmviz.registry import methods
from mmviz.results import Alignment
from mmviz.ui import widget_words, words


def is_known(alignment: Alignment) -> bool:
    """Tell whether `left_out` is what a map lacks of the score; without the average map it is none any more."""
    return _kind(alignment) != "" and "minus_average" not in alignment.options


def _kind(alignment: Alignment) -> str:
    return methods[alignment.method].facts.get("left_out", "")


def column(alignment: Alignment, language: str) -> dict[str, Any] | None:
    """Give the column of the picture's list: its title, and every unit's error in units of the score; None where there is none."""
    if not is_known(alignment):
        return None
    return {"title": words.say(_kind(alignment), language), "values": [float(f"{error:.6g}") for error in alignment.left_out]}


def blocks(alignment: Alignment, language: str, write: Callable[[float], str]) -> list[dict[str, str]]:
    """Say beside the picture what completeness is, and how far the worst unit is from it.

    Args:
        alignment: any; of methods without such an error there is nothing to say.
        language: "en" or "zh".
        write: writes a number.
    """
    if not is_known(alignment):
        return []
    if _kind(alignment) == "remainder":
        return _parts(alignment, language, write)
    row = int(np.abs(alignment.left_out).argmax())
    total, error = float(alignment.scores[row].sum()), float(alignment.left_out[row])
    unit = widget_words.overlay(language)["whole"] if alignment.query.kinds[row] == "text" else alignment.query.labels[row]
    facts = {"total": write(total), "gain": write(total + error), "error": write(error), "unit": unit}
    baseline = words.say(f"baseline_{alignment.options['baseline']}", language)
    name = "completeness_pair" if alignment.target == "pair" else "completeness_unit"
    said = words.say("completeness_about", language, alignment.key.kind, baseline=baseline) + words.say(name, language, **facts)
    return [{"title": words.say("completeness_title", language), "text": said}]


def _parts(alignment: Alignment, language: str, write: Callable[[float], str]) -> list[dict[str, str]]:
    """Say what the score is the sum of, where the model adds it up out of more than cells."""
    said = [words.say(f"parts_{name}", language, value=write(value)) for name, value in alignment.score.parts.items()]
    joiner = "；" if language == "zh" else "; "
    return [{"title": words.say("parts_title", language), "text": joiner.join(said)}] if said else []
