"""What a model says, by models whose answers are planted."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.probes.given import Given
from mmviz.probes.what_it_says import what_it_says
from mmviz.results import Spoken
from mmviz.samples import Image, Text


def spoken(text: str, ended: bool = True, question: str = "what is red?") -> Spoken:
    tokens = tuple(text.split())
    chances = np.full(len(tokens), 0.5, np.float32)
    return Spoken(question, text, tuple(range(len(tokens))), tokens, chances, (("cat", 0.6), ("dog", 0.3)), ended)


def look(said: Spoken, blank: Spoken, text: str = "what is red?", log_p=((-0.5, -0.1), (-2.0, -0.1))):
    seen = []
    functions = {
        "say": lambda checkpoint, asked, images: seen.append(images) or [said, blank],
        "likelihood": lambda checkpoint, question, ids, images: np.array(log_p, np.float32)[:, : len(ids)],
    }
    image = Image(np.zeros((4, 5, 3), np.uint8))
    found = what_it_says(
        SimpleNamespace(name="p", id="p@1", family=SimpleNamespace(functions=functions)), Given(Text(text), image)
    )
    assert seen == [[image, None]]
    return found


def test_words_have_their_chances_with_and_without_the_picture():
    found = look(spoken("red cat"), spoken("dog"))
    words, beginnings = found.rankings
    assert words.items.names == ("red", "cat")
    assert words.values[:, 0] == pytest.approx(np.exp([-0.5, -0.1]), rel=1e-6)
    assert words.values[:, 1] == pytest.approx(np.exp([-2.0, -0.1]), rel=1e-6)
    assert words.marks == ("", "likely_anyway")
    assert beginnings.items.names == ("cat", "dog")
    says = found.remarks[0]
    assert (says.key, says.numbers["answer"], says.numbers["blank"]) == ("it_says", "red cat", "dog")
    assert says.numbers["with"] == pytest.approx(np.exp(-0.6), rel=1e-6)


def test_the_text_to_take_is_the_question_with_its_answer_or_the_caption():
    assert look(spoken("red cat"), spoken("dog")).remarks[1].numbers["text"] == "what is red? red cat"
    caption = look(spoken("a cat", question="what is in the picture ?"), spoken("dog"), text="a red cat")
    assert caption.remarks[1].numbers["text"] == "a cat"


def test_nothing_said_and_no_end_are_told():
    assert look(spoken(""), spoken("dog")).remarks[0].key == "it_says_nothing"
    assert look(spoken("red cat", ended=False), spoken("dog")).remarks[-1].key == "cut_off"
