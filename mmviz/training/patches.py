"""Dense truth: what every patch of a drawn scene shows, as labels for training."""

import random
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import PIL.Image

from mmviz.worlds import atlas
from mmviz.worlds.lexicon import BACKGROUNDS, COLOUR_WORDS, SIZES
from mmviz.worlds.render import Rendered, render
from mmviz.worlds.spec import Scene

SIDE, PATCH = 96, 8
GRID = SIDE // PATCH
IGNORE = -100
#: Share of training pictures drawn at twice the size and scaled down, as uploads are; the rest is drawn at once.
SCALED = 0.15
COLOUR_NAMES, SIZE_NAMES, PLACES = tuple(COLOUR_WORDS), tuple(SIZES), tuple(BACKGROUNDS)


@lru_cache(maxsize=1)
def vocabulary() -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """Number the things from 1 (0 is background) and all parts of all things from 1."""
    things = atlas.load().things
    parts = [(name, part.name) for name, thing in things.items() for part in thing.parts]
    return {name: i + 1 for i, name in enumerate(things)}, {part: i + 1 for i, part in enumerate(parts)}


@dataclass(frozen=True)
class Labels:
    """Labels of one scene.

    Attributes:
        patches: shape (4, 144), int16: thing, seen colour, size and part of each patch; thing and part are 0 on background,
            colour and size IGNORE; patches with only a little of an object are IGNORE throughout.
        things: shape (things + 1,), float32: 1 where a thing is there.
        pairs: shape (things + 1, colours), float32: 1 where a thing is there in a colour.
        places: shape (things + 1, 3), float32: x and y of the mean of a thing's objects, and 1 where there is one object of it.
        background: index of the place.
    """

    patches: np.ndarray
    things: np.ndarray
    pairs: np.ndarray
    places: np.ndarray
    background: int


def picture(scene: Scene, rng: random.Random) -> Rendered:
    """Draw a scene for training at 96 pixels, at times by way of a larger picture."""
    if rng.random() >= SCALED:
        return render(scene, SIDE)
    drawn = render(scene, 2 * SIDE)
    small = PIL.Image.fromarray(drawn.pixels).resize((SIDE, SIDE), PIL.Image.Resampling.BICUBIC)
    return Rendered(np.asarray(small), drawn.owner[1::2, 1::2].copy(), drawn.part[1::2, 1::2].copy())


def label(scene: Scene, drawn: Rendered) -> Labels:
    """Read the labels of a 96-pixel rendering off its owner and part maps."""
    numbers, part_numbers = vocabulary()
    owner, share, part = _majority(drawn)
    rows = [(0, IGNORE, IGNORE)] + [
        (numbers[g.thing], COLOUR_NAMES.index(g.seen_colour), SIZE_NAMES.index(g.size)) for g in scene.groups for _ in g.placed
    ]
    table = np.array(rows, np.int16)
    patches = np.vstack([table[owner].T, np.zeros((1, GRID * GRID), np.int16)])  # (4, 144)
    index = 0
    for group in scene.groups:
        parts = atlas.load().things[group.thing].parts
        lookup = np.array([IGNORE] + [part_numbers[group.thing, p.name] for p in parts], np.int16)
        for _ in group.placed:
            index += 1
            mine = owner == index
            patches[3, mine] = lookup[part[mine]]
            if group.part:
                own = mine & (part == 1 + [p.name for p in parts].index(group.part))
                patches[1, own] = COLOUR_NAMES.index(group.part_colour)
    patches[:, (owner == 0) & (share > 6)] = IGNORE
    return Labels(patches, *_summary(scene, numbers), PLACES.index(scene.background))


def _majority(drawn: Rendered) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per patch: the object on at least 18 of 64 pixels (else 0), its largest share in pixels, and its most frequent part."""
    code = drawn.owner.astype(np.int64) * 8 + drawn.part
    patch = (np.arange(SIDE)[:, None] // PATCH) * GRID + np.arange(SIDE)[None] // PATCH
    counts = np.bincount((patch * 128 + code).ravel(), minlength=GRID * GRID * 128).reshape(-1, 16, 8)
    totals = counts.sum(-1)
    totals[:, 0] = 0
    best = totals.argmax(1)
    share = totals[np.arange(len(best)), best]
    owner = np.where(share >= 18, best, 0)
    part = counts[np.arange(len(best)), owner].argmax(1)
    return owner, share, part


def _summary(scene: Scene, numbers: dict[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    things = np.zeros(len(numbers) + 1, np.float32)
    pairs = np.zeros((len(numbers) + 1, len(COLOUR_NAMES)), np.float32)
    places = np.zeros((len(numbers) + 1, 3), np.float32)
    seen: dict[int, list] = {}
    for group in scene.groups:
        number = numbers[group.thing]
        things[number] = 1
        pairs[number, COLOUR_NAMES.index(group.seen_colour)] = 1
        seen.setdefault(number, []).extend(group.placed)
    for number, placed in seen.items():
        if len(placed) == 1:
            places[number] = placed[0].x, placed[0].y, 1
    return things, pairs, places
