"""How often a model that speaks is right: its answers about fresh drawn scenes, its captions, and where it looked at their nouns."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz import pipeline
from mmviz.registry import methods
from mmviz.samples import Image, Text
from mmviz.space.figures import figure
from mmviz.trust.pointing import inside_boxes
from mmviz.worlds import atlas, questions, scenes
from mmviz.worlds.lexicon import COLOUR_WORDS, LANGUAGES, Language
from mmviz.worlds.render import Rendered, render
from mmviz.worlds.spec import Scene, compose, rng_of

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

SPLIT = "evaluate"
#: Ways to say where a model looked at a word it said.
LOOKING = ("attention", "relevance", "similarity")


def measure_saying(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Ask about scenes, and have half as many captioned.

    `answers`: the answer is the right one, word for word, by language and kind of question; chance is that of the most frequent answer, or
    of one among all things. `said`: of nouns in generated captions, whether there is such a thing (`things`), whether it is in the number and
    colour said is not asked; of those that are there, whether the strongest patch lies on one (`pointing_METHOD`).
    """
    if "say" not in checkpoint.family.functions:
        return {}
    answers = {language: measure_answers(checkpoint, seed, count, language) for language in LANGUAGES}
    return {
        "answers": answers,
        "said": {language: measure_captions(checkpoint, seed, count // 2, language) for language in LANGUAGES},
    }


def measure_answers(checkpoint: "Checkpoint", seed: int, count: int, language: Language) -> dict[str, Any]:
    """Ask `count` questions of every kind, each of a scene of its own."""
    say, found = checkpoint.family.functions["say"], {}
    chances = {"colour": 1 / len(COLOUR_WORDS), "thing": 1 / len(atlas.load().things), "count": 1 / 5, "where": 1 / 9}
    for number, kind in enumerate(questions.KINDS):
        rng, right = rng_of(SPLIT, seed, 9, number, LANGUAGES.index(language)), []
        while len(right) < count:
            scene = questions.scene_for(rng, kind, SPLIT)
            question = questions.ask(rng, scene, kind, language)
            if question is not None:
                said = say(checkpoint, question.text, [Image(render(scene, scenes.SIDE).pixels)])[0]
                right.append(_bare(said.text) == _bare(question.answer))
        found[kind] = figure(np.array(right), chances[kind])
    return found


def measure_captions(checkpoint: "Checkpoint", seed: int, count: int, language: Language) -> dict[str, Any]:
    """Have scenes captioned, and look where the model looked at every noun it said."""
    offers = checkpoint.family.functions["offers"](checkpoint.config)
    able = [name for name in LOOKING if methods[name].needs <= offers and "pair" in methods[name].targets]
    there, hits, chances = [], {name: [] for name in able}, []
    rng = rng_of(SPLIT, seed, 10, LANGUAGES.index(language))
    asked = questions.FORMS["caption"][language][0]
    for _ in range(max(count, 1)):
        scene = compose(rng, SPLIT)
        drawn = render(scene, scenes.SIDE)
        said = checkpoint.family.functions["say"](checkpoint, asked, [Image(drawn.pixels)])[0].text
        nouns = nouns_in(said, language)
        shown = {group.thing for group in scene.groups}
        there += [thing in shown for _, thing in nouns]
        known = [(span, thing) for span, thing in nouns if thing in shown]
        if known:
            spans = tuple(span for span, _ in known)
            maps = pipeline.align_many(
                Text(said, spans), Image(drawn.pixels), [(n, {}) for n in able], model=checkpoint.name, unit="phrase", store=False
            )
            places = {tuple(span): row for row, span in enumerate(maps[0].query.spans.tolist())}
            for span, thing in known:
                inside = inside_boxes(maps[0].key.boxes, np.array(_boxes(scene, drawn, thing)))
                chances.append(float(inside.mean()))
                for name, found in zip(able, maps, strict=True):
                    hits[name].append(bool(inside[found.scores[places[span]].argmax()]))
    chance = float(np.mean(chances)) if chances else 0.0
    pointing = {f"pointing_{name}": figure(np.array(found), chance) for name, found in hits.items() if found}
    return ({"things": figure(np.array(there), 3 / len(atlas.load().things))} if there else {}) | pointing


def nouns_in(text: str, language: Language) -> list[tuple[tuple[int, int], str]]:
    """Find the names of drawn things in a text, longer ones first where they overlap: span in code points, and the thing, in order."""
    words = [
        (word, name)
        for name, thing in atlas.load().things.items()
        for word in thing.words[language][: 2 if language == "en" else 1]
    ]
    taken, found = np.zeros(len(text), bool), []
    for word, name in sorted(words, key=lambda row: -len(row[0])):
        start = text.find(word)
        while start >= 0:
            end = start + len(word)
            whole = language == "zh" or not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
            if whole and not taken[start:end].any():
                taken[start:end] = True
                found.append(((start, end), name))
            start = text.find(word, end)
    return sorted(found)


def _boxes(scene: Scene, drawn: Rendered, thing: str) -> list:
    owners = [group.thing for group in scene.groups for _ in group.placed]
    boxes = [drawn.box(number) for number, owner in enumerate(owners) if owner == thing]
    return [box for box in boxes if box is not None]


def _bare(text: str) -> str:
    return "".join(text.lower().split())
