"""Probes through the pipeline: what is offered, what is given to them, what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.axes import ItemAxis, RegionAxis
from mmviz.errors import MethodError, Stopped, UnknownName
from mmviz.findings import Bins, Boxed, Finding, Plot, Ranking, Shown
from mmviz.pipeline import probing
from mmviz.registry import Entry, families, probes
from mmviz.samples import Image
from mmviz.trusts import Remark

TEXT = "a red cat under the tree"


@pytest.fixture
def image(rng) -> Image:
    return Image(rng.integers(0, 256, (40, 50, 3), np.uint8), "own.png")


@pytest.fixture
def bank(tmp_path):
    path = tmp_path / "bank.txt"
    path.write_text("\n".join([TEXT.upper(), *(f"{i} dogs" for i in range(30))]), "utf-8")
    return path


@pytest.fixture
def watched(monkeypatch) -> list:
    """What a probe was given, and the options it was run with."""
    seen = []

    def look(checkpoint, given, *, margin: float = 0.5):
        seen.append((given, margin))
        plot = Plot("spread", ItemAxis(("a",)), "x", "y", np.array([1.0]))
        return Finding(checkpoint.name, checkpoint.id, (Remark("seen"),), plots=(plot,))

    takes = {"bank", "pictures", "words", "ways"}
    made = Entry("watched", "Watched", look, {"needs": {"embed"}, "takes": takes})
    monkeypatch.setitem(probes._entries, "watched", made)
    list(probes)
    return seen


def test_probes_are_offered_where_the_family_does_what_they_need(models):
    needs = {entry.name: entry.needs for entry in probes}
    for family, model in models.items():
        offered = {entry.name for entry in pipeline.probes_of(model)}
        assert offered == {name for name, need in needs.items() if need <= set(families[family].functions)}
    assert any(not pipeline.probes_of(model) for model in models.values())
    assert any(pipeline.probes_of(model) for model in models.values())


@pytest.mark.parametrize(
    ("text", "cat"), [(TEXT, ("a picture of a cat", "a cat", "cat")), ("一只红猫", ("一只猫的图片", "一只猫", "猫"))]
)
def test_ways_to_say_things_come_in_the_language_of_the_text(watched, models, image, bank, text, cat):
    pipeline.probe("watched", text, image, models["clip"], bank=bank, store=False, device="cpu")
    ((given, _),) = watched
    assert cat in given.ways
    assert len(given.ways) == 84


def test_a_probe_gets_what_it_takes_and_not_the_pair_itself(watched, models, image, bank, rng):
    other = Image(rng.integers(0, 256, (20, 30, 3), np.uint8), "other.png")
    same = Image(image.pixels.copy(), "same.png")
    pipeline.probe("watched", TEXT, image, models["clip"], bank=bank, pictures=[same, other], store=False, device="cpu")
    ((given, _),) = watched
    assert given.bank.items.names == tuple(f"{i} dogs" for i in range(30))
    assert [picture.name for picture in given.pictures] == ["other.png"]
    assert [TEXT[a:b] for a, b in given.words] == TEXT.split()


def test_a_probe_gets_nothing_it_does_not_take(watched, models, image, monkeypatch):
    entry = probes["watched"]
    monkeypatch.setitem(probes._entries, "watched", Entry("watched", "", entry.run, entry.facts | {"takes": set()}))
    monkeypatch.setattr(probing.distractors, "rivals", None)
    pipeline.probe("watched", TEXT, image, models["clip"], pictures=[image], device="cpu")
    ((given, _),) = watched
    assert (given.bank, given.pictures, given.words) == (None, (), ())


def test_options_are_read_by_their_type_and_kept_with_the_name(watched, models, image, bank):
    found = pipeline.probe("watched", TEXT, image, models["clip"], bank=bank, options={"margin": "0.25"}, store=False)
    assert watched[0][1] == 0.25
    assert (found.probe, found.options) == ("watched", {"margin": 0.25})
    with pytest.raises(MethodError, match="no option"):
        pipeline.probe("watched", TEXT, image, models["clip"], options={"height": 1})


def test_the_bank_is_encoded_once_a_checkpoint(models, image, bank, monkeypatch, tmp_path):
    monkeypatch.setenv("MMVIZ_HOME", str(tmp_path / "home"))
    seen: list[list[int]] = []
    for text in (TEXT, "another text"):
        seen.append([])
        watch = {"progress": lambda done, total: seen[-1].append(total)}
        pipeline.probe("hardest-negatives", text, image, models["clip"], bank=bank, device="cpu", **watch)
    assert max(seen[0]) == 31
    assert max(seen[1]) == 1


def test_a_model_without_vectors_is_refused_with_a_way_out(models, image):
    with pytest.raises(MethodError, match="hardest-negatives needs embed, which .* does not do; choose another model"):
        pipeline.probe("hardest-negatives", TEXT, image, models["vilt"])


def test_an_unknown_probe_is_named(models, image):
    with pytest.raises(UnknownName, match="probe"):
        pipeline.probe("nothing", TEXT, image, models["clip"])


def test_work_that_is_cancelled_stops(models, image, bank):
    with pytest.raises(Stopped):
        pipeline.probe(
            "hardest-negatives", TEXT, image, models["clip"], bank=bank, store=False, device="cpu", cancelled=lambda: True
        )


def test_a_finding_is_written_as_json(models, image, bank):
    found = pipeline.probe("hardest-negatives", TEXT, image, models["clip"], bank=bank, store=False, device="cpu")
    written = json.loads(pipeline.export(found, "json"))
    assert written["probe"] == "hardest-negatives"
    assert written["options"] == {"margin": 0.2}
    assert [row["mark"] for row in written["rankings"][0]["rows"]][0] == "own"
    assert written["rankings"][0]["rows"][0]["values"]["hinge"] is None


REGIONS = RegionAxis(np.array([[0, 0, 1, 1], [0, 0, 0.5, 0.5]]), ("a", "b"), np.array([0.2, 0.4]), "object", (0, 0, 1, 1), (9, 9))
GOOD = {"key": "k", "items": ItemAxis(("a", "b")), "columns": ("x",), "values": np.zeros((2, 1))}


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ranking(**GOOD | {"values": np.zeros((1, 2))}),
        lambda: Ranking(**GOOD | {"values": np.zeros((2, 1), int)}),
        lambda: Ranking(**GOOD, marks=("own",)),
        lambda: Ranking(**GOOD, pictures=(np.zeros((2, 2, 3), np.uint8),)),
        lambda: Ranking(**GOOD, pictures=(np.zeros((2, 2, 3)),) * 2),
        lambda: Plot("k", ItemAxis(("a", "b")), "x", "y", np.zeros(3)),
        lambda: Plot("k", ItemAxis(("a",)), "x", "y", np.array([np.nan])),
        lambda: Plot("k", ItemAxis(("a",)), "x", "y", np.zeros(1), (("own", np.inf),)),
        lambda: Bins(np.array([0.0, 0.0])),
        lambda: Shown("k", np.zeros((0, 2, 3), np.uint8)),
        lambda: Boxed(REGIONS, 0.3),
        lambda: Boxed(replace(REGIONS, scores=REGIONS.scores[::-1]), 1.5),
        lambda: Finding("m", "m@1", (Remark("k"),)),
        lambda: Finding("m", "m@1", (), (Ranking(**GOOD),)),
    ],
)
def test_values_that_do_not_fit_together_are_refused_when_they_are_made(make):
    with pytest.raises(ValueError, match=r"must|shape"):
        make()
