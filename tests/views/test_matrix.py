import base64

import numpy as np
import pytest

from mmviz.axes import ItemAxis
from mmviz.matrices import SCALES_OF, Matrix
from mmviz.views.matrix import matrix


def made(rng, n=3, m=5, **facts) -> Matrix:
    cosines = rng.uniform(-0.3, 0.6, (n, m)).astype(np.float32)
    names = ItemAxis(tuple(f"text {i}" for i in range(n))), ItemAxis(tuple(f"{i}.png" for i in range(m)))
    return Matrix(cosines, *names, **({"logit_scale": 14.0} | facts))


@pytest.mark.parametrize(("kind", "scale"), [(kind, scale) for kind, scales in SCALES_OF.items() for scale in scales])
def test_values_are_those_of_the_matrix_on_every_scale_of_its_kind(rng, kind, scale):
    found = made(rng, kind=kind)
    assert (matrix(found)["kind"], [s["name"] for s in matrix(found)["scales"]]) == (kind, list(SCALES_OF[kind]))
    drawn = next(s for s in matrix(found)["scales"] if s["name"] == scale)
    values = np.frombuffer(base64.b64decode(drawn["values"]), "<f4").reshape(3, 5)
    assert np.array_equal(values, found.scaled(scale).scores)
    assert drawn["low"] <= values.min() <= values.max() <= drawn["high"]


def test_shares_have_the_same_colour_everywhere_and_cosines_span_what_is_there(rng):
    found = made(rng)
    ends = {s["name"]: (s["low"], s["high"]) for s in matrix(found)["scales"]}
    assert ends["softmax-row"] == ends["softmax-column"] == ends["sigmoid"] == ends["percentile"] == (0, 1)
    assert ends["cosine"] == (float(found.values.min()), float(found.values.max()))


def test_one_cell_has_colours_too(rng):
    assert all(s["low"] < s["high"] for s in matrix(made(rng, 1, 1))["scales"])


def test_matched_cells_are_named_by_row_and_column(rng):
    assert matrix(made(rng, 3, 3, paired=True))["matched"] == [[0, 0], [1, 1], [2, 2]]
    assert matrix(made(rng))["matched"] == []


def test_long_texts_are_cut_for_showing(rng):
    found = made(rng, 1, 1)
    long = Matrix(found.values, ItemAxis(("x" * 2000,)), found.images)
    assert matrix(long)["texts"] == ["x" * 240 + "…"]
