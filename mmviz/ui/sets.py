"""The example sets of the matrix: drawn scenes, and sentences that are true or false of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from mmviz.ui import examples, reading, words
from mmviz.worlds import scenes

Name = Literal["captions", "edits", "languages"]
NAMES: tuple[Name, ...] = ("captions", "edits", "languages")
#: Of the scenes, and how many each set has.
SEED = 2
COUNT = {"captions": 20, "edits": 10, "languages": 10}
#: Minimal edits that change one word.
ONE_WORD = ("noun", "colour", "size")


@dataclass(frozen=True)
class ExampleSet:
    """Texts and pictures; `belongs` has for every text the place of its picture, -1 where it is not true of any."""

    texts: tuple[str, ...]
    paths: tuple[str, ...]
    belongs: tuple[int, ...]


def find(name: str) -> ExampleSet:
    """Give a set by its name; the first one for a name that is none."""
    return _made(name if name in NAMES else NAMES[0])


def belongs(texts: Sequence[str], pictures: int) -> tuple[int, ...] | None:
    """Say which text belongs to which picture where these are an example set's texts, else None."""
    known = (_made(name) for name in NAMES)
    return next((s.belongs for s in known if s.texts == tuple(texts) and len(s.paths) == pictures), None)


def payload(language: str) -> str:
    """Write what the list of sets shows."""
    items = [
        {
            "name": name,
            "title": words.say(f"set_{name}", language),
            "hint": words.say(f"set_{name}_hint", language, **_size(name)),
        }
        for name in NAMES
    ]
    return reading.written({"title": words.say("sets", language), "hint": words.say("sets_hint", language), "items": items})


def _size(name: Name) -> dict[str, int]:
    return {"pictures": COUNT[name], "texts": COUNT[name] * (1 if name == "captions" else 2)}


@lru_cache(maxsize=len(NAMES))
def _made(name: Name) -> ExampleSet:
    count = COUNT[name]
    truths, paths = zip(*_scenes()[:count], strict=True)
    captions = {language: [truth["captions"][language]["text"] for truth in truths] for language in words.LANGUAGES}
    if name == "captions":
        return ExampleSet(tuple(captions["en"]), paths, tuple(range(count)))
    if name == "languages":
        return ExampleSet((*captions["en"], *captions["zh"]), paths, (*range(count), *range(count)))
    pairs = [_edited(truth, place) for place, truth in enumerate(truths)]
    texts = tuple(text for pair in pairs for text in pair)
    return ExampleSet(texts, paths, tuple(place for i in range(count) for place in (i, -1)))


@lru_cache(maxsize=1)
def _scenes() -> tuple[tuple[dict[str, Any], str], ...]:
    """Draw the scenes: the truth and the file of each."""
    paths = scenes.write(SEED, max(COUNT.values()), examples.folder())["files"]
    return tuple((scenes.draw(SEED, index)[1], path) for index, path in enumerate(paths))


def _edited(truth: dict[str, Any], place: int) -> tuple[str, str]:
    """Find a true sentence and the same with one word changed; which kind of word changes from picture to picture."""
    kinds = ONE_WORD[place % len(ONE_WORD) :] + ONE_WORD
    pairs = truth["negatives"]["en"]
    found = next(pair for kind in kinds for pair in pairs if pair["kind"] == kind)
    return found["of"], found["text"]
