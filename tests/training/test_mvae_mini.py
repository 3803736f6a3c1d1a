"""The losses of mvae-mini on batches whose answer is known, what its scenes are, and the model it begins with."""

import math
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from mmviz.decodings import measure_decoding
from mmviz.models import checkpoints
from mmviz.models.nets.mvae import product
from mmviz.training import backbone, export, mvae_mini, wordpiece

OPTIONS = mvae_mini.Options(portraits=4, scenes=3, batch=2)


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMVIZ_HOME", str(tmp_path_factory.mktemp("home")))
        torch.manual_seed(0)
        model, made = mvae_mini.from_backbone(OPTIONS), mvae_mini.scenes(OPTIONS)
        seen = mvae_mini.drawn(OPTIONS, made, model)
        again = mvae_mini.drawn(OPTIONS, made, None)  # kept, so that no model is needed
    assert all(torch.equal(seen[name], again[name]) for name in seen)
    return model, made, seen


def test_portraits_come_first_and_stand_in_the_middle(begun):
    _, made, seen = begun
    assert len(made) == 7
    for scene, things in zip(made[:4], seen["things"], strict=False):
        (group,) = scene.groups
        assert (group.placed[0].x, group.placed[0].y, group.placed[0].angle) == (0.5, 0.5, 0.0)
        rows, columns = torch.nonzero(things, as_tuple=True)
        assert abs(rows.float().mean() - 47.5) < 8
        assert abs(columns.float().mean() - 47.5) < 8
    assert made == mvae_mini.scenes(OPTIONS)


def test_what_is_kept_of_a_scene_is_what_the_model_sees(begun):
    model, _, seen = begun
    with torch.no_grad():
        mean, _ = model.look(backbone.pixel_values(seen["pictures"]))
        kept, _ = model.judge(seen["summary"].float(), seen["averages"].float())
    assert torch.allclose(mean, kept, atol=5e-3)  # kept in half precision


def test_the_divergence_is_that_of_torch():
    mean, log_variance = torch.randn(3, 5), torch.randn(3, 5)
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, (0.5 * log_variance).exp()), torch.distributions.Normal(torch.zeros(5), torch.ones(5))
    ).sum(1)
    assert torch.allclose(mvae_mini.divergence(mean, log_variance), expected, atol=1e-5)
    assert mvae_mini.divergence(torch.zeros(1, 5), torch.zeros(1, 5)).item() == 0


def test_things_weigh_more_than_the_background():
    batch = {"pictures": torch.zeros(3, 3, 2, 2, dtype=torch.uint8), "things": torch.zeros(3, 2, 2, dtype=torch.bool)}
    batch["things"][2, 0, 0] = True
    drawn = torch.full((2, 3, 2, 2), 0.5)
    found = mvae_mini.picture_loss(drawn, batch, torch.tensor([True, False, True]), replace(OPTIONS, picture=0.1, things=5.0))
    # twelve values off by a half: .1 * 6; with three of them five times: .1 * (4.5 + 7.5)
    assert found.tolist() == pytest.approx([0.6, 1.2])


def test_a_drawn_picture_is_as_like_as_the_tower_sees_its_middle(begun):
    model, _, seen = begun
    own = seen["pictures"][:2].float() / 255
    assert mvae_mini.likeness_loss(model, own, seen, OPTIONS).tolist() == pytest.approx([0, 0], abs=1e-5)
    changed = own.clone()
    changed[0, :, :16] = 1 - changed[0, :, :16]  # the upper two rows of patches
    changed[1, :, 16:24, 40:48] = 1 - changed[1, :, 16:24, 40:48]
    found = mvae_mini.likeness_loss(model, changed, seen, replace(OPTIONS, likeness=0.5))
    assert found[0].item() == pytest.approx(0, abs=1e-5)
    assert found[1].item() > 1
    with torch.no_grad():
        states = [mvae_mini.middle(model.vision_model, 2 * pictures - 1) for pictures in (own, changed)]
    assert states[0].shape == (2, 65, 128)
    assert found[1].item() == pytest.approx(0.5 * (states[0][1] - states[1][1]).square().sum().item(), rel=1e-4)


def test_without_an_edge_the_middle_is_what_the_tower_sees(begun):
    model, _, seen = begun
    values = backbone.pixel_values(seen["pictures"][:2])
    with torch.no_grad():
        whole = model.vision_model.post_layernorm(model.vision_model(pixel_values=values).last_hidden_state)
        assert torch.allclose(mvae_mini.middle(model.vision_model, values, 0), whole, atol=1e-5)


def test_a_text_is_asked_about_its_own_script_alone():
    pieces, scripts = wordpiece.vocabulary(), mvae_mini.script_masks()
    for word, language in (("cat", "en"), ("two", "en"), ("猫", "zh"), ("，", "zh"), ("、", "zh")):
        assert [scripts[name][pieces.index(word)].item() for name in ("en", "zh")] == [language == "en", language == "zh"]
    assert not any(mask[: len(wordpiece.SPECIAL)].any() for mask in scripts.values())
    assert torch.equal(scripts["en"] + scripts["zh"], torch.ones(len(pieces)) - (torch.arange(len(pieces)) < 5).float())


def test_a_bag_of_words_costs_its_cross_entropy():
    batch = {"bags": torch.tensor([[1.0, 0.0, 1.0]]), "scripts": torch.tensor([[1.0, 1.0, 0.0]])}
    logits = torch.tensor([[0.0, math.log(3), 50.0]])
    # -ln 1/2 - ln (1 - 3/4); the third is of another script
    assert mvae_mini.text_loss(logits, batch, replace(OPTIONS, text=2.0)).item() == pytest.approx(2 * math.log(8), abs=1e-5)


def test_bags_have_every_token_once():
    assert mvae_mini.bags(torch.tensor([[2, 4, 4, 0], [1, 3, 0, 0]]), 5).tolist() == [[1, 0, 1, 0, 1], [1, 1, 0, 1, 0]]


def test_a_batch_gives_a_loss_that_reaches_every_part_but_the_tower(begun):
    model, made, seen = begun
    batch = next(iter(mvae_mini.Batches(OPTIONS, made, seen, 0)))
    assert batch["portrait"].tolist() == [True, True, False, False]
    assert batch["input_ids"].shape == batch["attention_mask"].shape
    loss, figures = mvae_mini.forward(model, batch, OPTIONS, done=1.0)
    loss.backward()
    assert set(figures) >= {"both_drawn", "picture_told", "text_kl", "contrast"}
    silent = {name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0}
    assert all(name.startswith("vision_model.") for name in silent), silent
    assert any(name.startswith("vision_model.") for name in silent)


def test_the_loss_is_the_sum_of_the_three_bounds(begun, monkeypatch):
    model, made, seen = begun
    batch, options = (
        next(iter(mvae_mini.Batches(OPTIONS, made, seen, 1))),
        replace(OPTIONS, contrast=7.0, annealing=0.5, likened=1),
    )
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    with torch.no_grad():
        loss, _ = mvae_mini.forward(model, batch, options, done=0.25)
        read = model.read(batch["input_ids"], batch["attention_mask"])
        shown = model.judge(batch["summary"].float(), batch["averages"].float())
        expected = torch.zeros(())
        for experts, rows in (([read, shown], [0]), ([shown], [2]), ([read], [0, 1])):
            mean, log_variance = product(experts)
            drawn = torch.zeros(4, dtype=torch.bool).index_fill(0, torch.tensor(rows), True)
            expected += mvae_mini.picture_loss(model.image_decoder(mean)[drawn], batch, drawn, options).mean()
            expected += mvae_mini.text_loss(model.text_decoder(mean), batch, options).mean()
            expected += 0.5 * mvae_mini.divergence(mean, log_variance).mean()
        expected += mvae_mini.likeness_loss(model, model.image_decoder(product([read])[0][:1]), batch, options).mean()
        cosines = F.normalize(read[0], dim=1) @ F.normalize(shown[0], dim=1).T / 0.07
        own = torch.arange(4)
        expected += 7 * (F.cross_entropy(cosines, own) + F.cross_entropy(cosines.T, own)) / 2
    assert loss.item() == pytest.approx(expected.item() / 100, rel=1e-4)


def test_the_tower_begins_as_the_backbone_and_stays(begun):
    tower = load_file(backbone.FOLDER / "model.safetensors")
    own = {name: weight for name, weight in begun[0].vision_model.state_dict().items() if name in tower}
    assert own
    assert all(torch.equal(own[name], tower[name].float()) for name in own)
    assert not any(p.requires_grad for p in begun[0].vision_model.parameters())


def test_every_figure_of_decoding_that_the_card_shows_is_measured(begun, tmp_path):
    begun[0].save_pretrained(tmp_path / "model")
    wordpiece.tokenizer().save_pretrained(tmp_path / "model")
    export.image_processor().save_pretrained(tmp_path / "model")
    with checkpoints.lease(f"mvae:{tmp_path / 'model'}", "cpu") as checkpoint:
        figures = measure_decoding(checkpoint, 5, 3)
    shown = [path for path in mvae_mini.GOALS if path.startswith("decoding.")]
    assert len(shown) == 9
    for path in shown:
        found = figures
        for key in path.split("."):
            found = found[key]
        assert found["n"] == 3, path
