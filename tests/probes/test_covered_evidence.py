"""Covered evidence on a picture of one bright patch, by a model that answers what is left of it."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.axes import PatchAxis
from mmviz.errors import MethodError
from mmviz.probes.covered_evidence import covered_evidence
from mmviz.probes.given import Given
from mmviz.results import Spoken
from mmviz.samples import Image, Text

SIDE = 10
BRIGHT = (3, 6)


def picture() -> Image:
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[4 * BRIGHT[0] : 4 * BRIGHT[0] + 4, 4 * BRIGHT[1] : 4 * BRIGHT[1] + 4] = 255
    return Image(pixels)


def left(image: Image) -> float:
    """Tell how much of the bright patch is there."""
    return float((image.pixels > 200).mean()) * 100


def model(answers=lambda share: "cat" if share > 0.5 else "dog"):
    lines = np.arange(SIDE + 1) / SIDE
    boxes = np.array([[lines[c], lines[r], lines[c + 1], lines[r + 1]] for r in range(SIDE) for c in range(SIDE)])
    axis = PatchAxis(boxes, (SIDE, SIDE), (0.0, 0.0, 1.0, 1.0), (40, 40))

    def say(checkpoint, text, images):
        words = [answers(left(image)) for image in images]
        return [
            Spoken(text, w, (1,) if w else (), (w,) if w else (), np.ones(int(bool(w)), np.float32), ((w, 1.0),), True)
            for w in words
        ]

    functions = {
        "say": say,
        "likelihood": lambda checkpoint, question, ids, images: np.log([[0.1 + 0.8 * left(image)] for image in images]),
        "encode": lambda checkpoint, text, image, unit: SimpleNamespace(key=axis),
    }
    return SimpleNamespace(name="p", id="p@1", family=SimpleNamespace(functions=functions))


def test_the_answer_changes_when_what_it_rests_on_is_covered():
    steps = []
    given = Given(Text("what?"), picture(), step=lambda done, total: steps.append((done, total)))
    found = covered_evidence(model(), given, around=0)
    (remark,) = found.remarks
    assert (remark.key, remark.numbers["other"], remark.numbers["count"]) == ("answer_falls", "dog", 2)
    assert steps[-1] == (100, 100)
    most, least = found.rankings[0].values.T
    assert most == pytest.approx([0.1] * 6)
    assert least[:5] == pytest.approx([0.9] * 5)
    assert set(found.rankings[0].marks) == {"answer_changed"}
    assert found.plots[0].lines == (("uncovered", pytest.approx(0.9)),)
    first = found.pictures[0].pixels
    assert (first > 200).sum() == 0


def test_an_answer_that_stays_is_told():
    found = covered_evidence(model(lambda share: "cat"), Given(Text("what?"), picture()))
    assert [remark.key for remark in found.remarks] == ["answer_stays"]


@pytest.mark.parametrize(
    ("around", "answers", "said"), [(9, lambda share: "cat", "around=9"), (1, lambda share: "", "says nothing")]
)
def test_what_cannot_be_asked_is_refused(around, answers, said):
    with pytest.raises(MethodError, match=said):
        covered_evidence(model(answers), Given(Text("what?"), picture()), around=around)
