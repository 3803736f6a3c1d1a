"""What a caption claims, and whether a scene bears it out.

Training uses it to leave true captions out of the negatives of a batch; the generator uses it so that
no negative is true by accident.
"""

from dataclasses import dataclass

from mmviz.worlds import atlas
from mmviz.worlds.captions import Plan, members, relation_of
from mmviz.worlds.lexicon import SIZE_WORDS
from mmviz.worlds.spec import Group, Scene, boxes_of


@dataclass(frozen=True)
class Kind:
    """Which objects a phrase may mean; None leaves a property open."""

    thing: str
    colour: str | None = None
    size: str | None = None
    part: tuple[str, str] | None = None

    def covers(self, group: Group) -> bool:
        """Tell whether a group's members are such objects."""
        return (
            group.thing == self.thing
            and self.colour in (None, group.seen_colour)
            and self.size in (None, group.size)
            and self.part in (None, (group.part, group.part_colour))
        )


@dataclass(frozen=True)
class Claims:
    """All a caption says.

    Attributes:
        exist: kinds with their exact number, or None for "at least one".
        relation: (first kind, word, second kind), or None.
        absent: a thing that must not be there, or None.
        background: a place, or None.
        shown: (English and Chinese word of a part or None, colour or None) that something must show, or None.
    """

    exist: tuple[tuple[Kind, int | None], ...]
    relation: tuple[Kind, str, Kind] | None
    absent: str | None
    background: str | None
    shown: tuple[tuple[str, str] | None, str | None] | None = None


def claims_of(scene: Scene, plan: Plan) -> Claims:
    """Read the claims off a plan told of a scene."""
    if plan.kind == "place":
        return Claims((), None, None, scene.background)
    if plan.kind in ("part", "part_word", "colour"):
        return Claims((), None, None, None, _shown(scene.groups[plan.mentions[0].group], plan))
    kinds = []
    for mention in plan.mentions:
        group = scene.groups[mention.group]
        size = group.size if mention.size and group.size in SIZE_WORDS else None
        part = (group.part, group.part_colour) if mention.part and group.part else None
        kind = Kind(group.thing, group.seen_colour if mention.colour else None, size, part)
        exact = mention.article == "only" or (mention.article == "a" and len(group.placed) > 1)
        kinds.append((kind, len(group.placed) if exact else None))
    relation = None
    if plan.kind == "relation":
        first, second = (members(scene, m.group)[0] for m in plan.mentions)
        relation = (kinds[0][0], relation_of(scene, first, second), kinds[1][0])
    return Claims(tuple(kinds), relation, plan.absent, scene.background if plan.background else None)


def _shown(group: Group, plan: Plan) -> tuple[tuple[str, str] | None, str | None]:
    if plan.kind == "colour":
        return None, group.seen_colour
    name = group.part if plan.kind == "part" else plan.part
    part = next(p for p in atlas.load().things[group.thing].parts if p.name == name)
    return (part.words["en"][0], part.words["zh"][0]), group.part_colour if plan.kind == "part" else None


def holds(claims: Claims, scene: Scene) -> bool:
    """Tell whether a scene bears every claim out; an unclear relation counts as borne out when its direction is right."""
    if claims.background not in (None, scene.background):
        return False
    if claims.absent and any(g.thing == claims.absent for g in scene.groups):
        return False
    if claims.shown and not any(_shows(group, *claims.shown) for group in scene.groups):
        return False
    for kind, count in claims.exist:
        found = sum(len(g.placed) for g in scene.groups if kind.covers(g))
        if found == 0 or count not in (None, found):
            return False
    return claims.relation is None or _relation_holds(claims.relation, scene)


def _shows(group: Group, part: tuple[str, str] | None, colour: str | None) -> bool:
    """Tell whether a group may be said to show such a part or colour; what is doubtful counts as shown."""
    words = [(p.words["en"][0], p.words["zh"][0]) for p in atlas.load().things[group.thing].parts]
    named = part is None or any(en == part[0] or zh == part[1] for en, zh in words)
    return named and colour in (None, group.seen_colour, group.part_colour)


def _relation_holds(relation: tuple[Kind, str, Kind], scene: Scene) -> bool:
    first, word, second = relation
    boxes = boxes_of(scene)
    ours = [o for i, g in enumerate(scene.groups) if first.covers(g) for o in members(scene, i)]
    theirs = [o for i, g in enumerate(scene.groups) if second.covers(g) for o in members(scene, i)]
    for a in ours:
        for b in theirs:
            clear = relation_of(scene, a, b) if a != b else "none"
            if clear == word or (clear is None and _leans(boxes[a], boxes[b], word)):
                return True
    return False


def _leans(a, b, word: str) -> bool:
    dx, dy = a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]
    return {"left": dx < 0, "right": dx > 0, "above": dy < 0, "below": dy > 0}[word]
