"""Times of others laid beside ours: by place in the text, or by the words that intervals carry."""

from dataclasses import replace

import numpy as np
import pytest

from mmviz.ui import compared_times
from tests import spoken


@pytest.fixture(scope="module")
def ours():
    return spoken.timing(warp=None)


def test_another_aligners_units_are_found_by_their_place_in_the_text(ours):
    later = replace(ours, starts=ours.starts + 0.03, ends=ours.ends + 0.03, aligner="hybrid")
    other = compared_times.of_timing(ours, later, "Hybrid")
    assert (other.name, other.title, other.is_aligner) == ("hybrid", "Hybrid", True)
    assert np.allclose(compared_times.differences(ours, other), 0.03)


def test_a_unit_the_other_does_not_have_has_no_time(ours):
    fewer = spoken.timing("the grey cat sat on the", warp=None)
    other = compared_times.of_timing(ours, fewer, "x")
    assert np.isnan(other.starts).tolist() == [False] * 6 + [True]


def test_phones_of_one_word_with_the_same_name_are_told_apart(ours):
    spans = np.array([[0, 3]] * 3 + [[4, 8]] * 4)
    axis = replace(ours.query, spans=spans)
    phones = replace(ours, query=axis, names=("t", "a", "t", "t", "a", "t", "o"), unit="phone")
    other = compared_times.of_timing(phones, replace(phones, starts=phones.starts + 0.01, ends=phones.ends + 0.01), "x")
    assert np.allclose(other.starts - phones.starts, 0.01)


def test_intervals_belong_to_the_words_they_carry_in_order_whatever_their_case_and_points(ours):
    names = ["", "The", "cat", "SAT.", "up", "", "the", "mat,"]
    starts = np.arange(8) * 0.5
    other = compared_times.of_intervals(ours, names, starts, starts + 0.4, "by ear.TextGrid")
    assert np.array_equal(other.starts, [0.5, np.nan, 1.0, 1.5, np.nan, 3.0, 3.5], equal_nan=True)
    assert np.array_equal(other.ends[[0, 6]], [0.9, 3.9])
    assert not other.is_aligner


def test_words_of_signs_alone_are_never_the_same(ours):
    dashes = replace(ours, names=("-",) * 7)
    other = compared_times.of_intervals(dashes, ["…"] * 7, np.arange(7.0), np.arange(7.0) + 1, "x")
    assert np.isnan(other.starts).all()


def test_differences_are_summed_up_in_milliseconds_without_those_that_are_missing():
    figures = compared_times.apart(np.array([0.01, -0.03, 0.05, np.nan, 0.11]))
    assert figures["mean"] == pytest.approx(50)
    assert figures["median"] == pytest.approx(40)
    assert figures["p90"] == pytest.approx(92)
    assert figures["share"] == 75


def test_nothing_to_compare_is_nothing_apart():
    assert compared_times.apart(np.full(3, np.nan)) == {"mean": 0, "median": 0, "p90": 0, "share": 0}


@pytest.mark.parametrize(
    ("name", "said"), [("Mat.", "mat"), ("“Don't”", "dont"), ("ＦＵＬＬ", "full"), ("苹果，", "苹果"), ("—", "")]
)
def test_words_are_reduced_to_letters_and_digits(name, said):
    assert compared_times.bare(name) == said
