"""Hidden words and the teacher's beliefs, on random ALBEFs with and without a momentum model, and on planted ones."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError, ModelError
from mmviz.guesses import Guess
from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.media.words import find_words
from mmviz.models import albef, checkpoints
from mmviz.probes.given import Given
from mmviz.probes.hidden_words import hidden_words
from mmviz.probes.teacher_beliefs import teacher_beliefs
from mmviz.results import Embeds
from mmviz.samples import Image, Text
from tests.models.tiny import make_albef

TEXT = "two red cats"
NAMES = ("red", "blue", "two", "cat", "##s")


def guesser(chances, taught=None):
    """A model that guesses one word a token; `chances` is word -> with picture, without."""

    def guess(checkpoint, text, spans, images):
        made = []
        for start, end in spans:
            ids = {"two": (2,), "red": (0,), "cats": (3, 4)}[text.text[start:end]]
            made.append(Guess(ids, NAMES, np.array(chances[text.text[start:end]], np.float32)[: len(images)]))
        return made

    own = SimpleNamespace(name="p", id="p@1", card={"teacher_distance": 0.03})
    own.family = SimpleNamespace(functions={"guess": guess, "teacher": lambda checkpoint: taught or checkpoint})
    return own


CHANCES = {
    "two": [[[0.1, 0.1, 0.6, 0.1, 0.1]], [[0.1, 0.1, 0.5, 0.2, 0.1]]],
    "red": [[[0.7, 0.2, 0.05, 0.03, 0.02]], [[0.2, 0.6, 0.1, 0.05, 0.05]]],
    "cats": [[[0, 0, 0, 0.5, 0.5], [0, 0, 0, 0.2, 0.8]], [[0, 0, 0, 0.5, 0.5], [0, 0, 0, 0.2, 0.8]]],
}


def given(text: str = TEXT) -> Given:
    return Given(Text(text), Image(np.zeros((4, 5, 3), np.uint8)), words=tuple(find_words(text)))


def test_words_stand_in_the_order_of_what_the_picture_tells():
    found = hidden_words(guesser(CHANCES), given())
    words, guesses = found.rankings
    assert words.items.names == ("red", "two", "cats")
    assert words.values[:, :2] == pytest.approx(np.array([[0.7, 0.2], [0.6, 0.5], [0.4, 0.4]]), abs=1e-6)
    assert words.marks[:2] == ("picture_tells", "")
    assert guesses.items.names[:2] == ("red", "blue")
    assert guesses.values[0] == pytest.approx([1, 0.7, 0.7, 0.2], abs=1e-6)
    assert found.remarks[-1].key == "teacher_left_away"
    assert found.remarks[-1].numbers["distance"] == 0.03


def test_a_word_that_is_asked_for_is_listed_and_another_refused():
    assert hidden_words(guesser(CHANCES), given(), word="Two").rankings[1].items.names[0] == "two"
    with pytest.raises(MethodError, match='word="dog"'):
        hidden_words(guesser(CHANCES), given(), word="dog")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_albef(tmp_path_factory.mktemp("albef") / "tiny", seed=4, teacher=True)


@pytest.fixture
def image(rng):
    return image_media.parse(rng.integers(0, 256, (43, 63, 3), dtype=np.uint8))


def test_a_guess_is_what_the_layers_of_fusion_say_at_the_hidden_place(folder, image):
    import torch

    from mmviz.models import albef_towers, geometry

    with checkpoints.lease(f"albef:{folder}", "cpu") as checkpoint:
        text = text_media.parse("two red cats under a tree")
        unmasked = replace(checkpoint, tokenizer=SimpleNamespace(mask_token_id=None))
        with pytest.raises(ModelError, match="nothing to hide a word with"):
            albef.guess(unmasked, text, [(4, 7)], [image])
        found = albef.guess(checkpoint, text, [(4, 7), (0, 3)], [image, None])
        taught = albef.guess(albef.teacher(checkpoint), text, [(4, 7)], [image])[0]
        ids = torch.tensor([checkpoint.tokenizer(text.text).input_ids])
        place = 2
        assert found[0].ids == (int(ids[0, place]),)
        ids[0, place] = checkpoint.tokenizer.mask_token_id
        values = torch.from_numpy(geometry.prepare(checkpoint, image)[0])[None]
        with torch.no_grad():
            seen = checkpoint.model.vision_model(pixel_values=values).last_hidden_state
            fused = albef_towers.read_with(checkpoint, {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, seen)
            expected = checkpoint.model.words(fused[0, place]).softmax(-1).numpy()
        assert found[0].chances[0, 0] == pytest.approx(expected, abs=1e-5)
        assert np.abs(found[0].chances[0] - found[0].chances[1]).max() > 1e-4
        assert np.abs(found[0].chances[0] - taught.chances[0]).max() > 1e-3


def bank(vectors, names) -> Embeds:
    return Embeds(np.array(vectors, np.float32), ItemAxis(tuple(names)), "text", "p@1")


def believer(taught=None):
    def embed(checkpoint, samples):
        rows = [[1.0, 0.0] if not hasattr(s, "text") or s.text == "own" else [0.6, 0.8] for s in samples]
        rows = [
            [0.8, 0.6] if checkpoint.id == "teacher" and getattr(s, "text", "") == "wrong" else r
            for s, r in zip(samples, rows, strict=True)
        ]
        return Embeds(np.array(rows, np.float32), ItemAxis(("",) * len(rows)), "text", "p@1")

    own = SimpleNamespace(name="p", id="p@1", card={})
    own.family = SimpleNamespace(functions={"embed": embed, "teacher": lambda c: taught or c, "logit_scale": lambda c: 10.0})
    return own


@pytest.mark.parametrize(("taught", "cosine"), [(None, 0.6), (SimpleNamespace(id="teacher"), 0.8)])
def test_the_target_mixes_label_and_belief(taught, cosine):
    pair = Given(Text("own"), Image(np.zeros((4, 5, 3), np.uint8)), bank=bank([[0.6, 0.8]], ["wrong"]))
    found = teacher_beliefs(believer(taught), pair, trust=0.5)
    other = np.exp(10 * (cosine - 1)) / (1 + np.exp(10 * (cosine - 1)))
    (texts,) = found.rankings
    assert texts.items.names == ("own", "wrong")
    assert texts.values == pytest.approx(np.array([[1, 1 - other, 1 - other / 2], [0, other, other / 2]]), abs=1e-6)
    assert [remark.key for remark in found.remarks] == ["teacher_of_texts", *(["teacher_is_model"] if taught is None else [])]
    assert found.remarks[0].numbers["best"] == "wrong"


def test_a_weight_out_of_its_range_is_refused():
    with pytest.raises(MethodError, match="trust=2"):
        teacher_beliefs(believer(), Given(Text("own"), Image(np.zeros((4, 5, 3), np.uint8)), bank=bank([[1, 0]], ["a"])), trust=2)
