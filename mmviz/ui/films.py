"""The examples of the film tab: drawn films by seed, with their texts."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mmviz import pipeline
from mmviz.samples import Video
from mmviz.ui import examples, film_words, reading, words
from mmviz.worlds import films

#: Name of an example -> seed of its film.
SEEDS = {"flashback": 163, "goes_back": 140, "dissolves": 6}
NAMES = tuple(SEEDS)


@dataclass(frozen=True)
class ExampleFilm:
    """A film file and what happens in it."""

    path: str
    text: str


def find(name: str, language: str) -> ExampleFilm:
    """Draw an example, once, and tell it in a language; the first one for a name that is none."""
    seed = SEEDS.get(name, SEEDS[NAMES[0]])
    return ExampleFilm(_drawn(seed, examples.folder()), films.tell(films.script(seed), words.known(language))[0])


def proven(path: str) -> Video:
    """Take in a film; one of our drawings is known by drawing some of its frames again.

    Raises:
        MediaError: it is no film that can be used.
    """
    return films.prove(pipeline.read_video(path))


def payload(language: str) -> str:
    """Write what the list of examples shows."""
    say = film_words.say
    items = [{"name": n, "title": say(f"film_{n}", language), "hint": say(f"film_{n}_hint", language)} for n in NAMES]
    return reading.written({"title": say("example", language), "hint": say("example_hint", language), "items": items})


@lru_cache(maxsize=len(SEEDS))
def _drawn(seed: int, folder: Path) -> str:
    path = folder / f"film-{seed}"
    path.mkdir(exist_ok=True)
    return films.write(seed, 1, path)["files"][0]
