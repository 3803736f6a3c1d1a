"""The examples of the speech tab: sentences that a synthesiser speaks, each with something to see."""

from dataclasses import dataclass
from functools import lru_cache

from mmviz import pipeline
from mmviz.ui import examples, reading, speech_words

#: What is said one after the other, and the seconds of silence after each.
Parts = tuple[tuple[str, float], ...]
FIRST, SECOND = (
    "The ferry was late again, so we waited on the old stone pier and counted the gulls.",
    "Nobody minded. The evening was warm, and a girl with a green umbrella sang to her dog.",
)


@dataclass(frozen=True)
class Recipe:
    """How an example is made.

    Attributes:
        parts: what is said.
        text: what is given as its text, or "" for exactly that.
        language, unit: as of `pipeline.speech`.
        speed: words a minute.
        seconds: how long it is drawn out to, or 0.
        is_warped: a plain path is laid beside, for the two to be compared.
    """

    parts: Parts
    text: str = ""
    language: str = "en"
    unit: str = "word"
    speed: int = 165
    seconds: float = 0.0
    is_warped: bool = False


RECIPES = {
    "pauses": Recipe(
        (("The train leaves at noon,", 0.9), ("and nobody has told us", 1.4), ("which platform it leaves from.", 0.3))
    ),
    "apple": Recipe((("苹果", 0.0),), language="zh", unit="char", speed=100, seconds=2.0),
    "longer": Recipe(((FIRST, 0.5), (SECOND, 0.3))),
    "skipped": Recipe(((SECOND, 0.3),), f"{FIRST}\n\n{SECOND}", is_warped=True),
    "other": Recipe(
        ((FIRST, 0.3),), "Please switch off your telephones before the concert begins, and keep your tickets until the end."
    ),
}
NAMES = tuple(RECIPES)


@dataclass(frozen=True)
class Example:
    """A sound, the text given with it, and how it is aligned."""

    path: str
    text: str
    language: str
    unit: str
    is_warped: bool


def payload(language: str) -> str:
    """Write what the list of examples shows; nothing where there are none."""
    if why_not():
        return reading.written({"title": "", "hint": "", "items": []})
    items = [
        {
            "name": name,
            "title": speech_words.say(f"example_{name}", language),
            "hint": speech_words.say(f"example_{name}_hint", language),
        }
        for name in NAMES
    ]
    title, hint = speech_words.say("examples", language), speech_words.say("examples_hint", language)
    return reading.written({"title": title, "hint": hint, "items": items})


def find(name: str) -> Example:
    """Give an example by its name, spoken when it is first asked for; the first one for a name that is none.

    Raises:
        MediaError: there is no synthesiser here.
    """
    return _made(name if name in RECIPES else NAMES[0])


def why_not() -> str:
    """Say in one sentence why there are no examples, or give "" when there are."""
    return pipeline.no_synthesiser()


@lru_cache(maxsize=len(RECIPES))
def _made(name: str) -> Example:
    recipe = RECIPES[name]
    sound = pipeline.spoken_aloud(recipe.parts, recipe.language, speed=recipe.speed, seconds=recipe.seconds)
    path = examples.folder() / f"{name}.wav"
    path.write_bytes(pipeline.as_wav(sound))
    joiner = "" if recipe.language == "zh" else " "
    text = recipe.text or joiner.join(said for said, _ in recipe.parts)
    return Example(str(path), text, recipe.language, recipe.unit, recipe.is_warped)
