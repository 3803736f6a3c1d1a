"""What the speech tab's menus offer, in the visitor's language."""

from functools import partial
from typing import Any

import gradio as gr

from mmviz import pipeline
from mmviz.errors import UnknownName
from mmviz.ui import speech_words, spoken, words

LANGUAGES = ("en", "zh")
UNITS = ("word", "char", "phone")
#: How a name ends that needs a model's after it.
MODEL = ":ID"
#: How a plain path can run; the first of each is what it begins with. Bands in seconds.
WAYS = {
    "plain": ("", "on"),
    "features": pipeline.FEATURES,
    "steps": ("symmetric1", "symmetric2", "asymmetric"),
    "reach": pipeline.REACHES,
}
BANDS = ("0.2", "0.5", "1", "2", "5")


def languages(language: str) -> list[tuple[str, str]]:
    """List (label, name) of the languages that are spoken."""
    return [(speech_words.say(f"language_{name}", language), name) for name in LANGUAGES]


def units(language: str) -> list[tuple[str, str]]:
    """List (label, name) of what gets a time."""
    return [(speech_words.say(f"unit_{name}", language), name) for name in UNITS]


def aligners(of: str, language: str) -> list[tuple[str, str]]:
    """List (label, name) of the aligners for a language that is spoken, public models that are not here among them."""
    models = pipeline.listening_models(of)
    named = [(info.title if info.ready else words.say("absent", language, title=info.title), info.name) for info in models]
    return [(spoken.aligner_title(name, language), name) for name in _own(of)] + named


def ready(of: str, language: str) -> list[tuple[str, str]]:
    """List (label, name) of those aligners that can run here."""
    there = [*_own(of), *(info.name for info in pipeline.listening_models(of) if info.ready)]
    return [(title, name) for title, name in aligners(of, language) if name in there]


def _own(of: str) -> list[str]:
    """Name the aligners for a language that is spoken which need no model."""
    return [aligner.name for aligner in pipeline.aligners(of) if not aligner.name.endswith(MODEL)]


def first(of: str) -> str:
    """Name the aligner to begin with."""
    return pipeline.default_aligner(of)


def of_language(of: str, aligner: str, language: str) -> dict[str, Any]:
    """Offer the aligners for another language; the one chosen stays where it can."""
    offered = aligners(of, language)
    stays = aligner in [name for _, name in offered]
    return gr.update(choices=offered, value=aligner if stays else first(of))


def ways(chosen: dict[str, str], language: str) -> list[dict[str, Any]]:
    """Write how a plain path can be asked for: a row an option, with what is chosen of it."""
    say = partial(speech_words.say, language=language)
    bands = [["", say("band_")], *([band, say("band_at", seconds=band)] for band in BANDS)]
    metrics = [[name, say(f"metric_{name}")] for name in ("euclidean", "cosine")]
    named = {name: [[value, say(f"{name}_{value}")] for value in values] for name, values in WAYS.items()}
    choices = named | {"band": bands, "metric": metrics}
    order = ("plain", "features", "metric", "steps", "band", "reach")
    return [
        {"name": name, "title": say(f"option_{name}"), "choices": choices[name], "value": chosen.get(name, choices[name][0][0])}
        for name in order
    ]


def known_ways(given: Any) -> dict[str, str]:
    """Keep what is on offer of what was chosen; anything else is left to its default."""
    given = given if isinstance(given, dict) else {}
    offered = {row["name"]: [value for value, _ in row["choices"]] for row in ways({}, words.DEFAULT)}
    return {name: given[name] for name, values in offered.items() if given.get(name) in values}


def known_aligner(name: str, of: str) -> str:
    """Give the name of an aligner on offer.

    Raises:
        UnknownName: anything else, folders of the server above all.
    """
    offered = [*_own(of), *(info.name for info in pipeline.listening_models(of))]  # folders are for the command line
    if name not in offered:
        raise UnknownName("aligner", name, offered)
    return name
