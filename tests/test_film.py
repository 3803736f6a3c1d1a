"""A matching of a film cut otherwise by hand."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import MethodError
from mmviz.matchings import Constraints
from tests.media import clips
from tests.models import tiny

TEXT = "A cat walks in, then it sees a dog. Before that, the dog slept."


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    return f"clip:{tiny.make_clip(tmp_path_factory.mktemp('film') / 'clip', 3, text_length=77)}"


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> str:
    rng = np.random.default_rng(5)
    shots = [clips.scenery(rng, 30) for _ in range(3)]
    return str(clips.write(tmp_path_factory.mktemp("film") / "four.mp4", chain(*shots, shots[0])))  # the first comes back


@pytest.fixture(scope="module")
def found(model, path):
    return pipeline.film(path, TEXT, model, "hmm", device="cpu")


def test_two_shots_merged_are_one_with_the_mean_of_their_vectors(found):
    made = pipeline.merge_shots(pipeline.rematch(found, constraints=Constraints(fixed=((3, 1),))), 1)
    assert made.shots.starts == pytest.approx(found.shots.starts[[0, 1, 3]])
    assert made.shots.ends == pytest.approx(found.shots.ends[[0, 2, 3]])
    mean = found.shot_embeds[1] + found.shot_embeds[2]
    assert made.shot_embeds[1] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-3)
    assert made.constraints.fixed == ((2, 1),)
    assert np.array_equal(made.pictures[2], found.pictures[3])


def test_a_shot_is_split_where_the_player_stands_and_both_halves_are_read_anew(found, path):
    made = pipeline.split_shot(found, path, 1, 1.5, "cpu")
    assert made.shots.starts == pytest.approx([*found.shots.starts[:2], 1.5, *found.shots.starts[2:]])
    assert made.shots.ends[1] == pytest.approx(1.5)
    assert len(made.pictures) == 5
    assert made.shot_embeds[1] @ found.shot_embeds[1] > 0.9
    assert not np.allclose(made.shot_embeds[1], made.shot_embeds[2], atol=1e-4)
    elsewhere = pipeline.split_shot(found, path, 1, 77.0, "cpu")
    assert elsewhere.shots.ends[1] == pytest.approx((found.shots.starts[1] + found.shots.ends[1]) / 2)


def test_clauses_are_split_and_merged_without_loss_and_read_anew(found):
    split = pipeline.split_clause(found, 1, len("then it "), "cpu")
    assert split.clauses.labels == ["A cat walks in, ", "then it ", "sees a dog. ", "Before that, the dog slept."]
    assert split.order.clauses.tolist() == [1, 1, 0]
    merged = pipeline.merge_clauses(split, 1, "cpu")
    assert merged.clauses.labels == found.clauses.labels
    assert merged.clause_embeds == pytest.approx(found.clause_embeds, abs=1e-5)
    assert merged.p == pytest.approx(found.p, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m, _: pipeline.merge_shots(m, 3), "Shot 4 has no next one"),
        (lambda m, path: pipeline.split_shot(m, path, 9, 1.0), "There is no shot 10"),
        (lambda m, _: pipeline.merge_clauses(m, 2), "Clause 3 has no next one"),
        (lambda m, _: pipeline.split_clause(m, 0, 0), "a word must be left on both sides"),
        (lambda m, _: pipeline.split_clause(m, 0, 14), "a word must be left on both sides"),
        (lambda m, _: pipeline.merge_shots(replace(m, shot_embeds=None), 0), "no film behind it"),
        (lambda m, _: pipeline.split_clause(replace(m, clause_embeds=None), 0, 2), "no text behind it"),
    ],
)
def test_what_cannot_be_cut_otherwise_is_one_sentence(found, path, change, said):
    with pytest.raises(MethodError, match=said):
        change(found, path)
