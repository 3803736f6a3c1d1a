"""Truth for single tokens, wrong pictures, and the losses of models that match."""

import numpy as np
import pytest
import torch
from transformers import CLIPVisionModel

from mmviz.models import forms
from mmviz.training import backbone, blip_mini, matching, material, vilt_mini, wordpiece
from mmviz.training.patches import GRID, vocabulary
from mmviz.worlds.captions import Mention, Plan, tell
from mmviz.worlds.render import render
from mmviz.worlds.spec import Group, Placed, Scene, rng_of

TOKENIZER = wordpiece.tokenizer()
NUMBERS, _ = vocabulary()
LEFT, RIGHT = Placed(0.25, 0.3, 1.0, 0, False), Placed(0.75, 0.7, 1.0, 0, False)


def _item(plan: Plan, language: str = "en") -> material.Item:
    scene = Scene("meadow", 0, (Group("cat", "blue", "large", (LEFT,), "tail", "red"), Group("apple", None, "large", (RIGHT,))))
    return material.Item(scene, plan, tell(scene, plan, language), 0)


def _collated(items: list[material.Item], seed: int = 1) -> dict[str, torch.Tensor]:
    return matching.collate(items, TOKENIZER, rng_of("test", seed))


def _batch(seed: int = 5) -> dict[str, torch.Tensor]:
    rng = rng_of("test", seed)
    return matching.collate(material.batch(rng, material.Mix(3, 1, 1, 1, 1, 2), 0.5), TOKENIZER, rng)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_token_is_told_the_thing_and_the_patches_of_its_own_phrase(language):
    plan = Plan("list", (Mention(0, colour=True, part=True), Mention(1)))
    item = _item(plan, language)
    made = _collated([item])
    tokens = TOKENIZER.convert_ids_to_tokens(made["input_ids"][0])
    cat, apple = tokens.index("cat" if language == "en" else "猫"), tokens.index("apple" if language == "en" else "苹")
    tail = tokens.index("tail" if language == "en" else "尾")
    assert made["named"][0, [cat, apple, tail]].tolist() == [NUMBERS["cat"], NUMBERS["apple"], NUMBERS["cat"]]
    assert made["named"][0, [0, -1]].tolist() == [0, 0]
    maps = made["regions"][0].reshape(-1, GRID, GRID)
    rows, columns = np.mgrid[0:GRID, 0:GRID]
    for token, left in ((cat, True), (apple, False), (tail, True)):
        assert maps[token].sum() == pytest.approx(1, abs=1e-5)
        assert ((maps[token].numpy() * columns).sum() < GRID / 2) == left
    assert 0 < (maps[tail] > 0).sum() < (maps[cat] > 0).sum()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_denied_thing_is_named_and_shown_nowhere(language):
    made = _collated([_item(Plan("negation", (Mention(1),), absent="dog", background=True), language)])
    token = TOKENIZER.convert_ids_to_tokens(made["input_ids"][0]).index({"en": "dog", "zh": "狗"}[language])
    assert made["named"][0, token] == NUMBERS["dog"]
    assert made["regions"][0, token].sum() == 0
    assert made["seen"][0, NUMBERS["dog"], 0] == 0


def test_a_part_smaller_than_a_patch_still_has_one():
    scene = _item(Plan("list", (Mention(0),))).scene
    small = Scene("meadow", 0, (Group("cat", None, "small", (LEFT,)),))
    drawn = render(small, 96)
    for part in range(1, 7):
        found = matching.region(drawn, (0,), part)
        assert found.sum() == pytest.approx(1 if (drawn.part[drawn.owner == 1] == part).any() else 0)
    assert matching.region(render(scene, 96), (7,), 0).sum() == 0


def test_wrong_pictures_are_wrong_and_come_from_where_they_should():
    batch = _batch()
    rows = torch.arange(len(batch["hard"]))
    texts, pictures, counts = matching.pairs_of(batch, hard=True)
    assert counts.tolist() == [len(rows), int((batch["hard"] >= 0).sum()), -(-int((batch["easy"] >= 0).sum()) // 2)]
    assert matching.pairs_of(batch, hard=False)[2].tolist() == [len(rows), 0, int((batch["easy"] >= 0).sum())]
    right = int(counts[0])
    assert torch.equal(texts[:right], pictures[:right])
    assert not batch["true"][texts[right:], pictures[right:]].any()
    assert (texts[right:] != pictures[right:]).all()
    same = batch["group"][texts] == batch["group"][pictures]
    assert same.tolist() == [True] * int(counts[:2].sum()) + [False] * int(counts[2])


def test_hidden_words_are_no_special_ones_and_the_rest_stays():
    batch = _batch()
    hidden = batch["masked"] >= 0
    assert hidden.any(1).all()
    assert torch.equal(batch["masked"][hidden], batch["input_ids"][hidden])
    assert (batch["masked_ids"][hidden] == TOKENIZER.mask_token_id).all()
    assert torch.equal(batch["masked_ids"][~hidden], batch["input_ids"][~hidden])
    assert not torch.isin(batch["input_ids"][hidden], torch.tensor(TOKENIZER.all_special_ids)).any()


def test_a_caption_is_right_about_a_thing_where_all_it_says_is_so():
    plans = [Plan("list", (Mention(0, colour=True),)), Plan("negation", (Mention(1),), absent="cat", background=True)]
    made = _collated([_item(plan) for plan in plans])
    cat, dog, apple = NUMBERS["cat"], NUMBERS["dog"], NUMBERS["apple"]
    told, seen = made["told"][[0, 1, 0, 1]], made["seen"][[0, 0, 0, 0]].clone()
    rows = torch.arange(4)
    assert matching.fits(told[rows, [cat, cat, dog, apple]], seen[rows, [cat, cat, dog, apple]])[[0, 1, 3]].tolist() == [1, 0, 1]
    assert matching.fits(told[2:3, dog], seen[2:3, dog]).isnan().all()
    blue = seen[0, cat].clone()
    blue[matching.COLOUR] = blue[matching.COLOUR].roll(1)
    three = told[0, cat].clone()
    three[matching.COUNT] = 0.75
    wrong = matching.fits(torch.stack([told[0, cat], three]), torch.stack([blue, seen[0, cat]]))
    assert wrong.tolist() == [0, 0]


def test_edits_leave_some_named_thing_the_caption_is_wrong_about_in_the_other_picture():
    batch = _batch(8)
    texts, pictures, counts = matching.pairs_of(batch, hard=True)
    named = batch["named"][texts]
    pair, token = named.nonzero(as_tuple=True)
    thing = named[pair, token]
    so = matching.fits(batch["told"][texts[pair], thing], batch["seen"][pictures[pair], thing])
    right, edited, easy = (
        so[(pair >= a) & (pair < b)] for a, b in ((0, counts[0]), (counts[0], counts[:2].sum()), (counts[:2].sum(), 999))
    )
    assert (right[~right.isnan()] == 1).all()
    assert 0.02 < (edited == 0).float().mean() < 0.6
    assert (easy == 0).float().mean() > 0.4


def test_a_relation_is_so_in_the_captions_own_picture_and_not_in_the_others_of_its_group():
    rng = rng_of("test", 3)
    batch = matching.collate(material.batch(rng, material.Mix(1, 0, 0, 2, 3, 1), 0.5), TOKENIZER, rng)
    related, told = batch["related"], batch["relations"][:, 2:].abs().sum(1) > 0
    assert told.sum() == 14
    same = (batch["group"][:, None] == batch["group"][None]) & told[:, None]
    assert torch.equal(related.diagonal()[told], torch.ones(14))
    assert (related[same & ~torch.eye(len(told), dtype=torch.bool)] == 0).all()
    assert related[~same].isnan().all()
    readings = matching.TokenReadings(16)
    texts, pictures, counts = matching.pairs_of(batch, hard=True)
    states = torch.randn(len(texts), batch["input_ids"].shape[1], 16)
    before = readings.agreement(states, texts, pictures, batch)
    unknown = {**batch, "related": torch.full_like(related, float("nan"))}
    assert readings.agreement(states, texts, pictures, unknown) != before


def test_roles_ask_the_first_thing_of_a_relation_for_the_second_and_for_the_word_between():
    rng = rng_of("test", 3)
    texts, _ = matching.spoken(material.batch(rng, material.Mix(1, 0, 0, 0, 7, 0), 0.5), TOKENIZER)
    things = len(NUMBERS) + 1
    readings = matching.TokenReadings(things + 4)
    readings.other.load_state_dict({"weight": 20 * torch.eye(things + 4), "bias": torch.zeros(things + 4)})
    words = {(1.0, 0.0): 0, (-1.0, 0.0): 1, (0.0, 1.0): 2, (0.0, -1.0): 3}
    right, turned = (torch.zeros(*texts["input_ids"].shape, things + 4) for _ in range(2))
    for text, (first, second, *direction) in enumerate(texts["relations"].tolist()):
        if not any(direction):
            continue
        tokens = texts["named"][text] == int(first)
        assert tokens.any()
        for states, place in ((right, words[tuple(direction)]), (turned, words[tuple(-x for x in direction)])):
            states[text, tokens, int(second)] = states[text, tokens, things + place] = 1
    assert readings.roles(right, texts) < 1e-4
    assert readings.roles(turned, texts).item() == pytest.approx(20, abs=0.1)
    assert readings.roles(right[:1], {name: value[:1] for name, value in texts.items()}) == 0


def test_a_hint_is_low_where_the_first_heads_look_at_what_is_named():
    regions = torch.zeros(1, 3, 5)
    regions[0, 1, [2, 3]] = 0.5
    looking = torch.full((1, 4, 3, 5), 0.2)
    looking[:, 2:, 1] = 0
    even = matching.hint(looking, regions)
    assert even == pytest.approx(-np.log(0.4), abs=1e-3)
    looking[:, :2, 1] = torch.tensor([0, 0, 0.5, 0.5, 0])
    assert matching.hint(looking, regions) == pytest.approx(0, abs=1e-3)


def test_matching_costs_little_where_all_is_right_and_ranks_push_a_hard_pair_below_its_right_ones():
    batch = {"hard": torch.tensor([1, 0, -1]), "easy": torch.tensor([2, 2, 0])}
    texts, pictures, counts = matching.pairs_of(batch, hard=True)
    perfect = torch.tensor([9.0] * 3 + [-9.0] * 4)
    loss, figures = matching.matching_loss(perfect, texts, pictures, counts, 1.0)
    assert loss < 0.01
    assert figures == {"easy": 1.0, "hard": 1.0}
    logits = torch.zeros(7, requires_grad=True)
    matching.matching_loss(logits, texts, pictures, counts, 1.0)[0].backward()
    assert (logits.grad[:2] < logits.grad[2]).all()
    assert (logits.grad[3:5] > 0).all()
    quiet = torch.zeros(7, requires_grad=True)
    matching.matching_loss(quiet, texts, pictures, counts, 0.0)[0].backward()
    assert (quiet.grad[3:5] == 0).all()


def test_the_local_contrast_is_low_where_tokens_lie_on_their_patches():
    regions = torch.zeros(1, 3, 4)
    regions[0, 1, 2] = 1
    patches = torch.eye(4)[None]
    near, far = torch.zeros(1, 3, 4), torch.zeros(1, 3, 4)
    near[0, 1, 2] = far[0, 1, 0] = 1
    assert matching.local_contrast(near, patches, regions, 0.1) < 0.01
    assert matching.local_contrast(far, patches, regions, 0.1) > 5


def test_readings_learn_what_tokens_know_and_look_at_the_pairs_picture():
    batch, width = _batch(), 16
    readings = matching.TokenReadings(width)
    texts, pictures, _ = matching.pairs_of(batch, hard=True)
    states = torch.randn(len(texts), batch["input_ids"].shape[1], width)
    before = readings.loss(states, texts, pictures, batch)
    other = readings.loss(states, texts, pictures.roll(1), batch)
    assert torch.isfinite(before)
    assert before != other
    agreed = readings.agreement(states, texts, pictures, batch)
    assert torch.isfinite(agreed)
    assert agreed != readings.agreement(states, texts, pictures.roll(1), batch)


def test_blips_tower_takes_the_backbone_over_and_vilts_layers_too():
    torch.manual_seed(0)
    tower = CLIPVisionModel(backbone.vision_config())
    tower.pre_layrnorm = torch.nn.Identity()
    values = torch.randn(2, 3, 96, 96)
    with torch.no_grad():
        wanted = tower.post_layernorm(tower(pixel_values=values).last_hidden_state)
        blip = blip_mini.BlipForImageTextRetrieval(blip_mini.config()).vision_model
        blip.load_state_dict(forms.blip_tower(tower.state_dict()))
        assert blip(pixel_values=values).last_hidden_state == pytest.approx(wanted, abs=1e-4)
        vilt = vilt_mini.ViltForImageAndTextRetrieval(vilt_mini.config())
        vilt.vilt.load_state_dict(vilt_mini.layer_weights(tower.state_dict()), strict=False)
        vilt.vilt.embeddings.token_type_embeddings.weight.zero_()
        states = vilt_mini.image_embeds(vilt, values)
        for layer in vilt.vilt.encoder.layer[: tower.config.num_hidden_layers]:
            states = layer(states, None)[0]
        assert vilt.vilt.layernorm(states) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("config", [blip_mini.config, vilt_mini.config])
def test_the_shapes_of_the_bundled_models_stay_small(config):
    kind = blip_mini.BlipForImageTextRetrieval if config is blip_mini.config else vilt_mini.ViltForImageAndTextRetrieval
    assert kind(config()).num_parameters() <= 3.5e6


def test_reading_short_texts_apart_changes_no_state():
    torch.manual_seed(1)
    model = blip_mini.BlipForImageTextRetrieval(blip_mini.config()).eval()
    texts = TOKENIZER(
        ["a cat", "a blue cat and two small red dogs in the snow", "no dog", "猫"], padding=True, return_tensors="pt"
    )
    seen = torch.randn(4, 145, 128)
    with torch.no_grad():
        once, twice = (blip_mini.fuse(model, texts["input_ids"], texts["attention_mask"], seen, parts) for parts in (1, 2))
    own = texts["attention_mask"] > 0
    for name in ("second", "third", "last"):
        whole, split = getattr(once, name), getattr(twice, name)
        assert split[own] == pytest.approx(whole[own], abs=1e-5)
        assert not torch.equal(split[0], split[1])
    assert twice.looking.transpose(1, 2)[own] == pytest.approx(once.looking.transpose(1, 2)[own], abs=1e-5)
