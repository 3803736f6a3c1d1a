"""The drawings and the atlas made from them."""

import numpy as np
import pytest

from mmviz.worlds import atlas
from mmviz.worlds.lexicon import COLOUR_WORDS

THINGS = list(atlas.load().things.values())


def test_there_are_at_least_eighty_things_and_the_atlas_is_small():
    size = sum((atlas.ASSETS / name).stat().st_size for name in ("atlas.npz", "atlas.json"))
    assert len(THINGS) >= 80
    assert size <= 3 * 2**20


def test_the_atlas_holds_the_drawings_that_are_there():
    drawings = sorted(path.stem for path in (atlas.ASSETS / "drawings").glob("*.svg"))
    assert [thing.name for thing in THINGS] == drawings


@pytest.mark.parametrize("name", ["cat", "windmill", "bicycle"])
def test_the_atlas_is_what_the_drawing_renders_to(name):
    row, texture, parts = atlas._render_drawing(atlas.ASSETS / "drawings" / f"{name}.svg")
    kept = atlas.load()
    index = kept.things[name].index
    assert row["natural"] == list(kept.things[name].natural)
    assert np.array_equal(texture, kept.textures[atlas.SIDE][index])
    assert np.array_equal(parts, kept.part_maps[atlas.SIDE][index])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_two_things_have_the_same_word(language):
    words = [thing.words[language][0] for thing in THINGS]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.name)
def test_a_thing_has_words_a_known_colour_and_parts_that_show(thing):
    shown = set(np.unique(atlas.load().part_maps[atlas.SIDE][thing.index]))
    assert thing.colour in COLOUR_WORDS
    assert all(all(forms) for forms in thing.words.values())
    assert 2 <= len(thing.parts) <= 6
    assert all(all(all(forms) for forms in part.words.values()) for part in thing.parts)
    assert shown == {0, *range(1, len(thing.parts) + 1)}


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.name)
def test_the_main_colour_covers_a_good_part_of_a_thing(thing):
    texture = atlas.load().textures[atlas.SIDE][thing.index].astype(float)
    share = texture[..., 4].sum() / texture[..., 3].sum()
    assert 0.2 < share < 0.95


def test_a_drawing_with_two_main_colours_is_refused(tmp_path):
    svg = (atlas.ASSETS / "drawings" / "cat.svg").read_text("utf-8").replace("#f29b38", "#123456", 1)
    (tmp_path / "cat.svg").write_text(svg, "utf-8")
    with pytest.raises(ValueError, match="one main fill"):
        atlas._render_drawing(tmp_path / "cat.svg")
