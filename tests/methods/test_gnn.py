"""The graph network in NumPy is the one that was trained in torch, on whole matrices and on pruned ones."""

import numpy as np
import pytest
import torch

from mmviz.errors import ModelError
from mmviz.matchings import LINKED, Constraints, Order
from mmviz.methods import gnn
from mmviz.methods.pair_features import NAMES, Material, features
from mmviz.registry import matchers
from mmviz.training.film_matcher import FilmMatcher, Options
from mmviz.worlds import matches

#: Log odds 1e-5 apart make probabilities 1e-5 apart at most.
CLOSE = 1e-5


@pytest.fixture(scope="module")
def network() -> FilmMatcher:
    torch.manual_seed(3)
    return FilmMatcher(Options(channels=5, hidden=7, layers=3)).eval()


@pytest.fixture(scope="module")
def weights(network) -> dict[str, np.ndarray]:
    own = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return own | {"temperature": np.array([1.25], np.float32)}


@pytest.fixture(scope="module")
def material() -> Material:
    made = matches.world(matches.generator("t", 8), "block", 0.8)
    rng = np.random.default_rng(4)
    n_shots, n_clauses = made.similarity.shape
    known = Constraints(fixed=((3, 2), (6, -1)), forbidden=((1, 0),)).states(made.similarity.shape)
    return Material(made.similarity, rng.random(n_shots - 1), (rng.random(n_clauses - 1) > 0.3).astype(float), known)


def by_torch(network: FilmMatcher, material: Material) -> list[np.ndarray]:
    x, there = features([material])
    links = (torch.from_numpy(material.shot_links[None]), torch.from_numpy(material.clause_links[None]))
    known = torch.from_numpy(material.known[None])
    with torch.no_grad():
        told = network(torch.from_numpy(x.transpose(0, 3, 1, 2).copy()), torch.from_numpy(there), known, links)
    return [torch.softmax(logits[0] / 1.25, -1).numpy() for logits in told]


def by_numpy(weights: dict[str, np.ndarray], material: Material) -> list[np.ndarray]:
    told, place = gnn._read(material)
    return [np.c_[p, null] for p, null in gnn._steps(weights, told, place, material.known)]


def test_numpy_gives_what_torch_gave_after_every_step(network, weights, material):
    theirs, ours = by_torch(network, material), by_numpy(weights, material)
    assert len(ours) == 3
    assert np.ptp(ours[-1][:, :-1]) > 0.01
    for own, other in zip(ours, theirs, strict=True):
        assert own == pytest.approx(other, abs=CLOSE)


def test_a_pruned_graph_that_keeps_every_pair_is_the_whole_graph(weights, material, monkeypatch):
    whole = by_numpy(weights, material)[-1]
    monkeypatch.setattr(gnn, "DENSE", 0)
    monkeypatch.setattr(gnn, "KEPT", material.similarity.shape[1])
    assert by_numpy(weights, material)[-1] == pytest.approx(whole, abs=CLOSE)


def test_a_pruned_graph_leaves_the_rest_out(weights, material, monkeypatch):
    monkeypatch.setattr(gnn, "DENSE", 0)
    monkeypatch.setattr(gnn, "KEPT", 3)
    told = by_numpy(weights, material)[-1]
    assert ((told[:, :-1] > 0).sum(1) <= 3).all()
    assert told.sum(1) == pytest.approx(1, abs=CLOSE)


def test_matrices_that_are_filled_up_are_read_as_they_are_alone(material):
    other = Material(np.eye(40, 30), np.ones(39), np.ones(29), np.zeros((40, 30), np.int8))
    together, there = features([material, other])
    n_shots, n_clauses = material.similarity.shape
    assert together.shape[-1] == len(NAMES)
    assert together[0, :n_shots, :n_clauses] == pytest.approx(features([material])[0][0], abs=1e-6)
    assert there[0].sum() == material.similarity.size


@pytest.mark.parametrize("order", ["mono", "block"])
def test_the_bundled_network_finds_most_of_a_clear_world_whatever_its_order(order):
    made = matches.world(matches.generator("t", 9), order, 0.4)
    found = matchers["gnn"].run(made.similarity)
    right = sum(made.clause_of[shot] == clause for shot, clause, _ in found.edges)
    assert right >= 0.8 * max(len(found.edges), len(made.pairs))
    assert found.steps.shape == (4, *made.similarity.shape)
    assert np.array_equal(found.steps[-1], found.p)


def test_neighbours_hear_of_a_fixed_pair(rng):
    made = matches.world(matches.generator("t", 10), "mono", 1.6)
    shot = int(np.flatnonzero(np.diff(made.clause_of) == 0)[0])
    clause = int(made.clause_of[shot])
    free = matchers["gnn"].run(made.similarity)
    fixed = matchers["gnn"].run(made.similarity, LINKED, Constraints(fixed=((shot, clause),)))
    assert fixed.p[shot, clause] == pytest.approx(1, abs=1e-3)
    assert not np.allclose(fixed.p[shot + 1], free.p[shot + 1], atol=1e-3)


def test_a_break_in_the_text_changes_what_is_told():
    made = matches.world(matches.generator("t", 11), "block", 1.2)
    cut = np.where(made.turns, 0.0, 1.0).astype(np.float32)
    whole, broken = (matchers["gnn"].run(made.similarity, order) for order in (LINKED, Order(clauses=cut)))
    assert np.abs(whole.p - broken.p).max() > 0.01


def test_without_weights_it_says_how_to_make_them(tmp_path, monkeypatch):
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="make train-film-matcher"):
        matchers["gnn"].run(np.eye(3))
    (tmp_path / "film-matcher").mkdir()
    (tmp_path / "film-matcher" / gnn.WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(ModelError, match="damaged"):
        matchers["gnn"].run(np.eye(3))


def test_hundreds_of_shots_are_pruned_and_matched(monkeypatch):
    truth = np.repeat(np.arange(90), 2)
    similarity = np.random.default_rng(5).normal(0, 0.15, (180, 90))
    similarity[np.arange(180), truth] += 0.9
    monkeypatch.setattr(gnn, "DENSE", 10_000)
    found = matchers["gnn"].run(similarity)
    assert sum(truth[shot] == clause for shot, clause, _ in found.edges) >= 170
