"""What the shallow models are trained with: losses of known answers, features that are kept, and a run that learns."""

import numpy as np
import pytest
import torch

from mmviz.models import bags as bags_of
from mmviz.models.nets.bags import LmnnConfig, LmnnModel
from mmviz.models.terms import Terms
from mmviz.training import bags, cmn_mini, lmnn_mini
from mmviz.training.bags import Options


def test_the_large_margin_loss_is_that_of_the_paper_on_three_pairs():
    texts, images = torch.tensor([[0.0], [2.0], [5.0]]), torch.tensor([[0.5], [2.0], [4.0]])
    # squared distances, texts down: .25 4 16 / 2.25 0 4 / 20.25 9 1; pull .25, 0, 1
    # by row: text 1 pushes [1 + .25 - 4]+ = 0, [1 + .25 - 16]+ = 0; text 2: [1 - 2.25]+ = 0, [1 - 4]+ = 0; text 3: 0, 0
    # by column: picture 1: [1.25 - 2.25]+ = 0, 0; picture 2: 0, 0; picture 3: 0, [1 + 1 - 4]+ = 0
    loss, figures = lmnn_mini.large_margin(texts, images)
    assert loss.item() == pytest.approx(0.5 * (0.25 + 0 + 1) / 3)
    assert figures["right"] == 1


def test_impostors_within_the_margin_are_pushed_and_those_beyond_are_not():
    texts = torch.tensor([[0.0], [0.6], [9.0]], requires_grad=True)
    images = torch.tensor([[0.0], [0.6], [9.0]], requires_grad=True)
    loss, _ = lmnn_mini.large_margin(texts, images)
    # each of the first two is the other's impostor at .36: 1 - .36 both ways, the mean over three pairs, half of the loss
    assert loss.item() == pytest.approx(0.5 * 2 * 0.64 / 3, abs=1e-6)
    loss.backward()
    assert texts.grad[0, 0] > 0 > texts.grad[1, 0]  # going down the gradient they part
    assert texts.grad[2, 0] == images.grad[2, 0] == 0


def test_contrast_is_lowest_where_pairs_are_alike():
    vectors = torch.eye(3)
    low, figures = cmn_mini.contrasted(vectors, vectors, torch.tensor(20.0))
    high, _ = cmn_mini.contrasted(vectors, vectors[[1, 2, 0]], torch.tensor(20.0))
    assert low < 1e-6 < high
    assert figures["right"] == 1


def test_scenes_are_seen_once_and_the_same_again(tmp_path, monkeypatch):
    monkeypatch.setattr(bags, "CHUNK", 2)
    first = bags.gather(0, 3, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seed-0-0-2.npz", "seed-0-2-1.npz"]
    monkeypatch.setattr(bags, "see", lambda *_: pytest.fail("seen again"))
    again = bags.gather(0, 3, tmp_path)
    assert np.array_equal(first.descriptors, again.descriptors)
    assert len(first.descriptors) == first.counts.sum() > 0
    assert first.captions == again.captions
    assert [len(captions) for captions in first.captions] == [bags.CAPTIONS] * 3


def test_seeds_make_up_other_scenes():
    captions = [bags.see(seed, 1)[1] for seed in (0, 0, 1)]
    assert captions[0] == captions[1] != captions[2]


@pytest.fixture
def made() -> bags.Features:
    """Forty scenes whose visual word says which of eight terms is told."""
    which = torch.arange(40) % 8
    words = torch.eye(8)[which][:, None, None].expand(-1, bags.CAPTIONS, 2, -1).contiguous()
    idf = np.ones(8, np.float32)
    codebook = np.eye(8, 384, dtype=np.float32)
    return bags.Features(torch.eye(8)[which], words, codebook, idf, idf, Terms({str(n): n for n in range(8)}))


def test_a_run_learns_which_visual_word_belongs_to_which_term(made, tmp_path, monkeypatch):
    monkeypatch.setenv("MMVIZ_HOME", str(tmp_path))
    model = LmnnModel(LmnnConfig(visual_words=8, terms=8, projection_dim=6))
    options = Options("lmnn-test", minutes=0.03, batch=8, dropped=0.0, lr=0.02)
    bags.train(model, made, options, lmnn_mini.large_margin)
    with torch.no_grad():
        assert model(torch.eye(8), torch.eye(8)).argmax(1).tolist() == list(range(8))
    assert torch.equal(model.codebook, torch.from_numpy(made.codebook))
    assert (tmp_path / "training" / "lmnn-test" / "state.pt").exists()


def test_rare_words_are_no_terms():
    captions = [[["a cat", "一只猫"]] * bags.CAPTIONS] * 2 + [[["a zebra", "斑马"]] + [["a cat", "一只猫"]] * (bags.CAPTIONS - 1)]
    seen = bags.Seen(np.zeros((0, 384), np.float16), np.zeros(3, int), captions)
    known, counts = bags._terms(seen)
    assert set(known.numbers) == {"a", "cat", "一只", "猫"}
    assert counts.shape == (3 * bags.CAPTIONS * 2, 4)
    assert counts[0, known.numbers["cat"]] == 1


def test_bags_of_training_are_those_of_the_model():
    counts = np.array([[4.0, 1.0, 0.0]], np.float32)
    found = bags_of.weighed(counts, np.array([1.0, 2.0, 3.0], np.float32))
    np.testing.assert_allclose(found, [[2 / 8**0.5, 2 / 8**0.5, 0]], atol=1e-6)  # roots 2 and 1, by 1 and 2
