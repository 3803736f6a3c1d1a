"""Reels of nothing but motion, at the size of thumbnails: what finding slow transitions is trained on.

A shot is a texture under a moving camera, with drawings and shapeless things that pass before it as hands do, with light that changes,
flashes, focus, noise and compression. Between shots stand cuts, dissolves, fades and wipes whose frames are known exactly.
"""

import math
from dataclasses import dataclass

import numpy as np

from mmviz.worlds import atlas, backgrounds
from mmviz.worlds.lexicon import BACKGROUNDS

#: Frames a second, and pixels across and down.
RATE, WIDTH, HEIGHT = 25, 96, 54
KINDS = ("cut", "dissolve", "fade", "wipe")
#: Pixels across and down of the texture a camera moves over.
CANVAS = (240, 160)
#: How a camera moves: still, slow, fast, or thrown around; share of shots, and pixels of the thumbnail a second.
_SPEEDS = ((0.25, 0.0), (0.35, 6.0), (0.27, 30.0), (0.13, 110.0))


@dataclass(frozen=True)
class Transition:
    """Where one shot becomes the next.

    Attributes:
        kind: "cut", "dissolve", "fade" or "wipe".
        start, end: the first frame that is no longer the old shot alone, and the first that is the new one alone; a cut has both in one.
    """

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Reel:
    """Frames, shape (T, 54, 96, 3), uint8, RGB, 25 a second, and the transitions between its shots, in order."""

    frames: np.ndarray
    transitions: tuple[Transition, ...]


def reel(rng: np.random.Generator, shots: int, weights: tuple[float, ...] = (0.3, 0.4, 0.16, 0.14)) -> Reel:
    """Make up a reel.

    Args:
        rng: where all choices come from.
        shots: how many, at least 1; each is on its own for .6 to 4 seconds.
        weights: of the four kinds of transition.
    """
    lengths = [int(rng.uniform(15, 100)) for _ in range(shots)]
    kinds = rng.choice(KINDS, size=shots - 1, p=np.array(weights) / sum(weights))
    spans = [_span(rng, kind) for kind in kinds]
    pieces, transitions, at, tint = [], [], 0, rng.uniform(30, 225, 3)
    before = np.zeros((0, HEIGHT, WIDTH, 3), np.uint8)
    for number, length in enumerate(lengths):
        ahead = spans[number - 1] if number else 0
        behind = spans[number] if number < len(spans) else 0
        if number and rng.random() < 0.7:  # else this shot looks much like the one before
            tint = rng.uniform(30, 225, 3)
        frames = shot(rng, ahead + length + behind, tint)
        if number:
            pieces.append(blend(rng, kinds[number - 1], before, frames[:ahead]))
            transitions.append(Transition(str(kinds[number - 1]), at, at + ahead))
        pieces.append(frames[ahead : ahead + length])
        at, before = at + ahead + length, frames[ahead + length :]
    whole = np.concatenate(pieces)
    return Reel(_copied(rng, whole), tuple(transitions))


def blend(rng: np.random.Generator, kind: str, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Lead from one run of frames to another of the same length: shape (T, height, width, 3), uint8, all three."""
    count = len(old)
    share = (np.arange(count) + 1) / (count + 1)
    if kind == "dissolve":
        share = share if rng.random() < 0.7 else 0.5 - 0.5 * np.cos(np.pi * share)
        weights = share[:, None, None, None]
        return _pixels(old * (1 - weights) + new * weights)
    if kind == "fade":
        return _faded(rng, old, new, share)
    if kind == "wipe":
        mask = _wipe(rng, share, *old.shape[1:3])
        return _pixels(old * (1 - mask) + new * mask)
    return old[:0]


def shot(rng: np.random.Generator, count: int, tint: np.ndarray | None = None) -> np.ndarray:
    """Film one shot, shape (count, 54, 96, 3), uint8; `tint` is its mean colour, where it is to have one."""
    import cv2

    canvas, path = _texture(rng, rng.uniform(30, 225, 3) if tint is None else tint), _camera(rng, count)
    things = [_thing(rng, count) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    light, focus, noise = _light(rng, count), _focus(rng, count), rng.choice((0.0, 1.5, 4.0))
    frames = np.empty((count, HEIGHT, WIDTH, 3), np.uint8)
    for n in range(count):
        frame = cv2.warpAffine(canvas, path[n], (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        for sprite, places in things:
            frame = _laid(frame, sprite, places[n])
        frame = frame * light[n, :3] + light[n, 3]
        if focus[n] > 0.3:
            frame = cv2.GaussianBlur(frame, (0, 0), focus[n])
        if noise:
            frame = frame + rng.normal(0, noise, (HEIGHT // 2, WIDTH // 2, 1)).repeat(2, 0).repeat(2, 1)
        frames[n] = _pixels(frame)
    return frames


def _span(rng: np.random.Generator, kind: str) -> int:
    """Choose how many frames a transition takes."""
    low, high = {"cut": (0, 0), "dissolve": (6, 55), "fade": (8, 50), "wipe": (8, 40)}[kind]
    return int(round(math.exp(rng.uniform(math.log(low), math.log(high))))) if high else 0


def _pixels(values: np.ndarray) -> np.ndarray:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def _faded(rng: np.random.Generator, old: np.ndarray, new: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Fade to black (now and then to white) and up again, with a rest between."""
    colour, rest = 0.0 if rng.random() < 0.85 else 255.0, rng.uniform(0, 0.35)
    middle = rng.uniform(0.35, 0.65)
    down = np.clip(1 - share / (middle - rest / 2), 0, 1)[:, None, None, None]
    up = np.clip((share - middle - rest / 2) / (1 - middle - rest / 2), 0, 1)[:, None, None, None]
    return _pixels(old * down + new * up + colour * (1 - down - up))


def _wipe(rng: np.random.Generator, share: np.ndarray, height: int, width: int) -> np.ndarray:
    """Give the share of the new shot in every pixel, shape (T, height, width, 1), for a line or a circle that passes over."""
    y, x = np.mgrid[0:height, 0:width]
    y, x = y / height - 0.5, x / width - 0.5
    if rng.random() < 0.8:
        turn = rng.choice((0, 1, 2, 3, rng.uniform(0, 4))) * math.pi / 2
        distance = x * math.cos(turn) + y * math.sin(turn)
    else:
        distance = np.hypot(x, y) * rng.choice((-1.0, 1.0))
    low, high, soft = distance.min(), distance.max(), rng.choice((0.01, 0.05, 0.15))
    edges = low - soft + (high - low + 2 * soft) * share
    return np.clip((edges[:, None, None] - distance) / soft * 0.5 + 0.5, 0, 1)[..., None]


def _texture(rng: np.random.Generator, tint: np.ndarray) -> np.ndarray:
    """Make what lies behind everything, shape (160, 240, 3), float32."""
    import cv2

    kind = rng.choice(("place", "leaves", "noise", "leaves"))
    if kind == "place":
        painted = backgrounds.paint(str(rng.choice(list(BACKGROUNDS))), int(rng.integers(48)), 240)
        return painted[40:200].astype(np.float32)
    spread = rng.uniform(8, 60)
    if kind == "noise":
        layers = [cv2.resize(_grains(rng, n), CANVAS, interpolation=cv2.INTER_CUBIC) * 3 / n for n in (4, 8, 16, 32, 64)]
        return np.clip(tint + spread * sum(layers), 0, 255).astype(np.float32)
    canvas = np.tile(tint.astype(np.float32), (CANVAS[1], CANVAS[0], 1))
    for size in sorted(rng.uniform(2, 10, 120) ** 2 / 2, reverse=True):
        colour = np.clip(tint + rng.normal(0, spread) + rng.normal(0, spread / 2, 3), 0, 255).tolist()
        centre = (int(rng.uniform(0, CANVAS[0])), int(rng.uniform(0, CANVAS[1])))
        axes = (max(1, int(size)), max(1, int(size * rng.uniform(0.2, 1))))
        cv2.ellipse(canvas, centre, axes, rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)
    return canvas


def _grains(rng: np.random.Generator, count: int) -> np.ndarray:
    """Scatter grains that are lighter or darker more than they are coloured."""
    return rng.normal(0, 0.9, (count, count, 1)) + rng.normal(0, 0.4, (count, count, 3))


def _walk(rng: np.random.Generator, count: int, speed: float, calm: int = 12) -> np.ndarray:
    """Wander smoothly at a mean speed of so many units a second; shape (count,)."""
    steps = rng.normal(0, 1, count + 2 * calm) + rng.normal(0, 0.6)
    smooth = np.convolve(steps, np.hanning(2 * calm + 3)[1:-1], mode="same")[calm : calm + count]
    smooth /= np.abs(smooth).mean() + 1e-6
    return np.cumsum(smooth) * speed / RATE


def _camera(rng: np.random.Generator, count: int) -> np.ndarray:
    """Move a camera: affine maps from the canvas to the frame, shape (count, 2, 3)."""
    speed = rng.choice([s for _, s in _SPEEDS], p=[p for p, _ in _SPEEDS]) * rng.uniform(0.5, 1.5)
    shake = rng.choice((0.0, 0.0, 0.15, 0.6))
    x, y = _walk(rng, count, speed), _walk(rng, count, speed * 0.6)
    zoom = rng.uniform(0.45, 0.9) * np.exp(np.clip(_walk(rng, count, rng.choice((0.0, 0.02, 0.12, 0.5))), -0.7, 0.7))
    turn = _walk(rng, count, rng.choice((0.0, 0.0, 0.05, 0.4)))
    cos, sin = np.cos(turn) * zoom, np.sin(turn) * zoom
    x, y = x + rng.normal(0, shake, count), y + rng.normal(0, shake, count)
    left = WIDTH / 2 - (cos * CANVAS[0] - sin * CANVAS[1]) / 2 + x
    top = HEIGHT / 2 - (sin * CANVAS[0] + cos * CANVAS[1]) / 2 + y
    return np.stack([np.stack([cos, -sin, left], 1), np.stack([sin, cos, top], 1)], 1)


def _thing(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Make something that moves before the camera: premultiplied colour and alpha, and its affine maps, shape (count, 2, 3)."""
    sprite = _drawing(rng) if rng.random() < 0.5 else _hand(rng)
    size = rng.choice((0.3, 0.6, 1.1)) * rng.uniform(0.7, 1.4) * HEIGHT / len(sprite)
    speed = rng.choice((0.0, 8.0, 40.0, 120.0)) * rng.uniform(0.5, 1.5)
    x = WIDTH * (0.5 + 0.75 * np.sin(_walk(rng, count, speed / WIDTH * 2) + rng.uniform(0, 6.3)))
    y = HEIGHT * (0.5 + 0.75 * np.sin(_walk(rng, count, speed / HEIGHT) + rng.uniform(0, 6.3)))
    turn = rng.uniform(-0.6, 0.6) + _walk(rng, count, rng.choice((0.0, 0.3, 2.0)))
    scale = size * np.exp(np.clip(_walk(rng, count, rng.choice((0.0, 0.1, 0.6))), -0.6, 0.6))
    cos, sin, half = np.cos(turn) * scale, np.sin(turn) * scale, len(sprite) / 2
    rows = [np.stack([cos, -sin, x - (cos - sin) * half], 1), np.stack([sin, cos, y - (sin + cos) * half], 1)]
    return sprite, np.stack(rows, 1)


def _drawing(rng: np.random.Generator) -> np.ndarray:
    """Take a thing of the atlas in a colour of its own, shape (64, 64, 4), float32."""
    texture = atlas.load().textures[64][rng.integers(len(atlas.load().things))].astype(np.float32)
    tint = rng.uniform(20, 250, 3).astype(np.float32)
    return np.dstack([texture[..., :3] + texture[..., 4:] * tint / 255, texture[..., 3]])


def _hand(rng: np.random.Generator) -> np.ndarray:
    """Make a shapeless thing with a few arms, of one tone that shades off, shape (64, 64, 4), float32."""
    import cv2

    mask = np.zeros((64, 64), np.float32)
    cv2.circle(mask, (32, 32), int(rng.uniform(8, 16)), 255.0, -1)
    for turn in rng.uniform(0, 6.3, rng.integers(1, 6)):
        tip = (int(32 + 28 * math.cos(turn)), int(32 + 28 * math.sin(turn)))
        cv2.line(mask, (32, 32), tip, 255.0, int(rng.uniform(5, 14)), cv2.LINE_AA)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 2))[..., None]
    tone = np.array([224, 172, 140]) * rng.uniform(0.35, 1.1) if rng.random() < 0.5 else rng.uniform(0, 255, 3)
    shade = np.linspace(0.7, 1.15, 64)[:, None, None]
    return np.dstack([np.clip(tone * shade, 0, 255) * mask / 255, mask]).astype(np.float32)


def _laid(frame: np.ndarray, sprite: np.ndarray, place: np.ndarray) -> np.ndarray:
    import cv2

    moved = cv2.warpAffine(sprite, place, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    return frame * (1 - moved[..., 3:] / 255) + moved[..., :3]


def _light(rng: np.random.Generator, count: int) -> np.ndarray:
    """Let light change: gain of three channels and what is added, shape (count, 4)."""
    gain = np.ones(count)
    if rng.random() < 0.3:
        gain *= np.exp(np.clip(_walk(rng, count, rng.choice((0.1, 0.4))), -0.5, 0.4))
    if rng.random() < 0.15:  # flicker
        gain *= 1 + rng.uniform(0.02, 0.15) * rng.normal(0, 1, count)
    added = np.zeros(count)
    if rng.random() < 0.12:  # flashes
        for at in rng.integers(0, count, rng.integers(1, 4)):
            added[at : at + rng.integers(1, 5)] += rng.uniform(40, 230)
    if rng.random() < 0.06:  # a shadow passes
        at, width = rng.integers(0, count), rng.uniform(3, 25)
        gain *= 1 - rng.uniform(0.3, 0.75) * np.exp(-(((np.arange(count) - at) / width) ** 2))
    warm = 1 + (np.clip(_walk(rng, count, 0.1), -0.15, 0.15)[:, None] * [1, 0, -1] if rng.random() < 0.2 else 0)
    return np.concatenate([np.broadcast_to(gain[:, None] * warm, (count, 3)), added[:, None]], 1).astype(np.float32)


def _focus(rng: np.random.Generator, count: int) -> np.ndarray:
    """Let the focus move in some shots: blur in pixels, shape (count,)."""
    if rng.random() > 0.15:
        return np.zeros(count)
    return np.abs(rng.uniform(0, 3) + _walk(rng, count, rng.choice((0.5, 2.0)))).clip(0, 4)


def _copied(rng: np.random.Generator, frames: np.ndarray) -> np.ndarray:
    """Let frames be packed with losses, and shown at a lower rate, in some reels."""
    import cv2

    if rng.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(25, 80))]
        frames = np.stack([cv2.imdecode(cv2.imencode(".jpg", frame, quality)[1], cv2.IMREAD_COLOR) for frame in frames])
    if rng.random() < 0.25:
        rate = rng.choice((10.0, 12.5, 15.0, 24.0))
        shown = (np.floor(np.arange(len(frames)) * rate / RATE) * RATE / rate).astype(int)
        frames = frames[np.minimum(shown, len(frames) - 1)]
    return frames
