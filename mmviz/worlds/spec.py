"""What a drawn scene holds, before it is drawn or told."""

import hashlib
import math
import random
from dataclasses import dataclass, replace
from functools import cache

from mmviz.worlds import atlas
from mmviz.worlds.lexicon import BACKGROUNDS, COLOURS, SIZES

Box = tuple[float, float, float, float]
#: Share of thing and colour pairs that training never sees.
HELD_OUT = 0.03
MARGIN = 0.012
MIN_AREA, MAX_LENGTH = 0.0125, 0.34


@dataclass(frozen=True)
class Placed:
    """Where one object stands: centre as fractions of the picture, size jitter, turn in degrees, mirrored or not."""

    x: float
    y: float
    jitter: float
    angle: float
    flip: bool


@dataclass(frozen=True)
class Group:
    """One to four alike objects.

    Attributes:
        thing: name of the drawing.
        colour: a tint, or None for the natural colour.
        size: "small", "medium" or "large".
        placed: one a member.
        part, part_colour: a part painted in a colour of its own, or None.
    """

    thing: str
    colour: str | None
    size: str
    placed: tuple[Placed, ...]
    part: str | None = None
    part_colour: str | None = None

    @property
    def seen_colour(self) -> str:
        """The colour one would name: the tint, or the natural colour."""
        return self.colour or atlas.load().things[self.thing].colour


@dataclass(frozen=True)
class Scene:
    """A background (one of `variant`s) and groups of objects, painted in order."""

    background: str
    variant: int
    groups: tuple[Group, ...]

    def with_group(self, index: int, group: Group) -> "Scene":
        """Return the scene with one group replaced."""
        return replace(self, groups=self.groups[:index] + (group,) + self.groups[index + 1 :])


def rng_of(split: str, *numbers: int) -> random.Random:
    """Make the one random stream of a piece of material; different splits never share one."""
    name = ":".join([split, *map(str, numbers)])
    return random.Random(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest(), "big"))


@cache
def tints(thing: str, split: str) -> tuple[str, ...]:
    """List the colours a thing may be painted in: never its natural one, and in training not the held-out ones."""
    natural = atlas.load().things[thing].colour
    return tuple(c for c in COLOURS if c != natural and not (split == "train" and held_out(thing, c)))


@cache
def held_out(thing: str, colour: str) -> bool:
    """Tell whether training never paints this thing in this colour."""
    digest = hashlib.blake2b(f"held out:{thing}:{colour}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32 < HELD_OUT


def extent(thing: str, size: str, placed: Placed) -> tuple[float, float, float]:
    """Measure one object.

    Returns:
        Width and height of its box and the side of its texture, all as shares of the picture's side.
    """
    wide, high = atlas.load().things[thing].extent
    turn = math.radians(placed.angle)
    cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
    w, h = wide * cos + high * sin, wide * sin + high * cos
    longest = max(w, h)
    length = max(SIZES[size] * placed.jitter, math.sqrt(MIN_AREA * longest * longest / (w * h)))
    scale = min(length, MAX_LENGTH) / longest
    return w * scale, h * scale, scale


def box_of(thing: str, size: str, placed: Placed) -> Box:
    """Give the box an object is planned in, as fractions."""
    w, h, _ = extent(thing, size, placed)
    return placed.x - w / 2, placed.y - h / 2, placed.x + w / 2, placed.y + h / 2


def boxes_of(scene: Scene) -> list[Box]:
    """Give all planned boxes, group by group."""
    return [box_of(g.thing, g.size, p) for g in scene.groups for p in g.placed]


def fits(box: Box, others: list[Box]) -> bool:
    """Tell whether a box lies in the picture and hides no more than a sliver of any other."""
    x0, y0, x1, y1 = box
    if x0 < MARGIN or y0 < MARGIN or x1 > 1 - MARGIN or y1 > 1 - MARGIN:
        return False
    area = (x1 - x0) * (y1 - y0)
    for u0, v0, u1, v1 in others:
        w, h = min(x1, u1) - max(x0, u0), min(y1, v1) - max(y0, v0)
        if w > 0 and h > 0 and w * h > 0.06 * min(area, (u1 - u0) * (v1 - v0)):
            return False
    return True


def place(rng: random.Random, thing: str, size: str, others: list[Box], tries: int = 24) -> Placed | None:
    """Find room for one more object, or None."""
    jitter, angle, flip = rng.uniform(0.94, 1.05), rng.uniform(-15, 15), rng.random() < 0.5
    w, h, _ = extent(thing, size, Placed(0.5, 0.5, jitter, angle, flip))
    low_x, low_y = w / 2 + MARGIN, h / 2 + MARGIN
    for _ in range(tries):
        placed = Placed(rng.uniform(low_x, 1 - low_x), rng.uniform(low_y, 1 - low_y), jitter, angle, flip)
        if fits(box_of(thing, size, placed), others):
            return placed
    return None


def consistent(scene: Scene) -> bool:
    """Tell whether every object lies in the picture and none hides another."""
    boxes = boxes_of(scene)
    return all(fits(box, boxes[:i]) for i, box in enumerate(boxes))


def compose(
    rng: random.Random,
    split: str,
    *,
    counts: tuple[int, ...] | None = None,
    same_look: bool = False,
    tinted: float = 0.6,
    parts: float = 0.2,
    twins: float = 0.1,
) -> Scene:
    """Make up a scene.

    Args:
        rng: where all choices come from.
        split: "train" leaves held-out thing and colour pairs away.
        counts: members of each group; drawn at random when None (1 to 6 objects in all).
        same_look: all objects share one tint and one size.
        tinted: share of groups painted in a colour that is not their natural one.
        parts: share of groups with one part in a colour of its own.
        twins: share of scenes in which two groups are the same thing in different colours.
    """
    while True:
        scene = _try_compose(rng, split, counts or _counts(rng), same_look, tinted, parts, twins)
        if scene is not None:
            return scene


def _counts(rng: random.Random) -> tuple[int, ...]:
    left, counts = rng.choice((1, 2, 2, 3, 3, 4, 4, 5, 6)), []
    while left:
        n = min(left, rng.choice((1, 1, 1, 1, 2, 2, 3, 4)))
        counts.append(n)
        left -= n
    return tuple(counts)


def _try_compose(rng, split, counts, same_look, tinted, parts, twins) -> Scene | None:
    names = rng.sample(list(atlas.load().things), len(counts))
    if len(names) > 1 and not same_look and rng.random() < twins:
        names[1] = names[0]
    look = _common_look(rng, names, split) if same_look else None
    groups: list[Group] = []
    boxes: list[Box] = []
    for name, count in zip(names, counts, strict=True):
        group = _group(rng, name, split, look, tinted, parts, [g.seen_colour for g in groups if g.thing == name])
        members = []
        for _ in range(count):
            placed = place(rng, name, group.size, boxes)
            if placed is None:
                return None
            members.append(placed)
            boxes.append(box_of(name, group.size, placed))
        groups.append(replace(group, placed=tuple(members)))
    return Scene(rng.choice(list(BACKGROUNDS)), rng.randrange(48), tuple(groups))


def _common_look(rng: random.Random, names: list[str], split: str) -> tuple[str, str]:
    shared = set(COLOURS).intersection(*(tints(name, split) for name in names)) or {"purple"}
    return rng.choice(sorted(shared)), rng.choice(("small", "medium", "medium"))


def _group(rng, name: str, split: str, look, tinted: float, parts: float, taken: list[str]) -> Group:
    if look:
        return Group(name, look[0], look[1], ())
    size = rng.choice(("small", "medium", "medium", "large"))
    colours = [c for c in tints(name, split) if c not in taken]
    thing = atlas.load().things[name]
    natural = rng.random() >= tinted and thing.colour not in taken
    group = Group(name, None if natural else rng.choice(colours), size, ())
    own = [p.name for p in thing.parts if p.recolourable]
    if own and rng.random() < parts:
        other = [c for c in COLOURS if c not in (group.seen_colour, thing.colour)]
        group = replace(group, part=rng.choice(own), part_colour=rng.choice(other))
    return group
