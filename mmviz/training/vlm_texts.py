"""What vlm-mini reads and learns to say: a drawn scene with questions, answers and captions, all of one picture in one row.

The texts of a row do not see each other: each stands behind the picture as if it were alone, so the picture is read once for all of them.
"""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mmviz.training import backbone, matching
from mmviz.training.patches import GRID, picture, vocabulary
from mmviz.worlds import questions, scenes
from mmviz.worlds.captions import Caption, random_list, tell
from mmviz.worlds.render import Rendered
from mmviz.worlds.spec import Scene, rng_of

IMAGE = "<image>"
PATCHES = GRID * GRID
#: What the loss calls a token nobody has to say.
SILENT = -100
#: More objects than this are told apart no further.
MANY = 5


@dataclass(frozen=True)
class Said:
    """One text behind the picture.

    Attributes:
        text: all of it; a question and its answer in one.
        start: from which character on it is to be said.
        kind: of question, or "statement".
        objects: numbers of the objects an answer is about.
        caption: with phrases, where the text, or what follows `start`, is one.
    """

    text: str
    start: int
    kind: str
    objects: tuple[int, ...] = ()
    caption: Caption | None = None


class Batches(torch.utils.data.IterableDataset):
    """Endless batches of `many` scenes; `part` tells runs and processes apart."""

    def __init__(self, many: int, chinese: float, part: tuple[int, ...], tokenizer: Any):
        self.many, self.chinese, self.part, self.tokenizer = many, chinese, part, tokenizer

    def __iter__(self):
        rng = rng_of("train", 7, *self.part)
        while True:
            told = [scene_with_texts(rng, self.chinese) for _ in range(self.many)]
            drawn = [picture(scene, rng) for scene, _ in told]
            yield collate(told, drawn, self.tokenizer)


def scene_with_texts(rng: random.Random, chinese: float) -> tuple[Scene, list[Said]]:
    """Make up a scene with two statements, a caption, and a question of every kind that has a clear answer."""
    scene = questions.scene_for(rng, "count" if rng.random() < 0.4 else "colour", "train")
    pick = lambda: "zh" if rng.random() < chinese else "en"  # noqa: E731
    plans = [random_list(rng, scene, full=rng.random() < 0.6), rng.choice([p for _, p in scenes.partial_plans(rng, scene)])]
    said = [Said(c.text, 0, "statement", caption=c) for c in (tell(scene, plan, pick()) for plan in plans)]
    asked = ("caption", "colour", "colour", "thing", "count", "count", "where", "where")
    found = [questions.ask(rng, scene, kind, pick()) for kind in asked]
    return scene, said + [answered(q) for q in found if q is not None]


def answered(question: questions.Question) -> Said:
    """Write a question and its answer as one text."""
    before = question.text + (" " if question.language == "en" else "")
    return Said(before + question.answer, len(before), question.kind, question.objects, question.caption)


def collate(told: list[tuple[Scene, list[Said]]], drawn: list[Rendered], tokenizer: Any) -> dict[str, torch.Tensor]:
    """Write the texts of every scene behind its picture.

    Returns:
        Beside the labels of `backbone.labelled`, for rows of S positions: `input_ids`, `places` (position as if a text stood alone)
        and `texts` (number of the text, 0 for the picture, -1 for padding), each (B, S); `labels` (B, S), the token to be said next
        or SILENT; `short` (B, S), bool, whether that is an answer and no caption; `named` (B, S), number of the thing the next token
        speaks of, 0 for none; `many` (B, S), how many objects it speaks of, at most `MANY`; `regions` (B, S, 144), float32, the
        patches that show what the next token speaks of. And `centres` (B, 144), float32: 1 at the patch in the middle of an object.
    """
    rows = [_row(scene, said, shown, tokenizer) for (scene, said), shown in zip(told, drawn, strict=True)]
    longest = max(len(row["input_ids"]) for row in rows)
    fills = {
        "input_ids": tokenizer.pad_token_id,
        "places": 0,
        "texts": -1,
        "labels": SILENT,
        "short": False,
        "named": 0,
        "many": 0,
        "regions": 0,
    }
    made = backbone.labelled([scene for scene, _ in told], drawn)
    made["centres"] = torch.from_numpy(np.stack([_centres(scene, shown) for (scene, _), shown in zip(told, drawn, strict=True)]))
    for name, fill in fills.items():
        arrays = [
            np.pad(row[name], [(0, longest - len(row[name]))] + [(0, 0)] * (row[name].ndim - 1), constant_values=fill)
            for row in rows
        ]
        made[name] = torch.from_numpy(np.stack(arrays))
    return made


def _row(scene: Scene, said: list[Said], drawn: Rendered, tokenizer: Any) -> dict[str, np.ndarray]:
    """Write one scene's row: 144 places of the picture, then every text between its own beginning and end."""
    image = np.full(PATCHES, tokenizer.convert_tokens_to_ids(IMAGE))
    none = np.zeros(PATCHES, np.int64)
    parts = [
        {"input_ids": image, "places": np.arange(PATCHES), "texts": none, "labels": np.full(PATCHES, SILENT), "short": none > 0}
        | {"named": none, "many": none, "regions": np.zeros((PATCHES, PATCHES), np.float32)}
    ]
    for number, text in enumerate(said):
        parts.append(_text(scene, text, drawn, tokenizer) | {"texts": None})
        parts[-1]["texts"] = np.full(len(parts[-1]["input_ids"]), number + 1)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _text(scene: Scene, said: Said, drawn: Rendered, tokenizer: Any) -> dict[str, np.ndarray]:
    """Write one text; what is said of a token stands at the position before it, which has to say it."""
    read = tokenizer(said.text, return_offsets_mapping=True)
    ids, spans = np.array(read["input_ids"]), np.array(read["offset_mapping"])  # the beginning and the end among them
    own = np.arange(len(ids)) > 0
    spoken = own & ((spans[:, 0] >= said.start) | (np.arange(len(ids)) == len(ids) - 1))
    numbers, things = vocabulary()[0], [group.thing for group in scene.groups for _ in group.placed]
    regions, (named, many) = np.zeros((len(ids), PATCHES), np.float32), np.zeros((2, len(ids)), np.int64)
    word = spoken & (spans[:, 1] > spans[:, 0])
    if said.caption is not None:
        shifted = np.where(word[:, None], spans - said.start, -1)
        regions = matching.regions(said.caption, drawn, shifted)
        for phrase in sorted(said.caption.phrases, key=lambda p: p.span[0] - p.span[1]):
            if phrase.objects:
                inside = (shifted[:, 0] < phrase.span[1]) & (shifted[:, 1] > phrase.span[0])
                named[inside], many[inside] = numbers[things[phrase.objects[0]]], min(MANY, len(phrase.objects))
    elif said.objects:
        regions[word] = matching.region(drawn, said.objects, 0)
        named[word] = numbers[things[said.objects[0]]] if said.kind == "thing" else 0
        many[word] = min(MANY, len(said.objects))
    following = {"labels": np.where(spoken, ids, SILENT), "named": named, "many": many, "regions": regions}
    moved = {
        name: np.concatenate([values[1:], np.full_like(values[:1], SILENT if name == "labels" else 0)])
        for name, values in following.items()
    }
    short = np.full(len(ids), said.caption is None)
    return {"input_ids": ids, "places": PATCHES + np.arange(len(ids)), "short": short, **moved}


def _centres(scene: Scene, drawn: Rendered) -> np.ndarray:
    """Mark the patch in the middle of every object that is seen, (144,), float32."""
    marked = np.zeros((GRID, GRID), np.float32)
    for index in range(sum(len(group.placed) for group in scene.groups)):
        if box := drawn.box(index):
            x0, y0, x1, y1 = box
            marked[min(GRID - 1, int((y0 + y1) / 2 * GRID)), min(GRID - 1, int((x0 + x1) / 2 * GRID))] = 1
    return marked.ravel()


def new_words() -> list[str]:
    """List what the tokenizer needs beside the words of captions."""
    return [*questions.words(), IMAGE]
