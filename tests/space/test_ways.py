"""Ways to say a thing: whose vectors lie nearer, on vectors whose answer is known."""

import numpy as np

from mmviz.space.ways import nearer


def at(*degrees: float) -> np.ndarray:
    """Unit vectors in the plane."""
    angle = np.radians(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def test_a_thing_whose_ways_lie_together_is_apart_from_another():
    vectors = np.stack([at(0, 5, 10), at(90, 95, 100), at(180, 182, 186)])
    assert nearer(vectors).tolist() == [[i != j for j in range(3)] for i in range(3)]


def test_the_farthest_of_its_own_ways_counts_against_the_nearest_of_the_others():
    # own: 0, 5, 40, at most 40 degrees apart; the other begins 39 or 41 degrees behind the last of them
    for gap, expected in ((39, False), (41, True)):
        first, second = at(0, 5, 40), at(40 + gap, 41 + gap, 42 + gap)
        assert nearer(np.stack([first, second]))[0, 1] == expected
        assert nearer(np.stack([first, second]))[1, 0]


def test_equal_likeness_is_not_nearer():
    assert not nearer(np.ones((2, 3, 1))).any()
