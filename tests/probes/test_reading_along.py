"""Reading along with vectors planted so that the cosine of every beginning is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.probes.given import Given
from mmviz.probes.reading_along import MOST, reading_along
from mmviz.results import Embeds
from mmviz.samples import Image, Text

COSINES = {"a": 0.1, "a red": 0.5, "a red 猫": 0.3, "a red 猫 here": 0.35}
WORDS = ((0, 1), (2, 5), (6, 7), (8, 12))


def planted(cosines: dict[str, float], read: list[str]):
    def embed(checkpoint, samples):
        texts = [getattr(sample, "text", None) for sample in samples]
        read.extend(text for text in texts if text)
        rows = [[1.0, 0.0] if text is None else [cosines[text], (1 - cosines[text] ** 2) ** 0.5] for text in texts]
        return Embeds(np.array(rows), ItemAxis(("",) * len(rows)), "text", "planted@1")

    return SimpleNamespace(name="planted", id="planted@1", family=SimpleNamespace(functions={"embed": embed}))


def look(text="a red 猫 here", words=WORDS, cosines=COSINES, read=None):
    given = Given(Text(text), Image(np.zeros((4, 5, 3), np.uint8)), words=words)
    return reading_along(planted(cosines, [] if read is None else read), given)


def test_every_beginning_is_scored_in_the_order_of_the_text():
    (plot,) = look().plots
    assert plot.axis.names == ("a", "red", "猫", "here")
    assert plot.values == pytest.approx([0.1, 0.5, 0.3, 0.35])
    assert plot.lines == (("end", pytest.approx(0.35)),)


def test_words_stand_in_the_order_of_what_they_add():
    (ranking,) = look().rankings
    assert ranking.items.names == ("red", "here", "猫")
    assert ranking.values[:, 0] == pytest.approx([0.4, 0.05, -0.2])
    assert ranking.values[:, 1] == pytest.approx([0.5, 0.35, 0.3])
    assert ranking.marks == ("", "", "lowers")


def test_the_strongest_gain_and_loss_are_named():
    gain, loss = look().remarks[1:]
    assert (gain.key, gain.numbers["word"], gain.numbers["added"]) == ("most_added", "red", pytest.approx(0.4))
    assert (loss.key, loss.numbers["word"], loss.numbers["added"]) == ("most_lost", "猫", pytest.approx(-0.2))


def test_a_text_that_only_gains_has_no_loss_to_name():
    found = look("a red", WORDS[:2])
    assert [remark.key for remark in found.remarks] == ["read_from_to", "most_added"]


def test_one_word_is_too_short():
    with pytest.raises(MethodError, match="at least two words"):
        look("a", WORDS[:1])


def test_a_long_text_is_read_to_a_limit():
    text = "x " * 90
    words, read = tuple((2 * i, 2 * i + 1) for i in range(90)), []
    look(text, words, {text[:end]: 0.5 for _, end in words}, read)
    assert len(read) == MOST
