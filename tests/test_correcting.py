import pytest

from mmviz.matchings import Constraints
from mmviz.pipeline import correcting as c

ABOUT = Constraints(((0, 1), (2, -1)), ((1, 1), (3, 0)), True)


def test_fixing_a_shot_takes_it_from_its_other_clause_and_allows_what_was_forbidden():
    made = c.fix(c.fix(ABOUT, 0, 2), 3, 0)
    assert made == Constraints(((2, -1), (0, 2), (3, 0)), ((1, 1),), True)


def test_forbidding_ends_a_fixed_pair_and_freeing_takes_back_either():
    made = c.forbid(ABOUT, 0, 1)
    assert made.fixed == ((2, -1),)
    assert made.forbidden == ((1, 1), (3, 0), (0, 1))
    assert c.free(c.free(made, 0, 1), 2, -1) == Constraints((), ((1, 1), (3, 0)), True)


@pytest.mark.parametrize(
    ("old", "new", "fixed", "forbidden"),
    [
        (None, (1, 2), ((1, 2),), ()),
        ((1, 0), (1, 2), ((1, 2),), ()),  # drawn to another clause: the shot has one at most
        ((0, 2), (1, 2), ((1, 2),), ((0, 2),)),  # drawn from another shot: not that one
        ((1, 2), (1, 2), ((1, 2),), ()),
    ],
)
def test_an_edge_that_is_dragged_is_where_it_was_dropped(old, new, fixed, forbidden):
    assert c.move(Constraints(), old, new) == Constraints(fixed, forbidden)


def test_after_two_shots_are_merged_pairs_are_those_of_the_units_there_are():
    assert c.after_merge(ABOUT, "shots", 0) == Constraints(
        ((0, 1), (1, -1)), ((2, 0),), True
    )  # (1, 1) is what shot 0 is fixed to
    assert c.after_merge(ABOUT, "clauses", 0) == Constraints(((0, 0), (2, -1)), ((1, 0), (3, 0)), True)


def test_both_halves_of_a_shot_keep_what_was_said_of_it():
    assert c.after_split(ABOUT, "shots", 0) == Constraints(((0, 1), (1, 1), (3, -1)), ((2, 1), (4, 0)), True)


def test_a_fixed_clause_that_is_split_stays_fixed_to_its_first_half_and_a_forbidden_one_to_none():
    assert c.after_split(ABOUT, "clauses", 1) == Constraints(((0, 1), (2, -1)), ((1, 1), (1, 2), (3, 0)), True)
    assert c.after_split(ABOUT, "clauses", 0) == Constraints(((0, 2), (2, -1)), ((1, 2), (3, 0), (3, 1)), True)
