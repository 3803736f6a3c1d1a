from dataclasses import replace

import numpy as np
import pytest

from mmviz.axes import TextAxis
from mmviz.errors import MethodError
from mmviz.methods.decoded_change import decoded_change
from tests import synthetic

AXIS = TextAxis("red cat", np.array([(0, 3), (4, 7), (0, 7)]), ("word", "word", "text"), np.zeros(3, bool), np.zeros(3, bool))


def drawn(texts, with_picture):
    """Draw grey, "red" making patch 1 brighter, "cat" the lower row darker, and nothing but the picture anything else."""
    pictures = np.full((len(texts), 3, 4, 6), 0.5 if with_picture else 0.25, np.float32)  # 2 x 3 patches of 2 x 2 pixels
    for picture, text in zip(pictures, texts, strict=True):
        picture[0, :2, 2:4] += 0.3 * ("red" in text)  # one of three colours
        picture[:, 2:, :] -= 0.2 * ("cat" in text)
    return pictures


@pytest.fixture
def encoding(rng):
    return replace(
        synthetic.encoding(rng, "context"), query=AXIS, unit_scores=None, query_embeds=None, contributions=None, decoded=drawn
    )


RED, CAT = [0, 0.1, 0, 0, 0, 0], [0, 0, 0, 0.2, 0.2, 0.2]


@pytest.mark.parametrize("target", ["prompt", "context"])
def test_a_patch_has_how_far_its_pixels_move_with_the_word(encoding, target):
    found = decoded_change(replace(encoding, target=target))
    assert found.scores == pytest.approx(np.array([RED, CAT, np.add(RED, CAT)]), abs=1e-6)
    assert found.scale == "change"


def test_inside_its_text_a_word_is_cut_out_and_alone_it_is_all_there_is(encoding):
    asked = {}

    def remember(target):
        def decoded(texts, with_picture):
            asked[target] = set(texts)
            return drawn(texts, with_picture)

        return decoded

    for target in ("context", "prompt"):
        decoded_change(replace(encoding, target=target, decoded=remember(target)))
    assert asked == {"context": {"red cat", " cat", "red ", ""}, "prompt": {"red", "cat", "red cat", ""}}


def test_the_picture_is_known_beside_the_text_or_not(encoding):
    known = []

    def decoded(texts, with_picture):
        known.append(with_picture)
        return drawn(texts, with_picture) * (1 + with_picture)

    both, text = (decoded_change(replace(encoding, decoded=decoded), given=given) for given in ("both", "text"))
    assert known == [True, False]
    assert both.scores == pytest.approx(2 * text.scores, abs=1e-6)


def test_a_word_the_picture_does_not_depend_on_changes_nothing(encoding):
    found = decoded_change(replace(encoding, decoded=lambda texts, with_picture: drawn([""] * len(texts), with_picture)))
    assert not found.scores.any()


def test_what_a_picture_cannot_be_drawn_from_is_refused(encoding):
    with pytest.raises(MethodError, match="both, text"):
        decoded_change(encoding, given="picture")
