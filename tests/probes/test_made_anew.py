"""Made anew, on a planted model whose latent is two numbers: whether there is a text, and whether there is a picture."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.probes.bags import likely, of_script
from mmviz.probes.given import Given
from mmviz.probes.made_anew import made_anew
from mmviz.results import Decoded, Latents
from mmviz.samples import Image, Text

TOKENS = ("a", "cat", "tree", "##s", ",", "猫", "树")
OWN = np.full((4, 4, 3), 100, np.uint8)


def infer(checkpoint, pairs):
    there = np.array([[text is not None, image is not None] for text, image in pairs], np.float32)
    return Latents(there, np.where(there[:, 1:] > 0, 0.5, 0.8).repeat(2, 1))


def decode(checkpoint, latents):
    """Draw 100, less 51 without a text and less 20.4 without a picture; tell a cat by the text, a tree by the picture."""
    missing = 1 - latents
    values = np.round(100 - 51 * missing[:, 0] - 20.4 * missing[:, 1]).astype(np.uint8)
    pictures = np.broadcast_to(values[:, None, None, None], (len(latents), 4, 4, 3)).copy()
    text, picture = latents.T
    rows = [0 * text + 0.9, 0.1 + 0.8 * text, 0.2 + 0.3 * picture, picture, picture, 0.3 + 0.6 * text, 0.1 + 0.2 * picture]
    return Decoded(pictures, TOKENS, np.stack(rows, 1).astype(np.float32))


CHECKPOINT = SimpleNamespace(
    name="planted",
    id="planted@0",
    family=SimpleNamespace(functions={"infer": infer, "decode": decode, "seen": lambda checkpoint, image: OWN}),
)


def given(text, words):
    return Given(Text(text), Image(OWN), words=words)


@pytest.fixture
def found():
    return made_anew(CHECKPOINT, given("a cat Owl tree", ((0, 1), (2, 5), (6, 9), (10, 14))))


def test_pictures_are_drawn_from_each_and_held_against_the_models_own(found):
    keys = ["as_seen", "from_text", "from_picture", "from_both", "from_nothing"]
    assert [shown.key for shown in found.pictures] == keys
    assert [int(shown.pixels[0, 0, 0]) for shown in found.pictures] == [100, 80, 49, 100, 29]
    errors = next(remark for remark in found.remarks if remark.key == "redrawn").numbers
    assert errors == pytest.approx({"from_text": 20 / 255, "from_picture": 51 / 255, "from_both": 0, "from_nothing": 71 / 255})


def test_words_of_the_text_are_kept_or_lost_by_what_is_decoded_from_both(found):
    words = found.rankings[0]
    assert words.items.names == ("a", "cat", "Owl", "tree")
    assert words.values[1] == pytest.approx([0.9, 0.1, 0.9, 0.1], abs=1e-6)
    assert words.values[3] == pytest.approx([0.2, 0.5, 0.5, 0.2], abs=1e-6)
    assert np.isnan(words.values[2]).all()
    assert words.marks == ("kept", "kept", "", "kept")
    assert (found.remarks[0].key, found.remarks[0].numbers) == ("none_lost", {"kept": 3, "count": 3})


def test_a_lost_word_is_named_and_warned_of():
    found = made_anew(CHECKPOINT, given("树 猫", ((0, 1), (2, 3))))
    assert found.rankings[0].marks == ("lost", "kept")  # 0.3 and 0.9
    assert found.remarks[0].is_warning
    assert found.remarks[0].numbers == {"kept": 1, "count": 2, "lost": "树"}


def test_words_told_of_the_picture_are_those_it_makes_likelier_in_the_texts_script(found):
    told = found.rankings[1]
    assert told.items.names[:2] == ("tree", "a")  # up by 0.3; not at all
    assert told.values[0] == pytest.approx([0.5, 0.2], abs=1e-6)
    assert made_anew(CHECKPOINT, given("猫", ((0, 1),))).rankings[1].items.names[0] == "树"


def test_how_sure_each_is_is_said(found):
    sure = next(remark for remark in found.remarks if remark.key == "sure_of").numbers
    assert sure == pytest.approx({"from_text_variance": 0.8, "from_picture_variance": 0.5, "from_both_variance": 0.5})


def test_a_text_without_words_has_pictures_all_the_same():
    found = made_anew(CHECKPOINT, given("...", ()))
    assert [ranking.key for ranking in found.rankings] == ["words_told"]
    assert len(found.pictures) == 5


def test_a_word_of_several_characters_is_as_likely_as_the_least_of_them():
    tokens, probabilities = ("红", "色", "red</w>", "red"), np.array([[0.9, 0.4, 0.7, 0.2]])
    found = likely(tokens, probabilities, ["红色", "Red", "红x狗", "blue"])
    assert found[0, :2] == pytest.approx([0.4, 0.7])  # the first of two tokens that are the same word
    assert np.isnan(found[0, 2:]).all()
    assert likely(tokens, probabilities, []).shape == (1, 0)


def test_signs_and_pieces_are_no_words_of_a_script():
    assert of_script(TOKENS, "two cats").tolist() == [True, True, True, False, False, False, False]
    assert of_script(TOKENS, "一只猫").tolist() == [False] * 5 + [True, True]
