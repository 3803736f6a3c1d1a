"""Texts and pictures matched pair by pair: passes counted, ways to compare, what the logits are."""

import numpy as np
import pytest

import mmviz
from mmviz import pipeline
from mmviz.errors import MediaError, MethodError, ModelError, Stopped, UnknownName
from tests.fusion import FACTOR, SHIFT, give_matching

TEXTS = ["a red cat", "two dogs", "a red cat", "blue tree"]


@pytest.fixture
def model(tiny_clip) -> str:
    return f"clip:{tiny_clip}"


@pytest.fixture
def pictures(rng) -> list[np.ndarray]:
    return [rng.integers(0, 256, (50, 90, 3), np.uint8) for _ in range(3)]


def test_a_model_that_only_matches_scores_every_pair_once(model, pictures, monkeypatch):
    cosines = mmviz.matrix(TEXTS, pictures, model).values
    pairs = give_matching(monkeypatch, alone=True)
    found = mmviz.matrix(TEXTS, pictures, model)
    assert (found.kind, found.scale, found.logit_scale) == ("match_probability", "probability", 1.0)
    assert found.values == pytest.approx(FACTOR * cosines + SHIFT, abs=1e-4)
    assert sum(pairs) == 12
    assert found.checkpoint.startswith(model + "@")


def test_a_model_with_both_ways_compares_by_contrast_unless_asked(model, pictures, monkeypatch):
    pairs = give_matching(monkeypatch)
    assert pipeline.ways_of(model) == ("contrast", "matching")
    cheap, asked = mmviz.matrix(TEXTS, pictures, model), mmviz.matrix(TEXTS, pictures, model, by="matching")
    assert (cheap.kind, asked.kind) == ("cosine", "match_probability")
    assert asked.values == pytest.approx(FACTOR * cheap.values + SHIFT, abs=1e-4)
    assert sum(pairs) == 12


@pytest.mark.parametrize(("texts", "images"), [(70, 3), (3, 21), (1, 9)])
def test_pairs_are_matched_a_few_pictures_at_a_time_and_progress_is_in_pairs(model, monkeypatch, rng, texts, images):
    told, pairs = [], give_matching(monkeypatch, alone=True)
    shown = [rng.integers(0, 256, (3, 4, 3), np.uint8) for _ in range(images)]
    found = mmviz.matrix(["cat"] * texts, shown, model, progress=lambda *step: told.append(step))
    assert found.values.shape == (texts, images)
    assert max(pairs) <= 64
    assert (told[0], told[-1]) == ((0, texts * images), (texts * images, texts * images))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) == len(pairs) + 1


def test_cancel_stops_matching_after_the_loan_it_is_in(model, monkeypatch, pictures):
    pairs = give_matching(monkeypatch, alone=True)
    with pytest.raises(Stopped, match="Stopped after 128 of 600"):
        mmviz.matrix(["cat"] * 200, pictures, model, cancelled=lambda: sum(pairs) >= 128)
    assert sum(pairs) == 128


def test_a_broken_picture_takes_no_pass_and_shifts_no_column(model, monkeypatch, pictures, tmp_path):
    pairs = give_matching(monkeypatch, alone=True)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    whole = mmviz.matrix(TEXTS, pictures, model)
    pairs.clear()
    found = mmviz.matrix(TEXTS, [pictures[0], tmp_path / "broken.png", *pictures[1:]], model)
    assert found.values == pytest.approx(whole.values, abs=1e-5)
    assert found.images.places == (0, 2, 3)
    assert sum(pairs) == 12


def test_when_no_picture_can_be_matched_the_first_reason_is_given(model, monkeypatch, tmp_path):
    pairs = give_matching(monkeypatch, alone=True)
    with pytest.raises(MediaError, match="no pictures that can be used .absent.png: There is no file"):
        mmviz.matrix(["cat"], [tmp_path / "absent.png"], model)
    assert pairs == []


@pytest.mark.parametrize(
    ("alone", "way_out"), [(True, "such as 100 and 100."), (False, "such as 100 and 100, or compare by contrast.")]
)
def test_too_many_pairs_are_refused_with_the_passes_they_would_take(model, monkeypatch, rng, alone, way_out):
    pairs = give_matching(monkeypatch, alone=alone)
    shown = [rng.integers(0, 256, (3, 4, 3), np.uint8)] * 200
    rule = "200 texts and 200 pictures are 40,000 pairs, .*instead of 400 in all.; up to 10,000 are run"
    with pytest.raises(MediaError, match=f"{rule}. Give fewer, {way_out}$"):
        mmviz.matrix(["cat"] * 200, shown, model, by="matching")
    assert pairs == []


def test_passes_are_one_an_item_by_contrast_and_one_a_pair_by_matching():
    assert pipeline.passes(200, 150, "contrast") == 350
    assert pipeline.passes(200, 150, "matching") == 30_000


def test_a_way_the_model_does_not_have_is_refused_with_those_it_has(model, monkeypatch, pictures):
    with pytest.raises(ModelError, match="does not compare by matching; it compares by: contrast"):
        mmviz.matrix(TEXTS, pictures, model, by="matching")
    give_matching(monkeypatch, alone=True)
    with pytest.raises(ModelError, match="does not compare by contrast; it compares by: matching"):
        mmviz.matrix(TEXTS, pictures, model, by="contrast")
    with pytest.raises(UnknownName, match='no way to compare "magic"; there are: contrast, matching'):
        mmviz.matrix(TEXTS, pictures, model, by="magic")


def test_what_the_logits_are_is_the_familys_word(model, monkeypatch, pictures):
    give_matching(monkeypatch, alone=True, kind="logit")
    found = mmviz.matrix(TEXTS, pictures, model)
    assert (found.kind, found.scale) == ("logit", "logit")


def test_recall_is_that_of_the_logits(model, monkeypatch, pictures):
    give_matching(monkeypatch, alone=True)
    found = mmviz.matrix(TEXTS[:3], pictures, model)
    best = found.values.argmax(1) == np.arange(3)
    assert pipeline.recall(found)["text_to_image"]["r1"] == pytest.approx(best.mean(), abs=1e-4)


def test_no_objective_is_asked_of_matching_logits(model, monkeypatch, pictures):
    give_matching(monkeypatch, alone=True)
    with pytest.raises(MethodError, match="infonce is an objective of cosines, .* compare by contrast"):
        pipeline.objective(mmviz.matrix(TEXTS[:3], pictures, model), "infonce")


def test_captions_matched_with_a_picture_share_its_probability_by_their_odds(model, monkeypatch, pictures):
    give_matching(monkeypatch, alone=True)
    found = pipeline.choose(TEXTS[:2], pictures[0], model)
    odds = np.exp(mmviz.matrix(TEXTS[:2], pictures[:1], model).values[:, 0])
    assert found.scores[:, 0] == pytest.approx(odds / odds.sum(), rel=1e-5)


def test_a_scale_that_does_not_fit_is_refused_before_any_pair_is_run(model, monkeypatch):
    pairs = give_matching(monkeypatch, alone=True, kind="logit")
    with pytest.raises(MethodError, match=r"\(logit\) have no scale probability; use: logit"):
        pipeline.check_scale("probability", None, model)
    pipeline.check_scale("", None, model)
    pipeline.check_scale("logit", None, model)
    assert pairs == []
