"""A walk on a planted model: the latent is one number, drawn as it is, 0 at the text and 1 at the picture."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.errors import MethodError
from mmviz.probes.given import Given
from mmviz.probes.latent_walk import latent_walk
from mmviz.results import Decoded, Latents
from mmviz.samples import Image, Text

GIVEN = Given(Text("a cat"), Image(np.zeros((4, 5, 3), np.uint8)))


def infer(checkpoint, pairs):
    assert all((text is None) != (image is None) for text, image in pairs)
    return Latents(np.array([[3.0, 0.0] if text else [3.0, 4.0] for text, _ in pairs], np.float32), np.ones((len(pairs), 2)))


def decode(checkpoint, latents):
    """Draw dark up to two thirds of the way and bright after, so that one step is a jump."""
    share = latents[:, 1] / 4
    values = np.where(share > 0.6, 200, 0) + np.round(10 * share)
    pictures = np.broadcast_to(values[:, None, None, None], (len(latents), 4, 5, 3)).astype(np.uint8)
    return Decoded(
        pictures, ("cat", "dog", "tree", "猫"), np.stack([1 - share, share, 0 * share + 0.5, share], 1).astype(np.float32)
    )


CHECKPOINT = SimpleNamespace(name="planted", id="planted@0", family=SimpleNamespace(functions={"infer": infer, "decode": decode}))


@pytest.fixture
def found():
    return latent_walk(CHECKPOINT, GIVEN, steps=5)


def test_it_goes_straight_from_the_text_to_the_picture(found):
    assert [shown.key for shown in found.pictures] == ["at_text", "on_the_way", "on_the_way", "on_the_way", "at_picture"]
    assert [int(shown.pixels[0, 0, 0]) for shown in found.pictures] == [0, 2, 5, 208, 210]


def test_the_longest_step_is_named(found):
    plot = found.plots[0]
    assert plot.values == pytest.approx(np.array([2, 3, 203, 2]) / 255)
    assert plot.lines[0][1] == pytest.approx(210 / 4 / 255)
    remark = next(r for r in found.remarks if r.key == "longest_step")
    assert remark.numbers == pytest.approx({"place": "75 %", "moved": 203 / 255, "even": 210 / 4 / 255})


def test_how_far_it_is_is_said(found):
    # (3, 0) and (3, 4): apart by 4, cosine 9 / (3 * 5)
    assert found.remarks[0].numbers == pytest.approx({"distance": 4, "cosine": 0.6, "steps": 5})


def test_words_that_come_or_go_are_those_of_the_texts_script_that_differ_most(found):
    turned = found.rankings[0]
    assert turned.items.names == ("cat", "dog", "tree")
    assert turned.marks[:2] == ("gone", "come")
    assert turned.values[0] == pytest.approx([1, 0])


@pytest.mark.parametrize("steps", [2, 16])
def test_a_walk_of_too_few_or_too_many_steps_is_refused(steps):
    with pytest.raises(MethodError, match="from 3 to 15"):
        latent_walk(CHECKPOINT, GIVEN, steps=steps)
