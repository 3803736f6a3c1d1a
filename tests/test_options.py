import re

import pytest

from mmviz import options
from mmviz.errors import MethodError
from mmviz.registry import Entry


def steep(
    encoding, *, layers: tuple[int, ...] | None = None, step: float = 0.5, count: int = 3, fill: str = "mean", raw: bool = False
):
    """Do nothing with options of every type."""


ENTRY = Entry("steep", "Steep", steep)
DEFAULTS = {"layers": None, "step": 0.5, "count": 3, "fill": "mean", "raw": False}


def test_without_anything_given_all_defaults_are_there():
    assert options.read(ENTRY, {}) == DEFAULTS


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("layers", "2,0, 1", (0, 1, 2)),
        ("layers", "3", (3,)),
        ("layers", [1, 1, 0], (0, 1)),
        ("layers", "all", None),
        ("layers", None, None),
        ("step", "1e-2", 0.01),
        ("step", 2, 2.0),
        ("count", "12", 12),
        ("count", 12.0, 12),
        ("fill", "black", "black"),
        ("raw", "true", True),
        ("raw", "No", False),
        ("raw", True, True),
    ],
)
def test_a_value_is_read_as_its_option_says(name, given, meant):
    found = options.read(ENTRY, {name: given})
    assert found == {**DEFAULTS, name: meant}
    assert type(found[name]) is type(meant)


@pytest.mark.parametrize(
    ("name", "given", "rule"),
    [
        ("layers", "1;2", 'cannot use layers="1;2"; give whole numbers with commas between, or "all"'),
        ("layers", [], 'give whole numbers with commas between, or "all"'),
        ("layers", [0.5], "give whole numbers"),
        ("step", "nan", 'cannot use step="nan"; give a number'),
        ("step", "1e999", "give a number"),
        ("step", None, "give a number"),
        ("count", "2.5", "give a whole number"),
        ("count", 2.5, "give a whole number"),
        ("count", True, "give a whole number"),
        ("fill", 3, "give a word"),
        ("raw", "perhaps", "give true or false"),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_rule(name, given, rule):
    with pytest.raises(MethodError, match=re.escape(rule)):
        options.read(ENTRY, {name: given})


def test_an_unknown_option_is_refused_with_those_there_are():
    with pytest.raises(MethodError, match='steep has no option "epsilon"; its options are: layers, step, count, fill, raw'):
        options.read(ENTRY, {"epsilon": 1})


def test_a_function_without_options_says_so():
    with pytest.raises(MethodError, match='has no option "step"; it takes none'):
        options.read(Entry("plain", "Plain", lambda encoding: None), {"step": 1})
