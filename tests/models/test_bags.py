"""The shallow families: scores by the papers' equations written out again, what a score is the sum of, and bad input."""

import shutil

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import ModelError
from mmviz.models import bags, checkpoints, sift
from mmviz.samples import Image, Text
from tests.models import tiny
from tests.subjects import picture

TEXT = "a red cat under a red tree with a zebra"
FAMILIES = ["lmnn", "cmn"]

each_family = pytest.mark.parametrize("family", FAMILIES)


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("bags")
    return {family: f"{family}:{getattr(tiny, f'make_{family}')(root / family, seed=4)}" for family in FAMILIES}


def encode(name: str, text: str = TEXT, image: Image | None = None, **said):
    with checkpoints.lease(name, "cpu") as checkpoint:
        said = {"keep": bags.FIELDS} | said
        return checkpoint.family.functions["encode"](checkpoint, Text(text), image or picture(), **said)


def by_hand(
    name: str, text: str, image: Image, without: int | None = None
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Make the two bags one keypoint and one word after the other, with the checkpoint's weights."""
    with checkpoints.lease(name, "cpu") as checkpoint:
        weights = {key: tensor.double().numpy() for key, tensor in checkpoint.model.state_dict().items()}
        numbers = checkpoint.tokenizer.numbers
    x, y = np.zeros(len(weights["visual_idf"])), np.zeros(len(numbers))
    for place, descriptor in enumerate(sift.find(image).descriptors):
        if place != without:
            x[np.linalg.norm(weights["codebook"] - descriptor, axis=1).argmin()] += 1
    for word in text.split():
        if word in numbers:
            y[numbers[word]] += 1
    x, y = np.sqrt(x) * weights["visual_idf"], y * weights["term_idf"]
    return x / np.linalg.norm(x), y / np.linalg.norm(y), weights


def score(family: str, x: np.ndarray, y: np.ndarray, weights: dict[str, np.ndarray]) -> float:
    """Score two bags by the equations: -|A x - B y|^2, or the cosine of two networks of rectified units."""
    if family == "lmnn":
        apart = weights["image_projection.linear.weight"] @ x - weights["text_projection.linear.weight"] @ y
        return -float(apart @ apart)
    u, v = (
        weights[f"{side}_projection.outer.weight"] @ np.maximum(weights[f"{side}_projection.inner.weight"] @ bag, 0)
        for side, bag in (("image", x), ("text", y))
    )
    return float(u @ v / np.linalg.norm(u) / np.linalg.norm(v))


@each_family
def test_a_pair_scores_as_the_equations_say(folders, family):
    wanted = score(family, *by_hand(folders[family], TEXT, picture()))
    assert encode(folders[family]).score.value == pytest.approx(wanted, abs=1e-5)


@each_family
def test_without_a_keypoint_a_pair_scores_as_if_it_had_not_been_found(folders, family):
    encoding = encode(folders[family])
    kept = np.ones((1, len(encoding.key)), bool)
    kept[0, 5] = False
    wanted = score(family, *by_hand(folders[family], TEXT, picture(), without=5))
    assert encoding.score_masked(None, kept, "removed")[0] == pytest.approx(wanted, abs=1e-5)
    assert abs(wanted - encoding.score.value) > 1e-4


def test_the_large_margin_score_is_its_cells_and_the_two_norms(folders):
    encoding, (x, y, weights) = encode(folders["lmnn"]), by_hand(folders["lmnn"], TEXT, picture())
    image, text = weights["image_projection.linear.weight"] @ x, weights["text_projection.linear.weight"] @ y
    parts = encoding.score.parts
    assert parts["key"] == pytest.approx(-image @ image, abs=1e-5)
    assert parts["query"] == pytest.approx(-text @ text, abs=1e-5)
    assert encoding.contributions[:-1].sum(dtype=float) == pytest.approx(2 * image @ text, abs=1e-5)
    assert encoding.contributions[-1].sum(dtype=float) + parts["key"] + parts["query"] == pytest.approx(
        encoding.score.value, abs=1e-5
    )


def test_a_cell_of_the_large_margin_is_what_its_word_and_keypoint_have_of_the_bilinear_form(folders):
    encoding, (x, y, weights) = encode(folders["lmnn"]), by_hand(folders["lmnn"], TEXT, picture())
    descriptors = sift.find(picture()).descriptors.astype(float)
    words = [np.linalg.norm(weights["codebook"] - d, axis=1).argmin() for d in descriptors]
    form = 2 * weights["text_projection.linear.weight"].T @ weights["image_projection.linear.weight"]  # (T, V)
    cat, red = tiny.WORDS.index("cat"), tiny.WORDS.index("red")
    k = 7
    share = x[words[k]] / words.count(words[k])
    assert encoding.query.labels[1:3] == ["red", "cat"]
    assert encoding.contributions[2, k] == pytest.approx(form[cat, words[k]] * y[cat] * share, abs=1e-6)
    assert encoding.contributions[1, k] == pytest.approx(form[red, words[k]] * y[red] / 2 * share, abs=1e-6)  # "red" stands twice


@pytest.mark.parametrize("target", ["context", "prompt"])
def test_a_cell_of_the_networks_is_gradient_times_input_of_both_sides(folders, target):
    import torch

    encoding, (x, y, _) = encode(folders["cmn"], "cat red", target=target), by_hand(folders["cmn"], "cat red", picture())
    with checkpoints.lease(folders["cmn"], "cpu") as checkpoint:
        model = checkpoint.model
        given_x, given_y = (torch.tensor(bag, dtype=torch.float32)[None] for bag in (x, y))
        f, g = model.image_projection, model.text_projection
        jacobian_f = torch.autograd.functional.jacobian(lambda v: f(v)[0], given_x)[:, 0]  # (D, V)
        jacobian_g = torch.autograd.functional.jacobian(lambda v: g(v)[0], given_y)[:, 0]
        lengths = float(f(given_x).norm() * g(given_y).norm())
        words = bags.see(checkpoint, picture()).words
        alone = g(torch.eye(len(y))[tiny.WORDS.index("cat")][None])[0]
    cat, k = tiny.WORDS.index("cat"), 3
    keypoint = jacobian_f[:, words[k]].detach().numpy() * x[words[k]] / (words == words[k]).sum()
    word = jacobian_g[:, cat].detach().numpy() * y[cat]
    if target == "prompt":
        word, lengths = alone.detach().numpy(), float(f(given_x).norm() * alone.norm())
    assert encoding.contributions[0, k] == pytest.approx(keypoint @ word / lengths, abs=1e-6)


@each_family
def test_a_word_that_is_no_term_is_marked_and_adds_nothing(folders, family):
    encoding = encode(folders[family])
    zebra = encoding.query.labels.index("zebra")
    assert np.flatnonzero(encoding.query.unknown).tolist() == [zebra, zebra + 1]  # the text with it
    assert not encoding.contributions[zebra].any()


@each_family
def test_a_text_of_one_word_has_two_equal_rows(folders, family):
    encoding = encode(folders[family], "cat")
    assert encoding.query.labels == ["cat", "cat"]
    np.testing.assert_allclose(encoding.contributions[0], encoding.contributions[1], atol=1e-7)


@each_family
def test_a_picture_without_keypoints_is_refused_with_a_sentence(folders, family):
    with pytest.raises(ModelError, match=r"finds no keypoint in the picture, which is too even; use one with edges and spots\.$"):
        encode(folders[family], image=Image(np.full((40, 60, 3), 90, np.uint8)))


@each_family
def test_a_text_without_a_known_word_is_refused_with_a_sentence(folders, family):
    with pytest.raises(ModelError, match=r'knows no part of "zebra !"; use other words or another model\.$'):
        encode(folders[family], "zebra !")


def test_among_many_what_has_nothing_lies_at_the_origin(folders):
    even = Image(np.full((40, 60, 3), 90, np.uint8))
    with checkpoints.lease(folders["cmn"], "cpu") as checkpoint:
        embed = checkpoint.family.functions["embed"]
        assert not embed(checkpoint, [even]).vectors.any()
        assert not embed(checkpoint, [Text("zebra")]).vectors.any()
    with checkpoints.lease(folders["lmnn"], "cpu") as checkpoint:
        pairs = np.array([(0, 0), (1, 1)])
        found = checkpoint.family.functions["score_pairs"](checkpoint, [Text("zebra"), Text("cat")], [picture(), even], pairs)
        alone = encode(folders["lmnn"], "cat").score.parts
    assert found[0] == pytest.approx(alone["key"], abs=1e-5)
    assert found[1] == pytest.approx(alone["query"], abs=1e-5)


@each_family
def test_trust_hides_keypoints_and_forgets_the_pictures_side(folders, family, tmp_path, monkeypatch):
    monkeypatch.setenv("MMVIZ_HOME", str(tmp_path))
    found = pipeline.align(TEXT, picture(), folders[family], "contributions", device="cpu", store=False)
    trust = pipeline.judge(found, TEXT, picture(), row=2, device="cpu", store=False).trust
    assert set(trust.deletion) == set(trust.insertion) == {"removed"}
    assert trust.shuffled is not None
    assert "similarity" in trust.agreement.methods


@each_family
@pytest.mark.parametrize("broken", ["missing", "short", "damaged"])
def test_a_folder_whose_words_are_wrong_is_refused_with_a_sentence(folders, family, broken, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(folders[family].partition(":")[2], folder)
    change = {"missing": lambda: (folder / "terms.json").unlink(), "short": lambda: (folder / "terms.json").write_text('["a"]')}
    change.get(broken, lambda: (folder / "terms.json").write_text("["))()
    wanted = {"missing": "lacks terms.json", "short": "has 1 words, config.json says 21", "damaged": "is damaged"}[broken]
    with pytest.raises(ModelError, match=wanted) as found, checkpoints.lease(f"{family}:{folder}", "cpu"):
        pass
    assert str(found.value).endswith(".")


@each_family
def test_weights_of_another_size_or_cut_short_are_refused(folders, family, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(folders[family].partition(":")[2], folder)
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"visual_words": 29', '"visual_words": 31'))
    with pytest.raises(ModelError, match=r"does not fit.*config\.json says"), checkpoints.lease(f"{family}:{folder}", "cpu"):
        pass
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="damaged or cut short"), checkpoints.lease(f"{family}:{folder}", "cpu"):
        pass


def test_what_was_learned_is_held_against_the_weights_that_training_begins_with(folders):
    """`after` gives the scores, `before` the first ones of a run of the same seed, `plain` the bags themselves."""
    import torch

    from mmviz.models.nets.bags import LmnnModel

    texts, images = [Text("a red cat"), Text("zebra"), Text("two dogs")], [picture(), Image(np.full((40, 60, 3), 90, np.uint8))]
    with checkpoints.lease(folders["lmnn"], "cpu") as checkpoint:
        functions = checkpoint.family.functions
        read, seen = functions["learned"](checkpoint, texts), functions["learned"](checkpoint, images)
        pairs = np.array([(i, j) for i in range(3) for j in range(2)])
        scores = functions["score_pairs"](checkpoint, texts, images, pairs).reshape(3, 2)
        torch.manual_seed(0)
        first = LmnnModel(checkpoint.config)
        wanted = first.text_projection(torch.from_numpy(read["plain"].vectors)).detach().numpy()
    apart = np.square(read["after"].vectors[:, None] - seen["after"].vectors).sum(-1)
    assert -apart == pytest.approx(scores, abs=1e-5)
    assert read["before"].vectors == pytest.approx(wanted, abs=1e-6)
    assert np.abs(read["before"].vectors - read["after"].vectors).max() > 1e-3
    assert np.linalg.norm(read["plain"].vectors, axis=1) == pytest.approx([1, 0, 1], abs=1e-6)
    assert not seen["after"].vectors[1].any()
