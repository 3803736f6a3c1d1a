"""What flava-mini begins with, how captions are framed, and what its losses reach."""

import pytest
import torch
from safetensors.torch import load_file

from mmviz.training import backbone, flava_mini, matching, material, wordpiece
from mmviz.worlds.spec import rng_of

OPTIONS = flava_mini.Options()


@pytest.fixture(scope="module")
def made():
    torch.manual_seed(0)
    return flava_mini.from_clip()


@pytest.fixture(scope="module")
def batch():
    rng = rng_of("test", 21)
    items = material.batch(rng, material.Mix(alone=3, bits=1, siblings=0, quads=0, relations=1, pairs=1), 0.5)
    return matching.collate([flava_mini.framed(item, rng, 0.5) for item in items], wordpiece.tokenizer(), rng)


def items(count: int, kind: str = "list"):
    rng = rng_of("test", 22)
    found = [i for i in material.batch(rng, material.Mix(3 * count, 3 * count, 0, 0, 0, 0), 0.5) if i.plan.kind == kind]
    return [i for i in found if not (i.plan.absent or i.plan.background)][:count]


def test_a_framed_caption_speaks_of_a_picture_and_its_phrases_say_what_they_said():
    rng = rng_of("test", 23)
    for item in items(12):
        framed = flava_mini.framed(item, rng, 1.0)
        before, after = flava_mini.FRAMES[item.caption.language]
        assert framed.text == before + item.text + after != item.text
        assert [framed.text[slice(*p.span)] for p in framed.caption.phrases] == [
            item.text[slice(*p.span)] for p in item.caption.phrases
        ]
        assert [p.objects for p in framed.caption.phrases] == [p.objects for p in item.caption.phrases]
        assert flava_mini.framed(item, rng, 0.0) is item


def test_a_bit_of_a_sentence_is_not_framed():
    rng = rng_of("test", 24)
    bits = items(3, "part_of")
    assert bits
    assert [flava_mini.framed(item, rng, 1.0) for item in bits] == bits


def test_all_frames_are_words_the_tokenizer_knows():
    tokenizer = wordpiece.tokenizer()
    for before, after in flava_mini.FRAMES.values():
        assert tokenizer.unk_token not in tokenizer.tokenize(f"{before}{after}")


def test_the_first_token_of_a_text_takes_over_what_the_end_token_was(made):
    given = load_file(flava_mini.START / "model.safetensors")
    old, tokenizer = given["text_model.embeddings.token_embedding.weight"].float(), wordpiece.tokenizer()
    new = made[0].flava.text_model.embeddings.word_embeddings.weight.detach()
    torch.testing.assert_close(new[tokenizer.cls_token_id], old[tokenizer.sep_token_id])
    torch.testing.assert_close(new[tokenizer.sep_token_id], old[tokenizer.cls_token_id])
    torch.testing.assert_close(new[5:], old[5:])


def test_hidden_units_that_are_kept_are_those_that_reach_furthest():
    given = load_file(flava_mini.START / "model.safetensors")
    tower = flava_mini._of({name: value.float() for name, value in given.items()}, "text_model.")
    kept = flava_mini.text_weights(tower, wordpiece.tokenizer(), 5)["encoder.layer.2.output.dense.weight"]
    into, out = (tower[f"encoder.layers.2.mlp.{name}.weight"] for name in ("fc1", "fc2"))
    reach = into.norm(dim=1) * out.norm(dim=0)
    best = sorted(range(len(reach)), key=lambda unit: -reach[unit])[:5]
    torch.testing.assert_close(kept, out[:, sorted(best)])


def test_every_weight_of_the_towers_is_taken_over_but_the_poolers_and_the_mask(made):
    given = {name: value.float() for name, value in load_file(flava_mini.START / "model.safetensors").items()}
    for ours, weights in (
        (made[0].flava.image_model, flava_mini.picture_weights(flava_mini._of(given, "vision_model."))),
        (made[0].flava.text_model, flava_mini.text_weights(flava_mini._of(given, "text_model."), wordpiece.tokenizer(), 256)),
    ):
        missing = {name for name in ours.state_dict() if name not in weights}
        assert missing <= {"embeddings.mask_token", "pooler.dense.weight", "pooler.dense.bias"}


def test_pairs_are_fused_as_hugging_faces_model_does(made, batch):
    model = made[0].eval()
    with torch.no_grad():
        words = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
        out = model.flava(**words, pixel_values=backbone.pixel_values(batch["pictures"]))
        shown, said = out.image_output.hidden_states[-1], out.text_output.hidden_states[-1]
        fused = flava_mini.fuse(model, shown, said, batch["attention_mask"]).last_hidden_state
    torch.testing.assert_close(fused, out.multimodal_embeddings, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("done", "moves"), [(0.1, False), (0.9, True)])
def test_every_loss_is_a_number_and_the_picture_tower_stays_while_it_is_frozen(made, batch, done, moves):
    (model, heads), extra = made, flava_mini.Extra()
    model.zero_grad()
    loss, figures = flava_mini.forward(model, heads, extra, batch, OPTIONS, done)
    loss.backward()
    assert torch.isfinite(loss)
    assert ("hint" in figures) != moves
    assert {"patches", "patches_told", "hard"} <= set(figures) if moves else "hard" not in figures
    tower = model.flava.image_model
    assert (tower.embeddings.patch_embeddings.projection.weight.grad is not None) == moves
    for part in (
        model.itm_head.seq_relationship,
        model.mlm_head.decoder,
        model.mmm_text_head.decoder,
        model.flava.text_projection,
    ):
        assert part.weight.grad.abs().sum() > 0
    assert (model.mim_head.decoder.weight.grad is not None) == moves


def test_only_what_is_hidden_is_guessed():
    states, labels = torch.randn(2, 3, 4), torch.tensor([[-100, 1, -100], [-100, -100, 0]])
    head = torch.nn.Linear(4, 2)
    expected = torch.nn.functional.cross_entropy(head(states[[0, 1], [1, 2]]), torch.tensor([1, 0]))
    assert flava_mini._guess(head, states, labels).item() == pytest.approx(expected.item(), abs=1e-6)
    assert flava_mini._guess(head, states, torch.full((2, 3), -100)).item() == 0
