"""From a scene and a plan to a sentence in English or Chinese, every phrase with its span and what it means."""

import random
from dataclasses import dataclass
from typing import Literal

from mmviz.worlds import atlas
from mmviz.worlds.lexicon import BACKGROUNDS, COLOUR_WORDS, NUMBERS, RELATIONS, SIZE_WORDS, Language
from mmviz.worlds.spec import Group, Scene, boxes_of


@dataclass(frozen=True)
class Mention:
    """How one group is spoken of.

    Attributes:
        group: its index in the scene.
        article: "a" (a cat, two cats), "the", "bare" (cat), or "only" (only one cat, exactly two cats need no word).
        size, colour, part: whether they are said (a size only when it is small or large).
        wording: which of two synonyms.
    """

    group: int
    article: Literal["a", "the", "bare", "only"] = "a"
    size: bool = False
    colour: bool = False
    part: bool = False
    wording: int = 0


@dataclass(frozen=True)
class Plan:
    """What a sentence says, in which form.

    Attributes:
        kind: "list", "relation" (first mention against the second), "negation", "part_of" ("the wheels of the car"), or one of
            the bits a reader may point at alone: "part" ("a blue tail", the first mention's own-coloured part), "part_word"
            ("tail"), "colour" ("blue", of the first mention), "place" ("on the beach").
        mentions: in the order they are spoken.
        absent: name of the thing a negation denies.
        part: name of the part a "part_of" or "part_word" is about.
        background: whether the place is said.
        wording: which of two forms of the sentence.
    """

    kind: Literal["list", "relation", "negation", "part_of", "part", "part_word", "colour", "place"]
    mentions: tuple[Mention, ...]
    absent: str | None = None
    part: str | None = None
    background: bool = False
    wording: int = 0


@dataclass(frozen=True)
class Phrase:
    """A stretch of a caption and what it names.

    Attributes:
        span: start and end in code points.
        objects: indices of the objects it names, group by group; empty for places and absent things.
        part: number of the part it names, 0 for whole objects.
    """

    span: tuple[int, int]
    objects: tuple[int, ...] = ()
    part: int = 0


@dataclass(frozen=True)
class Caption:
    """A sentence with its phrases, in the order in which they end."""

    text: str
    phrases: tuple[Phrase, ...]
    language: Language


class _Writer:
    """Collects text and remembers where phrases begin and end."""

    def __init__(self):
        self.text, self.phrases = "", []

    def put(self, text: str) -> "_Writer":
        self.text += text
        return self

    def close(self, start: int, objects: tuple[int, ...] = (), part: int = 0) -> None:
        self.phrases.append(Phrase((start, len(self.text)), objects, part))


def tell(scene: Scene, plan: Plan, language: Language) -> Caption:
    """Say what the plan asks for of the scene as it stands."""
    writer = _Writer()
    if plan.kind in _BITS:
        _BITS[plan.kind](writer, scene, plan, language)
    else:
        (_tell_english if language == "en" else _tell_chinese)(writer, scene, plan)
    return Caption(writer.text, tuple(writer.phrases), language)


def relation_of(scene: Scene, first: int, second: int) -> str | None:
    """Name where one object stands as seen from another, or None when it is not clear.

    It is clear when their boxes are apart along one direction and the centres' distance along it
    is at least 1.4 times the distance along the other.
    """
    boxes = boxes_of(scene)
    (a0, b0, a1, b1), (c0, d0, c1, d1) = boxes[first], boxes[second]
    dx, dy = (a0 + a1 - c0 - c1) / 2, (b0 + b1 - d0 - d1) / 2
    if abs(dx) > 1.4 * abs(dy) and (a1 <= c0 or c1 <= a0):
        return "left" if dx < 0 else "right"
    if abs(dy) > 1.4 * abs(dx) and (b1 <= d0 or d1 <= b0):
        return "above" if dy < 0 else "below"
    return None


def members(scene: Scene, group: int) -> tuple[int, ...]:
    """Give the object indices of a group."""
    start = sum(len(g.placed) for g in scene.groups[:group])
    return tuple(range(start, start + len(scene.groups[group].placed)))


def part_number(thing: str, part: str) -> int:
    """Give the number a part has in part maps."""
    return 1 + [p.name for p in atlas.load().things[thing].parts].index(part)


def random_list(rng: random.Random, scene: Scene, *, full: bool = False) -> Plan:
    """Plan a sentence that lists all groups with everything about them, or some with some of it."""
    order = list(range(len(scene.groups)))
    rng.shuffle(order)
    if not full:
        order = order[: rng.choice((1, 1, 2, 2, 3, len(order)))]
    twins = {g.thing for g in scene.groups if sum(h.thing == g.thing for h in scene.groups) > 1}
    say = 1.0 if full else rng.choice((0.25, 0.5, 0.75))
    article = "a" if full or rng.random() < 0.75 else rng.choice(("the", "bare"))
    mentions = tuple(
        Mention(
            i,
            article,
            size=rng.random() < say,
            colour=scene.groups[i].thing in twins or rng.random() < (say if scene.groups[i].colour or full else 0.3 * say),
            part=rng.random() < (1.0 if full else 0.5),
            wording=_wording(rng),
        )
        for i in order
    )
    return Plan("list", mentions, background=full or rng.random() < 0.25, wording=_wording(rng))


def _wording(rng: random.Random) -> int:
    return int(rng.random() < 0.35)


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _visible_size(group: Group, mention: Mention) -> bool:
    return mention.size and group.size in SIZE_WORDS


# English


def _tell_english(writer: _Writer, scene: Scene, plan: Plan) -> None:
    if plan.kind == "relation":
        first, second = plan.mentions
        relation = relation_of(scene, members(scene, first.group)[0], members(scene, second.group)[0])
        _english_noun(writer, scene, first)
        writer.put(" is " if plan.wording else " ").put(RELATIONS[relation]["en"][first.wording]).put(" ")
        _english_noun(writer, scene, second)
    elif plan.kind == "part_of":
        _english_part_of(writer, scene, plan)
    else:
        _join(writer, scene, plan.mentions, _english_noun, ", ", " and ")
    if plan.absent:
        if plan.mentions:
            writer.put(" but " if plan.wording else " and ")
        start = len(writer.text)
        writer.put("no " + atlas.load().things[plan.absent].words["en"][0]).close(start)
    if plan.background:
        writer.put(" ")
        start = len(writer.text)
        writer.put(BACKGROUNDS[scene.background]["en"]).close(start)


def _english_part_of(writer: _Writer, scene: Scene, plan: Plan) -> None:
    mention = plan.mentions[0]
    group = scene.groups[mention.group]
    part = next(p for p in atlas.load().things[group.thing].parts if p.name == plan.part)
    start = len(writer.text)
    writer.put("the " + part.words["en"][1 if part.many or len(group.placed) > 1 else 0] + " of ")
    _english_noun(writer, scene, mention)
    writer.close(start, members(scene, mention.group), part_number(group.thing, part.name))


def _english_noun(writer: _Writer, scene: Scene, mention: Mention) -> None:
    group = scene.groups[mention.group]
    count, start = len(group.placed), len(writer.text)
    words = []
    if _visible_size(group, mention):
        words.append(SIZE_WORDS[group.size]["en"][mention.wording])
    if mention.colour:
        words.append(COLOUR_WORDS[group.seen_colour]["en"])
    words.append(atlas.load().things[group.thing].words["en"][0 if count == 1 else 1])
    number = {"a": NUMBERS["en"][count] if count > 1 else _article(words[0]), "the": "the", "bare": ""}
    number["only"] = "only one" if count == 1 else NUMBERS["en"][count]
    writer.put(" ".join(filter(None, [number[mention.article], *words])))
    if mention.part and group.part:
        writer.put(" with ")
        _english_part(writer, scene, mention, group)
    writer.close(start, members(scene, mention.group))


def _english_part(writer: _Writer, scene: Scene, mention: Mention, group: Group) -> None:
    part = next(p for p in atlas.load().things[group.thing].parts if p.name == group.part)
    plural = part.many or len(group.placed) > 1
    colour, start = COLOUR_WORDS[group.part_colour]["en"], len(writer.text)
    writer.put(" ".join(filter(None, ["" if plural else _article(colour), colour, part.words["en"][int(plural)]])))
    writer.close(start, members(scene, mention.group), part_number(group.thing, part.name))


# Chinese


def _tell_chinese(writer: _Writer, scene: Scene, plan: Plan) -> None:
    if plan.background and not plan.wording:
        writer.put(BACKGROUNDS[scene.background]["zh"]).close(0)
        writer.put("有" if plan.kind != "relation" and plan.mentions else "，")
    if plan.kind == "relation":
        first, second = plan.mentions
        relation = relation_of(scene, members(scene, first.group)[0], members(scene, second.group)[0])
        _chinese_noun(writer, scene, first)
        writer.put("在")
        _chinese_noun(writer, scene, second)
        writer.put("" if plan.wording else "的").put(RELATIONS[relation]["zh"][first.wording])
    elif plan.kind == "part_of":
        _chinese_part_of(writer, scene, plan)
    else:
        _join(writer, scene, plan.mentions, _chinese_noun, "、", "和")
    if plan.absent:
        writer.put("，" if plan.mentions else "")
        start = len(writer.text)
        writer.put("没有" + atlas.load().things[plan.absent].words["zh"][0]).close(start)
    if plan.background and plan.wording:
        writer.put("，在")
        start = len(writer.text)
        writer.put(BACKGROUNDS[scene.background]["zh"]).close(start)


def _chinese_part_of(writer: _Writer, scene: Scene, plan: Plan) -> None:
    mention = plan.mentions[0]
    group = scene.groups[mention.group]
    part = next(p for p in atlas.load().things[group.thing].parts if p.name == plan.part)
    start = len(writer.text)
    _chinese_noun(writer, scene, mention)
    writer.put("的" + part.words["zh"][0])
    writer.close(start, members(scene, mention.group), part_number(group.thing, part.name))


def _chinese_noun(writer: _Writer, scene: Scene, mention: Mention) -> None:
    group = scene.groups[mention.group]
    noun, measure = atlas.load().things[group.thing].words["zh"]
    count, start = len(group.placed), len(writer.text)
    some = NUMBERS["zh"][count] + measure
    writer.put(
        {"a": some, "the": "那" + (measure if count == 1 else some), "bare": "", "only": ("仅" if count == 1 else "") + some}[
            mention.article
        ]
    )
    if mention.part and group.part:
        part = next(p for p in atlas.load().things[group.thing].parts if p.name == group.part)
        writer.put("有")
        inner = len(writer.text)
        writer.put(COLOUR_WORDS[group.part_colour]["zh"] + part.words["zh"][0])
        writer.close(inner, members(scene, mention.group), part_number(group.thing, part.name))
        writer.put("的")
    size = SIZE_WORDS[group.size]["zh"][0] if _visible_size(group, mention) else ""
    colour = COLOUR_WORDS[group.seen_colour]["zh"] if mention.colour else ""
    if mention.wording:
        writer.put((size + "的" if size else "") + colour + noun)
    else:
        writer.put((colour + "的" if colour else "") + size + noun)
    writer.close(start, members(scene, mention.group))


# Bits of a sentence, in either language


def _tell_part(writer: _Writer, scene: Scene, plan: Plan, language: Language) -> None:
    mention = plan.mentions[0]
    group = scene.groups[mention.group]
    if language == "en":
        _english_part(writer, scene, mention, group)
        return
    part = next(p for p in atlas.load().things[group.thing].parts if p.name == group.part)
    writer.put(COLOUR_WORDS[group.part_colour]["zh"] + ("的" if plan.wording else "") + part.words["zh"][0])
    writer.close(0, members(scene, mention.group), part_number(group.thing, part.name))


def _tell_part_word(writer: _Writer, scene: Scene, plan: Plan, language: Language) -> None:
    group = scene.groups[plan.mentions[0].group]
    part = next(p for p in atlas.load().things[group.thing].parts if p.name == plan.part)
    writer.put(part.words[language][int(part.many) if language == "en" else 0])
    writer.close(0, members(scene, plan.mentions[0].group), part_number(group.thing, part.name))


def _tell_colour(writer: _Writer, scene: Scene, plan: Plan, language: Language) -> None:
    group = scene.groups[plan.mentions[0].group]
    writer.put(COLOUR_WORDS[group.seen_colour][language] + ("的" if plan.wording and language == "zh" else ""))
    writer.close(0, members(scene, plan.mentions[0].group))


def _tell_place(writer: _Writer, scene: Scene, plan: Plan, language: Language) -> None:
    writer.put("在" if plan.wording and language == "zh" else "").put(BACKGROUNDS[scene.background][language]).close(0)


_BITS = {"part": _tell_part, "part_word": _tell_part_word, "colour": _tell_colour, "place": _tell_place}


def _join(writer: _Writer, scene: Scene, mentions: tuple[Mention, ...], say, comma: str, last: str) -> None:
    for i, mention in enumerate(mentions):
        if i:
            writer.put(last if i == len(mentions) - 1 else comma)
        say(writer, scene, mention)
