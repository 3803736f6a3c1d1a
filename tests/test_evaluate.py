"""Truth figures: known answers on small tables, and the contract's form on a random model."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mmviz import detections, evaluate
from mmviz.errors import ModelError
from mmviz.models import checkpoints
from mmviz.worlds import scenes
from mmviz.worlds.render import render
from mmviz.worlds.spec import compose, rng_of


def test_recall_ranks_both_ways_with_ties_by_index():
    similarity = np.array([[0.9, 0.1, 0.2], [0.9, 0.5, 0.1], [0.3, 0.3, 0.3]])
    found = evaluate.recall(similarity)
    assert found["pool"] == 3
    assert found["text_to_image"] == {"r1": pytest.approx(1 / 3, abs=1e-4), "r5": 1.0, "median_rank": 2.0}
    assert found["image_to_text"] == {"r1": 1.0, "r5": 1.0, "median_rank": 1.0}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    from tests.models.tiny import make_clip

    folder = make_clip(tmp_path_factory.mktemp("evaluated") / "tiny", seed=3, text_length=90)
    return evaluate.evaluate(f"clip:{folder}", count=8)


def test_the_figures_have_the_contracts_form(figures):
    assert set(figures) >= {
        "seed",
        "count",
        "concepts",
        "retrieval",
        "retrieval_1000",
        "zero_shot",
        "shape_gallery",
        "ways",
        "ways_of_all",
        "pairs",
        "pointing",
    }
    assert set(figures["pairs"]) == {"noun", "colour", "colour_swap", "size", "count", "relation", "negation", "part"}
    assert set(figures["zero_shot"]) >= {"concept", "colour", "concept_given_colour"}
    assert set(figures["retrieval"]) == {"en", "zh"}
    assert set(figures["pointing"]) == set(figures["pointing_same_look"]) >= {"relevance", "similarity", "occlusion"}
    assert figures["pointing"]["occlusion"]["n"] < figures["pointing"]["relevance"]["n"]
    assert {name: list(layers) for name, layers in figures["pointing_layers"].items()} == dict.fromkeys(
        evaluate.BY_LAYER, ["0", "1"]
    )
    json.dumps(figures, allow_nan=False)


def test_every_figure_outside_retrieval_has_its_number_and_chance(figures):
    flat = [*figures["pairs"].values(), *figures["zero_shot"].values(), *figures["pointing"].values(), figures["shape_gallery"]]
    flat += [*figures["ways"].values(), *figures["ways_of_all"].values()]
    for figure in flat:
        assert set(figure) == {"value", "n", "chance"}
        assert 0 <= figure["value"] <= 1
        assert 0 < figure["chance"] <= 0.5
        assert figure["n"] > 0


def test_a_model_that_sees_nothing_is_at_chance(monkeypatch, tiny_clip):
    from mmviz.results import Embeds

    with checkpoints.lease(f"clip:{tiny_clip}", "cpu") as checkpoint:
        rng = np.random.default_rng(0)

        def blind(checkpoint, samples):
            vectors = rng.normal(size=(len(samples), 14)).astype(np.float32)
            return Embeds(vectors, _Rows(len(samples)), "text", "blind")

        monkeypatch.setitem(checkpoint.family.functions, "embed", blind)
        pairs = evaluate.measure_pairs(checkpoint, 0, 16)["pairs"]
        zero = evaluate.measure_zero_shot(checkpoint, 0, 120)["zero_shot"]
    assert np.mean([figure["value"] for figure in pairs.values()]) == pytest.approx(0.5, abs=0.17)
    assert zero["concept"]["value"] < 0.08


def test_ways_to_say_a_thing_are_right_where_the_noun_decides_and_wrong_where_the_frame_does(monkeypatch, tiny_clip):
    from mmviz.results import Embeds
    from mmviz.worlds import atlas, ways

    nouns = {noun: place for place, (_, _, noun) in enumerate(ways.ways("en"))}

    def reader(weight):
        def embed(checkpoint, samples):
            vectors = np.zeros((len(samples), len(nouns) + 3), np.float32)
            for row, sample in enumerate(samples):
                frame = 0 if "picture" in sample.text or "图片" in sample.text else 1 if sample.text[:1] in "a一" else 2
                vectors[row, len(nouns) + frame] = weight
                said = sample.text.removeprefix("a picture of ")
                vectors[row, nouns.get(said, nouns.get(said.partition(" ")[2], 0))] = 1
            return Embeds(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), _Rows(len(samples)), "text", "planted")

        return embed

    things = len(atlas.load().things)
    with checkpoints.lease(f"clip:{tiny_clip}", "cpu") as checkpoint:
        for weight, expected in ((0.5, 1.0), (2.0, 0.0)):
            monkeypatch.setitem(checkpoint.family.functions, "embed", reader(weight))
            found = evaluate.measure_ways(checkpoint, 0, 1)
            assert found["ways"]["en"] == {
                "value": expected,
                "n": things * (things - 1),
                "chance": pytest.approx(1 / 220, abs=1e-6),
            }
            assert found["ways_of_all"]["en"]["value"] == expected
            assert found["ways_of_all"]["en"]["n"] == things


class _Rows:
    def __init__(self, count: int):
        self.count = count

    def __len__(self) -> int:
        return self.count


def test_the_same_seed_gives_the_same_figures(tiny_clip):
    with checkpoints.lease(f"clip:{tiny_clip}", "cpu") as checkpoint:
        once, twice = (evaluate.measure_shape_gallery(checkpoint, 1, 20) for _ in range(2))
        other = evaluate._unique(2, 3)
    assert once == twice
    assert [plan for _, plan in other] != [plan for _, plan in evaluate._unique(1, 3)]


def test_a_model_without_vectors_is_refused(monkeypatch, tiny_clip):
    with checkpoints.lease(f"clip:{tiny_clip}", "cpu") as checkpoint:
        monkeypatch.delitem(checkpoint.family.functions, "embed")
    with pytest.raises(ModelError, match="choose a dual encoder"):
        evaluate.evaluate(f"clip:{tiny_clip}", count=1)


def test_figures_beside_retrieval_can_take_fewer_scenes(tmp_path, monkeypatch):
    from tests.models.tiny import make_lmnn

    monkeypatch.setattr(evaluate, "POOL", 3)
    folder = make_lmnn(tmp_path / "tiny", seed=3)
    found = evaluate.evaluate(f"lmnn:{folder}", count=16, others=8)
    assert (found["count"], found["others"]) == (16, 8)
    assert found["retrieval"]["en"]["pools"] == 5  # no pair costs a pass: all of them
    assert found["pairs"]["noun"]["n"] == 8
    assert set(found["pointing"]) == {"contributions", "similarity", "transport", "occlusion"}
    assert found["pointing_layers"] == {}


def test_pools_of_pairs_are_matched_in_both_languages(tmp_path, monkeypatch):
    from tests.models.tiny import make_blip

    folder, asked = make_blip(tmp_path / "tiny", seed=3), []

    def right(checkpoint, texts, shown):
        asked.append((len(texts), len(shown)))
        return np.vstack([np.eye(len(shown)), np.eye(len(shown))[::-1]])  # English right, Chinese the other way round

    monkeypatch.setattr(evaluate, "_matched", right)
    monkeypatch.setattr(evaluate, "_has_vectors", lambda _: False)
    monkeypatch.setattr(evaluate, "POOL", 6)
    with checkpoints.lease(f"blip:{folder}", "cpu") as checkpoint:
        found = evaluate.measure_retrieval(checkpoint, 0, 30)["retrieval"]
    assert asked == [(12, 6)] * evaluate.MATCHED_POOLS
    assert (found["en"]["text_to_image"]["r1"], found["zh"]["text_to_image"]["r1"]) == (1.0, 0.0)
    assert found["en"]["pools"] == evaluate.MATCHED_POOLS


def test_a_detector_is_measured_by_its_boxes_alone(tmp_path):
    from tests.models.tiny import make_detector

    figures = evaluate.evaluate(f"detector:{make_detector(tmp_path / 'tiny')}", count=3)
    assert set(figures) == {"model", "seed", "count", "concepts", "detection"}
    assert set(figures["detection"]) == {"ap50", "ap50_mean_of_things", "ap75", "found", "right"}
    assert all(set(figure) == {"value", "n", "chance"} for figure in figures["detection"].values())
    json.dumps(figures, allow_nan=False)


@pytest.mark.parametrize(("shift", "expected"), [(0.0, (1.0, 1.0)), (0.2, (1.0, 0.0)), (0.5, (0.0, 0.0))])
def test_boxes_that_are_all_there_are_right_as_far_as_they_overlap(shift, expected):
    """A detector that knows the truth and moves every box to the right by a share of its width: 0.2 overlaps by 2/3."""
    told, rng = {}, rng_of(evaluate.SPLIT, 5, 8)
    for _ in range(4):
        scene = compose(rng, evaluate.SPLIT, parts=0.3)
        drawn = render(scene, scenes.SIDE)
        names = tuple(group.thing for group in scene.groups for _ in group.placed)
        boxes = np.array([drawn.box(i) for i in range(len(names))])
        boxes[:, [0, 2]] += shift * (boxes[:, 2:3] - boxes[:, :1])
        told[drawn.pixels.tobytes()] = SimpleNamespace(boxes=boxes, names=names, scores=np.linspace(0.9, 0.5, len(names)))
    functions = {"detect": lambda _, images, threshold=0.5: [told[image.pixels.tobytes()] for image in images]}
    planted = SimpleNamespace(family=SimpleNamespace(functions=functions))
    found = detections.measure_detection(planted, 5, 4)["detection"]
    assert (found["ap50"]["value"], found["ap75"]["value"]) == expected
    assert found["found"]["value"] == found["right"]["value"] == found["ap50_mean_of_things"]["value"] == expected[0]
    assert found["ap50"]["n"] == sum(len(axis.names) for axis in told.values())


@pytest.mark.parametrize("is_right", [True, False])
def test_a_word_means_the_true_boxes_of_what_it_speaks_of(tmp_path, is_right):
    """A model that sees each phrase at its own boxes is always right, one that sees it at all others never."""
    from tests.models.tiny import make_uniter

    rng = rng_of(evaluate.SPLIT, 5, 10)
    shown = {text.text: meant for text, _, axis, meant in (detections._told(rng) for _ in range(4)) if len(axis) >= 3}
    with checkpoints.lease(f"uniter:{make_uniter(tmp_path / 'tiny')}", "cpu") as checkpoint:
        real = checkpoint.family.functions["encode_regions"]

        def planted(_, text, image, axis, **said):
            encoding = real(checkpoint, text, image, axis, **said)
            meant = [shown[text.text].get(tuple(span), ()) for span in encoding.query.spans.tolist()]
            rows = np.array([[(k in own) is is_right for k in range(len(axis))] for own in meant], np.float32) + 1e-3
            units = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
            return replace(encoding, query_embeds=units, key_embeds=np.eye(len(axis), dtype=np.float32))

        functions = checkpoint.family.functions | {"encode_regions": planted}
        model = SimpleNamespace(config=checkpoint.config, model=checkpoint.model)
        model.family = SimpleNamespace(functions=functions, targets=("pair",))
        found = detections.measure_true_boxes(model, 5, 4)["pointing_true_boxes"]
    assert found["similarity"]["value"] == float(is_right)
    assert found["similarity"]["n"] == sum(map(len, shown.values()))
    assert 0 < found["similarity"]["chance"] < 1
    assert set(found) >= {"attention", "transport", "relevance"}


def test_a_model_without_regions_has_no_figure_of_true_boxes(tiny_clip):
    with checkpoints.lease(f"clip:{tiny_clip}", "cpu") as checkpoint:
        assert detections.measure_true_boxes(checkpoint, 5, 4) == {}
