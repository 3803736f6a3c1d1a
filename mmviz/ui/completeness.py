"""What a map fails to add up to, for methods whose `left_out` is that: said beside the picture and in its list."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mmviz.registry import methods
from mmviz.results import Alignment
from mmviz.ui import widget_words, words


def is_known(alignment: Alignment) -> bool:
    """Tell whether `left_out` is an error of completeness; without the average map it is none any more."""
    return methods[alignment.method].facts.get("left_out") == "completeness" and "minus_average" not in alignment.options


def column(alignment: Alignment, language: str) -> dict[str, Any] | None:
    """Give the column of the picture's list: its title, and every unit's error in units of the score; None where there is none."""
    if not is_known(alignment):
        return None
    return {"title": words.say("completeness", language), "values": [float(f"{error:.6g}") for error in alignment.left_out]}


def blocks(alignment: Alignment, language: str, write: Callable[[float], str]) -> list[dict[str, str]]:
    """Say beside the picture what completeness is, and how far the worst unit is from it.

    Args:
        alignment: any; of methods without such an error there is nothing to say.
        language: "en" or "zh".
        write: writes a number.
    """
    if not is_known(alignment):
        return []
    row = int(np.abs(alignment.left_out).argmax())
    total, error = float(alignment.scores[row].sum()), float(alignment.left_out[row])
    unit = widget_words.overlay(language)["whole"] if alignment.query.kinds[row] == "text" else alignment.query.labels[row]
    facts = {"total": write(total), "gain": write(total + error), "error": write(error), "unit": unit}
    baseline = words.say(f"baseline_{alignment.options['baseline']}", language)
    name = "completeness_pair" if alignment.target == "pair" else "completeness_unit"
    said = words.say("completeness_about", language, baseline=baseline) + words.say(name, language, **facts)
    return [{"title": words.say("completeness_title", language), "text": said}]
