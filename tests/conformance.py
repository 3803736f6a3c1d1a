"""The kit that proves an adapter: what must hold for every model family, on checkpoints whose sizes all differ.

    pytest tests/conformance.py                              random checkpoints of every registered family
    pytest tests/conformance.py --model FAMILY:FOLDER        a checkpoint of your own

What a family does not offer is not asked of it: such a check is skipped and says why.
"""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from mmviz.axes import PatchAxis, RegionAxis
from mmviz.errors import ModelError
from mmviz.media import text as text_media
from mmviz.media.words import find_words
from mmviz.models import checkpoints
from mmviz.registry import methods
from mmviz.samples import Image, Text
from tests import planted, subjects
from tests.subjects import Case, painted, picture

ENGLISH, CHINESE = "two red cats under a tree", "一只红色的猫和蓝色的狗"
#: (width, height): 1:3, 3:1, and one of each kind between.
SHAPES = [(30, 90), (90, 30), (63, 43), (200, 176)]
#: What hidden patches may be replaced by; regions are left out.
FILLS = ("mean", "blur", "background", "black", "removed")
TEXTS = ["a cat", "two small dogs with a blue tail", "猫", "the red tree"]

each_shape = pytest.mark.parametrize(("width", "height"), SHAPES)
each_language = pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each check every subject, and every target of its family where it asks for one."""
    if "subject" not in metafunc.fixturenames:
        return
    found = subjects.subjects(metafunc.config.getoption("model"))
    if "target" in metafunc.fixturenames:
        pairs = [(s, target) for s in found for target in s.targets]
        ids = [f"{s.name}-{target}" for s, target in pairs]
        metafunc.parametrize(("subject", "target"), pairs, ids=ids, scope="session")
    else:
        metafunc.parametrize("subject", found, ids=[s.name for s in found], scope="session")


def texts() -> list[Text]:
    """Some texts of different lengths."""
    return [text_media.parse(text) for text in TEXTS]


def images() -> list[Image]:
    """Some pictures of different shapes."""
    return [picture(*shape, seed=seed) for seed, shape in enumerate(SHAPES)]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Names of the models written so far, by subject."""
    return {}


@pytest.fixture
def name(subject, written, tmp_path_factory) -> str:
    """The subject's name for a lease."""
    if subject.name not in written:
        written[subject.name] = subject.write(tmp_path_factory.mktemp("subject"))
    return written[subject.name]


@pytest.fixture
def case(name) -> Iterator[Case]:
    with subjects.on_lease(name) as case:
        yield case


# What comes out: axes


@each_language
def test_there_are_as_many_tokens_as_the_tokenizer_gives(case, target, text):
    expected = case.checkpoint.tokenizer(text, add_special_tokens=False).input_ids
    axis = case.encode(text, picture(), target, unit="token", keep=frozenset()).query
    assert axis.kinds.count("token") == len(expected)


@each_language
def test_spans_of_tokens_tile_the_text(case, target, text):
    spans = case.encode(text, picture(), target, unit="token", keep=frozenset()).query.spans[:-1].tolist()
    places = [span for i, span in enumerate(spans) if i == 0 or span != spans[i - 1]]  # bytes of one character share its place
    starts, ends = [start for start, _ in places], [end for _, end in places]
    between = [text[end:start] for end, start in zip([0, *ends], [*starts, len(text)], strict=True)]
    assert all(end > start for start, end in places)
    assert all(start >= end for end, start in zip(ends, starts[1:], strict=False))
    assert ends[-1] <= len(text)
    assert "".join(between).strip() == ""


def test_no_special_token_is_in_an_axis(case, target):
    encoding = case.encode(ENGLISH, picture(), target, unit="token")
    assert (encoding.query.spans[:, 1] > encoding.query.spans[:, 0]).all()
    for block in encoding.attention or ():
        assert not block.special[subjects.units_of(block)].any()
        if block.key_positions is not None:
            assert len(block.key_positions) == len(encoding.key)


def test_names_of_special_tokens_in_a_text_are_letters_like_any_others(case, target):
    tokenizer = case.checkpoint.tokenizer
    if not tokenizer.all_special_tokens:
        pytest.skip(f"{case.checkpoint.family.name} has no special tokens")
    text = f"{tokenizer.all_special_tokens[0]} a cat {tokenizer.all_special_tokens[-1]}"
    expected = tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids
    assert case.encode(text, picture(), target, unit="token", keep=frozenset()).query.kinds.count("token") == len(expected)


def test_chinese_words_stand_each_for_itself(case, target):
    axis = case.encode(CHINESE, picture(), target).query
    words = [CHINESE[start:end] for start, end in find_words(CHINESE)]
    assert axis.labels == [*words, CHINESE]
    assert len(words) > 3


def test_the_last_row_is_the_whole_text_whatever_the_unit(case, target):
    for unit in ("token", "word", "phrase", "text"):
        axis = case.encode(ENGLISH, picture(), target, unit=unit, keep=frozenset()).query
        assert axis.labels[-1] == ENGLISH
        assert axis.kinds.count("text") == 1


def test_repeated_words_stay_apart(case, target):
    text = "a red cat under a red tree"
    encoding = case.encode(text, picture(), target)
    first, second = (i for i, label in enumerate(encoding.query.labels) if label == "red")
    assert encoding.query.spans[first, 1] <= encoding.query.spans[second, 0]
    for block in encoding.attention or ():
        if block.query_positions is not None:
            assert not np.array_equal(block.query_positions[first], block.query_positions[second])


def test_text_over_the_limit_is_marked_and_not_read(case, target):
    text = "cat dog " * 249
    axis = case.encode(text, picture(), target, unit="token", keep=frozenset()).query
    limit = int(np.argmax(axis.cut)) if axis.cut.any() else len(axis) - 1
    last, first_cut = (case.matters(text, axis.spans[place], target) for place in (limit - 1, min(limit, len(axis) - 2)))
    assert last
    if not axis.cut.any():
        pytest.skip(f"{case.checkpoint.name} reads 500 words")
    assert not first_cut
    assert axis.cut[limit:].all()


@each_shape
def test_boxes_tile_the_part_the_model_sees_once_a_grid(case, target, width, height):
    axis = case.keys(case.encode(ENGLISH, picture(width, height), target, keep=frozenset()), PatchAxis)
    boxes = axis.boxes.reshape(*axis.grid, 4)
    np.testing.assert_allclose(boxes[:, :-1, 2], boxes[:, 1:, 0], atol=1e-9)  # right edge of one, left edge of the next
    np.testing.assert_allclose(boxes[:-1, :, 3], boxes[1:, :, 1], atol=1e-9)
    np.testing.assert_allclose(boxes[0, :, [0, 2]], boxes[-1, :, [0, 2]], atol=1e-9)
    np.testing.assert_allclose(boxes[:, 0, [1, 3]], boxes[:, -1, [1, 3]], atol=1e-9)
    assert (boxes[..., 2:] > boxes[..., :2]).all()
    assert axis.seen == pytest.approx([*boxes[0, 0, :2].clip(0, 1), *boxes[-1, -1, 2:].clip(0, 1)])
    assert axis.size == (width, height)


@each_shape
def test_regions_lie_inside_the_part_that_was_searched(case, target, width, height):
    axis = case.keys(case.encode(ENGLISH, picture(width, height), target, keep=frozenset()), RegionAxis)
    x0, y0, x1, y1 = axis.seen
    assert len(axis) > 0
    assert (axis.boxes[:, :2] >= [x0, y0]).all()
    assert (axis.boxes[:, 2:] <= [x1, y1]).all()
    assert (axis.boxes[:, 2:] > axis.boxes[:, :2]).all()
    assert np.isfinite(axis.scores).all()
    assert len(set(axis.labels)) == len(axis)
    assert axis.size == (width, height)


@each_shape
def test_regions_of_a_lone_square_lie_around_it_on_the_upload(case, target, width, height):
    for place in planted.PLACES:
        image, square = planted.lone(width, height, place)
        axis = case.keys(case.encode(ENGLISH, image, target, keep=frozenset()), RegionAxis)
        if axis.kind == "object":
            pytest.skip(f"{case.checkpoint.name} finds what it was taught to find, not squares")
        centres = (axis.boxes[:, :2] + axis.boxes[:, 2:]) / 2
        side = square[2:] - square[:2]
        assert (np.abs(np.median(centres, axis=0) - (square[:2] + square[2:]) / 2) <= side / 2).all(), place
        assert (np.abs(axis.boxes - np.tile((square[:2] + square[2:]) / 2, 2)) <= 3 * np.tile(side, 2)).mean() > 0.8, place


@each_shape
def test_regions_that_are_left_out_change_the_score_most_of_them_alone_already(case, target, width, height):
    case.need("score_masked")
    encoding = case.encode(ENGLISH, picture(width, height), target)
    count = len(case.keys(encoding, RegionAxis))
    one_less = encoding.score_masked(None, ~np.eye(count, dtype=bool), "removed")
    assert (np.abs(one_less - encoding.score.value) > 1e-6).mean() > 0.9


@each_shape
def test_what_lies_outside_the_seen_part_is_not_seen(case, target, width, height):
    image = picture(width, height)
    axis = case.encode(ENGLISH, image, target, keep=frozenset()).key
    hidden = image
    if isinstance(axis, RegionAxis) and axis.seen == (0, 0, 1, 1):
        pytest.skip(f"{case.checkpoint.name} searches all of a picture")
    for box in subjects.beyond(axis):
        hidden = painted(hidden, box)
    if hidden is image:
        pytest.skip(f"{case.checkpoint.name} sees all of a picture of {width} x {height}")
    assert not np.array_equal(hidden.pixels, image.pixels)
    assert case.score(ENGLISH, hidden, target) == pytest.approx(case.score(ENGLISH, image, target), abs=1e-6)


@each_shape
def test_every_corner_and_the_middle_of_the_seen_part_are_seen(case, target, width, height):
    image = picture(width, height)
    axis = case.keys(case.encode(ENGLISH, image, target, keep=frozenset()), PatchAxis)
    score = case.score(ENGLISH, image, target)
    rows, columns = axis.grid
    places = {0, columns - 1, (rows - 1) * columns, rows * columns - 1, rows // 2 * columns + columns // 2}
    changes = {place: abs(case.score(ENGLISH, painted(image, axis.boxes[place]), target) - score) for place in places}
    assert all(change > 1e-6 for change in changes.values()), changes


@each_shape
def test_a_bright_square_lies_on_the_upload_where_its_patches_lie(case, target, width, height):
    case.need("picture")
    dark = case.encode(ENGLISH, picture(width, height, seed=None), target, keep=frozenset({"picture"}))
    half = (dark.key.boxes[0, 2:] - dark.key.boxes[0, :2]) / 2
    for place in planted.PLACES:
        image, wanted = planted.planted(dark.key, place)
        seen = case.encode(ENGLISH, image, target, keep=frozenset({"picture"}))
        found = planted.centre_of((seen.picture(None) - dark.picture(None)).mean(0), seen.key)
        assert (np.abs(found - wanted) <= half).all(), (place, found, wanted)


def test_painting_over_a_patch_changes_its_own_vector_most(case, target):
    case.need("key_embeds")
    image = picture(200, 136)
    rows, columns = case.keys(case.encode(ENGLISH, image, target, keep=frozenset()), PatchAxis).grid
    wanted = np.array([0, columns - 1, (rows - 1) * columns, rows * columns // 2])
    found = np.array([subjects.most_changed(case, image, place, target) for place in wanted])
    off = np.abs(found // columns - wanted // columns) + np.abs(found % columns - wanted % columns)
    # a trained model may answer beside the place now and then, but not at most places
    assert (off == 0).sum() >= 3, (wanted, found)
    assert off.max() <= 1, (wanted, found)


# What comes out: numbers


def test_attention_rows_and_what_is_left_out_sum_to_one(case, target):
    case.need("attention")
    for block in case.encode(ENGLISH, picture(), target, unit="token").attention:
        units = subjects.units_of(block)
        left_out = block.weights[..., block.special].sum(-1)
        np.testing.assert_allclose(block.weights[..., units].sum(-1) + left_out, 1, atol=1e-4)
        assert (block.weights >= 0).all()


def test_a_position_is_either_a_unit_or_special(case, target):
    case.need("attention")
    for block in case.encode(ENGLISH, picture(), target, unit="token").attention:
        assert sorted([*subjects.units_of(block), *np.flatnonzero(block.special)]) == list(range(len(block.special)))


def test_layers_and_heads_are_those_of_the_config(case, target):
    case.need("attention")
    known = subjects.stacks(case.checkpoint.config)
    for block in case.encode(ENGLISH, picture(), target).attention:
        assert (len(block.layers), block.weights.shape[1]) in known
        assert block.layers == tuple(range(len(block.layers)))


def test_only_the_asked_layers_are_kept(case, target):
    case.need("attention")
    whole = case.encode(ENGLISH, picture(), target)
    last = min(len(block.layers) for block in whole.attention) - 1
    for block, full in zip(case.encode(ENGLISH, picture(), target, layers=(last,)).attention, whole.attention, strict=True):
        assert block.layers == (last,)
        np.testing.assert_allclose(block.weights[0], full.weights[last], atol=1e-6)


def test_vectors_have_unit_norm_and_one_space(case, target):
    case.need("query_embeds", "key_embeds")
    encoding = case.encode(ENGLISH, picture(), target)
    assert encoding.query_embeds.shape == (len(encoding.query), encoding.key_embeds.shape[1])
    known = encoding.query_embeds[~encoding.query.unknown]
    assert len(known) >= len(encoding.query) - 1
    for vectors in (known, encoding.key_embeds):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_everything_is_float32_and_finite_on_the_cpu(case, target):
    encoding = case.encode(ENGLISH, picture(), target)
    arrays = [
        a for a in (encoding.query_embeds, encoding.key_embeds, encoding.unit_scores, encoding.contributions) if a is not None
    ]
    arrays += [block.weights for block in encoding.attention or ()]
    arrays += [g for g in (encoding.attention_grad(0) if encoding.attention_grad else ()) if g is not None]
    assert {array.dtype for array in arrays} <= {np.dtype(np.float32)}
    assert all(np.isfinite(array).all() for array in arrays)
    assert np.isfinite(encoding.score.value)


def test_weights_of_half_precision_are_computed_in_float32(case, name, tmp_path):
    import torch

    half = subjects.halved(name, tmp_path / "half")
    target = case.checkpoint.family.targets[0]
    with subjects.on_lease(half) as other:
        assert {p.dtype for p in other.checkpoint.model.parameters()} == {torch.float32}
        assert other.checkpoint.dtype == "float32"
        assert other.score(ENGLISH, picture(), target) == pytest.approx(case.score(ENGLISH, picture(), target), abs=0.02)


def test_picture_and_text_both_matter(case, target):
    score = case.score(ENGLISH, picture(), target)
    assert abs(case.score(ENGLISH, picture(seed=4), target) - score) > 1e-4
    assert abs(case.score("a small blue dog", picture(), target) - score) > 1e-4


def test_a_score_lies_in_the_range_of_its_kind(case, target):
    score = case.encode(ENGLISH, picture(), target, keep=frozenset()).score
    low, high = {"cosine": (-1, 1), "match_probability": (0, 1), "logit": (-np.inf, np.inf)}[score.kind]
    assert low <= score.value <= high


# What a family offers


def test_what_is_offered_is_there_and_nothing_else(case, target):
    cheap = {"query_embeds", "key_embeds", "attention", "attention_grad", "contributions"}
    every = frozenset(cheap | {"picture", "input_grad", "score_masked", "score_without", "decoded"})
    encoding = case.encode(ENGLISH, picture(), target, keep=every | case.offers)
    there = {field for field in every | case.offers if getattr(encoding, field, None) is not None}
    assert there == case.offers
    assert encoding.key.kind == case.checkpoint.family.columns


def test_a_field_is_given_alone_where_it_is_asked_alone(case, target):
    for field in case.offers:
        encoding = case.encode(ENGLISH, picture(), target, keep=frozenset({field}))
        assert {other for other in case.offers if getattr(encoding, other) is not None} == {field}


def test_every_method_the_menu_shows_runs(case, target):
    shown = [entry for entry in methods if entry.needs <= case.offers and target in entry.targets]
    encoding = case.encode(ENGLISH, picture(), target)
    for entry in shown:
        found = entry.run(encoding)
        assert found.scores.shape == (len(encoding.query), len(encoding.key))
        if found.scale == "mass":
            rows = found.scores.sum(1) + found.left_out
            # all of each unit's attention; or a plan, of which every word has its share and the whole text all
            assert np.allclose(rows, 1, atol=1e-4) or np.allclose([rows[:-1].sum(), rows[-1]], 1, atol=1e-4), entry.name
    if not shown:
        pytest.skip(f"no method knows the target {target} with what {case.checkpoint.name} offers")


def test_a_target_or_a_layer_that_is_not_there_is_refused(case, target):
    with pytest.raises(ModelError, match="target"):
        case.encode(ENGLISH, picture(), "nowhere")
    for layers in ((99,), (-1,), ()):
        with pytest.raises(ModelError, match="layer"):
            case.encode(ENGLISH, picture(), target, layers=layers)


@pytest.mark.parametrize("text", ["😀", "Ж", "!!!", "é́", "a" * 2000], ids=["emoji", "script", "signs", "marks", "long"])
def test_a_strange_text_is_read_or_refused_with_a_sentence(case, target, text):
    try:
        assert np.isfinite(case.score(text, picture(), target))
    except ModelError as error:
        assert str(error).endswith(".")  # noqa: PT017


@pytest.mark.parametrize(("width", "height"), [(2, 2), (2, 40), (100, 2)])
def test_a_tiny_or_narrow_picture_is_seen_or_refused_with_a_sentence(case, target, width, height):
    try:
        assert np.isfinite(case.score(ENGLISH, picture(width, height), target))
    except ModelError as error:
        assert str(error).endswith(".")  # noqa: PT017


# What looking in does


def test_looking_in_leaves_the_score_as_it_was(case, target):
    seen = case.encode(ENGLISH, picture(), target).score.value
    assert case.encode(ENGLISH, picture(), target, keep=frozenset()).score.value == pytest.approx(seen, abs=1e-5)


def test_hooks_come_off(case, target):
    before = subjects.hooks_on(case.checkpoint.model)
    encoding = case.encode(ENGLISH, picture(), target)
    if encoding.attention_grad:
        encoding.attention_grad(0)
    assert subjects.hooks_on(case.checkpoint.model) == before


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_hooks_come_off_when_a_pass_fails(case, target, share, monkeypatch):
    leaves = subjects.leaves_called(case.checkpoint.model, lambda: case.encode(ENGLISH, picture(), target))
    broken = leaves[int(share * (len(leaves) - 1))]

    def fail(*args, **named):
        raise ZeroDivisionError("the kit broke this layer")

    before = subjects.hooks_on(case.checkpoint.model)
    with monkeypatch.context() as patch:
        patch.setattr(broken, "forward", fail)
        with pytest.raises(ZeroDivisionError):
            case.encode(ENGLISH, picture(), target)
    assert subjects.hooks_on(case.checkpoint.model) == before


def test_attention_that_comes_out_empty_is_noticed(case, target):
    case.need("attention")
    full = case.encode(ENGLISH, picture(), target).attention
    with subjects.silent(case.checkpoint.model):
        try:
            found = case.encode(ENGLISH, picture(), target).attention
        except ModelError as error:
            assert "attention" in str(error)  # noqa: PT017
            return
    for block, expected in zip(found, full, strict=True):
        np.testing.assert_array_equal(block.weights, expected.weights)


def test_attention_loaded_as_sdpa_is_noticed(case, target):
    case.need("attention")
    full = case.encode(ENGLISH, picture(), target).attention
    with subjects.as_sdpa(case.checkpoint.model):
        try:
            found = case.encode(ENGLISH, picture(), target).attention
        except ModelError as error:
            assert "attention" in str(error)  # noqa: PT017
            return
    for block, expected in zip(found, full, strict=True):
        np.testing.assert_allclose(block.weights, expected.weights, atol=1e-5)


def test_nothing_of_model_text_or_picture_is_changed(case, target):
    image, before = picture(), subjects.weights_of(case)
    pixels = image.pixels.copy()
    encoding = case.encode(ENGLISH, image, target)
    if encoding.attention_grad:
        encoding.attention_grad(0)
    assert np.array_equal(image.pixels, pixels)
    assert subjects.weights_of(case) == before
    assert not case.checkpoint.model.training
    assert all(p.grad is None and not p.requires_grad for p in case.checkpoint.model.parameters())


def test_the_same_is_given_again_whatever_the_state_of_chance(case, target):
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        first = subjects.numbers(case.encode(ENGLISH, picture(), target))
        torch.manual_seed(2)
        second = subjects.numbers(case.encode(ENGLISH, picture(), target))
    assert first.keys() == second.keys()
    assert [field for field in first if not np.array_equal(first[field], second[field])] == []


def test_gradients_are_what_finite_differences_say(case, target, rng):
    case.need("attention", "attention_grad")
    encoding = case.encode(ENGLISH, picture(), target)
    unit = len(encoding.query) - 1
    for block, gradient in zip(encoding.attention, encoding.attention_grad(unit), strict=True):
        norms = [0.0] if gradient is None else [float(np.linalg.norm(layer)) for layer in gradient]
        place = int(np.argmax(norms))
        direction = rng.normal(size=block.weights.shape[1:]).astype(np.float32)
        expected = 0.0 if gradient is None else float((gradient[place] * direction).sum())
        found = subjects.slope(case, ENGLISH, target, (block, place), direction)
        # the score is known to 1e-6, over two steps of 1e-3; what is left is curvature, a share of the gradient
        assert found == pytest.approx(expected, rel=0.01, abs=5e-4 + 2e-3 * max(norms))


def test_some_gradient_is_not_zero(case, target):
    case.need("attention", "attention_grad")
    encoding = case.encode(ENGLISH, picture(), target)
    found = [g for g in encoding.attention_grad(len(encoding.query) - 1) if g is not None]
    assert max(np.abs(g).max() for g in found) > 1e-4


def test_gradients_have_the_shape_of_weights_and_can_be_asked_again(case, target):
    case.need("attention", "attention_grad")
    encoding = case.encode(ENGLISH, picture(), target)
    first, other, again = (encoding.attention_grad(unit) for unit in (0, 1, 0))
    assert len(first) == len(other) == len(encoding.attention)
    for gradient, repeated, block in zip(first, again, encoding.attention, strict=True):
        assert (gradient is None) == (repeated is None)
        if gradient is not None:
            assert gradient.shape == block.weights.shape
            np.testing.assert_array_equal(gradient, repeated)


def test_gradients_of_one_layer_are_those_it_has_among_all(case, target):
    case.need("attention", "attention_grad")
    encoding = case.encode(ENGLISH, picture(), target)
    last = max(block.layers[-1] for block in encoding.attention)
    parts = encoding.attention_grad(1, (last,))  # before all of them are there
    for part, whole, block in zip(parts, encoding.attention_grad(1), encoding.attention, strict=True):
        if last not in block.layers:
            assert part is None
        else:
            np.testing.assert_allclose(part, whole[[block.layers.index(last)]], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("fill", FILLS)
def test_hiding_nothing_leaves_every_units_score(case, target, fill):
    case.need("score_masked")
    encoding = case.encode(ENGLISH, picture(), target)
    case.need_fill(encoding, fill)
    kept = np.ones((2, len(encoding.key)), bool)
    own = [encoding.score.value] * len(encoding.query) if encoding.unit_scores is None else encoding.unit_scores
    wanted = {None: encoding.score.value, len(encoding.query) - 1: own[-1]} | (
        dict(enumerate(own)) if target != "context" else {}
    )
    for unit, score in wanted.items():
        found = encoding.score_masked(unit, kept, fill)
        assert (found.dtype, found.shape) == (np.float32, (2,))
        np.testing.assert_allclose(found, score, atol=1e-5)


@pytest.mark.parametrize("fill", FILLS)
def test_hiding_the_picture_changes_the_score_and_leaves_one_picture_however_it_is_hidden(case, target, fill):
    case.need("score_masked")
    first, other = (case.encode(ENGLISH, picture(seed=seed), target) for seed in (3, 4))
    case.need_fill(first, fill)
    found = [encoding.score_masked(None, np.zeros((1, len(encoding.key)), bool), fill)[0] for encoding in (first, other)]
    assert abs(found[0] - first.score.value) > 1e-4
    # black owes nothing to the picture, nor does nothing at all
    assert (fill in ("black", "removed")) == (abs(found[1] - found[0]) < 1e-6)


def test_masks_asked_together_give_what_each_gives_alone_in_any_order(case, target, rng):
    case.need("score_masked")
    encoding = case.encode(ENGLISH, picture(90, 30), target)
    kept = rng.uniform(size=(37, len(encoding.key))) < 0.6
    together = encoding.score_masked(0, kept, "mean")
    again = case.encode(ENGLISH, picture(90, 30), target)
    order = rng.permutation(37)
    np.testing.assert_allclose(again.score_masked(0, kept[order], "mean"), together[order], atol=2e-5)
    np.testing.assert_allclose([again.score_masked(0, row[None], "mean")[0] for row in kept[:3]], together[:3], atol=2e-5)
    assert np.ptp(together) > 1e-4
    assert encoding.score_masked(0, kept[:0], "mean").shape == (0,)


def test_hiding_a_patch_is_what_painting_its_pixels_over_is(case, target):
    case.need("score_masked", "picture", "input_grad")
    encoding = case.encode(ENGLISH, picture(90, 30), target)
    seen, rows = encoding.picture(None), encoding.key.grid[0]
    side, place = seen.shape[1] // rows, len(encoding.key) // 2 + 1
    kept = np.ones((1, len(encoding.key)), bool)
    kept[0, place] = False
    row, column = divmod(place, encoding.key.grid[1])
    painted_over = seen.copy()
    cell = np.s_[:, row * side : (row + 1) * side, column * side : (column + 1) * side]
    painted_over[cell] = encoding.picture("mean")[cell]
    # what score_masked says without touching any other patch: the mean slope on the way from the one picture to the other
    shares = (np.arange(64) + 0.5) / 64
    path = seen + shares[:, None, None, None].astype(np.float32) * (painted_over - seen)
    slope = (encoding.input_grad(None, path) * (painted_over - seen)).sum((1, 2, 3)).mean()
    change = encoding.score_masked(None, kept, "mean")[0] - encoding.score.value
    assert change == pytest.approx(slope, abs=2e-4, rel=0.02)


def test_gradients_by_the_picture_are_what_finite_differences_say(case, target, rng):
    case.need("input_grad", "picture", "score_masked")
    encoding = case.encode(ENGLISH, picture(), target)
    unit, seen, blurred = 1, encoding.picture(None), encoding.picture("blur")
    found = encoding.input_grad(unit, np.stack([seen, blurred]))
    assert (found.dtype, found.shape) == (np.float32, (2, *seen.shape))
    direction = found[0] / np.linalg.norm(found[0]) + rng.normal(size=seen.shape).astype(np.float32) / np.sqrt(seen.size)
    slope = subjects.picture_slope(case, ENGLISH, target, unit, direction)
    assert slope == pytest.approx(float((found[0] * direction).sum()), rel=0.02, abs=1e-4)
    np.testing.assert_allclose(encoding.input_grad(unit, seen[None])[0], found[0], atol=1e-5 * np.abs(found[0]).max() + 1e-7)
    assert not np.allclose(found[0], found[1])


def test_the_picture_is_the_models_own_as_far_as_its_patches_reach(case, target):
    case.need("picture")
    encoding = case.encode(ENGLISH, picture(90, 30), target)
    rows, columns = encoding.key.grid
    for fill in (None, *FILLS[:-1]):  # nothing stands for what is removed
        seen = encoding.picture(fill)
        assert (seen.dtype, seen.shape[0]) == (np.float32, 3)
        assert seen.shape[1] / rows == seen.shape[2] / columns == seen.shape[1] // rows
    flat = [encoding.picture(fill).std((1, 2)).max() for fill in ("mean", "background", "black")]
    np.testing.assert_allclose(flat, 0, atol=1e-6)
    np.testing.assert_allclose(encoding.picture("mean")[:, 0, 0], encoding.picture(None).mean((1, 2)), atol=1e-5)


def test_leaving_out_no_word_leaves_the_score(case, target):
    case.need("score_without")
    encoding = case.encode(ENGLISH, picture(), target)
    found = encoding.score_without(np.ones((2, len(encoding.query)), bool))
    assert (found.dtype, found.shape) == (np.float32, (2,))
    np.testing.assert_allclose(found, [encoding.score.value] * 2, atol=1e-5)
    assert encoding.score_without(np.ones((0, len(encoding.query)), bool)).shape == (0,)


def test_a_text_without_a_word_scores_as_that_text(case, target):
    case.need("score_without")
    encoding = case.encode(ENGLISH, picture(), target)
    if encoding.score.label:
        pytest.skip(f"the strongest answer of {case.checkpoint.name} may change with the text")
    kept = ~np.eye(len(encoding.query), dtype=bool)[[1, 3]]
    kept[1, 4] = False
    texts = ["two  cats under a tree", "two red cats   tree"]
    np.testing.assert_allclose(encoding.score_without(kept), [case.score(t, picture(), target) for t in texts], atol=2e-5)


def test_what_is_drawn_depends_on_text_and_picture_and_a_blank_text_is_none(case, target):
    case.need("decoded")
    first, other = (case.encode(ENGLISH, picture(seed=seed), target) for seed in (3, 4))
    rows, columns = first.key.grid
    with_picture, alone = first.decoded([ENGLISH, "", " "], True), first.decoded([ENGLISH, "a small blue dog", ""], False)
    for drawn in (with_picture, alone):
        assert (drawn.dtype, drawn.shape[:2]) == (np.float32, (3, 3))
        assert drawn.shape[2] % rows == drawn.shape[3] % columns == 0
        assert 0 <= drawn.min() <= drawn.max() <= 1
    np.testing.assert_allclose(with_picture[1], with_picture[2], atol=1e-5)
    pairs = [(with_picture[0], with_picture[1]), (alone[0], alone[1]), (alone[0], alone[2])]
    assert min(np.abs(one - two).max() for one, two in pairs) > 1e-3
    assert np.abs(with_picture[0] - alone[0]).max() > 1e-3
    np.testing.assert_allclose(other.decoded([ENGLISH, "a small blue dog", ""], False), alone, atol=1e-6)
    assert np.abs(other.decoded([ENGLISH], True)[0] - with_picture[0]).max() > 1e-3
    assert first.decoded([], True).shape == (0, *alone.shape[1:])


def test_what_is_drawn_of_many_texts_is_what_is_drawn_of_each(case, target):
    case.need("decoded")
    encoding, told = case.encode(ENGLISH, picture(), target), [*TEXTS, "", *(f"{text} {i}" for i in range(9) for text in TEXTS)]
    alone = np.concatenate([encoding.decoded([text], True) for text in told])
    # random weights make steep sigmoids after five layers: sums in another order moved a pixel by 1.4e-5
    np.testing.assert_allclose(encoding.decoded(told, True), alone, atol=1e-4)


def test_one_layer_takes_an_eighth_of_the_memory_of_all(subject, tmp_path):
    if subject.made is None:
        pytest.skip("only random checkpoints are made deep")
    with subjects.on_lease(subjects.deep(subject).write(tmp_path / "deep")) as case:
        case.need("attention")
        target = subject.targets[-1]
        assert max(layers for layers, _ in subjects.stacks(case.checkpoint.config)) == subjects.DEEP
        one, every = (subjects.held(case, target, layers) for layers in ((subjects.DEEP - 1,), None))
    assert one <= every / 8


def test_contributions_and_what_is_beside_them_sum_up_to_the_score(case, target):
    case.need("contributions")
    encoding = case.encode(ENGLISH, picture(), target)
    parts = {"bilinear": float(encoding.contributions[-1].sum(dtype=float))} | {
        name: value for name, value in encoding.score.parts.items() if name != "bilinear"
    }
    assert sum(parts.values()) == pytest.approx(encoding.score.value, abs=1e-5)
    assert sum(encoding.score.parts.values()) == pytest.approx(encoding.score.value if encoding.score.parts else 0, abs=1e-5)
    assert np.abs(encoding.contributions).max() > 1e-4


def test_contributions_of_words_sum_up_to_those_of_the_text_or_each_to_its_own_score(case, target):
    case.need("contributions")
    encoding = case.encode("a red cat under a red tree", picture(), target)
    words, whole = encoding.contributions[:-1], encoding.contributions[-1]
    if target == "prompt" and not encoding.score.parts:
        np.testing.assert_allclose(words.sum(1), encoding.unit_scores[:-1], atol=1e-5)
    elif target != "prompt":
        np.testing.assert_allclose(words.sum(0), whole, atol=1e-5)
        np.testing.assert_array_equal(words[1], words[5])  # "red" twice: one term, equal shares


# Many at once


def test_units_read_together_score_as_each_alone(case, target):
    encoding = case.encode(ENGLISH, picture(), target)
    if encoding.unit_scores is None:
        pytest.skip(f"units have no score of their own under the target {target}")
    if target == "pair":  # parts of one score, each given what stands before it
        tokens = case.encode(ENGLISH, picture(), target, unit="token").unit_scores[:-1]
        assert tokens.sum() == pytest.approx(encoding.score.value, abs=1e-4)
        assert encoding.unit_scores[-1] == pytest.approx(encoding.score.value, abs=1e-5)
        return
    alone = [case.score(label, picture(), target) for label in encoding.query.labels]
    np.testing.assert_allclose(encoding.unit_scores, alone, atol=1e-5)


def test_vectors_of_many_are_those_of_single_ones(case):
    embed = case.function("embed")
    for samples in (texts(), images()):
        alone = np.concatenate([embed(case.checkpoint, [sample]).vectors for sample in samples])
        for batch in (1, 3, 32):
            np.testing.assert_allclose(embed(case.checkpoint, samples, batch).vectors, alone, atol=1e-5)


def test_vectors_keep_the_order_of_what_was_given(case):
    embed = case.function("embed")
    for samples in (texts(), images()):
        forward, backward = embed(case.checkpoint, samples), embed(case.checkpoint, samples[::-1])
        np.testing.assert_allclose(forward.vectors, backward.vectors[::-1], atol=1e-5)
        assert forward.items.labels == backward.items.labels[::-1]
        assert len({vector.tobytes() for vector in forward.vectors.round(3)}) == len(samples)


def test_padding_beside_a_longer_text_does_not_matter(case):
    embed = case.function("embed")
    long = Text("two small dogs with a blue tail under the red tree")
    beside, alone = embed(case.checkpoint, [Text("a cat"), long]).vectors, embed(case.checkpoint, [Text("a cat")]).vectors
    np.testing.assert_allclose(beside[:1], alone, atol=1e-5)


def test_no_samples_have_no_vectors(case):
    embed = case.function("embed")
    width = embed(case.checkpoint, [Text("a cat")]).vectors.shape[1]
    assert embed(case.checkpoint, []).vectors.shape == (0, width)


def test_vectors_have_unit_norm_and_give_the_score(case):
    embed, encode_targets = case.function("embed"), case.checkpoint.family.targets
    words, seen = (embed(case.checkpoint, [sample]).vectors[0] for sample in (Text(ENGLISH), picture()))
    assert np.linalg.norm(words) == pytest.approx(1, abs=1e-5)
    for target in (t for t in encode_targets if t != "pair"):
        assert case.score(ENGLISH, picture(), target) == pytest.approx(float(words @ seen), abs=1e-5)


def test_the_factor_of_logits_is_above_zero(case):
    case.function("embed")
    assert 0 < case.function("logit_scale")(case.checkpoint) < np.inf


def test_pairs_scored_together_score_as_each_alone(case):
    wanted = [(0, 1), (3, 0), (2, 2), (0, 3), (1, 1), (0, 1)]
    together = case.pairs(TEXTS, images(), wanted)
    alone = [case.pairs([TEXTS[t]], [images()[i]], [(0, 0)])[0] for t, i in wanted]
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, alone, atol=2e-5)


def test_pairs_keep_the_order_of_what_was_given(case):
    wanted = [(t, i) for t in range(len(TEXTS)) for i in range(len(SHAPES))]
    forward, backward = case.pairs(TEXTS, images(), wanted), case.pairs(TEXTS, images(), wanted[::-1])
    np.testing.assert_allclose(forward, backward[::-1], atol=2e-5)
    assert len(set(forward.round(4))) > len(wanted) // 2


def test_no_pairs_have_no_scores(case):
    assert case.pairs(["a cat"], [picture()], [(0, 0)])[:0].shape == case.pairs(["a cat"], [picture()], []).shape


def test_a_pair_scores_as_it_does_when_it_is_looked_into(case):
    logit = float(case.pairs([ENGLISH], [picture()], [(0, 0)])[0])
    score = case.encode(ENGLISH, picture(), "pair", keep=frozenset()).score
    expected = 1 / (1 + np.exp(-logit)) if score.kind == "match_probability" else logit
    assert score.value == pytest.approx(expected, abs=1e-5)


def test_a_picture_is_seen_once_however_many_texts_it_is_scored_with(case):
    case.pairs(["a cat"], [picture()], [(0, 0)])
    tower = getattr(case.checkpoint.model, "vision_model", None)
    if tower is None:
        pytest.skip(f"{case.checkpoint.family.name} has no tower for pictures alone")
    seen = []
    handle = tower.register_forward_hook(lambda module, args, out: seen.append(len(out[0])))
    case.function("score_pairs")(
        case.checkpoint, texts(), [picture(), picture(seed=5)], np.indices((len(TEXTS), 2)).reshape(2, -1).T
    )
    handle.remove()
    assert sum(seen) == 2


# Many who use it


def test_two_threads_on_one_checkpoint_do_not_mix(name, target):
    images = [picture(seed=1), picture(90, 50, seed=2)]

    def numbers(number: int) -> dict[str, np.ndarray]:
        with subjects.on_lease(name) as case:
            return subjects.numbers(case.encode(TEXTS[number], images[number], target))

    expected, mixed, start = [numbers(0), numbers(1)], [], threading.Barrier(2)
    assert expected[0]["score"] != expected[1]["score"]

    def work(number: int) -> None:
        start.wait()
        for _ in range(6):
            found = numbers(number)
            mixed.extend(field for field in found if not np.array_equal(found[field], expected[number][field]))

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []


def test_the_lease_evicts_only_what_nobody_uses(case, target):
    pool = checkpoints.Pool(budget=case.checkpoint.memory + 1)
    before = case.score(ENGLISH, picture(), target)
    with pool.lease("held", lambda: case.checkpoint) as held:
        for other in range(3):
            with pool.lease(other, lambda: case.checkpoint):
                pass
        assert "held" in pool
        assert Case(case.name, held).score(ENGLISH, picture(), target) == before
        assert pool.memory <= pool.budget
    with pool.lease("next", lambda: case.checkpoint):
        pass
    assert "held" not in pool
