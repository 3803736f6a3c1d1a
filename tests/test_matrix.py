"""Sets against sets: every scale by hand, the passes counted, what is left out and how it is stopped."""

import threading

import numpy as np
import PIL.Image
import pytest

import mmviz
from mmviz import pipeline
from mmviz.axes import ItemAxis
from mmviz.errors import MediaError, ModelError, Stopped, UnknownName
from mmviz.matrices import SCALES_OF, Matrix
from mmviz.registry import families
from tests.fusion import give_matching

TEXTS = ["a red cat", "two dogs", "a red cat", "blue tree"]


@pytest.fixture
def model(tiny_clip) -> str:
    return f"clip:{tiny_clip}"


@pytest.fixture
def pictures(rng) -> list[np.ndarray]:
    return [rng.integers(0, 256, (50, 90, 3), np.uint8) for _ in range(3)]


@pytest.fixture
def passes(monkeypatch) -> list[int]:
    """Note how many items every call of CLIP's `embed` is given."""
    counts, functions = [], families["clip"].functions
    embed = functions["embed"]

    def counting(checkpoint, samples):
        counts.append(len(samples))
        return embed(checkpoint, samples)

    monkeypatch.setitem(functions, "embed", counting)
    return counts


def given(values, logit_scale: float = 10.0, kind: str = "cosine") -> Matrix:
    texts, images = (ItemAxis(tuple(map(str, range(n)))) for n in np.shape(values))
    return Matrix(np.asarray(values), texts, images, logit_scale if kind == "cosine" else 1.0, kind)


def test_a_cell_is_the_cosine_of_its_text_and_picture(model, pictures):
    found = mmviz.matrix(TEXTS, pictures, model)
    assert found.values.shape == (4, 3)
    assert (found.values.dtype, found.logit_scale) == (np.float32, pytest.approx(np.exp(2.6592), rel=1e-3))
    for (row, column), cosine in np.ndenumerate(found.values):
        alone = pipeline.align(TEXTS[row], pictures[column], model, "similarity", unit="text").score.value
        assert cosine == pytest.approx(alone, abs=1e-5)


def test_equal_texts_are_kept_apart_by_position(model, pictures):
    found = mmviz.matrix(TEXTS, pictures, model)
    assert found.texts.names == tuple(TEXTS)
    assert found.values[0] == pytest.approx(found.values[2], abs=1e-6)


def test_200_texts_and_200_pictures_are_400_tower_passes(model, passes, rng):
    told = []
    images = [rng.integers(0, 256, (3, 4, 3), np.uint8) for _ in range(200)]
    found = mmviz.matrix([f"cat {i}" for i in range(200)], images, model, progress=lambda *step: told.append(step))
    assert found.values.shape == (200, 200)
    assert sum(passes) == 400
    assert told[0] == (0, 400)
    assert told[-1] == (400, 400)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) > 10


def test_cancel_stops_the_work_itself(model, passes, pictures):
    with pytest.raises(Stopped, match="Stopped after 64 of 203"):
        mmviz.matrix(["cat"] * 200, pictures, model, cancelled=lambda: sum(passes) >= 64)
    assert sum(passes) == 64


def test_cancelled_before_it_began_nothing_is_run(model, passes, pictures):
    with pytest.raises(Stopped):
        mmviz.matrix(["cat"], pictures, model, cancelled=lambda: True)
    assert passes == []


def test_a_broken_picture_among_50_is_named_and_skipped(model, tmp_path, rng, passes):
    paths = [tmp_path / f"{i:02}.png" for i in range(50)]
    for path in paths:
        PIL.Image.fromarray(rng.integers(0, 256, (4, 5, 3), np.uint8)).save(path)
    paths[17].write_bytes(paths[17].read_bytes()[:60])
    found = mmviz.matrix(["cat", "dog"], paths, model)
    assert found.values.shape == (2, 49)
    assert [(s.kind, s.place, s.name) for s in found.skipped] == [("picture", 17, "17.png")]
    assert "17.png" in found.skipped[0].why
    assert found.images.places == tuple(i for i in range(50) if i != 17)
    assert sum(passes) == 51


def test_empty_and_overlong_texts_are_skipped_and_said(model, pictures):
    found = mmviz.matrix(["cat", "", "  ", "x" * 2001, "dog"], pictures, model)
    assert found.texts.names == ("cat", "dog")
    assert [(s.place, s.name) for s in found.skipped] == [(1, "text 2"), (2, "text 3"), (3, "text 4")]
    assert "2,001 characters" in found.skipped[2].why


def test_what_was_skipped_does_not_shift_the_pairs(model, pictures):
    found = mmviz.matrix(["x" * 2001, "cat", "", "dog"], pictures, model)
    assert found.paired
    assert found.matched.tolist() == [[False, True, False], [False, False, True]]
    assert pipeline.recall(found)["pairs"] == 2


def test_more_texts_than_pictures_are_no_pairs(model, pictures):
    found = mmviz.matrix(TEXTS, pictures, model)
    assert not found.paired
    assert not found.matched.any()
    assert pipeline.recall(found) == {"pairs": 0, "text_to_image": None, "image_to_text": None}


@pytest.mark.parametrize(
    ("texts", "images", "sentence"),
    [
        (201, 1, "There are 201 texts; a matrix takes 1 to 200. Give a part"),
        (1, 201, "There are 201 pictures; a matrix takes 1 to 200"),
        (0, 1, "There are no texts; a matrix takes 1 to 200"),
        (1, 0, "There are no pictures; a matrix takes 1 to 200"),
    ],
)
def test_too_many_and_none_are_refused_before_anything_is_run(model, passes, texts, images, sentence):
    with pytest.raises(MediaError, match=sentence):
        mmviz.matrix(["cat"] * texts, [np.zeros((4, 5, 3), np.uint8)] * images, model)
    assert passes == []


def test_when_no_picture_can_be_read_the_first_reason_is_given(model, tmp_path):
    with pytest.raises(MediaError, match="no pictures that can be used .absent.png: There is no file"):
        mmviz.matrix(["cat"], [tmp_path / "absent.png"], model)


def test_one_text_and_one_picture_are_a_matrix(model, pictures):
    found = mmviz.matrix(["cat"], pictures[:1], model)
    assert found.scaled("softmax-row").scores.tolist() == [[1.0]]
    assert pipeline.recall(found)["text_to_image"] == {"r1": 1.0, "r5": 1.0, "median_rank": 1.0}


def test_two_visitors_at_once_both_get_theirs(model, pictures):
    found = {}

    def ask(who, texts):
        found[who] = mmviz.matrix(texts * 12, pictures * 12, model)

    askers = [threading.Thread(target=ask, args=(who, texts)) for who, texts in enumerate((["cat", "dog"], ["a tree", "two"]))]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert [found[who].texts.names[:2] for who in (0, 1)] == [("cat", "dog"), ("a tree", "two")]
    assert found[0].values.shape == (24, 36)


def test_a_model_without_any_way_to_compare_is_refused(model, monkeypatch, pictures):
    monkeypatch.delitem(families["clip"].functions, "embed")
    with pytest.raises(ModelError, match="choose a dual encoder"):
        mmviz.matrix(["cat"], pictures, model)


def test_the_pictures_are_left_as_they_were(model, pictures):
    before = [picture.copy() for picture in pictures]
    mmviz.matrix(["cat"], pictures, model)
    assert all(np.array_equal(a, b) for a, b in zip(pictures, before, strict=True))


COSINES = np.array([[0.3, 0.1, 0.3], [-0.2, 0.0, 0.4]])


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("cosine", COSINES),
        ("logit", COSINES * 10),
        ("softmax-row", np.exp(COSINES * 10) / np.exp(COSINES * 10).sum(1, keepdims=True)),
        ("softmax-column", np.exp(COSINES * 10) / np.exp(COSINES * 10).sum(0, keepdims=True)),
        ("sigmoid", 1 / (1 + np.exp(-COSINES * 10))),
        ("percentile", np.array([[3, 2, 3], [0, 1, 5]]) / 6),
    ],
)
def test_every_scale_is_what_it_says(scale, expected):
    assert given(COSINES).scaled(scale).scores == pytest.approx(expected)


LOGITS = np.array([[2.0, -1.0, 0.5], [-3.0, 0.0, 40.0]])


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("probability", 1 / (1 + np.exp(-LOGITS))),
        ("logit", LOGITS),
        ("softmax-row", np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)),
        ("softmax-column", np.exp(LOGITS) / np.exp(LOGITS).sum(0, keepdims=True)),
        ("percentile", np.array([[4, 1, 3], [0, 2, 5]]) / 6),
    ],
)
def test_every_scale_of_matching_logits_is_what_it_says(scale, expected):
    assert given(LOGITS, kind="match_probability").scaled(scale).scores == pytest.approx(expected)


@pytest.mark.parametrize(("kind", "first"), [("cosine", "cosine"), ("match_probability", "probability"), ("logit", "logit")])
def test_a_matrix_begins_with_the_first_scale_of_its_kind_and_names_its_numbers(kind, first):
    found = given(COSINES, kind=kind)
    assert (found.scale, found.to_json()["kind"]) == (first, kind)
    assert ("cosines" if kind == "cosine" else "logits") in found.arrays


@pytest.mark.parametrize(("kind", "scale"), [(kind, scale) for kind, scales in SCALES_OF.items() for scale in scales])
def test_every_scale_stays_finite_at_the_ends(kind, scale):
    ends = np.array([[1.0, -1.0, 0.0], [-1.0, -1.0, 1.0]], np.float32) * (1 if kind == "cosine" else 1e4)
    found = given(ends, 1e4, kind).scaled(scale)
    assert np.isfinite(found.scores).all()
    assert found.scores.dtype == np.float32


def test_a_scale_is_changed_and_changed_back():
    matrix = given(COSINES)
    assert np.array_equal(matrix.scaled("softmax-row").scaled("cosine").scores, matrix.scores)


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": np.zeros((3, 2))},
        {"values": np.full((2, 3), np.nan)},
        {"scale": "heat"},
        {"scale": "probability"},
        {"kind": "heat"},
        {"kind": "logit", "scale": "cosine"},
        {"kind": "match_probability", "scale": "sigmoid"},
    ],
)
def test_a_matrix_that_does_not_fit_its_axes_is_a_bug(wrong):
    axes = {"texts": ItemAxis(("a", "b")), "images": ItemAxis(("c", "d", "e"))}
    with pytest.raises(ValueError, match="must (be|have)"):
        Matrix(**{"values": COSINES, **axes, **wrong})


def test_captions_of_one_picture_share_its_probability(model, pictures):
    found = pipeline.choose(TEXTS[:2], pictures[0], model)
    cosines = mmviz.matrix(TEXTS[:2], pictures[:1], model)
    raised = np.exp(cosines.values[:, 0] * cosines.logit_scale)
    assert found.scores[:, 0] == pytest.approx(raised / raised.sum(), rel=1e-5)


@pytest.mark.parametrize("caption", ["", "x" * 2001])
def test_a_caption_that_cannot_be_used_is_refused_not_left_out(model, pictures, passes, caption):
    with pytest.raises(MediaError, match="empty|2,001 characters"):
        pipeline.choose(["a cat", caption], pictures[0], model)
    assert passes == []


# Banks


@pytest.fixture
def bank(tmp_path, monkeypatch) -> str:
    (tmp_path / "own.txt").write_text("".join(f"a cat {i}\n\n" for i in range(70)) + "A red cat\na cat 3\n", "utf-8")
    return str(tmp_path / "own.txt")


def test_a_text_stands_among_the_texts_of_a_bank(model, pictures, bank):
    found = pipeline.standing("a tree", pictures[0], model, bank)
    scores = mmviz.matrix(["a tree", *(f"a cat {i}" for i in range(70)), "A red cat"], pictures[:1], model).values[:, 0]
    assert (found.bank, found.n) == ("own.txt", 71)
    assert found.score == pytest.approx(scores[0], abs=1e-6)
    assert found.percentile == pytest.approx((scores[1:] < scores[0]).mean(), abs=0.02)
    assert [score for _, score in found.best] == pytest.approx(sorted(scores[1:], reverse=True)[:5], abs=1e-6)


def test_the_text_itself_is_no_distractor(model, pictures, bank):
    found = pipeline.standing("a red cat", pictures[0], model, bank)
    assert found.n == 70
    assert "A red cat" not in [name for name, _ in found.best]


def test_a_bank_is_encoded_once_a_checkpoint_in_batches(model, pictures, bank, passes):
    told = []
    first = pipeline.standing("a tree", pictures[0], model, bank, progress=lambda *step: told.append(step))
    again = pipeline.standing("a tree", pictures[0], model, bank, progress=lambda *step: told.append(step))
    assert first == again
    assert passes == [32, 32, 7, 1, 1, 1, 1]
    assert told == [(0, 71), (32, 71), (64, 71), (71, 71)]


def test_cancel_stops_a_bank(model, pictures, bank, passes, home):
    with pytest.raises(Stopped):
        pipeline.standing("a tree", pictures[0], model, bank, cancelled=lambda: sum(passes) >= 32)
    assert passes == [32]
    assert not home.exists()


@pytest.mark.parametrize("text", ["a red cat", "一只红色的猫"])
def test_a_chinese_text_stands_among_chinese_ones(monkeypatch, model, pictures, tmp_path, text):
    for name in ("small", "small-zh"):
        (tmp_path / f"{name}.txt").write_text("\n".join(f"cat {i}" for i in range(20)))
    monkeypatch.setattr("mmviz.pipeline.distractors.BANKS", tmp_path)
    assert pipeline.standing(text, pictures[0], model, "small").bank == ("small" if text.isascii() else "small-zh")


def test_a_bank_that_is_none_is_refused(model, pictures, tmp_path):
    (tmp_path / "short.txt").write_text("a cat\n" * 30)
    with pytest.raises(UnknownName, match='no bank "xxx'):
        pipeline.standing("a cat", pictures[0], model, "x" * 5000)
    with pytest.raises(UnknownName, match='no bank "words"; there are: drawn-world, drawn-world-zh, everyday, everyday-zh'):
        pipeline.standing("a cat", pictures[0], model, "words")
    with pytest.raises(MediaError, match="short.txt has 1 different texts; it needs at least 20"):
        pipeline.standing("a cat", pictures[0], model, tmp_path / "short.txt")


@pytest.mark.parametrize(("kind", "expected"), [(None, "match_probability"), ("logit", "logit")])
def test_a_text_is_matched_beside_64_of_a_bank(model, monkeypatch, pictures, bank, kind, expected):
    pairs, told = give_matching(monkeypatch, alone=True, kind=kind), []
    found = pipeline.standing("a red cat", pictures[0], model, bank, progress=lambda *step: told.append(step))
    assert (found.n, found.drawn, found.kind) == (64, 70, expected)
    assert sum(pairs) == 65
    assert told[-1] == (65, 65)
    names = [name for name, _ in found.best]
    logits = mmviz.matrix(["a red cat", *names], pictures[:1], model).values[:, 0]
    scores = logits if kind else 1 / (1 + np.exp(-logits))
    assert [found.score, *(score for _, score in found.best)] == pytest.approx(scores, abs=1e-5)
    assert "A red cat" not in names


def test_the_same_texts_of_a_bank_are_matched_every_time(model, monkeypatch, pictures, bank):
    give_matching(monkeypatch, alone=True)
    assert pipeline.standing("dog", pictures[0], model, bank) == pipeline.standing("dog", pictures[0], model, bank)


def test_cancel_stops_matching_a_bank(model, monkeypatch, pictures, bank):
    pairs = give_matching(monkeypatch, alone=True)
    with pytest.raises(Stopped):
        pipeline.standing("dog", pictures[0], model, bank, cancelled=lambda: sum(pairs) >= 64)
    assert sum(pairs) == 64


def test_a_model_with_both_stands_by_contrast_unless_asked(model, monkeypatch, pictures, bank):
    pairs = give_matching(monkeypatch)
    assert pipeline.standing("a tree", pictures[0], model, bank).kind == "cosine"
    assert pairs == []
    assert pipeline.standing("a tree", pictures[0], model, bank, by="matching").kind == "match_probability"
