"""Training of the matcher: batches say the truth, the loss falls, and what is written is read again."""

import json

import numpy as np
import pytest
import torch

from mmviz import matched
from mmviz.methods import gnn
from mmviz.models import checkpoints
from mmviz.training import export, film_matcher, loop
from mmviz.training.film_matcher import FilmMatcher, Options
from mmviz.worlds.matches import generator, world


@pytest.fixture(scope="module")
def given() -> dict[str, torch.Tensor]:
    return film_matcher.batch(generator("t", 21), Options(marked=1.0, constrained=1.0))


def test_a_batch_holds_the_truth_of_its_worlds(given):
    count, _, n_shots, n_clauses = given["x"].shape
    assert given["there"].shape == (count, n_shots, n_clauses)
    for i in range(count):
        shots, clauses = given["there"][i].any(1), given["there"][i].any(0)
        shown = given["clause_of"][i][shots]
        assert ((shown == n_clauses) | (shown < clauses.sum())).all()
        assert (given["clause_of"][i][~shots] == -100).all()
        fixed = (given["known"][i] == 1).nonzero()
        assert all(given["clause_of"][i, shot] == clause for shot, clause in fixed.tolist())
    assert (given["shot_links"] == 0).any()


def test_links_weaken_what_comes_over_them():
    h, weight = torch.randn(2, 3, 5, 4), torch.randn(6, 3, 3, 3)
    whole = film_matcher.linked(h, weight, (torch.ones(2, 4), torch.ones(2, 3)))
    assert torch.allclose(whole, torch.nn.functional.conv2d(h, weight, padding=1), atol=1e-5)
    cut = film_matcher.linked(h, weight, (torch.zeros(2, 4), torch.zeros(2, 3)))
    assert torch.allclose(cut, torch.einsum("bdsc,hd->bhsc", h, weight[:, :, 1, 1]), atol=1e-5)


def test_the_loss_falls_on_one_batch():
    torch.manual_seed(0)
    options = Options(channels=8, hidden=8, layers=2)
    one = film_matcher.collate(*_worlds(6), options)
    model = FilmMatcher(options)
    opt = loop.optimizer([(list(model.parameters()), 1e-2)], decay=0.0)
    losses = []
    for _ in range(40):
        loss, figures = film_matcher.loss_of(model(one["x"], one["there"], one["known"]), one["clause_of"])
        loop._descend(opt, loss, 1.0)
        losses.append(figures["loss"])
    assert losses[-1] < 0.6 * losses[0]


def test_without_time_edges_a_pair_hears_its_neighbours_through_row_and_column_alone():
    torch.manual_seed(1)
    one = film_matcher.collate(*_worlds(1), Options())
    apart, joined = (FilmMatcher(Options(time_edges=edges, layers=1)).eval() for edges in (False, True))
    joined.load_state_dict(apart.state_dict())
    before = [model(one["x"], one["there"], one["known"])[-1] for model in (apart, joined)]
    for model in (apart, joined):
        model.layers[0].neighbours.data[:, :, 0, 0] += 5.0
    after = [model(one["x"], one["there"], one["known"])[-1] for model in (apart, joined)]
    assert torch.allclose(before[0], after[0], atol=1e-4)
    assert not torch.allclose(before[1], after[1], atol=1e-2)


def test_what_is_written_is_listed_and_read_again(tmp_path, monkeypatch):
    monkeypatch.setenv("MMVIZ_MODELS", str(tmp_path))
    monkeypatch.setattr(export, "folder_of", lambda name: tmp_path / name)
    torch.manual_seed(2)
    options = Options(channels=4, hidden=4, layers=2)
    monkeypatch.setattr(film_matcher, "tempered", lambda model, seed: 1.5)
    figures = film_matcher.write(FilmMatcher(options).eval(), options, count=16)
    folder = tmp_path / "film-matcher"
    assert json.loads((folder / "metrics.json").read_text("utf-8")) == figures
    assert gnn.weights()["temperature"] == 1.5
    assert "| f1.mono.gnn |" in (folder / "README.md").read_text("utf-8")
    listed = {info.name: info for info in checkpoints.listing()}["film-matcher"]
    assert (listed.kind, listed.ready, listed.source) == ("matcher", True, "bundled")
    (folder / "model.safetensors").unlink()
    assert "make train-film-matcher" in {info.name: info for info in checkpoints.listing()}["film-matcher"].why_not


def test_the_temperature_flattens_a_network_that_is_too_sure():
    torch.manual_seed(2)
    model = FilmMatcher(Options(channels=4, hidden=4, layers=1)).eval()
    with torch.no_grad():
        model.pair.weight *= 30
    assert film_matcher.tempered(model, 0, count=16) > 1.5


def test_figures_of_matchers_are_those_of_their_pairs():
    truth = np.array([0, 0, 1, -1])
    assert matched.f1_of(np.array([0, 1, 1, -1]), truth) == pytest.approx(2 / 3)
    assert matched.f1_of(np.full(2, -1), np.full(2, -1)) == 1
    found = matched.figures(0, 16, ["hmm", "monotone"])
    assert set(found["f1"]) == {"mono", "swap", "block", "shuffle"}
    assert found["f1"]["mono"]["hmm"]["n"] == 4
    assert found["f1"]["mono"]["hmm"]["value"] > 3 * found["f1"]["mono"]["hmm"]["chance"]
    assert "calibration" not in found


def _worlds(count: int):
    rng = generator("t", 22)
    made = [world(rng, "mono", 0.8, events=(4, 6)) for _ in range(count)]
    return made, [film_matcher._material(rng, one, False, Options(constrained=0.0)) for one in made]
