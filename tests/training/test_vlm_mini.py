"""The rows vlm-mini is trained on: every text behind the picture as if it stood alone, every token said by the position before."""

import pytest
import torch

from mmviz.training import vlm_mini, vlm_texts, wordpiece
from mmviz.training.patches import GRID, picture, vocabulary
from mmviz.worlds.spec import rng_of


@pytest.fixture(scope="module")
def tokenizer():
    return wordpiece.tokenizer(vlm_texts.new_words())


@pytest.fixture(scope="module")
def batch(tokenizer):
    return next(iter(vlm_texts.Batches(3, 0.5, (0, 5), tokenizer)))


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(0)
    return vlm_mini.from_backbone(tokenizer).eval()


def texts_of(batch, row: int):
    """Give the places of each text of a row."""
    for number in range(1, int(batch["texts"][row].max()) + 1):
        yield (batch["texts"][row] == number).nonzero()[:, 0]


def test_no_word_of_questions_and_answers_is_unknown(batch, tokenizer):
    assert len(tokenizer) == len(set(tokenizer.get_vocab().values()))
    assert not (batch["input_ids"] == tokenizer.unk_token_id).any()
    assert (batch["input_ids"][:, : vlm_texts.PATCHES] == tokenizer.convert_tokens_to_ids(vlm_texts.IMAGE)).all()


def test_what_is_to_be_said_is_the_next_token_and_of_a_question_its_answer_alone(batch, tokenizer):
    seen = set()
    for row in range(3):
        for places in texts_of(batch, row):
            ids, labels = batch["input_ids"][row, places].tolist(), batch["labels"][row, places].tolist()
            assert (ids[0], ids[-1], labels[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id, vlm_texts.SILENT)
            spoken = [i for i, label in enumerate(labels) if label != vlm_texts.SILENT]
            assert spoken == list(range(spoken[0], len(ids) - 1))
            assert [labels[i] for i in spoken] == ids[spoken[0] + 1 :]
            asked = tokenizer.convert_ids_to_tokens(ids[spoken[0]])
            assert asked in ("[CLS]", "?", "？")
            seen.add(asked)
            assert batch["places"][row, places].tolist() == list(range(vlm_texts.PATCHES, vlm_texts.PATCHES + len(ids)))
    assert len(seen) > 1


def test_regions_are_where_the_thing_is_that_the_next_token_names(batch):
    told = batch["named"] > 0
    assert told.any()
    for row, place in told.nonzero().tolist()[::5]:
        shown = batch["patches"][row, 0][batch["regions"][row, place] > 0]
        assert (shown == batch["named"][row, place]).float().mean() > 0.5
    sums = batch["regions"].sum(-1)
    assert torch.allclose(sums[sums > 0], torch.ones(()), atol=1e-5)
    assert batch["named"].max() <= len(vocabulary()[0])


def test_every_object_has_one_middle_on_itself_and_answers_know_how_many_they_speak_of(tokenizer):
    rng = rng_of("train", 7, 3)
    told = [vlm_texts.scene_with_texts(rng, 0.0) for _ in range(3)]
    drawn = [picture(scene, rng) for scene, _ in told]
    batch = vlm_texts.collate(told, drawn, tokenizer)
    for row, ((scene, said), shown) in enumerate(zip(told, drawn, strict=True)):
        boxes = [shown.box(index) for index in range(sum(len(group.placed) for group in scene.groups))]
        middles = {(int((y0 + y1) * GRID / 2), int((x0 + x1) * GRID / 2)) for x0, y0, x1, y1 in filter(None, boxes)}
        assert {(place // GRID, place % GRID) for place in batch["centres"][row].nonzero()[:, 0].tolist()} == middles
        for text, places in zip(said, texts_of(batch, row), strict=True):
            if text.caption is None:
                spoken = batch["labels"][row, places] != vlm_texts.SILENT
                assert batch["many"][row, places][spoken][0] == min(vlm_texts.MANY, len(text.objects))


def test_texts_of_a_row_are_read_as_each_alone(batch, model):
    with torch.no_grad():
        together, *_ = vlm_mini.run(model, batch)
        for places in list(texts_of(batch, 0))[:3]:
            own = torch.cat([torch.arange(vlm_texts.PATCHES), places])
            alone, *_ = vlm_mini.run(
                model,
                {name: batch[name][:1, own] for name in ("input_ids", "places", "texts")} | {"pictures": batch["pictures"][:1]},
            )
            assert torch.allclose(alone[0, vlm_texts.PATCHES :], together[0, places], atol=2e-4)


def test_every_loss_reaches_projector_and_language_model_and_none_the_tower(batch, model):
    extra = vlm_mini.Extra(192)
    loss, figures = vlm_mini.forward(model, extra, batch, vlm_mini.Options(), 0.5)
    loss.backward()
    assert {"answers", "captions", "local", "things", "places", "hint"} <= set(figures)
    assert model.model.multi_modal_projector.linear_1.weight.grad.abs().max() > 0
    assert model.model.language_model.embed_tokens.weight.grad.abs().max() > 0
    assert all(p.grad is None for p in model.model.vision_tower.parameters())


def test_the_same_part_gives_the_same_scenes_and_another_others():
    first, again, other = (vlm_texts.scene_with_texts(rng_of("train", 7, n), 0.5) for n in (1, 1, 2))
    assert first == again
    assert first[0] != other[0]
