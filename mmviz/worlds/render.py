"""From a scene to its pixels and to which object and part every pixel shows."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mmviz.worlds import atlas, backgrounds
from mmviz.worlds.lexicon import COLOURS
from mmviz.worlds.spec import Box, Group, Scene, extent


@dataclass(frozen=True)
class Rendered:
    """A drawn scene with its truth.

    Attributes:
        pixels: shape (side, side, 3), uint8, RGB.
        owner: shape (side, side), uint8; 0 background, k + 1 the k-th object (group by group).
        part: shape (side, side), uint8; 0 background, else the number of the owner's part.
    """

    pixels: np.ndarray
    owner: np.ndarray
    part: np.ndarray

    def mask(self, index: int, part: int = 0) -> np.ndarray:
        """Say which pixels show an object, or one part of it; shape (side, side), bool."""
        shown = self.owner == index + 1
        return shown & (self.part == part) if part else shown

    def box(self, index: int, part: int = 0) -> Box | None:
        """Give the smallest box around what is seen of an object or part, as fractions; None when hidden."""
        mask = self.mask(index, part)
        if not mask.any():
            return None
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        side = mask.shape[0]
        return columns[0] / side, rows[0] / side, (columns[-1] + 1) / side, (rows[-1] + 1) / side


def render(scene: Scene, side: int = 96) -> Rendered:
    """Draw a scene as a square of `side` pixels; the same scene gives the same bytes."""
    things = atlas.load()
    stamp = _stamp()
    pixels = backgrounds.paint(scene.background, scene.variant, side).copy()
    owner, part = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8)
    index = 0
    for group in scene.groups:
        thing = things.things[group.thing]
        colours = _tints(group, thing)
        for placed in group.placed:
            index += 1
            _, _, scale = extent(group.thing, group.size, placed)
            level = _level(scale * side)
            turn = math.radians(placed.angle)
            geometry = np.array(
                [
                    placed.x * side,
                    placed.y * side,
                    scale * side / level,
                    math.cos(turn),
                    math.sin(turn),
                    -1.0 if placed.flip else 1.0,
                ]
            )
            stamp(
                pixels,
                owner,
                part,
                index,
                things.textures[level][thing.index],
                things.part_maps[level][thing.index],
                colours,
                geometry,
            )
    return Rendered(pixels, owner, part)


def _level(length: float) -> int:
    return next((side for side in atlas.LEVELS if side >= length), atlas.LEVELS[-1])


def _tints(group: Group, thing: atlas.Thing) -> np.ndarray:
    """Colour of each part by its number, shape (parts + 1, 3)."""
    main = COLOURS[group.colour][0] if group.colour else thing.natural
    rows = np.tile(np.array(main, np.float64), (len(thing.parts) + 1, 1))
    if group.part:
        number = 1 + [p.name for p in thing.parts].index(group.part)
        rows[number] = COLOURS[group.part_colour][0]
    return rows


@lru_cache(maxsize=1)
def _stamp():
    """Compile the painter on first use: a turned, scaled, recoloured texture onto the picture, bilinear."""
    import numba

    @numba.njit(cache=True)
    def stamp(pixels, owner, part, index, texture, part_map, tints, geometry):
        x0, y0, scale, cos, sin, mirror = geometry
        side, size = texture.shape[0], pixels.shape[0]
        reach = scale * side * 0.5 * (abs(cos) + abs(sin)) + 1.0
        sample = np.empty(5)
        for row in range(max(0, int(y0 - reach)), min(size, int(y0 + reach) + 1)):
            for column in range(max(0, int(x0 - reach)), min(size, int(x0 + reach) + 1)):
                dx, dy = (column + 0.5 - x0) / scale, (row + 0.5 - y0) / scale
                u = (cos * dx + sin * dy) * mirror + side * 0.5 - 0.5
                v = -sin * dx + cos * dy + side * 0.5 - 0.5
                if u <= -1.0 or v <= -1.0 or u >= side or v >= side:
                    continue
                left, top = int(math.floor(u)), int(math.floor(v))
                fu, fv = u - left, v - top
                sample[:] = 0.0
                for k in range(4):
                    c, r = left + (k & 1), top + (k >> 1)
                    if 0 <= c < side and 0 <= r < side:
                        weight = (fu if k & 1 else 1.0 - fu) * (fv if k >> 1 else 1.0 - fv)
                        for channel in range(5):
                            sample[channel] += weight * texture[r, c, channel]
                alpha = sample[3] / 255.0
                if alpha < 0.004:
                    continue
                near = part_map[min(max(int(v + 0.5), 0), side - 1), min(max(int(u + 0.5), 0), side - 1)]
                for channel in range(3):
                    colour = sample[channel] + tints[near, channel] * sample[4] / 255.0
                    mixed = pixels[row, column, channel] * (1.0 - alpha) + min(colour, 255.0)
                    pixels[row, column, channel] = np.uint8(min(255.0, mixed + 0.5))
                if alpha > 0.5:
                    owner[row, column] = index
                    part[row, column] = near

    return stamp
