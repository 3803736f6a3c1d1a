"""What a probe is given beside the checkpoint; the pipeline makes what a probe says it takes."""

from collections.abc import Callable
from dataclasses import dataclass

from mmviz.results import Embeds
from mmviz.samples import Image, Text

#: One thing as a picture of it, with its article, and as the bare noun.
Ways = tuple[str, str, str]


def _told(done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Given:
    """One pair, and what it is held against.

    Attributes:
        text, image: the pair.
        bank: vectors of N texts, the pair's own not among them; None unless a probe takes `bank`.
        texts: N other texts, without any vectors; none unless a probe takes `texts`.
        pictures: M other pictures; none unless a probe takes `pictures`.
        words: (start, end) of the text's words in code points; none unless a probe takes `words`.
        ways: things, each said in three ways; none unless a probe takes `ways`.
        step: told (done, total); raises where the work is not wanted any more.
    """

    text: Text
    image: Image
    bank: Embeds | None = None
    pictures: tuple[Image, ...] = ()
    words: tuple[tuple[int, int], ...] = ()
    ways: tuple[Ways, ...] = ()
    texts: tuple[Text, ...] = ()
    step: Callable[[int, int], None] = _told
