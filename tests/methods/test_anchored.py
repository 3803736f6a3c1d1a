import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmviz.errors import MethodError
from mmviz.methods.warping import anchored, evidence

FEATURES = 4


def cheapest(x, y, first, quiet, leads):
    """Cost of the cheapest path by recursion over every step, the plain form of the module's docstring."""
    n_rows, n_columns = len(x), len(y)
    local = np.sqrt(((x[:, None] - y[None]) ** 2).sum(2))
    best = np.full((n_rows, n_columns), np.inf)
    silence = np.full((n_rows + 1, n_columns), np.inf)
    for t in range(n_columns):
        for s in range(n_rows + 1):
            if s == n_rows or first[s] or s == 0:
                ways = [silence[s, t - 1] if t else np.inf, best[s - 1, t - 1] if t and s else np.inf]
                silence[s, t] = quiet[t] + (0 if t == 0 and s == 0 and leads else min(ways))
        for s in range(n_rows):
            ways = [0 if t == 0 and s == 0 else np.inf]
            ways += [best[s, t - 1], silence[s, t - 1] if first[s] or s == 0 else np.inf] if t else []
            ways += [best[s - 1, t - 1]] if t and s else []
            ways += [best[s - 1, t]] if s else []
            best[s, t] = local[s, t] + min(ways)
    return min(best[-1, -1], silence[-1, -1])


def planted(rng, pauses=(20, 0, 30), stretch=2):
    """Three words of eight frames each, spoken twice as slowly, with pauses before them and at the end."""
    words = rng.normal(size=(3, 8, FEATURES)).astype(np.float32) * 3
    silence = np.zeros((1, FEATURES), np.float32)
    sound, starts = [], []
    for pause, word in zip(pauses, words):
        sound.append(np.repeat(silence, pause, 0))
        starts.append(sum(map(len, sound)))
        sound.append(np.repeat(word, stretch, 0))
    y = np.concatenate([*sound, np.repeat(silence, 12, 0)])
    y = y + rng.normal(size=y.shape).astype(np.float32) * 0.1
    x = words.reshape(-1, FEATURES)
    return x, y, np.arange(24) % 8 == 0, np.sqrt((y**2).sum(1)), starts


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 7), st.integers(0, 2**20), st.booleans())
def test_no_path_is_cheaper(n_rows, n_columns, seed, leads):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n_rows, FEATURES)), rng.normal(size=(n_columns, FEATURES))
    first, quiet = rng.random(n_rows) < 0.4, rng.uniform(0, 2, n_columns)
    found = anchored.align(x, y, first, quiet, leads=leads)
    assert found.cost == pytest.approx(cheapest(x, y, first, quiet, leads), rel=1e-5)
    steps = np.diff(found.path, axis=0)
    assert ((steps >= 0) & (steps <= 1)).all()
    assert (steps.sum(1) >= 1).all()
    assert found.path[0].tolist() == [0, 0]
    assert found.path[-1].tolist() == [n_rows - 1, n_columns - 1]


def test_words_are_found_behind_their_pauses_and_pauses_belong_to_none(rng):
    x, y, first, quiet, starts = planted(rng)
    found = anchored.align(x, y, first, quiet)
    assert found.entries(24)[::8].tolist() == starts
    assert found.exits(24)[7::8].tolist() == [start + 15 for start in starts]
    assert found.silent.sum() == 20 + 30 + 12


def test_without_silence_the_frame_before_would_be_stretched_over_the_pause(rng):
    x, y, first, quiet, starts = planted(rng)
    found = anchored.align(x, y, np.zeros(24, bool), quiet)
    assert found.entries(24)[16] != starts[2] or found.exits(24)[15] > starts[1] + 16


def test_a_sound_that_may_not_begin_with_silence_begins_with_the_first_word(rng):
    x, y, first, quiet, _ = planted(rng)
    assert not anchored.align(x, y, first, quiet, leads=False).silent[0]
    assert anchored.align(x, y, first, quiet).silent[0]


def test_coarse_to_fine_finds_the_path_of_the_whole_matrix(rng, monkeypatch):
    steps = rng.normal(size=(150, FEATURES)).cumsum(0)
    x = np.repeat(steps, 6, 0) + rng.normal(size=(900, FEATURES)) * 0.05
    y = np.concatenate([np.repeat(steps[:70], 8, 0), np.full((90, FEATURES), 40.0), np.repeat(steps[70:], 7, 0)])
    quiet, first = np.sqrt(((y - 40) ** 2).sum(1)), np.arange(900) % 30 == 0
    whole = anchored.align(x, y, first, quiet)
    monkeypatch.setattr(anchored, "EXACT", 100_000)
    banded = anchored.align(x, y, first, quiet)
    assert banded.cost == pytest.approx(whole.cost, rel=1e-6)
    assert np.abs(banded.entries(900) - whole.entries(900)).max() <= 1


@pytest.mark.parametrize(
    ("x", "y"),
    [(np.zeros((0, 4)), np.zeros((3, 4))), (np.zeros((3, 4)), np.zeros((3, 5))), (np.full((3, 4), np.nan), np.zeros((3, 4)))],
)
def test_what_are_no_frames_is_refused(x, y):
    with pytest.raises(MethodError, match="Warping takes"):
        anchored.align(x, y, np.zeros(len(x), bool), np.zeros(len(y)))


def test_words_in_reverse_order_keep_their_frames():
    first = np.array([True, False, False, True, True, False])
    order, firsts = evidence.reversed_order(first)
    assert order.tolist() == [4, 5, 3, 0, 1, 2]
    assert firsts.tolist() == [True, False, True, True, False, False]


def test_evidence_tells_the_right_text_from_a_wrong_one(rng):
    x, y, first, quiet, starts = planted(rng)
    order, firsts = evidence.reversed_order(first)
    right, wrong = anchored.align(x, y, first, quiet), anchored.align(x[order], y, firsts, quiet)
    frames = evidence.of_frames(right, evidence.columns(wrong, len(y)), len(y))
    assert frames.shape == (len(y), len(evidence.FRAME_EVIDENCE))
    assert frames[starts[1], 0] < 0.7
    begins = np.flatnonzero(first)
    atoms = evidence.of_atoms(frames, right.entries(24)[begins], right.exits(24)[begins + 7], np.full(3, 8))
    assert atoms.shape == (3, len(evidence.ATOM_EVIDENCE))
    np.testing.assert_allclose(atoms[:, evidence.ATOM_EVIDENCE.index("length")], 0, atol=1e-9)
    sections = evidence.of_sections(right, wrong, frames, atoms, np.array(starts) + 8)
    assert sections.shape == (1, len(evidence.WHOLE_EVIDENCE))
    assert sections[0, 0] == pytest.approx(right.cost / wrong.cost, rel=1e-5)
    moved = evidence.of_starts(right, (x, y, quiet), begins, frames)
    assert moved.shape == (3, len(evidence.START_EVIDENCE))
    assert (moved[:, :2] > 1).all()  # starting 50 ms earlier or later costs
    assert np.isfinite(moved).all()


def test_evidence_of_one_word_is_finite(rng):
    x, y = rng.normal(size=(8, FEATURES)), rng.normal(size=(11, FEATURES))
    found = anchored.align(x, y, np.arange(8) == 0, np.ones(11))
    frames = evidence.of_frames(found, evidence.columns(found, 11), 11)
    atoms = evidence.of_atoms(frames, found.entries(8)[:1], found.exits(8)[-1:], np.array([8]))
    assert np.isfinite(evidence.of_sections(found, found, frames, atoms, np.array([5]))).all()
    assert np.isfinite(evidence.of_starts(found, (x, y, np.ones(11)), np.array([0]), frames)).all()
