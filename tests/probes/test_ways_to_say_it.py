"""Ways to say a thing, with vectors planted so that every cosine is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.probes.given import Given
from mmviz.probes.ways_to_say_it import made, ways_to_say_it
from mmviz.results import Embeds
from mmviz.samples import Image, Text

CAT, DOG, OX = (tuple(f"{frame}{noun}" for frame in ("a picture of a ", "a ", "")) for noun in ("cat", "dog", "ox"))
#: Degrees in the plane; the picture lies at 0.
APART = dict(zip((*CAT, *DOG, *OX), (10, 20, 40, 80, 100, 110, 200, 210, 220), strict=True))
MIXED = APART | {"dog": 45}
IMAGE = Image(np.zeros((4, 5, 3), np.uint8))


def at(degrees) -> np.ndarray:
    angle = np.radians(np.array(degrees, float))
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def cosine(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def planted(places: dict[str, float], joint: dict[str, float] | None = None, read: list | None = None):
    def embed(checkpoint, samples):
        rows = [places[sample.text] if isinstance(sample, Text) else 0 for sample in samples]
        return Embeds(at(rows), ItemAxis(("",) * len(rows)), "text", "planted@1")

    def together(checkpoint, texts, images, pairs):
        if read is not None:
            read.append(([text.text for text in texts], len(images), pairs.tolist()))
        return at([joint[texts[i].text] for i, _ in pairs])

    functions = {"embed": embed} | ({"joint": together} if joint else {})
    return SimpleNamespace(name="planted", id="planted@1", family=SimpleNamespace(functions=functions))


def look(places=APART, text="a red cat under a tree", ways=(CAT, DOG, OX), phrase="", **more):
    return ways_to_say_it(planted(places, **more), Given(Text(text), IMAGE, ways=ways), phrase=phrase)


def test_ways_are_listed_by_the_picture_with_their_cosines_and_the_nearest_other_thing():
    ranking = look().rankings[0]
    assert ranking.items.names == CAT  # 10, 20 and 40 degrees from the picture
    assert ranking.columns == ("with_picture", "with_picture_of", "with_article", "with_bare", "other_thing")
    expected = [
        [cosine(10), np.nan, cosine(10), cosine(30), cosine(70)],
        [cosine(20), cosine(10), np.nan, cosine(20), cosine(60)],
        [cosine(40), cosine(30), cosine(20), np.nan, cosine(40)],
    ]
    np.testing.assert_allclose(ranking.values, expected, atol=1e-9)
    assert ranking.marks == ("", "", "")


def test_ways_that_lie_together_are_said_to_be_apart_from_all_others():
    (remark,) = look().remarks
    assert (remark.key, remark.is_warning) == ("ways_apart", False)
    assert remark.numbers["least"] == pytest.approx(cosine(30))
    assert (remark.numbers["thing"], remark.numbers["other"], remark.numbers["n"]) == ("cat", "dog", 2)
    assert remark.numbers["greatest"] == pytest.approx(cosine(40))


def test_another_thing_as_near_as_its_own_ways_is_a_warning_and_marked():
    found = look(MIXED)
    (remark,) = found.remarks
    assert (remark.key, remark.is_warning, remark.numbers["count"]) == ("ways_mixed", True, 1)
    assert found.rankings[0].marks == ("", "", "nearer_to_other")  # 35, 25 and 5 degrees off, own 30, 20 and 30
    assert found.rankings[1].items.names == ("dog", "ox")
    assert found.rankings[1].marks == ("beyond_least", "")


def test_other_things_are_listed_by_their_nearest_way_with_the_picture_beside():
    listed = look().rankings[-1]
    assert listed.items.names == ("dog", "ox")
    np.testing.assert_allclose(listed.values, [[cosine(40), cosine(100)], [cosine(150), cosine(210)]], atol=1e-9)


def test_every_cosine_with_another_things_ways_is_counted_once():
    (plot,) = look().plots
    assert plot.values.sum() == 3 * 2 * 3
    assert plot.lines == (("own_least", pytest.approx(cosine(30))),)


def test_joint_vectors_are_compared_with_each_other_alone_and_only_where_there_are_such():
    joint, read = {name: place / 10 for name, place in MIXED.items()}, []
    found = look(APART, joint=joint, read=read)
    assert [r.key for r in found.rankings] == ["ways", "ways_joint", "things_near"]
    ranking = found.rankings[1]
    assert ranking.columns == ("with_picture_of", "with_article", "with_bare", "other_thing")
    np.testing.assert_allclose(ranking.values[0], [np.nan, cosine(1), cosine(3), cosine(3.5)], atol=1e-9)
    assert [r.key for r in found.remarks] == ["ways_apart", "ways_joint_mixed", "joint_space"]
    assert read == [([*CAT, *DOG, *OX], 1, [[i, 0] for i in range(9)])]
    assert [r.key for r in look().rankings] == ["ways", "things_near"]


def test_the_phrase_asked_for_is_said_and_may_be_no_known_thing():
    asked = {"a picture of an old ox": 0, "an old ox": 5, "old ox": 9}
    found = look(APART | asked, text="a cat and an old ox", phrase="an old ox")
    assert set(found.rankings[0].items.names) == set(asked)
    assert found.remarks[0].numbers["n"] == 3
    assert look(text="a dog and a cat", phrase="A CAT").rankings[0].items.names == CAT


def test_without_a_phrase_it_is_the_first_known_thing_that_stands_as_a_word():
    assert look(text="a catalogue, an ox and a Dog").remarks[0].numbers["thing"] == "ox"
    whole = {"a picture of a sea": 0, "a sea": 5, "sea": 9}
    assert look(APART | whole, text="the sea").remarks[0].numbers["thing"] == "sea"


def test_the_longest_of_the_things_that_begin_at_one_place_is_meant():
    bear = ("一只熊猫的图片", "一只熊猫", "熊猫")
    cat = ("一只猫的图片", "一只猫", "猫")
    short = ("一只熊的图片", "一只熊", "熊")
    places = dict(zip((*bear, *cat, *short), range(0, 90, 10), strict=True))
    assert look(places, text="草地上有一只熊猫", ways=(short, cat, bear)).remarks[0].numbers["thing"] == "熊猫"


def test_with_nothing_beside_the_ways_stand_alone():
    whole = {"a picture of a cat": 0, "a cat": 5, "cat": 9}
    found = look(whole, text="a cat", ways=())
    assert (found.remarks[0].key, len(found.rankings), found.plots) == ("ways_alone", 1, ())
    assert np.isnan(found.rankings[0].values[:, -1]).all()


def test_a_phrase_that_is_not_in_the_text_is_refused():
    with pytest.raises(MethodError, match='"dog" does not stand in "a red cat under a tree"'):
        look(phrase="dog")


@pytest.mark.parametrize(
    ("phrase", "ways"),
    [
        ("a red cat", ("a picture of a red cat", "a red cat", "red cat")),
        ("Ox", ("a picture of an Ox", "an Ox", "Ox")),
        ("the", ("a picture of a the", "a the", "the")),
        ("一只猫", ("一个猫的图片", "一个猫", "猫")),
        ("红色的猫", ("一个红色的猫的图片", "一个红色的猫", "红色的猫")),
    ],
)
def test_any_phrase_is_said_in_three_ways(phrase, ways):
    assert made(phrase) == ways
