"""The path is the cheapest there is, whatever it must keep to, and takes memory that grows with length alone."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from mmviz.axes import TimeAxis
from mmviz.errors import MethodError
from mmviz.methods import dtw as warping
from mmviz.methods.dtw import dtw, prepare, warp
from mmviz.methods.warping import lattice, paths, wavefront

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    prepare()


def brute(costs, weights=(1, 1, 1), windows=None, optional=None, subsequence=False) -> float:
    """Sum the cheapest path by trying every one."""
    n, m = costs.shape
    windows = [(0, m)] * n if windows is None else windows
    passed = [False] * n if optional is None else optional

    @cache
    def best(i: int, j: int) -> float:
        if not (0 <= i < n and windows[i][0] <= j < windows[i][1] and 0 <= j < m):
            return np.inf
        skips = [(2, 1, weights[0]), (2, 0, weights[2])] if i and passed[i - 1] else []
        found = [
            best(i - di, j - dj) + weight * costs[i, j]
            for di, dj, weight in ((1, 1, weights[0]), (0, 1, weights[1]), (1, 0, weights[2]), *skips)
            if np.isfinite(weight) and i - di >= 0
        ]
        if (i == 0 or (i == 1 and passed[0])) and (j == 0 or subsequence):
            found.append(weights[0] * costs[i, j])
        return min(found, default=np.inf)

    rows = [n - 1] + [n - 2] * bool(passed[-1] and n > 1)
    return min(best(i, j) for i in rows for j in (range(m) if subsequence else [m - 1]))


def frames(rng, n: int, features: int = 3) -> np.ndarray:
    """Whole numbers, so that many paths cost the same."""
    return rng.integers(0, 4, (n, features)).astype(float)


def is_path(path, n: int, m: int) -> bool:
    steps = np.diff(path, axis=0)
    inside = (path >= 0).all() and (path < [n, m]).all()
    return bool(inside and ((steps == 0) | (steps == 1)).all() and steps.any(axis=1).all())


sizes = st.integers(1, 7)
seeds = st.integers(0, 10**6)


@settings(deadline=None, max_examples=60)
@given(sizes, sizes, seeds, st.sampled_from(["euclidean", "cosine"]))
def test_no_path_is_cheaper_and_it_runs_from_corner_to_corner_by_unit_steps(n, m, seed, metric):
    rng = np.random.default_rng(seed)
    x, y = frames(rng, n) + 1, frames(rng, m) + 1
    cost, path = dtw(x, y, metric=metric)
    costs = cdist(x, y, metric)
    assert cost == pytest.approx(brute(costs), abs=1e-6)
    assert cost == pytest.approx(costs[tuple(path.T)].sum(), abs=1e-9)
    assert is_path(path, n, m)
    assert (path[0].tolist(), path[-1].tolist()) == ([0, 0], [n - 1, m - 1])


@settings(deadline=None, max_examples=150)
@given(
    sizes,
    sizes,
    seeds,
    st.sampled_from([(1, 1, 1), (2, 1, 1), (1, 1, 0), (1.5, 1, 2), (1, 1, np.inf), (1, np.inf, 1)]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_no_path_that_keeps_to_the_rules_is_cheaper(n, m, seed, weights, subsequence, narrow, skips):
    rng = np.random.default_rng(seed)
    x, y = frames(rng, n), frames(rng, m)
    lows = np.minimum(rng.integers(0, 3, n), m - 1)
    windows = np.stack([lows, np.minimum(lows + 1 + rng.integers(1, 6, n), m)], 1) if narrow else None
    optional = rng.random(n) < 0.5 if skips else None
    if skips:
        optional[1:] &= ~optional[:-1]
        optional &= n > 1
    said = {"windows": windows, "optional": optional, "subsequence": subsequence}
    costs = cdist(x, y)
    expected = brute(costs, weights, **said)
    if not np.isfinite(expected):
        for attempt in (lambda: dtw(x, y, steps=weights, **said), lambda: lattice.cheapest(costs, weights=weights, **said)):
            with pytest.raises(MethodError, match="No path keeps"):
                attempt()
        return
    cost, path = dtw(x, y, steps=weights, **said)
    assert lattice.cheapest(costs, weights=weights, **said)[0] == pytest.approx(expected)
    assert worth(costs, path, weights) == pytest.approx(expected, abs=1e-5)
    assert cost == pytest.approx(expected, abs=1e-5)


def worth(costs, path, weights) -> float:
    """Add a path up; rows left out count as one step."""
    total = weights[0] * costs[tuple(path[0])]
    for (i, j), (k, l) in zip(path[:-1], path[1:], strict=True):
        total += weights[1 if i == k else 2 if j == l else 0] * costs[k, l]
    return total


@pytest.mark.parametrize(("n", "m"), [(130, 700), (700, 130), (2000, 1900), (129, 129), (1, 300), (300, 1)])
@pytest.mark.parametrize("features", [1, 13])
def test_the_path_is_librosas(n, m, features, rng):
    import librosa

    x, y = rng.normal(size=(n, features)).cumsum(0), rng.normal(size=(m, features)).cumsum(0)
    sums, theirs = librosa.sequence.dtw(x.T, y.T)
    cost, path = dtw(x, y)
    assert cost == pytest.approx(sums[-1, -1], rel=1e-12)
    assert np.array_equal(path, theirs[::-1])


@pytest.mark.parametrize("weights", [(2, 1, 1), (1, 1.5, 1.25)])
def test_the_path_of_weighted_steps_is_librosas(weights, rng):
    import librosa

    x, y = rng.normal(size=(400, 5)).cumsum(0), rng.normal(size=(300, 5)).cumsum(0)
    theirs = librosa.sequence.dtw(x.T, y.T, weights_mul=np.array(weights, float))[1]
    assert np.array_equal(dtw(x, y, steps=weights)[1], theirs[::-1])


@pytest.mark.parametrize("said", [{}, {"weights": (2, 1, 1)}, {"subsequence": True}], ids=str)
@pytest.mark.parametrize(("n", "m"), [(300, 6000), (3000, 150)])
def test_rounding_does_not_add_up_where_one_side_is_much_longer(n, m, said, rng):
    x, y = rng.normal(size=(n, 13)).cumsum(0), rng.normal(size=(m, 13)).cumsum(0)
    costs = cdist(x, y)
    expected, _ = lattice.cheapest(costs, **said)
    weights = said.get("weights", (1, 1, 1))
    cost, path = dtw(x, y, steps=weights, subsequence="subsequence" in said)
    assert cost == pytest.approx(expected, rel=1e-7)
    assert worth(costs, path, weights) == pytest.approx(cost, rel=1e-9)


def test_a_part_is_found_where_it_was_hidden(rng):
    y = rng.normal(size=(900, 4))
    x = np.repeat(y[300:500], 2, axis=0) + rng.normal(scale=0.01, size=(400, 4))
    _, path = dtw(x, y, subsequence=True)
    assert path[[0, -1]].tolist() == [[0, 300], [399, 499]]


def test_strips_of_many_rows_keep_to_all_rules(rng):
    n, m = 500, 620
    x, y = rng.normal(size=(n, 6)).cumsum(0), rng.normal(size=(m, 6)).cumsum(0)
    optional = np.zeros(n, bool)
    optional[[0, 126, 128, 255, 383, 499]] = True
    centre = (np.arange(n) * m // n)[:, None]
    said = {"windows": np.clip(centre + [-90, 95], 0, m), "optional": optional}
    expected = lattice.cheapest(cdist(x, y), weights=(2, 1, 1), **said)
    cost, path = dtw(x, y, steps="symmetric2", **said)
    assert cost == pytest.approx(expected[0], rel=1e-6)
    assert np.array_equal(path, expected[1])


@pytest.mark.parametrize("rows", range(255, 262))
def test_a_last_row_that_may_be_left_out_is_left_out_where_strips_end(rows):
    x, y = np.zeros((rows, 1)), np.zeros((rows, 1))
    x[-1] = 9
    optional = np.arange(rows) % 2 == (rows - 1) % 2
    cost, path = dtw(x, y, optional=optional)
    assert cost == 0
    assert path[-1].tolist() == [rows - 2, rows - 1]


def test_pauses_that_were_not_made_are_left_out():
    word, pause = [[5.0], [6.0]], [[0.0]]
    x, y = np.array([*pause, *word, *pause, *word, *pause]), np.array([*word, *word, *pause])
    cost, path = dtw(x, y, optional=np.array([1, 0, 0, 1, 0, 0, 1], bool))
    assert cost == 0
    assert path.tolist() == [[1, 0], [2, 1], [4, 2], [5, 3], [6, 4]]


def test_a_last_row_that_cannot_be_reached_may_be_left_out():
    x, y = np.zeros((4, 1)), np.zeros((2, 1))
    cost, path = dtw(x, y, steps=(1, 1, np.inf), optional=np.array([False, True, False, True]))
    assert cost == 0
    assert path.tolist() == [[0, 0], [2, 1]]


def test_ties_prefer_the_diagonal_then_the_row():
    assert dtw(np.zeros((3, 1)), np.zeros((5, 1)))[1].tolist() == [[0, 0], [0, 1], [0, 2], [1, 3], [2, 4]]
    assert dtw(np.zeros((4, 1)), np.zeros((4, 1)))[1].tolist() == [[i, i] for i in range(4)]
    x, y = np.array([[0.0], [4], [0]]), np.array([[0.0], [4], [4], [0]])
    assert dtw(x, y)[1].tolist() == [[0, 0], [1, 1], [1, 2], [2, 3]]


@pytest.mark.parametrize("band", [0, 3, 40])
def test_a_path_stays_within_its_band(band, rng):
    x, y = rng.normal(size=(300, 2)).cumsum(0), rng.normal(size=(300, 2)).cumsum(0)
    cost, path = dtw(x, y, band=band)
    assert np.abs(path[:, 0] - path[:, 1]).max() <= band
    inside = np.abs(np.subtract.outer(np.arange(300), np.arange(300))) <= band
    assert cost == pytest.approx(lattice.cheapest(np.where(inside, cdist(x, y), 1e9))[0], rel=1e-6)


def test_scale_and_offset_do_not_change_a_path(rng):
    x, y = rng.normal(size=(200, 3)).cumsum(0), rng.normal(size=(170, 3)).cumsum(0)
    _, path = dtw(x, y)
    for scale, offset in ((1e-30, 0), (1e30, 0), (1, 1e7)):
        assert np.array_equal(dtw(x * scale + offset, y * scale + offset)[1], path)


def test_inputs_are_left_as_they_were(rng):
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(30, 3)).astype(np.float32)
    before = x.copy(), y.copy()
    dtw(x, y, metric="cosine")
    assert np.array_equal(x, before[0])
    assert np.array_equal(y, before[1])


FINE = np.ones((4, 2))


@pytest.mark.parametrize(
    ("x", "y", "options", "said"),
    [
        (np.ones((0, 2)), FINE, {}, r"x has shape \(0, 2\)"),
        (FINE, np.ones(3), {}, r"y\[:, None\]"),
        (FINE, np.ones((4, 3)), {}, "x has 2 features a frame and y has 3"),
        (np.array([[1.0, 2], [np.nan, 1]]), FINE, {}, "Frame 1 of x has a value that is not finite"),
        (FINE, np.array([["a", "b"]]), {}, "real numbers"),
        (FINE, FINE * 0, {"metric": "cosine"}, "Frame 0 of y is all zeros"),
        (FINE, FINE, {"metric": "cityblock"}, 'no metric "cityblock"'),
        (FINE, FINE, {"steps": "slanted"}, "symmetric2"),
        (FINE, FINE, {"steps": (np.inf, 1, 1)}, "three weights"),
        (FINE, FINE, {"steps": (1, 1, -1)}, "three weights"),
        (FINE, FINE, {"band": -1}, "band of -1"),
        (FINE, FINE, {"windows": np.zeros((4, 2), int)}, "Row 0 may meet no column"),
        (FINE, FINE, {"windows": np.zeros((3, 2), int)}, r"4 rows need \(4, 2\)"),
        (FINE, FINE, {"optional": np.array([True, True, False, False])}, "no two beside each other"),
        (FINE[:2], FINE, {"steps": (1, np.inf, 1)}, "No path keeps"),
        (FINE, FINE, {"windows": np.array([[0, 1], [0, 1], [3, 4], [3, 4]])}, "No path keeps"),
    ],
)
def test_what_cannot_be_warped_is_said_in_a_sentence(x, y, options, said):
    with pytest.raises(MethodError, match=said) as raised:
        dtw(x, y, **options)
    assert "\n" not in str(raised.value)


def test_a_matrix_beyond_memory_is_refused_before_any_work(monkeypatch):
    monkeypatch.setattr(paths._Sweep, "down", lambda *_: pytest.fail("work was begun"))
    x, y = np.broadcast_to(np.ones((1, 1), np.float32), (10**6, 1)), np.broadcast_to(np.ones((1, 1), np.float32), (10**6, 1))
    with pytest.raises(MethodError, match="1,000,000 frames against 1,000,000 would keep 37.3 GB"):
        dtw(x, y)


def test_progress_is_told_and_may_stop_the_work(rng):
    told = []
    dtw(rng.normal(size=(300, 2)), rng.normal(size=(50, 2)), progress=lambda done, of: told.append((done, of)))
    assert told == [(0, 3), (1, 3), (2, 3)]

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dtw(FINE, FINE, progress=stop)


def times(n: int, seconds: float) -> TimeAxis:
    return TimeAxis(np.arange(n) * seconds, (np.arange(n) + 1) * seconds)


@pytest.mark.parametrize("most", [30_000_000, 1000])
def test_a_pooled_picture_keeps_the_path_visible(most, rng, monkeypatch):
    monkeypatch.setattr("mmviz.methods.warping.preview.CELLS", most)
    y = rng.normal(size=(3000, 4))
    x = y[::3] + rng.normal(scale=0.01, size=(1000, 4))
    found = warp(x, y, times(1000, 0.02), times(3000, 0.01))
    assert found.preview.shape == (400, 1200)
    assert found.cost == pytest.approx(found.local.sum(), rel=1e-5)
    rows = np.searchsorted(found.preview_query.starts, found.query.starts[found.path[:, 0]] + 1e-9) - 1
    columns = np.searchsorted(found.preview_key.starts, found.key.starts[found.path[:, 1]] + 1e-9) - 1
    on, off = np.zeros_like(found.preview, bool), found.preview
    on[rows, columns] = True
    assert np.median(found.preview[on]) < np.median(off[~on])
    assert (found.preview_query.ends[-1], found.preview_key.ends[-1]) == pytest.approx((20, 30))


def test_a_picture_of_few_frames_is_the_matrix_itself(rng):
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(7, 3))
    assert warp(x, y, times(5, 1), times(7, 1)).preview == pytest.approx(cdist(x, y), abs=1e-6)


def test_memory_grows_with_length_alone():
    script = """
import resource, sys, json, numpy as np
from mmviz.methods.dtw import dtw, prepare
prepare()
rng = np.random.default_rng(0)
x, y = (rng.normal(size=(8000, 13)).cumsum(0) for _ in range(2))
dtw(x[:1000], y[:1000])
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak(); dtw(x, y); print(json.dumps(peak() - before))
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    out = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(out.stdout) < 14  # the matrix itself is 244 MB of float32


def test_code_is_compiled_where_no_folder_can_be_written(monkeypatch):
    import numba

    def refusing(cache: bool = False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: ("compiled", function.__name__, options["nogil"])

    monkeypatch.setattr(numba, "njit", refusing)
    assert wavefront.exactly(abs) == ("compiled", "abs", True)


def test_whole_numbers_stay_whole_when_scaled():
    x, y = warping._scaled(np.array([[3.0], [7]]), np.array([[1.0], [4]]), "euclidean")
    assert (x * 8).tolist() == [[2], [6]]
    assert (y * 8).tolist() == [[0], [3]]
