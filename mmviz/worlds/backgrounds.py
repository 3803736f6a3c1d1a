"""The named places drawn scenes stand in, at any size; no object of the drawn world is in them."""

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=1024)
def paint(name: str, variant: int, side: int) -> np.ndarray:
    """Paint one variant of a place.

    Returns:
        Shape (side, side, 3), uint8; read-only, since it is shared.
    """
    rng = np.random.default_rng([variant, *name.encode()])
    y, x = np.mgrid[0:side, 0:side] / side
    canvas = PLACES[name](rng, x, y)
    pixels = np.clip(canvas + 0.5, 0, 255).astype(np.uint8)
    pixels.setflags(write=False)
    return pixels


def _colour(rng: np.random.Generator, base: tuple[int, int, int], spread: float = 9) -> np.ndarray:
    return np.clip(np.array(base) + rng.normal(0, spread, 3), 0, 255)


def _blend(share: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Mix two colours (or pictures) by a share in 0..1, shape (side, side)."""
    return first * (1 - share[..., None]) + second * share[..., None]


def _edge(distance: np.ndarray) -> np.ndarray:
    """Soften a signed distance (fractions of the side) into a mask about two pixels of 96 wide."""
    return np.clip(distance * 60 + 0.5, 0, 1)


def _hills(rng, x: np.ndarray, height: float, swing: float) -> np.ndarray:
    a, b = rng.uniform(0, 6.3, 2)
    return height + swing * np.sin(x * rng.uniform(3, 7) + a) + 0.5 * swing * np.sin(x * rng.uniform(8, 13) + b)


def _sky_and_ground(rng, x, y, sky, ground, height=(0.3, 0.55), swing=0.02) -> np.ndarray:
    upper = _blend(y / 0.6 * 0.35, _colour(rng, sky), np.array([255.0, 255, 255]))
    lower = _blend(np.clip(y - 0.4, 0, 1) * 0.5, _colour(rng, ground), _colour(rng, ground) * 0.8)
    return _blend(_edge(y - _hills(rng, x, rng.uniform(*height), swing)), upper, lower)


def _dots(rng, canvas, x, y, colour, count: int, radius: tuple[float, float], top: float, bottom: float) -> np.ndarray:
    for _ in range(count):
        u, v, r = rng.uniform(0, 1), rng.uniform(top, bottom), rng.uniform(*radius)
        canvas = _blend(_edge(r - np.hypot(x - u, y - v)), canvas, colour)
    return canvas


def _meadow(rng, x, y):
    canvas = _sky_and_ground(rng, x, y, (164, 214, 244), (150, 205, 110))
    for _ in range(int(rng.integers(8, 16))):
        u, v = rng.uniform(0, 1), rng.uniform(0.6, 0.97)
        blade = np.minimum(0.006 - np.abs(x - u - (v - y) * rng.uniform(-0.4, 0.4)), np.minimum(v - y, y - v + 0.05))
        canvas = _blend(_edge(blade), canvas, np.array([104.0, 168, 74]))
    return canvas


def _beach(rng, x, y):
    canvas = _sky_and_ground(rng, x, y, (150, 208, 246), (244, 222, 164), (0.5, 0.65), 0.015)
    shore = rng.uniform(0.25, 0.35)
    sea = _edge(y - shore) * _edge(shore + rng.uniform(0.12, 0.2) + 0.02 * np.sin(x * 9 + rng.uniform(0, 6)) - y)
    canvas = _blend(sea, canvas, _colour(rng, (72, 168, 206)))
    return _dots(rng, canvas, x, y, np.array([226.0, 198, 138]), 12, (0.004, 0.008), 0.66, 0.98)


def _snow(rng, x, y):
    canvas = _sky_and_ground(rng, x, y, (192, 208, 226), (236, 242, 250), (0.35, 0.6), 0.04)
    return _dots(rng, canvas, x, y, np.array([255.0, 255, 255]), 26, (0.004, 0.009), 0, 1)


def _night(rng, x, y):
    canvas = _blend(y, _colour(rng, (24, 30, 74), 6), _colour(rng, (58, 62, 118), 6))
    canvas = _dots(rng, canvas, x, y, np.array([250.0, 246, 200]), 22, (0.003, 0.007), 0, 0.7)
    return _blend(_edge(y - _hills(rng, x, rng.uniform(0.7, 0.85), 0.03)), canvas, _colour(rng, (36, 52, 60), 5))


def _water(rng, x, y):
    canvas = _blend(y, _colour(rng, (96, 196, 224), 7), _colour(rng, (28, 108, 166), 7))
    canvas = _blend(_edge(y - _hills(rng, x, rng.uniform(0.86, 0.93), 0.02)), canvas, _colour(rng, (206, 186, 138), 7))
    for _ in range(10):
        u, v, r = rng.uniform(0, 1), rng.uniform(0, 0.85), rng.uniform(0.008, 0.02)
        canvas = _blend(_edge(0.005 - np.abs(np.hypot(x - u, y - v) - r)), canvas, np.array([214.0, 240, 250]))
    return canvas


def _room(rng, x, y):
    canvas = np.broadcast_to(_colour(rng, (240, 224, 200), 12), (*x.shape, 3))
    stripe = (np.floor(x * rng.integers(6, 14)) % 2) * 0.25
    canvas = _blend(stripe, canvas, _colour(rng, (226, 200, 176), 9))
    floor = rng.uniform(0.6, 0.75)
    wood = _blend((np.floor((y - floor) * 16) % 2) * 0.4, _colour(rng, (196, 150, 104), 8), _colour(rng, (174, 128, 86), 8))
    canvas = _blend(_edge(y - floor), canvas, wood)
    return _blend(_edge(0.012 - np.abs(y - floor)), canvas, np.array([250.0, 246, 238]))


def _road(rng, x, y):
    canvas = _sky_and_ground(rng, x, y, (186, 214, 236), (176, 178, 160), (0.3, 0.4), 0.005)
    top = rng.uniform(0.45, 0.55)
    canvas = _blend(_edge(y - top), canvas, _colour(rng, (112, 114, 120), 6))
    dash = _edge(0.012 - np.abs(y - (top + 1) / 2)) * _edge(0.06 - np.abs((x * 4 + rng.uniform(0, 1)) % 1 - 0.5) / 4)
    return _blend(dash, canvas, np.array([244.0, 240, 220]))


def _paper(rng, x, y):
    canvas = np.broadcast_to(_colour(rng, (250, 248, 242), 3), (*x.shape, 3))
    if rng.random() < 0.5:
        lines = _edge(0.002 - np.abs((y * 10 + rng.uniform(0, 1)) % 1 - 0.5) / 10)
        canvas = _blend(lines * 0.6, canvas, np.array([188.0, 208, 232]))
    return canvas


PLACES = {
    "meadow": _meadow,
    "beach": _beach,
    "snow": _snow,
    "night": _night,
    "water": _water,
    "room": _room,
    "road": _road,
    "paper": _paper,
}
