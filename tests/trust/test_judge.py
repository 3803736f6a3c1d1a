"""The whole judgement: what is measured, what is not, the sentence, and JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz.registry import scores
from mmviz.results import Alignment
from mmviz.trust.judge import judge
from mmviz.trusts import Trust
from tests.trust import planted

THING = planted.thing(1, 4)
CONTRACT = {
    *("insertion", "deletion", "by_fill", "pointing", "iou", "sinks", "word_similarity", "shuffled", "agreement", "sentence"),
}


@pytest.fixture
def maps(rng) -> np.ndarray:
    """Three words on things of their own, and the whole text."""
    own = np.stack([THING, planted.thing(3, 1), planted.thing(0, 0)]) + rng.uniform(0, 0.2, (3, planted.K))
    return np.vstack([own, own.sum(0)])


@pytest.fixture
def made(maps, rng) -> dict:
    """All that a map can be judged by."""
    masked = {fill: planted.masked(maps[0].astype(np.float32), planted.shown(THING)) for fill in ("blur", "mean")}
    shuffled = rng.normal(size=planted.K)
    others = (planted.alignment(maps**2, method="other"),)
    return {"masked": masked, "boxes": planted.box(1, 4), "shuffled": shuffled, "others": others}


def test_a_right_map_is_judged_right(maps, made):
    found = judge(planted.alignment(maps), 0, **made)
    assert (found.better, found.pointing, found.iou) == (1, 1, 1)
    assert found.sentence == "Better than 100% of 20 random maps; the strongest patch lies in the box (100% overlap)."


def test_what_is_not_handed_in_is_not_measured_and_is_said(maps):
    found = judge(planted.alignment(maps), 0)
    assert (found.insertion, found.deletion, found.pointing, found.iou) == ({}, {}, None, None)
    assert (found.shuffled, found.agreement) == (None, None)
    assert found.sinks is not None
    unmeasured = "insertion, deletion, pointing (no box in view), random weights, agreement of methods"
    assert set(unmeasured.split(", ")) == set(found.sentence.split("measured: ")[1].rstrip(".").split(", "))


def test_the_json_is_the_contracts_and_null_where_nothing_was_measured(maps):
    data = judge(planted.alignment(maps), 0).to_json()
    assert set(data) >= CONTRACT
    assert {name for name in CONTRACT if data[name] is None} == CONTRACT - {"sinks", "word_similarity", "sentence"}


def test_the_json_of_everything_has_areas_with_their_bands_by_fill(maps, made):
    data = judge(planted.alignment(maps), 0, **made).to_json()
    assert set(data["insertion"]) >= {"value", "random", "fill"}
    assert set(data["insertion"]["random"]) == {"mean", "low", "high", "n"}
    assert list(data["by_fill"]) == ["blur", "mean"]
    assert data["by_fill"]["blur"] == {"insertion": data["insertion"], "deletion": data["deletion"]}
    assert data["agreement"]["methods"] == ["m", "other"]
    assert not [name for name in CONTRACT if data[name] is None]


def test_an_alignment_with_its_trust_survives_json(maps, made):
    alignment = planted.alignment(maps)
    judged = replace(alignment, trust=judge(alignment, 0, **made))
    again = Alignment.from_json(json.loads(json.dumps(judged.to_json(), allow_nan=False)))
    assert again.to_json() == judged.to_json()
    assert again.trust.insertion == judged.trust.insertion
    assert Alignment.from_json(alignment.to_json()).trust is None


def test_maps_without_correlation_are_null_in_json(maps):
    flat = planted.alignment(np.zeros_like(maps), method="flat")
    trust = judge(planted.alignment(maps), 0, others=(flat,))
    text = json.dumps(trust.to_json(), allow_nan=False)
    assert Trust.from_json(json.loads(text)).to_json() == trust.to_json()
    assert trust.to_json()["agreement"]["correlations"][0][1] is None


def test_a_flat_map_is_said_to_point_at_nothing(maps, made):
    flat = planted.alignment(np.vstack([np.zeros(planted.K), maps[1:]]))
    found = judge(flat, 0, **made)
    assert found.sentence.startswith("The map is the same everywhere and points at nothing: read with care; not measured: ")
    assert (found.insertion, found.sinks, found.shuffled) == ({}, None, None)


def test_a_random_map_asks_for_care(maps, made):
    noise = np.random.default_rng(4).uniform(size=planted.K)
    made["masked"] = {"mean": planted.masked(noise.astype(np.float32), planted.shown(THING))}
    found = judge(planted.alignment(np.vstack([noise, maps[1:]])), 0, **made)
    assert found.better < 0.9
    assert "read with care" in found.sentence
    assert {remark.key for remark in found.remarks if remark.is_warning} >= {"better"}


def test_the_sentence_of_a_sink_says_how_much_sits_where(maps, made):
    maps[:, 40] += 3 * maps.sum(1)
    found = judge(planted.alignment(maps), 0, **{**made, "boxes": None})
    assert "of the weight sits on one patch, whatever the word" in found.sentence
    assert "read with care; not measured: pointing (no box in view)." in found.sentence


def test_maps_that_random_weights_draw_too_ask_for_care(maps, made):
    found = judge(planted.alignment(maps), 0, **{**made, "shuffled": maps[0]})
    assert "a model of random weights gives a like map (rank correlation 1.00): read with care." in found.sentence


def test_words_with_one_map_ask_for_care(maps, made):
    found = judge(planted.alignment(np.repeat(maps[:1], 4, axis=0)), 0, **made)
    assert "the maps of different words are nearly the same (rank correlation 1.00)" in found.sentence


def test_methods_that_disagree_ask_for_care(maps, made):
    other = planted.alignment(-maps, method="other", scale="effect")
    assert (
        "other methods draw another map (mean rank correlation -1.00)"
        in judge(planted.alignment(maps), 0, **{**made, "others": (other,)}).sentence
    )


def test_judging_leaves_the_maps_as_they_were(maps, made):
    alignment = planted.alignment(maps)
    before = alignment.scores.copy()
    judge(alignment, 0, **made)
    assert np.array_equal(alignment.scores, before)


@pytest.mark.parametrize("entry", list(scores), ids=lambda entry: entry.name)
def test_every_score_says_what_it_does_and_needs_and_where_it_comes_from(entry):
    assert entry.summary.endswith(".")
    assert 15 < len(entry.summary) < 140
    assert entry.title
    assert entry.needs <= {"alignment", "masked", "boxes", "shuffled", "others"}
    assert "arXiv" in entry.paper or "," in entry.paper


@pytest.mark.parametrize("entry", list(scores), ids=lambda entry: entry.name)
def test_a_score_moves_with_its_patches(entry, maps, made, rng):
    """Turning the picture over changes no number, ties apart."""
    over = np.arange(planted.K)[::-1]
    turned = {
        "shuffled": made["shuffled"][over],
        "others": tuple(replace(other, scores=other.scores[:, over]) for other in made["others"]),
        "boxes": 1 - made["boxes"][:, [2, 3, 0, 1]],
        "masked": {fill: planted.masked(maps[0, over].astype(np.float32), planted.shown(THING[over])) for fill in made["masked"]},
    }
    one, other = judge(planted.alignment(maps), 0, **made), judge(planted.alignment(maps[:, over]), 0, **turned)
    if entry.name in ("insertion", "deletion"):
        values = [[area.value for area in getattr(trust, entry.name).values()] for trust in (one, other)]
        assert values[0] == pytest.approx(values[1])
    elif entry.name == "agreement":
        assert one.agreement.correlations == pytest.approx(other.agreement.correlations)
    else:
        assert getattr(one, entry.name) == pytest.approx(getattr(other, entry.name))
