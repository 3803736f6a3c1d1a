"""Maps and retrieval through the pipeline."""

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import ItemAxis
from mmviz.errors import MediaError, MethodError, Stopped
from mmviz.results import Embeds
from mmviz.space.gap import unit


def embeds(rows: np.ndarray, modality: str = "text") -> Embeds:
    return Embeds(unit(rows), ItemAxis(tuple(f"{modality} {i}" for i in range(len(rows)))), modality, "c@1")


@pytest.fixture(scope="module")
def both() -> list[Embeds]:
    """40 texts and 40 pictures that belong together, the two modalities far apart."""
    rng = np.random.default_rng(3)
    shared, apart = rng.normal(size=(40, 9)), 6 * np.eye(9)[0]
    rows = [shared + 0.1 * rng.normal(size=(40, 9)) + side * apart for side in (1, -1)]
    return [embeds(rows[0], "text"), embeds(rows[1], "image")]


@pytest.fixture(scope="module")
def shown(both):
    return pipeline.space(both, "umap", 5, pairs=pipeline.pairs_of(both))


def test_a_map_carries_its_items_pairs_and_figures(shown, both):
    assert shown.points.shape == (80, 2)
    assert shown.modality.tolist() == [0] * 40 + [1] * 40
    assert shown.pairs.tolist() == [[i, i + 40] for i in range(40)]
    means = [part.vectors.mean(0) for part in both]
    assert shown.gap == pytest.approx(np.linalg.norm(means[0] - means[1]), abs=1e-6)
    assert 0.5 < shown.belief.trustworthiness <= 1
    assert shown.to_json()["points"] == shown.points.astype(float).round(5).tolist()


def test_across_a_gap_no_text_has_a_picture_for_a_neighbour_and_centred_most_have_their_own_first(shown, both):
    assert (shown.neighbours.places[:40] < 40).all()
    centred = pipeline.space(both, "pca", pairs=shown.pairs, centred=True)
    assert centred.gap < 0.1 * shown.gap
    assert (centred.neighbours.places[:40, 0] == np.arange(40, 80)).mean() > 0.9


def test_centring_changes_retrieval_and_both_figures_are_there(both):
    before, after = (pipeline.retrieval(*both, centred=centred) for centred in (False, True))
    assert before.gap > 1 > 0.1 > after.gap
    assert after.text_to_image.figures["r1"] > before.text_to_image.figures["r1"] + 0.3


def test_the_steps_of_the_work_rise_to_the_end_and_it_stops_when_it_is_asked_to(both):
    told = []
    pipeline.space(both, "umap", progress=lambda *step: told.append(step))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    assert len(told) > 500
    with pytest.raises(Stopped, match="start again"):
        pipeline.space(both, "umap", cancelled=lambda: len(told) > 0)


def test_neighbours_that_are_found_are_not_looked_for_again(shown, both, monkeypatch):
    monkeypatch.setattr("mmviz.space.neighbours.neighbours", lambda *_, **__: pytest.fail("they were looked for again"))
    again = pipeline.space(both, "pca", found=shown.neighbours)
    assert again.neighbours is shown.neighbours


def test_a_pair_is_placed_beside_its_like_and_marked(shown, both):
    pair = [Embeds(part.vectors[[7]], ItemAxis(("own",)), part.modality, "c@1") for part in both]
    more = pipeline.placed(shown, pair)
    assert np.array_equal(more.points[:80], shown.points)
    assert more.added.nonzero()[0].tolist() == [80, 81]
    assert more.pairs[-1].tolist() == [80, 81]
    assert more.neighbours.places[80:, 0].tolist() == [7, 47]
    spread = np.linalg.norm(shown.points - shown.points.mean(0), axis=1).mean()
    assert np.linalg.norm(more.points[80] - shown.points[7]) < spread / 2
    assert more.belief == shown.belief


def test_a_pair_finds_no_place_on_a_centred_map_or_one_of_another_width(shown, both):
    centred = pipeline.space(both, "pca", centred=True)
    with pytest.raises(MethodError, match="turn centring off"):
        pipeline.placed(centred, [Embeds(both[0].vectors[:1], ItemAxis(("own",)), "text", "")])
    with pytest.raises(MethodError, match="4 numbers and the map of 9"):
        pipeline.placed(shown, [Embeds(np.eye(4, dtype=np.float32)[:1], ItemAxis(("own",)), "text", "")])


def test_two_items_and_one_modality_have_a_map_without_figures_that_mean_nothing():
    value = pipeline.space([embeds(np.eye(2, 5))], "pca").to_json()
    assert (value["trustworthiness"], value["gap"], value["neighbours_kept"]) == (None, None, None)
    assert len(value["points"]) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [({"method": "tsne"}, 'called "tsne"; there are: umap, pca'), ({"seed": -1}, "seed.*got -1"), ({"seed": 2**32}, "seed")],
)
def test_an_option_that_does_not_fit_is_refused(both, options, said):
    with pytest.raises(MethodError, match=said):
        pipeline.space(both, **options)


def test_one_item_is_no_map():
    with pytest.raises(MediaError, match="at least 2 items"):
        pipeline.space([embeds(np.eye(1, 5))], "pca")


@pytest.fixture
def file(tmp_path):
    def write(name: str, rows: np.ndarray) -> str:
        np.save(tmp_path / name, rows)
        return str(tmp_path / name)

    return write


def test_rows_without_direction_are_left_out_and_counted_and_pairs_stay_pairs(file, rng):
    rows = rng.normal(size=(6, 4))
    texts, images = rows.copy(), rows.copy()
    texts[2], images[4] = 0, 0
    parts, left_out = pipeline.read_vectors([file("a.npy", texts), file("b.npy", images)])
    assert left_out == {"sampled": 0, "zero": 2}
    assert [part.modality for part in parts] == ["a", "b"]
    assert [part.items.places for part in parts] == [(0, 1, 3, 4, 5), (0, 1, 2, 3, 5)]
    assert pipeline.pairs_of(parts).tolist() == [[0, 5], [1, 6], [2, 8], [4, 9]]


def test_files_of_one_name_are_told_apart(file, tmp_path, rng):
    (tmp_path / "b").mkdir()
    paths = [file("v.npy", rng.normal(size=(3, 2))), file("b/v.npy", rng.normal(size=(3, 2)))]
    assert [part.modality for part in pipeline.read_vectors(paths)[0]] == ["v 1", "v 2"]


def test_different_widths_are_refused(file, rng):
    a, b = file("a.npy", rng.normal(size=(3, 2))), file("b.npy", rng.normal(size=(3, 4)))
    with pytest.raises(MediaError, match="2 numbers.*4 numbers.*one model"):
        pipeline.read_vectors([a, b])
    with pytest.raises(MediaError, match="2 numbers each and the pictures 4"):
        pipeline.retrieval(*pipeline.read_pair(a, b))


def test_as_many_of_one_as_of_the_other_or_a_truth(file, rng):
    texts, images = pipeline.read_pair(file("a.npy", rng.normal(size=(4, 3))), file("b.npy", rng.normal(size=(2, 3))))
    with pytest.raises(MediaError, match="4 texts and 2 pictures.*--truth"):
        pipeline.retrieval(texts, images)
    found = pipeline.retrieval(texts, images, [[0], [0], [1], []])
    assert found.text_to_image.queries.tolist() == [0, 1, 2]
    assert found.image_to_text.queries.tolist() == [0, 1]


def test_retrieval_refuses_a_vector_without_direction(file, rng):
    rows = rng.normal(size=(3, 2))
    rows[1] = 0
    with pytest.raises(MediaError, match="row 2"):
        pipeline.read_pair(file("a.npy", rows), file("b.npy", rows))
