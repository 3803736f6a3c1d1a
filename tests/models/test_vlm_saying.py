"""What a LLaVA says: the likeliest token each time, as Transformers' own pass has it; questions it was taught."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mmviz.errors import ModelError
from mmviz.media import image as image_media
from mmviz.models import checkpoints, geometry, vlm, vlm_saying, vlm_stream
from mmviz.worlds import questions
from tests.models.tiny import make_vlm

QUESTION = "the red cat?"


@pytest.fixture(scope="module", params=["wordpiece", "chat"])
def folder(request, tmp_path_factory):
    return make_vlm(tmp_path_factory.mktemp("vlm") / "tiny", seed=2, tokenizer=request.param, text_length=140)


@pytest.fixture
def leased(folder):
    with checkpoints.lease(f"vlm:{folder}", "cpu") as checkpoint:
        yield checkpoint


@pytest.fixture
def image(rng):
    return image_media.parse(rng.integers(0, 256, (43, 63, 3), dtype=np.uint8))


def next_chances(checkpoint, image, said: list[int]) -> torch.Tensor:
    """Run the whole row anew: the chances of the token behind what was said."""
    before, _ = vlm_stream.frame(checkpoint, QUESTION)
    if checkpoint.tokenizer.cls_token_id is not None:
        before = before + checkpoint.tokenizer(QUESTION, add_special_tokens=False).input_ids
    values = np.zeros((3, 40, 40), np.float32) if image is None else geometry.prepare(checkpoint, image)[0]
    with torch.no_grad():
        out = checkpoint.model(input_ids=torch.tensor([before + said]), pixel_values=torch.from_numpy(values)[None])
    return out.logits[0, -1].softmax(-1)


def test_the_likeliest_token_is_said_each_time(leased, image):
    for found, shown in zip(vlm.say(leased, QUESTION, [image, None]), (image, None), strict=True):
        assert found.question == QUESTION
        assert len(found.tokens) == len(found.ids) > 0
        for place in range(min(4, len(found.ids))):
            chances = next_chances(leased, shown, list(found.ids[:place]))
            assert chances.argmax().item() == found.ids[place]
            assert found.probabilities[place] == pytest.approx(chances.max().item(), abs=1e-4)
        first = next_chances(leased, shown, []).sort(descending=True).values
        assert [chance for _, chance in found.first] == pytest.approx(first[:8].tolist(), abs=1e-4)


def test_an_answer_is_as_likely_as_the_whole_row_says(leased, image):
    ids = leased.tokenizer("a cat", add_special_tokens=False).input_ids
    found = vlm.likelihood(leased, QUESTION, ids, [image, None])
    assert (found.dtype, found.shape) == (np.float32, (2, len(ids)))
    for row, shown in zip(found, (image, None), strict=True):
        expected = [next_chances(leased, shown, ids[:place])[token].log().item() for place, token in enumerate(ids)]
        assert row == pytest.approx(expected, abs=1e-4)
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_a_text_without_a_question_asks_for_a_caption_in_its_language(leased):
    taught = replace(leased, card={"questions": questions.FORMS})
    assert vlm_saying.asked(taught, "a red cat") == "what is in the picture ?"
    assert vlm_saying.asked(taught, "一只猫") == "图里有什么？"
    assert vlm_saying.asked(taught, "what is red? cat") == "what is red?"
    assert vlm_saying.asked(taught, "有几只猫？三") == "有几只猫？"
    assert vlm_saying.asked(leased, "a red cat") == vlm_stream.ASKED


def test_a_question_nobody_taught_is_refused_with_those_that_were(leased, image):
    taught = replace(leased, card={"questions": questions.FORMS}, name="taught")
    for text in ("why is the cat red?", "what colour?", "猫为什么红？"):
        with pytest.raises(ModelError, match=r"never taught .*(what colour is the …|…是什么颜色)"):
            vlm.say(taught, text, [image])
    if leased.tokenizer.cls_token_id is not None:
        with pytest.raises(ModelError, match='does not know "猪"'):
            vlm_saying.check_taught(replace(taught, card={"questions": {"where": {"zh": ("{}猫", "{}猫")}}}), "猪猫")
    for text in ("What colour is the cat?", "how many cats are there ?", "WHERE IS THE TREE?"):
        plain = {kind: {"en": forms["en"], "zh": forms["zh"]} for kind, forms in questions.FORMS.items()}
        try:
            vlm_saying.check_taught(replace(leased, card={"questions": plain}), text)
        except ModelError as error:
            assert "does not know" in str(error)  # the tiny tokenizer knows few words  # noqa: PT017


def test_chinese_is_written_without_spaces_and_signs_stand_behind_their_word():
    assert vlm_saying._read("一 只 红 色 的 猫 、 狗") == "一只红色的猫、狗"
    assert vlm_saying._read("a cat , a dog and 猫 狗") == "a cat, a dog and 猫狗"
