"""LLaVA against Transformers' own pass, on random checkpoints: framed as a small one of ours and as one that chats."""

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, LlavaForConditionalGeneration

from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.models import checkpoints, geometry, vlm, vlm_stream
from tests.models.tiny import make_vlm

TEXT = "two red cats under a tree"
LAYOUTS = {"own": {}, "chat": {"tokenizer": "chat", "strategy": "full", "text_length": 140}}


@pytest.fixture(scope="module", params=LAYOUTS, ids=list(LAYOUTS))
def folder(request, tmp_path_factory):
    return make_vlm(tmp_path_factory.mktemp("vlm") / "tiny", seed=3, **LAYOUTS[request.param])


@pytest.fixture
def leased(folder):
    with checkpoints.lease(f"vlm:{folder}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture
def image(rng):
    return image_media.parse(rng.integers(0, 256, (43, 63, 3), dtype=np.uint8))


class Raw:
    """Transformers as its documentation uses it: one row of ids with the picture's places among them."""

    def __init__(self, folder):
        self.model = LlavaForConditionalGeneration.from_pretrained(folder, attn_implementation="eager")
        self.tokenizer = AutoTokenizer.from_pretrained(folder)

    def ids(self, text: str) -> tuple[list[int], int]:
        """Write the whole row by hand, and say where the text begins."""
        name, plain = self.tokenizer.convert_tokens_to_ids, {"add_special_tokens": False}
        if self.tokenizer.cls_token_id is not None:
            before = [name("<image>")] * 25 + [name("[CLS]")]
        else:
            ask = self.tokenizer("\nWhat is in the picture? ASSISTANT:", **plain).input_ids
            before = [name("<s>"), *self.tokenizer("USER: ", **plain).input_ids, *[name("<image>")] * 26, *ask]
        return before + self.tokenizer(text, **plain).input_ids, len(before)

    def log_p(self, text: str, pixel_values: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Give log p of every token of a text, and the attention of all layers."""
        ids, start = self.ids(text)
        with torch.no_grad():
            out = self.model(input_ids=torch.tensor([ids]), pixel_values=pixel_values[None], output_attentions=True)
        told = out.logits[0, :-1].log_softmax(-1)[torch.arange(len(ids) - 1), torch.tensor(ids[1:])]
        return told[start - 1 :].numpy(), torch.cat(out.attentions).numpy()


@pytest.fixture
def raw(folder):
    return Raw(folder)


def encode(checkpoint, image, text: str = TEXT, unit: str = "token"):
    return vlm.encode(
        checkpoint, text_media.parse(text), image, unit=unit, keep=frozenset({"attention", "query_embeds", "key_embeds"})
    )


def test_the_score_is_log_p_given_the_picture_less_that_given_none(leased, raw, image):
    pixel_values = torch.from_numpy(geometry.prepare(leased, image)[0])
    seen, without = raw.log_p(TEXT, pixel_values)[0], raw.log_p(TEXT, torch.zeros_like(pixel_values))[0]
    found = encode(leased, image)
    np.testing.assert_allclose(found.unit_scores[:-1], seen - without, atol=2e-5)
    assert found.score.value == pytest.approx((seen - without).sum(), abs=1e-4)


def test_attention_of_a_token_is_that_of_the_position_that_says_it(leased, raw, image):
    pixel_values = torch.from_numpy(geometry.prepare(leased, image)[0])
    weights, (ids, start) = raw.log_p(TEXT, pixel_values)[1], raw.ids(TEXT)
    block = encode(leased, image).attention[0]
    np.testing.assert_allclose(block.weights[..., : len(ids), : len(ids)], weights, atol=1e-5)
    assert block.query_positions[:-1].tolist() == [[p - 1, p] for p in range(start, len(ids))]
    assert [ids[p] for p in block.key_positions] == [leased.config.image_token_id] * 25
    assert np.diff(block.key_positions).tolist() == [1] * 24
    assert block.readout == len(ids) - 1


def test_pairs_of_texts_of_all_lengths_score_as_each_pair_alone(leased, image, rng):
    other = image_media.parse(rng.integers(0, 256, (50, 30, 3), dtype=np.uint8))
    texts = [text_media.parse(text) for text in ("a cat", TEXT, "the red tree", "a")]
    pairs = np.array([(t, i) for i in (1, 0) for t in (3, 1, 0, 2)])
    found = vlm.score_pairs(leased, texts, [image, other], pairs)
    alone = [vlm.encode(leased, texts[t], (image, other)[i]).score.value for t, i in pairs]
    np.testing.assert_allclose(found, alone, atol=1e-4)
    assert vlm.score_pairs(leased, texts, [image], pairs[:0]).shape == (0,)


def test_each_picture_and_what_stands_before_a_text_are_read_once(leased, image, monkeypatch):
    seen = []
    real = vlm_stream.features
    monkeypatch.setattr(vlm_stream, "features", lambda checkpoint, values: seen.append(len(values)) or real(checkpoint, values))
    texts = [text_media.parse(text) for text in ("a cat", TEXT, "the red tree")]
    vlm.score_pairs(leased, texts, [image, image], np.array([(t, i) for i in (0, 1) for t in range(3)]))
    assert seen == [1, 1, 1]  # none, and two pictures


def test_a_text_that_leaves_no_room_is_cut_and_one_nobody_knows_refused(leased, image):
    found = encode(leased, image, "a cat " * 80)
    assert found.query.cut.any()
    assert not found.query.cut[0]
    if leased.tokenizer.cls_token_id is not None:
        with pytest.raises(ModelError, match="knows no part"):
            encode(leased, image, "😀")


def test_a_picture_that_takes_all_positions_is_refused(tmp_path):
    folder = make_vlm(tmp_path / "tiny", text_length=27)
    with pytest.raises(ModelError, match="of 27 positions"), checkpoints.lease(f"vlm:{folder}", "cpu"):
        pass
