"""Trust through the pipeline: every family judged, what is shared and kept, progress, and stopping."""

import json
from dataclasses import replace

import numpy as np
import pytest

import mmviz
from mmviz import pipeline
from mmviz.axes import RegionAxis
from mmviz.errors import MethodError, ModelError, Stopped
from mmviz.models import checkpoints, shuffled
from mmviz.pipeline import judging
from mmviz.registry import families, methods
from mmviz.results import Alignment
from mmviz.samples import Text
from mmviz.storage import results, tables
from tests import synthetic
from tests.models import tiny

TEXT = "a red cat"
CONTRACT = (
    "insertion",
    "deletion",
    "by_fill",
    "pointing",
    "iou",
    "sinks",
    "word_similarity",
    "shuffled",
    "agreement",
    "sentence",
)


@pytest.fixture
def model(tiny_clip) -> str:
    return f"clip:{tiny_clip}"


@pytest.fixture
def picture(rng) -> np.ndarray:
    return rng.integers(0, 256, (50, 90, 3), np.uint8)


@pytest.fixture
def alignment(model, picture) -> Alignment:
    return pipeline.align(TEXT, picture, model)


@pytest.fixture
def asked(monkeypatch) -> list[tuple]:
    """Note every new picture the model is asked to score: unit, kept patches, fill."""
    noted, real = [], judging.Case.encode

    def encode(case, checkpoint, keep, layers=None):
        encoding = real(case, checkpoint, keep, layers)
        ask = encoding.score_masked
        if ask is None:
            return encoding

        def score_masked(unit, kept, fill):
            noted.extend((unit, row.tobytes(), fill) for row in kept)
            return ask(unit, kept, fill)

        return replace(encoding, score_masked=score_masked)

    monkeypatch.setattr(judging.Case, "encode", encode)
    return noted


@pytest.fixture
def runs(monkeypatch) -> list[str]:
    """Note every time a model is lent."""
    noted, real = [], checkpoints.run
    monkeypatch.setattr(checkpoints, "run", lambda name, *rest: (noted.append(name), real(name, *rest))[1])
    return noted


def distinct(asked: list[tuple]) -> int:
    """Count different pictures that show some patches and hide some."""
    seen = {(kept, fill) for _, kept, fill in asked}
    return len({(kept, fill) for kept, fill in seen if len(set(kept)) > 1})


def test_everything_is_measured_but_what_needs_a_box(alignment, picture):
    trust = pipeline.judge(alignment, TEXT, picture, row=2).trust
    data = trust.to_json()
    assert [name for name in CONTRACT if data[name] is None] == ["pointing", "iou"]
    assert trust.unit == 2
    assert trust.insertion["blur"].random.n == trust.deletion["mean"].random.n == 20
    assert "relevance" in trust.agreement.methods
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_the_whole_text_is_judged_unless_a_unit_is_named(alignment, picture):
    assert pipeline.judge(alignment, TEXT, picture).trust.unit == 3


def test_areas_are_those_of_the_models_own_scores(alignment, picture, model):
    """The curve asked again, picture by picture: mean of trapezoids over 0, 4, 8, 12, 17, 21 and 25 of 25 patches."""
    trust = pipeline.judge(alignment, TEXT, picture, row=2).trust
    order, sizes = np.argsort(-alignment.scores[2], kind="stable"), [0, 4, 8, 12, 17, 21, 25]
    strongest, weakest = ([np.isin(np.arange(25), each[:size]) for size in sizes] for each in (order, order[::-1]))
    with checkpoints.lease(model, "cpu") as checkpoint:
        encode = checkpoint.family.functions["encode"]
        encoding = encode(checkpoint, Text(TEXT), pipeline.read_image(picture), keep=frozenset({"score_masked"}))
        shown, hidden = (encoding.score_masked(2, np.array(kept), "mean") for kept in (strongest, weakest))
    assert trust.insertion["mean"].value == pytest.approx(np.trapezoid(shown, np.array(sizes) / 25), abs=1e-6)
    assert trust.deletion["mean"].value == pytest.approx(np.trapezoid(hidden, np.array(sizes) / 25), abs=1e-6)


def test_the_first_word_takes_two_curves_and_twenty_orders_for_each_fill(alignment, picture, asked):
    pipeline.judge(alignment, TEXT, picture, row=2, store=False)
    assert distinct(asked) == 2 * (2 + 20) * 5


def test_a_second_word_and_a_second_method_share_the_random_orders(alignment, picture, model, asked):
    pipeline.judge(alignment, TEXT, picture, row=2)
    asked.clear()
    pipeline.judge(alignment, TEXT, picture, row=1)
    assert 0 < distinct(asked) <= 2 * 2 * 5
    asked.clear()
    pipeline.judge(pipeline.align(TEXT, picture, model, "gradcam"), TEXT, picture, row=2)
    assert 0 < distinct(asked) <= 2 * 2 * 5


def test_the_same_question_again_needs_no_model(alignment, picture, runs):
    first = pipeline.judge(alignment, TEXT, picture, row=2)
    runs.clear()
    again = pipeline.judge(alignment, TEXT, picture, row=2)
    assert runs == []
    assert again.trust.to_json() == first.trust.to_json()
    assert np.array_equal(again.scores, alignment.scores)


def test_kept_or_not_the_numbers_are_the_same(alignment, picture):
    kept, bare = (pipeline.judge(alignment, TEXT, picture, row=1, store=store).trust.to_json() for store in (True, False))
    assert kept == bare


@pytest.mark.parametrize("change", [{"row": 1}, {"boxes": [(0.1, 0.1, 0.4, 0.5)]}, {"compared": ["attention"]}])
def test_another_question_has_another_answer(alignment, picture, change):
    first = pipeline.judge(alignment, TEXT, picture, row=2).trust.to_json()
    assert pipeline.judge(alignment, TEXT, picture, **{"row": 2} | change).trust.to_json() != first


def test_a_box_is_pointed_at(alignment, picture):
    boxes = [alignment.key.boxes[alignment.scores[2].argmax()].clip(0, 1)]
    trust = pipeline.judge(alignment, TEXT, picture, row=2, boxes=boxes).trust
    assert (trust.pointing, trust.iou) == (1, 1)


@pytest.mark.parametrize("box", [(0.5, 0.1, 0.4, 0.5), (0, 0, 1.2, 1), (0.1, 0.2, 0.3)])
def test_a_box_that_is_none_is_refused(alignment, picture, box):
    with pytest.raises(MethodError, match="x0, y0, x1, y1 as fractions"):
        pipeline.judge(alignment, TEXT, picture, boxes=[box])


def test_a_unit_that_is_not_there_is_refused(alignment, picture):
    with pytest.raises(MethodError, match="no unit 4 to judge; the text has 0 to 3"):
        pipeline.judge(alignment, TEXT, picture, row=4)


def test_progress_runs_from_nothing_to_all_and_never_back(alignment, picture):
    told: list[tuple[int, int]] = []
    pipeline.judge(alignment, TEXT, picture, row=2, progress=lambda *at: told.append(at))
    done = [at for at, _ in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, told[-1][1])
    assert len({total for _, total in told}) == 1
    assert len(told) > 10


def test_it_stops_between_pictures_when_it_is_not_wanted_any_more(alignment, picture, asked):
    told: list[int] = []
    with pytest.raises(Stopped, match="Stopped after"):
        pipeline.judge(
            alignment, TEXT, picture, progress=lambda done, total: told.append(done), cancelled=lambda: len(told) > 3, row=2
        )
    assert distinct(asked) <= 4 * judging.PASSES
    assert pipeline.judge(alignment, TEXT, picture, row=2).trust.better is not None


@pytest.mark.parametrize("method", [entry.name for entry in methods])
def test_every_method_can_be_judged(model, picture, method, tmp_path):
    if method not in [entry.name for entry in pipeline.methods_of(model)]:
        family = next(one.name for one in families if methods[method].needs <= families[one.name].functions["offers"](None))
        model = f"{family}:{getattr(tiny, f'make_{family}')(tmp_path / family)}"
    found = pipeline.align(TEXT, picture, model, method)
    trust = pipeline.judge(found, TEXT, picture, row=2).trust
    assert trust.better is not None
    assert trust.agreement.methods[0] == method
    assert len(set(trust.agreement.methods)) == len(trust.agreement.methods)


@pytest.mark.parametrize("family", [entry.name for entry in families])
def test_every_family_and_target_can_be_judged(family, tmp_path, picture):
    name = f"{family}:{getattr(tiny, f'make_{family}')(tmp_path / family)}"
    for target in families[family].targets:
        served = [entry.name for entry in pipeline.methods_of(name) if target in pipeline.targets_of(name, entry.name)]
        method = next(one for one in ("similarity", "relevance", *served) if one in served)
        found = pipeline.align(TEXT, picture, name, method, target=target)
        trust = pipeline.judge(found, TEXT, picture, row=1).trust
        is_cosine = found.score.kind == "cosine"
        is_regions = isinstance(found.key, RegionAxis)
        assert list(trust.insertion) == (["removed"] if is_regions else ["blur", "mean"] if is_cosine else ["blur"])
        assert next(iter(trust.insertion.values())).random.n == (20 if is_cosine else 10)
        assert trust.shuffled is not None


def test_a_map_that_does_not_depend_on_the_weights_is_like_that_of_random_ones(alignment, picture, monkeypatch):
    monkeypatch.setattr(shuffled, "forgotten", lambda checkpoint: replace(checkpoint, id=f"{checkpoint.id}~0"))
    trust = pipeline.judge(alignment, TEXT, picture, row=2).trust
    assert trust.shuffled == pytest.approx(1)
    assert "a model of random weights gives a like map" in trust.sentence


def test_less_the_average_is_compared_with_less_the_average(alignment, picture, monkeypatch):
    monkeypatch.setattr(shuffled, "forgotten", lambda checkpoint: replace(checkpoint, id=f"{checkpoint.id}~0"))
    trust = pipeline.judge(pipeline.minus_average(alignment), TEXT, picture, row=2).trust
    assert trust.shuffled == pytest.approx(1)


def test_a_model_whose_files_changed_is_not_asked_about_an_old_map(alignment, picture):
    with pytest.raises(ModelError, match="exchanged after the map was made"):
        pipeline.judge(replace(alignment, checkpoint="clip:other@0123"), TEXT, picture)


def test_phrases_are_judged_as_phrases(model, picture):
    text = Text("a red cat under the tree", ((0, 9), (16, 24)))
    found = pipeline.align(text, picture, model, unit="phrase")
    row = found.query.labels.index("a red cat")
    assert pipeline.judge(found, text, picture, row=row).trust.unit == row


def test_the_door_for_notebooks_judges_when_asked(model, picture):
    assert mmviz.align(TEXT, picture, model).trust is None
    found = mmviz.align(TEXT, picture, model, "relevance", "word", None, True)
    assert found.trust.unit == 3
    assert Alignment.from_json(found.to_json()).trust.to_json() == found.trust.to_json()


def test_what_is_asked_with_trust_is_not_given_to_who_asks_without(model, picture):
    mmviz.align(TEXT, picture, model, trust=True)
    assert mmviz.align(TEXT, picture, model).trust is None


def test_a_damaged_table_is_made_again(alignment, picture, home):
    first = pipeline.judge(alignment, TEXT, picture, row=2).trust.to_json()
    for path in home.rglob("*"):
        if path.suffix in (".npz", ".gz"):
            path.write_bytes(path.read_bytes()[:-20])
    assert pipeline.judge(alignment, TEXT, picture, row=2).trust.to_json() == first


def test_a_table_comes_back_as_it_was(rng):
    table = rng.normal(size=(4, 20, 7)).astype(np.float32)
    assert tables.keep("ab12.json.gz", table)
    assert np.array_equal(tables.find("ab12.json.gz"), table)
    assert tables.find("ab13.json.gz") is None


def test_strangers_tables_are_not_kept(monkeypatch, alignment, picture, home):
    monkeypatch.setenv("MMVIZ_KEEP_RESULTS", "0")
    pipeline.judge(alignment, TEXT, picture, row=2)
    assert not tables.keep("ab12.json.gz", np.zeros(3))
    assert not results.keeps()
    assert len(list(home.rglob("*.npz"))) == 0


def test_one_unit_alone_keeps_its_own_rows_of_everything(rng):
    whole = replace(synthetic.encoding(rng), attention=None, attention_grad=None)
    one = judging.alone(whole, 2)
    assert one.query.labels == whole.query.labels[2:3]
    for name in ("unit_scores", "query_embeds", "contributions"):
        assert np.array_equal(getattr(one, name), getattr(whole, name)[2:3])
