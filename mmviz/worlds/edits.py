"""Minimal edits: a scene and a sentence, and the scene of which the same sentence with one change is true.

Positives and negatives come out of the same random choices: a pair is made, each of its two captions is true
of its own scene and false of the other, so nothing but the edit tells them apart.
"""

import random
from dataclasses import replace

from mmviz.worlds import atlas
from mmviz.worlds.captions import Mention, Plan, members, random_list, relation_of, tell
from mmviz.worlds.claims import claims_of, holds
from mmviz.worlds.lexicon import COLOURS, EDITS, LANGUAGES, SIZE_WORDS
from mmviz.worlds.spec import Group, Placed, Scene, box_of, boxes_of, compose, consistent, place, tints

Told = tuple[Scene, Plan]


def pair(rng: random.Random, kind: str, split: str) -> tuple[Told, Told]:
    """Make up a scene and a caption for an edit of one kind, and the edited scene and caption."""
    while True:
        scene = _suited(rng, kind, split)
        plan = plan_for(rng, kind, scene)
        edited = plan and edit(rng, kind, scene, plan, split)
        if edited:
            return (scene, plan), edited


def quad(rng: random.Random, split: str) -> list[Told]:
    """Make up four scenes of the same two objects, left of, right of, above and below each other."""
    while True:
        scene = compose(rng, split, counts=(1, 1), parts=0.0)
        plan = plan_for(rng, "relation", scene)
        if plan is None:
            continue
        four = [_arranged(scene, word) for word in ("left", "right", "above", "below")]
        words = [relation_of(s, *(members(s, m.group)[0] for m in plan.mentions)) for s in four]
        if all(consistent(s) for s in four) and len(set(words) - {None}) == 4:
            return [(s, plan) for s in four]


def siblings(rng: random.Random, split: str, count: int = 4) -> list[Told]:
    """Make up scenes that share everything but the things themselves: only shapes tell them apart."""
    colour, size = rng.choice(list(COLOURS)), rng.choice(("small", "medium", "large"))
    names = [n for n in atlas.load().things if colour in tints(n, split)]
    plan = Plan("list", (Mention(0, size=True, colour=True, wording=int(rng.random() < 0.35)),), wording=0)
    scene = compose(rng, split, counts=(1,), parts=0.0)
    placed = Placed(
        rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8), rng.uniform(0.94, 1.05), rng.uniform(-15, 15), rng.random() < 0.5
    )
    return [(replace(scene, groups=(Group(n, colour, size, (placed,)),)), plan) for n in rng.sample(names, count)]


def negatives(rng: random.Random, scene: Scene, split: str) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """Give, for every kind of edit the scene allows, its name, a true caption and the false one, by language."""
    found = []
    for kind in EDITS:
        for _ in range(6):
            plan = plan_for(rng, kind, scene)
            edited = plan and edit(rng, kind, scene, plan, split)
            if edited:
                true = {language: tell(scene, plan, language).text for language in LANGUAGES}
                found.append((kind, true, {language: tell(*edited, language).text for language in LANGUAGES}))
                break
    return found


def plan_for(rng: random.Random, kind: str, scene: Scene) -> Plan | None:
    """Plan a caption in which an edit of this kind would be heard, or None when the scene allows none."""
    groups = range(len(scene.groups))
    wording = int(rng.random() < 0.35)
    if kind == "relation":
        return _relation_plan(rng, scene, wording)
    if kind == "negation":
        return _negation_plan(rng, scene, wording)
    wanted = {
        "noun": [i for i in groups if scene.groups[i].part is None],
        "colour": [i for i in groups if scene.groups[i].colour],
        "colour_swap": [i for i in groups if scene.groups[i].colour],
        "size": [i for i in groups if scene.groups[i].size in SIZE_WORDS],
        "count": list(groups),
        "part": [i for i in groups if scene.groups[i].part],
    }[kind]
    first = 2 if kind == "colour_swap" else 1
    if len(wanted) < first:
        return None
    chosen = rng.sample(wanted, first)
    loose = random_list(rng, scene)
    said = {m.group: m for m in loose.mentions}
    mentions = [replace(said.get(i) or Mention(i, wording=wording), **_heard(kind, scene.groups[i])) for i in chosen]
    rest = [m for i, m in said.items() if i not in chosen][: rng.choice((0, 0, 1, 2))]
    mentions += [replace(m, article="a") for m in rest]
    rng.shuffle(mentions)
    return Plan("list", tuple(mentions), background=loose.background, wording=loose.wording)


def _heard(kind: str, group: Group) -> dict:
    if kind == "noun":
        return {"article": "a", "colour": group.colour is not None, "part": False}
    if kind == "count":
        return {"article": "only"}
    return {
        "article": "a",
        **{"colour": {"colour": True}, "colour_swap": {"colour": True}, "size": {"size": True}, "part": {"part": True}}[kind],
    }


def _relation_plan(rng: random.Random, scene: Scene, wording: int) -> Plan | None:
    singles = [i for i, g in enumerate(scene.groups) if len(g.placed) == 1]
    if len(singles) < 2:
        return None
    first, second = rng.sample(singles, 2)
    if scene.groups[first].thing == scene.groups[second].thing:
        return None
    if relation_of(scene, members(scene, first)[0], members(scene, second)[0]) is None:
        return None
    colour, size = rng.random() < 0.4, rng.random() < 0.25
    article = rng.choice(("a", "a", "the", "bare"))
    mentions = tuple(
        Mention(i, article, size=size, colour=colour and scene.groups[i].colour is not None, wording=wording)
        for i in (first, second)
    )
    return Plan("relation", mentions, background=rng.random() < 0.15, wording=int(rng.random() < 0.35))


def _negation_plan(rng: random.Random, scene: Scene, wording: int) -> Plan | None:
    present = {g.thing for g in scene.groups}
    if len(present) < len(scene.groups) or len(scene.groups) < 2:
        return None
    speak = rng.sample(range(len(scene.groups)), rng.choice((0, 1, 1, 1)))
    mentions = tuple(Mention(i, colour=scene.groups[i].colour is not None and rng.random() < 0.4, wording=wording) for i in speak)
    absent = rng.choice([n for n in atlas.load().things if n not in present])
    return Plan("negation", mentions, absent=absent, background=rng.random() < 0.15, wording=int(rng.random() < 0.5))


def edit(rng: random.Random, kind: str, scene: Scene, plan: Plan, split: str) -> Told | None:
    """Change one thing about scene and plan so that each caption is false of the other scene, or give None."""
    changed = _CHANGES[kind](rng, scene, plan, split)
    if changed is None or not consistent(changed[0]):
        return None
    if plan.kind == "relation" and relation_of(changed[0], *(members(changed[0], m.group)[0] for m in plan.mentions)) is None:
        return None
    if holds(claims_of(scene, plan), changed[0]) or holds(claims_of(*changed), scene):
        return None
    return changed


def _main(kind: str, scene: Scene, plan: Plan) -> list[int]:
    """Indices of groups the edit may touch, the most suitable first."""

    def suits(m: Mention) -> bool:
        group = scene.groups[m.group]
        return {
            "noun": group.part is None,
            "colour": m.colour and group.colour is not None,
            "colour_swap": m.colour and group.colour is not None,
            "size": m.size and group.size in SIZE_WORDS,
            "count": m.article == "only",
            "part": m.part and group.part is not None,
        }[kind]

    return [m.group for m in plan.mentions if suits(m)]


def _change_noun(rng, scene: Scene, plan: Plan, split: str) -> Told | None:
    index = _main("noun", scene, plan)[0]
    group, present = scene.groups[index], {g.thing for g in scene.groups}
    names = [n for n in atlas.load().things if n not in present and (group.colour is None or group.colour in tints(n, split))]
    if group.colour is None and any(m.group == index and m.colour for m in plan.mentions):
        return None
    return scene.with_group(index, replace(group, thing=rng.choice(names))), plan


def _change_colour(rng, scene: Scene, plan: Plan, split: str) -> Told | None:
    index = _main("colour", scene, plan)[0]
    group = scene.groups[index]
    colours = [c for c in tints(group.thing, split) if c not in (group.colour, group.part_colour)]
    return scene.with_group(index, replace(group, colour=rng.choice(colours))), plan


def _change_colour_swap(rng, scene: Scene, plan: Plan, split: str) -> Told | None:
    first, second = _main("colour_swap", scene, plan)[:2]
    a, b = scene.groups[first], scene.groups[second]
    if a.colour == b.colour or b.colour not in tints(a.thing, split) or a.colour not in tints(b.thing, split):
        return None
    if b.colour == a.part_colour or a.colour == b.part_colour:
        return None
    return scene.with_group(first, replace(a, colour=b.colour)).with_group(second, replace(b, colour=a.colour)), plan


def _change_size(rng, scene: Scene, plan: Plan, split: str) -> Told | None:
    index = _main("size", scene, plan)[0]
    group = scene.groups[index]
    size = "large" if group.size == "small" else "small"
    placed = tuple(_inside(group.thing, size, p) for p in group.placed)
    return scene.with_group(index, replace(group, size=size, placed=placed)), plan


def _inside(thing: str, size: str, placed: Placed) -> Placed:
    """Move an object just far enough to lie in the picture at another size."""
    x0, y0, x1, y1 = box_of(thing, size, placed)
    half_w, half_h = (x1 - x0) / 2 + 0.013, (y1 - y0) / 2 + 0.013
    return replace(placed, x=min(max(placed.x, half_w), 1 - half_w), y=min(max(placed.y, half_h), 1 - half_h))


def _change_count(rng, scene: Scene, plan: Plan, split: str) -> Told | None:
    index = _main("count", scene, plan)[0]
    group = scene.groups[index]
    count = rng.choice([n for n in (1, 2, 3, 4) if n != len(group.placed)])
    placed = list(group.placed[:count])
    boxes = boxes_of(scene)
    while len(placed) < count:
        more = place(rng, group.thing, group.size, boxes)
        if more is None:
            return None
        placed.append(more)
        boxes.append(box_of(group.thing, group.size, more))
    return scene.with_group(index, replace(group, placed=tuple(placed))), plan


def _change_relation(rng, scene: Scene, plan: Plan, split: str) -> Told | None:
    first, second = (m.group for m in plan.mentions)
    return _exchanged(scene, first, second), plan


def _exchanged(scene: Scene, first: int, second: int) -> Scene:
    a, b = scene.groups[first], scene.groups[second]
    (p,), (q,) = a.placed, b.placed
    scene = scene.with_group(first, replace(a, placed=(_inside(a.thing, a.size, replace(p, x=q.x, y=q.y)),)))
    return scene.with_group(second, replace(b, placed=(_inside(b.thing, b.size, replace(q, x=p.x, y=p.y)),)))


def _arranged(scene: Scene, word: str) -> Scene:
    """Put the first of two objects left of, right of, above or below the second, at the distance they have."""
    if (
        relation_of(scene, 0, 1) in ("above", "below")
        and word in ("left", "right")
        or relation_of(scene, 0, 1) in ("left", "right")
        and word in ("above", "below")
    ):
        turned = (
            replace(g, placed=(_inside(g.thing, g.size, replace(g.placed[0], x=g.placed[0].y, y=g.placed[0].x)),))
            for g in scene.groups
        )
        scene = replace(scene, groups=tuple(turned))
    return scene if relation_of(scene, 0, 1) == word else _exchanged(scene, 0, 1)


def _change_negation(rng, scene: Scene, plan: Plan, split: str) -> Told | None:
    spoken = {m.group for m in plan.mentions}
    silent = [i for i, g in enumerate(scene.groups) if i not in spoken]
    if not silent:
        return None
    index = rng.choice(silent)
    group = scene.groups[index]
    if group.colour is not None and group.colour not in tints(plan.absent, split):
        group = replace(group, colour=None)
    swapped = replace(group, thing=plan.absent, part=None, part_colour=None)
    return scene.with_group(index, swapped), replace(plan, absent=scene.groups[index].thing)


def _change_part(rng, scene: Scene, plan: Plan, split: str) -> Told | None:
    index = _main("part", scene, plan)[0]
    group = scene.groups[index]
    thing = atlas.load().things[group.thing]
    others = [p.name for p in thing.parts if p.recolourable and p.name != group.part]
    if others and rng.random() < 0.4:
        return scene.with_group(index, replace(group, part=rng.choice(others))), plan
    taken = (group.seen_colour, group.part_colour, thing.colour)
    return scene.with_group(index, replace(group, part_colour=rng.choice([c for c in COLOURS if c not in taken]))), plan


_CHANGES = {
    "noun": _change_noun,
    "colour": _change_colour,
    "colour_swap": _change_colour_swap,
    "size": _change_size,
    "count": _change_count,
    "relation": _change_relation,
    "negation": _change_negation,
    "part": _change_part,
}


def _suited(rng: random.Random, kind: str, split: str) -> Scene:
    """Make up a scene that is likely to allow an edit of this kind."""
    extra = rng.choice(((), (), (1,), (1, 1)))
    if kind == "count":
        return compose(rng, split, counts=(rng.choice((1, 2, 3, 4)), *extra[:1]))
    if kind in ("relation", "negation", "colour_swap"):
        return compose(rng, split, counts=(1, 1, *extra), tinted=0.95 if kind == "colour_swap" else 0.6)
    return compose(rng, split, counts=(1, *extra), parts=1.0 if kind == "part" else 0.2, tinted=0.95 if kind == "colour" else 0.6)
