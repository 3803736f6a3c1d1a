"""Shots of real films against cuts marked by hand; skipped only where the films are not at hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmviz.media import shots, video

FILMS = Path(__file__).parents[3] / "shared" / "data" / "film"
TRUTH = json.loads((FILMS / "cuts.json").read_text("utf-8")) if (FILMS / "cuts.json").is_file() else {}
pytestmark = [pytest.mark.real, pytest.mark.skipif(not TRUTH, reason=f"needs {FILMS}")]


@pytest.fixture(scope="module", params=sorted(TRUTH))
def film(request) -> tuple[dict, shots.Shots, shots.Shots]:
    """The truth of one film, its hard cuts, and its shots with the switch on."""
    parsed = video.parse(FILMS / request.param)
    return TRUTH[request.param], shots.find(parsed), shots.find(parsed, gradual=True)


def test_every_hard_cut_is_found_within_a_tenth_of_a_second(film):
    truth, hard, slow = film
    for found in (hard.axis.starts[1:], slow.axis.starts[1:]):
        assert all(np.abs(found - cut).min() <= 0.1 for cut in truth["cuts"])


def test_without_the_switch_nothing_is_cut_outside_of_what_was_marked(film):
    truth, hard, _ = film
    assert all(_is_marked(cut, truth) for cut in hard.axis.starts[1:])


def test_with_the_switch_every_fade_is_cut_once_inside_its_span_and_nothing_else(film):
    truth, _, slow = film
    found = slow.axis.starts[1:]
    assert [((a <= found) & (found <= b)).sum() for a, b in truth["gradual"]] == [1] * len(truth["gradual"])
    assert all(_is_marked(cut, truth) for cut in found)


def _is_marked(cut: float, truth: dict) -> bool:
    near = any(abs(cut - true) <= 0.1 for true in truth["cuts"])
    return near or any(start <= cut <= end for start, end in truth["gradual"])
