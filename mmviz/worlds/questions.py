"""Questions about drawn scenes with their one right answer, in English and Chinese: a thing's colour, which thing, how many, where.

A question is asked only where its answer is clear: of a thing there is one group of, of a colour nothing else shows, of a place that is
not near the edge of another one.
"""

import random
from dataclasses import dataclass
from typing import Literal

from mmviz.worlds import atlas
from mmviz.worlds.captions import Caption, Mention, Plan, members, tell
from mmviz.worlds.lexicon import COLOUR_WORDS, NUMBERS, Language
from mmviz.worlds.spec import Group, Scene, boxes_of, compose

Kind = Literal["colour", "thing", "count", "where", "caption"]
KINDS: tuple[Kind, ...] = ("colour", "thing", "count", "where")
#: Kind -> the question's forms (one thing, several), a space before every mark, as they are told.
FORMS: dict[str, dict[Language, tuple[str, str]]] = {
    "colour": {"en": ("what colour is the {} ?", "what colour are the {} ?"), "zh": ("{}是什么颜色？", "{}是什么颜色？")},
    "thing": {"en": ("what is {} ?", "what is {} ?"), "zh": ("什么是{}的？", "什么是{}的？")},
    "count": {"en": ("how many {} are there ?", "how many {} are there ?"), "zh": ("有几{}？", "有几{}？")},
    "where": {"en": ("where is the {} ?", "where is the {} ?"), "zh": ("{}在哪里？", "{}在哪里？")},
    "caption": {"en": ("what is in the picture ?", "what is in the picture ?"), "zh": ("图里有什么？", "图里有什么？")},
}
#: (row, column) of thirds of the picture -> its name.
PLACES: dict[tuple[int, int], dict[Language, str]] = {
    (0, 0): {"en": "top left", "zh": "左上"},
    (0, 1): {"en": "top", "zh": "上面"},
    (0, 2): {"en": "top right", "zh": "右上"},
    (1, 0): {"en": "left", "zh": "左边"},
    (1, 1): {"en": "middle", "zh": "中间"},
    (1, 2): {"en": "right", "zh": "右边"},
    (2, 0): {"en": "bottom left", "zh": "左下"},
    (2, 1): {"en": "bottom", "zh": "下面"},
    (2, 2): {"en": "bottom right", "zh": "右下"},
}
#: How far from the edge of a third a thing's centre must lie, as a share of the picture.
CLEAR = 0.03
MOST = 4


@dataclass(frozen=True)
class Question:
    """One question with its answer.

    Attributes:
        kind: what is asked.
        text, answer: its words, and those of the answer.
        objects: numbers of the objects it is about, group by group; none where nothing is there.
        caption: of a question for a caption, the answer with its phrases.
    """

    kind: Kind
    text: str
    answer: str
    objects: tuple[int, ...]
    language: Language
    caption: Caption | None = None


def words() -> list[str]:
    """List the words and characters questions and answers have, as a tokenizer cuts them, beside those of captions."""
    english = [form for both in FORMS.values() for form in both["en"]] + [row["en"] for row in PLACES.values()] + ["none"]
    chinese = [form for both in FORMS.values() for form in both["zh"]] + [row["zh"] for row in PLACES.values()]
    pieces = {word for said in english for word in said.replace("{}", " ").split()}
    return sorted(pieces | {character for said in chinese for character in said.replace("{}", "")})


def scene_for(rng: random.Random, kind: Kind, split: str) -> Scene:
    """Make up a scene to ask about: where it is about numbers, every number is as likely."""
    if kind != "count":
        return compose(rng, split)
    first = rng.randint(1, MOST)
    return compose(rng, split, counts=(first, *(rng.choice((1, 1, 2)) for _ in range(rng.randint(0, 2)))), twins=0.0)


def ask(rng: random.Random, scene: Scene, kind: Kind, language: Language) -> Question | None:
    """Ask one question about a scene, or none where no answer to such a one is clear.

    Args:
        rng: where all choices come from.
        scene: what is asked about.
        kind: of question.
        language: of question and answer.
    """
    if kind == "caption":
        return _for_caption(scene, language)
    if kind == "count":
        return _how_many(rng, scene, language)
    able = [index for index in range(len(scene.groups)) if _clear(scene, index, kind)]
    if not able:
        return None
    index = rng.choice(able)
    return {"colour": _what_colour, "thing": _what_is, "where": _where}[kind](scene, index, language)


def place_of(scene: Scene, index: int) -> tuple[int, int] | None:
    """Give row and column of the third the one object of a group stands in, None where that is not clear."""
    x0, y0, x1, y1 = boxes_of(scene)[members(scene, index)[0]]
    centre = (y0 + y1) / 2, (x0 + x1) / 2
    if any(abs(value - edge) < CLEAR for value in centre for edge in (1 / 3, 2 / 3)):
        return None
    return int(centre[0] * 3), int(centre[1] * 3)


def _clear(scene: Scene, index: int, kind: Kind) -> bool:
    group = scene.groups[index]
    others = [other for place, other in enumerate(scene.groups) if place != index]
    if kind == "thing":
        shown = {colour for other in others for colour in (other.seen_colour, other.part_colour)}
        return group.seen_colour not in shown
    if any(other.thing == group.thing for other in others):
        return False
    return kind == "colour" or (len(group.placed) == 1 and place_of(scene, index) is not None)


def _noun(group: Group, language: Language, many: bool) -> str:
    words = atlas.load().things[group.thing].words[language]
    return words[int(many)] if language == "en" else words[0]


def _form(kind: Kind, language: Language, many: bool, filled: str) -> str:
    return FORMS[kind][language][int(many)].format(filled)


def _what_colour(scene: Scene, index: int, language: Language) -> Question:
    group = scene.groups[index]
    many = len(group.placed) > 1
    text = _form("colour", language, many, _noun(group, language, many))
    return Question("colour", text, COLOUR_WORDS[group.seen_colour][language], members(scene, index), language)


def _what_is(scene: Scene, index: int, language: Language) -> Question:
    group = scene.groups[index]
    text = _form("thing", language, False, COLOUR_WORDS[group.seen_colour][language])
    return Question("thing", text, _noun(group, language, False), members(scene, index), language)


def _where(scene: Scene, index: int, language: Language) -> Question:
    text = _form("where", language, False, _noun(scene.groups[index], language, False))
    return Question("where", text, PLACES[place_of(scene, index)][language], members(scene, index), language)


def _how_many(rng: random.Random, scene: Scene, language: Language) -> Question | None:
    """Ask after the first group's things, which the scene was made for, or one time in six after a thing that is not there.

    More than `MOST` of a thing, of two colours, have no number here.
    """
    things, there = atlas.load().things, {group.thing for group in scene.groups}
    absent = rng.random() < 1 / 6
    thing = rng.choice([name for name in things if name not in there]) if absent else scene.groups[0].thing
    own = [index for index, group in enumerate(scene.groups) if group.thing == thing]
    objects = tuple(number for index in own for number in members(scene, index))
    if len(objects) > MOST:
        return None
    noun, measure = things[thing].words["zh"]
    filled = things[thing].words["en"][1] if language == "en" else measure + noun
    none = {"en": "none", "zh": "没有"}[language]
    answer = none if not objects else NUMBERS[language][len(objects)]
    return Question("count", _form("count", language, True, filled), answer, objects, language)


def _for_caption(scene: Scene, language: Language) -> Question:
    """Ask for a caption: all groups from left to right, with number, size and colour."""
    boxes = boxes_of(scene)
    left = [min(boxes[number][0] + boxes[number][2] for number in members(scene, index)) for index in range(len(scene.groups))]
    mentions = tuple(Mention(index, size=True, colour=True) for index in sorted(range(len(left)), key=left.__getitem__))
    caption = tell(scene, Plan("list", mentions), language)
    return Question("caption", FORMS["caption"][language][0], caption.text, (), language, caption)
