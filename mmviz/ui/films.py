"""The examples of the film tab: drawn films by seed, with their texts."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mmviz import pipeline
from mmviz.samples import Video
from mmviz.ui import examples, film_words, reading, words
from mmviz.worlds import films

#: Name of an example -> seed of its film, and whether its shots change slowly too. "flashback" is the first seed from 0 on whose text has
#: a flashback that the graph network finds and the monotone path loses, with F1 over all pairs of at least .9 and of less, told in
#: English and in Chinese; of films whose clauses are found as they are known, and whose shots, as found, show one event each.
FILMS = {"flashback": (14, True), "goes_back": (140, False), "dissolves": (6, True)}
NAMES = tuple(FILMS)
#: What that is worth, cuts and clauses given: how many films from 0 to 199 have such a text, of how many that holds, and of how many
#: the opposite (F1); the mean F1 over all of them, of the graph network and of the monotone path, both languages.
TRIED = {"films": 56, "right": 6, "opposite": 0, "gnn": 0.78, "monotone": 0.69}


@dataclass(frozen=True)
class ExampleFilm:
    """A film file, what happens in it, and whether slow transitions are to be looked for."""

    path: str
    text: str
    gradual: bool


def find(name: str, language: str) -> ExampleFilm:
    """Draw an example, once, and tell it in a language; the first one for a name that is none."""
    seed, gradual = FILMS.get(name, FILMS[NAMES[0]])
    return ExampleFilm(_drawn(seed, examples.folder()), films.tell(films.script(seed), words.known(language))[0], gradual)


def proven(path: str) -> Video:
    """Take in a film; one of our drawings is known by drawing some of its frames again.

    Raises:
        MediaError: it is no film that can be used.
    """
    return films.prove(pipeline.read_video(path))


def payload(language: str) -> str:
    """Write what the list of examples shows."""
    say = film_words.say
    items = [{"name": n, "title": say(f"film_{n}", language), "hint": say(f"film_{n}_hint", language, **TRIED)} for n in NAMES]
    return reading.written({"title": say("example", language), "hint": say("example_hint", language), "items": items})


@lru_cache(maxsize=len(FILMS))
def _drawn(seed: int, folder: Path) -> str:
    path = folder / f"film-{seed}"
    path.mkdir(exist_ok=True)
    return films.write(seed, 1, path)["files"][0]
