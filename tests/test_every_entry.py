"""What holds for every registered function, those not yet written included."""

import copy
import inspect
import json
import re
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from mmviz.axes import ItemAxis, PatchAxis, RegionAxis, TextAxis
from mmviz.findings import Bins, Boxed, Finding, Plot, Ranking, Shown
from mmviz.matrices import Matrix
from mmviz.methods.attention import looking
from mmviz.pipeline.maps import space as pipeline_space
from mmviz.pipeline.versus import opposed
from mmviz.probes.given import Given
from mmviz.registry import (
    Entry,
    Family,
    detectors,
    exports,
    families,
    matchers,
    methods,
    objectives,
    probes,
    scores,
    views,
    warps,
)
from mmviz.results import SCALES, Alignment, Embeds, Encoding, Palette
from mmviz.samples import Image, Text
from mmviz.space import gap
from mmviz.spaces import Space
from mmviz.timings import Timing
from mmviz.trusts import FIGURES, Remark, Right, Skill, Skills, Truth, Truths
from mmviz.versus import Versus
from tests import films, synthetic
from tests.models import tiny

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
ENTRIES = [*methods, *views, *families, *detectors, *exports, *objectives, *scores, *probes, *warps, *matchers]
#: A method that knows "pair" must know it of one stream too.
RUNS = [(entry, run) for entry in methods for target in entry.targets for run in (target, *["stream"] * (target == "pair"))]
RANGES = {
    "cosine": (-1, 1),
    "mass": (0, 1),
    "relevance": (0, np.inf),
    "probability": (0, 1),
    "cost": (0, np.inf),
    "effect": (-np.inf, np.inf),
    "change": (0, 1),
}
FIELDS = {field.name for field in fields(Encoding)}
#: What a probe may be given beside the pair.
GIVEN = {"bank", "pictures", "words", "ways", "texts"}

each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e.name}")
each_method = pytest.mark.parametrize("entry", list(methods), ids=lambda e: e.name)
each_run = pytest.mark.parametrize(("entry", "target"), RUNS, ids=lambda value: getattr(value, "name", value))
each_view = pytest.mark.parametrize("entry", list(views), ids=lambda e: e.name)
each_export = pytest.mark.parametrize(("entry", "kind"), [(e, kind) for e in exports for kind in e.facts["takes"]])
each_objective = pytest.mark.parametrize("entry", list(objectives), ids=lambda e: e.name)
each_probe = pytest.mark.parametrize("entry", list(probes), ids=lambda e: e.name)
each_family = pytest.mark.parametrize("family", [families[e.name] for e in families], ids=lambda f: f.name)


@each_entry
def test_it_has_a_title_and_stands_in_the_readme(entry: Entry):
    assert entry.title.strip()
    assert f"`{entry.name}`" in README


@pytest.mark.parametrize(
    "entry", [*methods, *views, *exports, *objectives, *scores, *probes, *warps, *matchers], ids=lambda e: e.name
)
def test_its_summary_is_one_sentence(entry: Entry):
    assert entry.summary.endswith(".")
    assert 15 < len(entry.summary) < 120


@each_method
def test_a_method_needs_fields_of_an_encoding_and_names_its_source(entry: Entry):
    assert entry.needs <= FIELDS
    assert entry.needs
    assert "arXiv" in entry.paper or "," in entry.paper
    assert set(entry.targets) <= {"prompt", "context", "pair"}
    assert entry.targets


@pytest.mark.parametrize("entry", [*methods, *objectives, *probes, *warps, *matchers], ids=lambda e: e.name)
def test_every_option_has_a_default_and_a_word_in_the_docstring(entry: Entry):
    for name, default in entry.options.items():
        assert default is not inspect.Parameter.empty
        assert f"{name}:" in (entry.run.__doc__ or "")


@each_run
def test_a_method_gives_finite_scores_in_the_range_of_its_scale(entry: Entry, target, rng):
    found = entry.run(synthetic.encoding(rng, target))
    low, high = RANGES[found.scale]
    assert found.scores.shape == (synthetic.Q, synthetic.K)
    assert found.scores.dtype == np.float32
    assert found.scale in SCALES
    assert low <= found.scores.min() <= found.scores.max() <= high
    assert found.scores.std() > 0


@each_run
def test_what_a_method_gives_survives_json(entry: Entry, target, rng):
    found = entry.run(synthetic.encoding(rng, target)).made_by(entry.name, entry.options)
    text = json.dumps(found.to_json(), allow_nan=False)
    again = Alignment.from_json(json.loads(text))
    assert np.array_equal(again.scores, found.scores)
    assert again.to_json() == found.to_json()


@each_run
def test_a_method_leaves_its_encoding_as_it_was(entry: Entry, target, rng):
    encoding = synthetic.encoding(rng, target)
    before = _arrays(encoding)
    entry.run(encoding)
    for name, array in _arrays(encoding).items():
        assert np.array_equal(array, before[name]), name


@each_run
def test_a_method_needs_nothing_but_what_it_says(entry: Entry, target, rng):
    encoding = synthetic.encoding(rng, target)
    always = {"query", "key", "target", "model", "checkpoint", "score", "unit_scores"}
    bare = replace(encoding, **dict.fromkeys(FIELDS - always - entry.needs))
    assert np.array_equal(entry.run(bare).scores, entry.run(encoding).scores)


@each_run
def test_moving_patches_about_moves_their_columns_and_nothing_else(entry: Entry, target):
    order = np.array([4, 0, 5, 2, 1, 3])
    as_it_was = entry.run(synthetic.encoding(np.random.default_rng(3), target))
    moved = entry.run(synthetic.encoding(np.random.default_rng(3), target, order))
    assert moved.scores == pytest.approx(as_it_was.scores[:, order], abs=1e-5)


@each_view
def test_a_view_draws_the_same_from_the_same_and_leaves_it_as_it_was(entry: Entry, rng):
    result = {
        "Alignment": _alignment,
        "Matrix": _matrix,
        "Finding": _finding,
        "Matching": films.made,
        "Space": _space,
        "Timing": _timing,
    }[_drawn_by(entry)](rng)
    before = copy.deepcopy(result.to_json())
    first, second = _written(entry.run(result)), _written(entry.run(result))
    assert first == second
    assert result.to_json() == before


@pytest.mark.parametrize("entry", [v for v in views if not v.facts.get("takes")], ids=lambda e: e.name)
@pytest.mark.parametrize("scale", SCALES)
def test_a_view_stays_under_two_megabytes_without_nan(entry: Entry, scale, rng):
    written = _written(entry.run(replace(_alignment(rng, rows=50, columns=24), scale=scale)))
    assert len(written) < 2 * 2**20
    assert "NaN" not in written


@pytest.mark.parametrize("entry", [v for v in views if "Matrix" in v.facts.get("takes", ())], ids=lambda e: e.name)
def test_a_view_of_the_largest_matrix_stays_under_two_megabytes_without_nan(entry: Entry, rng):
    names = ItemAxis(tuple(f"a text of usual length, number {i}" for i in range(200)))
    drawn = entry.run(Matrix(rng.uniform(-1, 1, (200, 200)).astype(np.float32), names, names, 100.0))
    assert len(json.dumps(drawn, allow_nan=False)) < 2 * 2**20


@each_export
def test_an_export_gives_the_same_bytes_of_the_same_and_leaves_it_as_it_was(entry: Entry, kind: str, rng):
    makers = {
        "Alignment": _alignment,
        "Matrix": _matrix,
        "Skills": _skills,
        "Truths": _truths,
        "Versus": _versus,
        "Finding": _finding,
        "Space": _space,
        "Timing": _timing,
        "Matching": films.made,
    }
    result = makers[kind](rng)
    image, palette = Image(rng.integers(0, 256, (7, 9, 3), np.uint8)), Palette(rng.integers(0, 256, (256, 4), np.uint8), 0.0, 1.0)
    before = copy.deepcopy((result.to_json(), image.pixels, palette.colours))
    first, second = (entry.run(result, image, palette) for _ in range(2))
    assert isinstance(first, bytes)
    assert first == second != b""
    assert result.to_json() == before[0]
    assert np.array_equal(image.pixels, before[1])
    assert np.array_equal(palette.colours, before[2])


@each_export
def test_an_export_says_what_it_is(entry: Entry, kind: str):
    assert re.fullmatch(r"(\.[A-Za-z]+){1,2}", entry.facts["suffix"])
    others = [other.facts["suffix"].lower() for other in exports if kind in other.facts["takes"] and other is not entry]
    assert entry.facts["suffix"].lower() not in others
    assert "/" in entry.facts["media_type"]
    assert kind in ("Alignment", "Matrix", "Skills", "Truths", "Versus", "Finding", "Space", "Timing", "Matching")


def test_a_view_of_a_large_finding_stays_under_two_megabytes_without_nan(rng):
    found = _finding(rng)
    pictures = tuple(rng.integers(0, 256, (400, 300, 3), np.uint8) for _ in range(20))
    names = ItemAxis(tuple("a text of usual length " * 40 for _ in range(20)))
    large = Ranking("things", names, ("cosine", "hinge"), np.full((20, 2), np.nan), ("own",) * 20, pictures)
    drawn = json.dumps(views["finding"].run(replace(found, rankings=(large,))), allow_nan=False)
    assert len(drawn) < 2 * 2**20


@each_probe
@pytest.mark.parametrize("family", [kind[e.name] for kind in (families, detectors) for e in kind], ids=lambda f: f.name)
def test_a_probe_finds_something_in_every_family_that_does_what_it_needs(entry: Entry, family: Family, tmp_path, rng):
    from mmviz.models import checkpoints

    assert "arXiv" in entry.paper or "," in entry.paper
    assert entry.facts["takes"] <= {field.name for field in fields(Given)}
    if not entry.needs <= set(family.functions):
        pytest.skip(f"{family.name} does not do what {entry.name} needs")
    folder = getattr(tiny, f"make_{family.name}")(tmp_path / family.name)
    with checkpoints.lease(f"{family.name}:{folder}", "cpu") as checkpoint:
        given = _given(checkpoint, rng)
        bare = replace(given, **{name: getattr(Given(given.text, given.image), name) for name in GIVEN - entry.facts["takes"]})
        found, again = entry.run(checkpoint, given), entry.run(checkpoint, bare)
    assert found.model == f"{family.name}:{folder}"
    written = json.dumps(found.to_json(), allow_nan=False)
    assert written == json.dumps(again.to_json(), allow_nan=False)
    assert json.dumps(views["finding"].run(found), allow_nan=False)


@each_objective
def test_an_objective_is_lowest_where_pairs_score_highest_and_names_its_source(entry: Entry):
    import torch

    scores = torch.full((3, 3), -0.5, dtype=torch.float64)
    apart, mixed = scores + torch.eye(3), scores + torch.eye(3)[[1, 2, 0]]
    assert entry.run(apart).ndim == 0
    assert entry.run(apart) < entry.run(mixed)
    assert "arXiv" in entry.paper
    assert torch.equal(scores, torch.full((3, 3), -0.5, dtype=torch.float64))


@each_family
def test_a_family_gives_what_it_offers_and_computes_nothing_unasked(family: Family, tmp_path):
    from mmviz.models import checkpoints

    folder = getattr(tiny, f"make_{family.name}")(tmp_path / family.name)
    picture = Image(np.arange(30 * 50 * 3).reshape(30, 50, 3).astype(np.uint8))
    with checkpoints.lease(f"{family.name}:{folder}", "cpu") as checkpoint:
        offers = family.functions["offers"](checkpoint.config)
        for target in family.targets:
            full, bare = (
                family.functions["encode"](
                    checkpoint, Text("a red cat"), picture, target=target, unit="word", keep=keep, layers=None
                )
                for keep in (offers, frozenset())
            )
            assert {name for name in offers if getattr(full, name) is None} == set()
            assert {name for name in offers if getattr(bare, name) is not None} == set()


@each_family
def test_a_family_says_how_many_layers_and_heads_look_at_patches(family: Family, tmp_path):
    from mmviz.models import checkpoints

    folder = getattr(tiny, f"make_{family.name}")(tmp_path / family.name)
    picture = Image(np.arange(30 * 50 * 3).reshape(30, 50, 3).astype(np.uint8))
    with checkpoints.lease(f"{family.name}:{folder}", "cpu") as checkpoint:
        encoding = family.functions["encode"](checkpoint, Text("a red cat"), picture, keep=frozenset({"attention"}))
        said = family.functions["looking"](checkpoint.config)
    if encoding.attention is None:
        assert said == (0, 0)
        return
    assert looking(encoding, "a test").weights.shape[:2] == said


def test_the_synthetic_encoding_has_every_field_so_that_no_method_goes_untested(rng):
    assert [name for name in FIELDS if getattr(synthetic.encoding(rng), name) is None] == []


def _arrays(encoding: Encoding) -> dict[str, np.ndarray]:
    arrays = {name: getattr(encoding, name) for name in ("query_embeds", "key_embeds", "unit_scores")}
    arrays |= {"spans": encoding.query.spans, "boxes": encoding.key.boxes}
    for i, block in enumerate(encoding.attention):
        arrays[f"weights {i}"] = block.weights
    for unit in range(len(encoding.query)):
        arrays |= {f"grad {unit} {i}": grad for i, grad in enumerate(encoding.attention_grad(unit))}
    return {name: array.copy() for name, array in arrays.items() if array is not None}


def _alignment(rng, rows: int = 2, columns: int = 3) -> Alignment:
    encoding = synthetic.encoding(rng)
    y, x = np.divmod(np.arange(rows * columns), columns)
    boxes = np.stack([x / columns, y / rows, (x + 1) / columns, (y + 1) / rows], axis=1)
    encoding = replace(
        encoding, key=PatchAxis(boxes, (rows, columns), (0, 0, 1, 1), (300, 200)), key_embeds=None, contributions=None
    )
    scores = rng.uniform(size=(synthetic.Q, rows * columns))
    return encoding.alignment(scores, scale="relevance").made_by("synthetic", {})


def _matrix(rng) -> Matrix:
    return Matrix(
        rng.uniform(-1, 1, (2, 3)).astype(np.float32), ItemAxis(("a cat", "猫")), ItemAxis(("a.png", "a.png", "b.png")), 14.0
    )


def _skills(rng) -> Skills:
    count = {"en": Right(round(float(rng.random()), 3), 8, 0.5)}
    return Skills((Skill("m", "m@1", "m@1", 300, {"count": count}), Skill("n", "n@1")))


def _truths(rng) -> Truths:
    figures = {name: dict(zip(FIGURES, rng.uniform(size=3).tolist())) for name in ("relevance", "attention")}
    return Truths((Truth("m", "m@1", "m@1", "prompt", 300, 0.125, figures), Truth("n", "n@1")))


def _versus(rng) -> Versus:
    return opposed(_alignment(rng), _alignment(rng, 3, 4), "model")


def _finding(rng) -> Finding:
    values = np.array([[0.5, np.nan], [0.25, -0.5], [-0.125, 0.0]])
    pictures = tuple(rng.integers(0, 256, (7, 9, 3), np.uint8) for _ in range(3))
    ranking = Ranking("texts", ItemAxis(("a cat", "猫", "<b>")), ("cosine", "hinge"), values, ("own", "within", ""), pictures)
    bars = Plot("spread", Bins(np.array([-1.0, 0.0, 0.5, 2.0])), "cosine", "texts_counted", rng.uniform(size=3), (("own", 0.5),))
    line = Plot("read_so_far", ItemAxis(("a", "cat")), "words_read", "cosine", np.array([-0.5, 0.25]), (("end", 0.25),))
    axis = RegionAxis(
        np.array([[0, 0, 0.5, 0.5], [0, 0, 1, 1]]), ("cat", "<b>"), np.array([0.9, 0.2]), "object", (0, 0, 1, 1), (9, 9)
    )
    shown = Shown("picture", rng.integers(0, 256, (200, 130, 3), np.uint8), Boxed(axis, 0.3, "texts"))
    remarks = (Remark("true_too"), Remark("texts_clear", {"n": 3}))
    return Finding("m", "m@1", remarks, (ranking,), (bars, line), (shown,), "synthetic", {"margin": 0.2})


def _space(rng) -> Space:
    sides = [("text", ("=a cat", "猫", "a <b>", "dog")), ("image", ("a.png", "b.png", "c.png"))]
    rows = [gap.unit(rng.normal(size=(len(names), 5))) for _, names in sides]
    parts = [Embeds(made, ItemAxis(names), modality, "c@1") for made, (modality, names) in zip(rows, sides, strict=True)]
    pairs = np.array([[0, 4], [1, 5]])
    return pipeline_space(parts, "pca", pairs=pairs).tagged({"concept": tuple("abcabca")})


def _timing(rng) -> Timing:
    text = "=the cat, 猫 <b> sat"
    spans = np.array([[0, 4], [5, 9], [10, 11], [12, 15], [16, 19]])
    starts = np.sort(rng.uniform(0, 4, 5))
    axis = TextAxis(text, spans, ("word",) * 5, np.zeros(5, bool), np.zeros(5, bool))
    spoken, gaps = np.array([True, True, False, True, True]), np.array([[1.0, 1.5]])
    about = {"aligner": "dtw", "language": "en", "unit": "word", "seconds": 5.0, "matches": 0.9}
    return Timing(axis, tuple(axis.labels), starts, starts + 0.25, rng.uniform(size=5), spoken, gaps, **about)


def _given(checkpoint, rng) -> Given:
    """A pair, a bank of three texts, these themselves, two other pictures, the words, and things in three ways: all a probe may take."""
    embed = checkpoint.family.functions.get("embed")
    texts = ("two dogs", "a blue tree", "the cat")
    bank = embed(checkpoint, [Text(t) for t in texts]) if embed else Embeds(np.zeros((0, 1)), ItemAxis(()), "text", checkpoint.id)
    pictures = tuple(Image(rng.integers(0, 256, (30, 50 + i, 3), np.uint8), f"{i}.png") for i in range(3))
    ways = tuple((f"a picture of a {noun}", f"a {noun}", noun) for noun in ("cat", "dog", "tree"))
    return Given(Text("a red cat"), pictures[0], bank, pictures[1:], ((0, 1), (2, 5), (6, 9)), ways, tuple(map(Text, texts)))


def _drawn_by(entry: Entry) -> str:
    """Name what a view draws."""
    return entry.facts.get("takes", ("Alignment",))[0]


def _written(drawn) -> str:
    return drawn.to_json() if hasattr(drawn, "to_json") else json.dumps(drawn)
