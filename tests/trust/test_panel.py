"""The panel prefers right maps and warns of sinks; `python -m tests.trust.panel` measures the same on 200 scenes."""

import numpy as np
import pytest

from tests.trust import panel

GRIDS = ((12, 12), (7, 7), (16, 24))


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_planted_sinks_are_warned_of_and_clean_maps_are_not(grid):
    sinks, cleans = panel.warned(200, grid)
    assert np.mean(sinks) >= 0.95
    assert np.mean(cleans) <= 0.05


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_a_map_without_other_words_is_warned_of_in_most_cases_and_hardly_ever_wrongly(grid):
    sinks, cleans = panel.warned(200, grid, alone=True)
    assert np.mean(sinks) >= 0.85
    assert np.mean(cleans) <= 0.05


def test_the_panel_prefers_the_right_map_to_a_random_one():
    assert np.mean(panel.preferences("clip-mini", 30, ("blur",))) >= 0.95
