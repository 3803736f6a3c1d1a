"""How often a model that speaks is right, by models whose answers are known."""

from types import SimpleNamespace

import pytest

from mmviz import sayings
from mmviz.worlds import questions


@pytest.fixture
def heard(monkeypatch):
    """What was asked last."""
    asked, real = {}, questions.ask

    def ask(*args):
        asked["last"] = real(*args)
        return asked["last"]

    monkeypatch.setattr(questions, "ask", ask)
    return asked


@pytest.mark.parametrize(
    ("says", "expected"), [(lambda q: q.answer, 1.0), (lambda q: q.answer.upper() + " ", 1.0), (lambda q: "cat or dog", 0.0)]
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_answer_is_right_word_for_word(heard, says, expected, language):
    say = lambda checkpoint, text, images: [SimpleNamespace(text=says(heard["last"]))]  # noqa: E731
    found = sayings.measure_answers(SimpleNamespace(family=SimpleNamespace(functions={"say": say})), 3, 6, language)
    assert set(found) == set(questions.KINDS)
    assert all(row == {"value": expected, "n": 6, "chance": row["chance"]} for row in found.values())


def test_a_model_that_does_not_speak_is_not_asked():
    assert sayings.measure_saying(SimpleNamespace(family=SimpleNamespace(functions={})), 0, 3) == {}


def test_nouns_are_found_whole_and_the_longer_ones_first():
    found = sayings.nouns_in("two small cats, a catfish and a snowman", "en")
    assert [name for _, name in found] == ["cat", "snowman"]
    assert found[0][0] == (10, 14)
    assert [name for _, name in sayings.nouns_in("一部手机和两只猫", "zh")] == ["phone", "cat"]
