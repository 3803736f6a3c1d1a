"""What image-text models are trained on: batches of drawn scenes with captions, many of them edits of each other."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmviz.worlds import atlas, edits
from mmviz.worlds.captions import Caption, Mention, Phrase, Plan, random_list, tell
from mmviz.worlds.claims import claims_of, holds
from mmviz.worlds.lexicon import Language
from mmviz.worlds.scenes import part_plan
from mmviz.worlds.spec import Scene, compose

#: Edits of a pair in one batch, relations apart, with their weights.
KINDS = {"noun": 1.0, "colour": 1.0, "colour_swap": 3.5, "size": 1.0, "count": 2.5, "negation": 3.0, "part": 2.5}


@dataclass(frozen=True)
class Mix:
    """What a batch is made of, in captions.

    Attributes:
        alone: independent scenes, each with a caption of some or all of it.
        bits: independent scenes with a bit of a sentence: a part, a colour, a place.
        siblings: groups of four scenes that only shapes tell apart.
        quads: groups of four scenes with all four relations of two things.
        relations: pairs that differ by a relation.
        pairs: pairs that differ by another edit.
        swaps: pairs more that differ by which of two things has which colour.
    """

    alone: int = 12
    bits: int = 2
    siblings: int = 3
    quads: int = 2
    relations: int = 3
    pairs: int = 12
    swaps: int = 0

    @property
    def easy(self) -> "Mix":
        """As many captions, all of independent scenes."""
        captions = self.alone + self.bits + 4 * (self.siblings + self.quads) + 2 * (self.relations + self.pairs + self.swaps)
        return Mix(captions, 0, 0, 0, 0, 0)


#: Until which share of a run which mix. With edits from the first step all texts collapse into one vector; relations come off
#: chance where they are most of what is seen for a while; afterwards everything has its share.
COURSE = ((0.08, Mix().easy), (0.35, Mix(alone=8, bits=2, siblings=1, quads=5, relations=9, pairs=6)), (1.0, Mix()))
#: Of a run that goes on from a trained checkpoint: swapped colours are most of it for a while, as relations were.
GO_ON = (
    (0.35, Mix(alone=8, bits=2, siblings=2, quads=1, relations=2, pairs=6, swaps=13)),
    (1.0, Mix(alone=8, bits=2, siblings=2, quads=3, relations=4, pairs=9, swaps=4)),
)


@dataclass(frozen=True)
class Item:
    """One caption with its scene; items of one `group` are false of each other's scenes."""

    scene: Scene
    plan: Plan
    caption: Caption
    group: int

    @property
    def text(self) -> str:
        """The caption's words."""
        return self.caption.text


def batch(rng: random.Random, mix: Mix, chinese: float = 0.4) -> list[Item]:
    """Make up a batch.

    Args:
        rng: where all choices come from.
        mix: how many of what.
        chinese: share of Chinese captions; half of all relations are Chinese whatever it is.
    """
    groups: list[tuple[list[tuple[Scene, Plan]], float]] = [([_alone(rng)], chinese) for _ in range(mix.alone)]
    groups += [(_bits(rng), chinese) for _ in range(mix.bits)]
    groups += [(edits.siblings(rng, "train"), chinese) for _ in range(mix.siblings)]
    groups += [(edits.quad(rng, "train"), 0.5) for _ in range(mix.quads)]
    groups += [(list(edits.pair(rng, "relation", "train")), 0.5) for _ in range(mix.relations)]
    groups += [(_pair(rng), chinese) for _ in range(mix.pairs)]
    groups += [(list(edits.pair(rng, "colour_swap", "train")), chinese) for _ in range(mix.swaps)]
    items = []
    for number, (told, share) in enumerate(groups):
        language: Language = "zh" if rng.random() < share else "en"
        items += [Item(scene, plan, tell(scene, plan, language), number) for scene, plan in told]
    return items


def relation_places(items: list[Item], numbers: dict[str, int]) -> np.ndarray:
    """Say for each caption that tells a relation which things it is between and in which direction.

    Returns:
        Shape (B, 4): number of the first thing, of the second, and the direction from second to first as (x, y) of
        length 1; zeros for other captions.
    """
    rows = np.zeros((len(items), 4), np.float32)
    for row, item in zip(rows, items, strict=True):
        relation = claims_of(item.scene, item.plan).relation
        if relation:
            first, word, second = relation
            direction = {"left": (-1, 0), "right": (1, 0), "above": (0, -1), "below": (0, 1)}[word]
            row[:] = numbers[first.thing], numbers[second.thing], *direction
    return rows


def bound_tokens(item: Item, places: np.ndarray, numbers: dict[str, int], colours: Sequence[str]) -> np.ndarray:
    """Say at the last token of every phrase that tells a thing's colour which thing and which colour that is.

    Args:
        item: a caption with its scene.
        places: start and end of every token, shape (T, 2).
        numbers: of the things.
        colours: their names in order.

    Returns:
        number of the thing x number of colours + place of the colour, shape (T,), int64; -1 at other tokens.
    """
    said = {mention.group for mention in item.plan.mentions if mention.colour}
    groups = [index for index, group in enumerate(item.scene.groups) for _ in group.placed]
    bound = np.full(len(places), -1, np.int64)
    for phrase in item.caption.phrases:
        if phrase.objects and not phrase.part and groups[phrase.objects[0]] in said:
            group = item.scene.groups[groups[phrase.objects[0]]]
            bound[np.flatnonzero(tokens_of(phrase, places))[-1:]] = numbers[group.thing] * len(colours) + colours.index(
                group.seen_colour
            )
    return bound


def denied_tokens(item: Item, places: np.ndarray, numbers: dict[str, int]) -> np.ndarray:
    """Say at the last token of the phrase that denies a thing which one it is, shape (T,), int64; -1 at other tokens."""
    denied = np.full(len(places), -1, np.int64)
    for phrase in item.caption.phrases:
        if denies(item, phrase):
            denied[np.flatnonzero(tokens_of(phrase, places))[-1:]] = numbers[item.plan.absent]
    return denied


def denies(item: Item, phrase: Phrase) -> bool:
    """Tell whether a phrase is the one that names what the caption denies."""
    if phrase.objects or not item.plan.absent:
        return False
    words = atlas.load().things[item.plan.absent].words[item.caption.language][: 2 if item.caption.language == "en" else 1]
    return any(word.lower() in item.text[slice(*phrase.span)].lower() for word in words)


def tokens_of(phrase: Phrase, places: np.ndarray) -> np.ndarray:
    """Tell which tokens, of which start and end are given, (T, 2), lie in a phrase, wholly or in part: (T,), bool."""
    return (places[:, 0] < phrase.span[1]) & (places[:, 1] > phrase.span[0])


def also_true(items: list[Item]) -> np.ndarray:
    """Tell which captions are true of which other scenes of the batch, shape (B, B), bool; the diagonal is False."""
    claims = [claims_of(item.scene, item.plan) for item in items]
    things = [{group.thing for group in item.scene.groups} for item in items]
    true = np.zeros((len(items), len(items)), bool)
    for i, claim in enumerate(claims):
        wanted = {kind.thing for kind, _ in claim.exist}
        for j, item in enumerate(items):
            true[i, j] = i != j and wanted <= things[j] and holds(claim, item.scene)
    return true


def _alone(rng: random.Random) -> tuple[Scene, Plan]:
    scene = compose(rng, "train")
    return scene, random_list(rng, scene, full=rng.random() < 0.4)


def _pair(rng: random.Random) -> list[tuple[Scene, Plan]]:
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    told = list(edits.pair(rng, kind, "train"))
    if kind == "part" and rng.random() < 0.5:
        return _only_parts(told)
    return told


def _only_parts(told: list[tuple[Scene, Plan]]) -> list[tuple[Scene, Plan]]:
    """Speak of nothing but the part that differs, where that is still false of the other scene."""
    (scene, plan), (other, _) = told
    index = next(m.group for m in plan.mentions if m.part and scene.groups[m.group].part)
    short = Plan("part", (Mention(index),), wording=plan.wording)
    false = not holds(claims_of(scene, short), other) and not holds(claims_of(other, short), scene)
    return [(scene, short), (other, short)] if false else told


def _bits(rng: random.Random) -> list[tuple[Scene, Plan]]:
    """Make a scene with a bit of a sentence about it."""
    scene = compose(rng, "train", parts=0.6)
    own = [i for i, group in enumerate(scene.groups) if group.part]
    kind = rng.choice(("part", "part", "part_of", "part_of", "part_word", "colour", "place"))
    if kind == "part" and own:
        return [(scene, Plan("part", (Mention(rng.choice(own)),), wording=int(rng.random() < 0.35)))]
    if kind == "place":
        return [(scene, Plan("place", (), background=True, wording=int(rng.random() < 0.35)))]
    if kind == "colour":
        return [(scene, Plan("colour", (Mention(rng.randrange(len(scene.groups))),), wording=int(rng.random() < 0.35)))]
    plan = part_plan(rng, scene)
    return [(scene, replace(plan, kind="part_word") if kind == "part_word" else plan)]
