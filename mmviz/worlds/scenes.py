"""Drawn scenes with their truth, by seed: what `mmviz draw` writes, what examples and evaluation are made of."""

import random
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mmviz.errors import StorageError
from mmviz.samples import Image
from mmviz.worlds import atlas, edits
from mmviz.worlds.captions import Caption, Mention, Plan, random_list, tell
from mmviz.worlds.lexicon import LANGUAGES, Language
from mmviz.worlds.render import Rendered, render
from mmviz.worlds.spec import Scene, compose, rng_of

VERSION = 1
#: Pixels across and down: four times what the bundled models see, so that people can look at it too.
SIDE = 384
SPLIT = "draw"


def draw(seed: int, index: int = 0, split: str = SPLIT) -> tuple[Image, dict[str, Any]]:
    """Draw one scene.

    Args:
        seed: of a set of scenes.
        index: which scene of the set.
        split: "draw", or another whose scenes never coincide with these.

    Returns:
        The picture, 384 x 384, `source` "drawn"; and its item of truth.json.
    """
    scene, rng = compose_scene(split, seed, index)
    drawn = render(scene, SIDE)
    name = f"scene-{seed}-{index:04d}.png"
    image = Image(drawn.pixels, name, source="drawn", claim=(split, seed, index))
    return image, {"file": name, **_truth(rng, scene, drawn, split)}


def small(seed: int, index: int, side: int) -> Image:
    """Draw a scene of `draw` at another size, for thumbnails and maps of many; it is no file that could prove what it is.

    Args:
        seed, index: as of `draw`.
        side: pixels across and down.
    """
    scene, _ = compose_scene(SPLIT, seed, index)
    return Image(render(scene, side).pixels, f"scene-{seed}-{index:04d}.png")


def told(seed: int, index: int) -> dict[str, str]:
    """Say what a scene of `draw` holds, without drawing it.

    Returns:
        `en` and `zh`, its captions as in truth.json; `concept` and `colour` of its first thing, `background`, and `objects`, how many.
    """
    scene, rng = compose_scene(SPLIT, seed, index)
    plan = random_list(rng, scene, full=True)
    first = scene.groups[0]
    facts = {"concept": first.thing, "colour": first.seen_colour, "background": scene.background}
    objects = sum(len(group.placed) for group in scene.groups)
    return {**{language: tell(scene, plan, language).text for language in LANGUAGES}, **facts, "objects": str(objects)}


def compose_scene(split: str, seed: int, index: int) -> tuple[Scene, random.Random]:
    """Make up the scene of a split, seed and index, and give the stream its captions come from."""
    rng = rng_of(split, seed, index)
    return compose(rng, split), rng


def prove(image: Image) -> Image:
    """Give a picture back as "drawn" when redrawing the scene its file claims to be gives the same pixels."""
    found = _redrawn(image)
    return image if found is None else found[0]


def truth_of(image: Image) -> dict[str, Any] | None:
    """Give the item of truth.json of a drawn scene, or None for any other picture."""
    found = _redrawn(image)
    return None if found is None else found[1]


def phrases_of(truth: dict[str, Any] | None, text: str) -> list[dict[str, Any]]:
    """Find the phrases, with their boxes, of a scene's sentence that says a text word for word; none for any other text."""
    sentences = [] if truth is None else [truth["captions"], *truth["partial"]]
    told = [sentence[language] for sentence in sentences for language in LANGUAGES]
    return next((caption["phrases"] for caption in told if caption["text"] == text), [])


def boxes_in(truth: dict[str, Any] | None, text: str, span: Sequence[int]) -> list[Sequence[float]]:
    """Find the boxes of a stretch of a scene's sentence; none where it is no phrase of it, or the text no such sentence.

    Args:
        truth: an item of truth.json, or None.
        text: the whole text.
        span: start and end in code points.
    """
    return next((phrase["boxes"] for phrase in phrases_of(truth, text) if list(phrase["span"]) == list(span)), [])


def rival_of(truth: dict[str, Any] | None, text: str) -> tuple[str, str] | None:
    """Find the true and the false sentence of a scene, one edit apart, of which a text is one; None for any other text."""
    pairs = [] if truth is None else [pair for language in LANGUAGES for pair in truth["negatives"][language]]
    return next(((pair["of"], pair["text"]) for pair in pairs if text in (pair["of"], pair["text"])), None)


def write(seed: int, count: int, folder: Path, kind: str = "scenes") -> dict[str, Any]:
    """Write scenes as PNG files and their truth as truth.json.

    Args:
        seed: the same seed writes the same bytes.
        count: how many.
        folder: there already; files of the same names are replaced.
        kind: "scenes".

    Returns:
        `files`, paths of the pictures, and `truth`, path of truth.json.

    Raises:
        StorageError: something could not be written, such as a full disk.
    """
    import json

    items, files = [], []
    try:
        for index in range(count):
            image, item = draw(seed, index)
            path = folder / item["file"]
            _write_png(image, path)
            files.append(str(path))
            items.append(item)
        truth = {"version": VERSION, "kind": kind, "split": SPLIT, "seed": seed, "items": items}
        (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False), "utf-8")
    except OSError as error:
        done = f"{len(files)} of {count} were written"
        raise StorageError(f"{folder} cannot take more files ({error.strerror}); {done}. Make room or name another.") from error
    return {"files": files, "truth": str(folder / "truth.json")}


def write_one(seed: int, index: int, folder: Path) -> str:
    """Write the PNG file of one scene, unless it is there; gives its path.

    Raises:
        StorageError: it could not be written.
    """
    path = folder / f"scene-{seed}-{index:04d}.png"
    try:
        if not path.is_file():
            scene, _ = compose_scene(SPLIT, seed, index)
            _write_png(Image(render(scene, SIDE).pixels, path.name, source="drawn", claim=(SPLIT, seed, index)), path)
    except OSError as error:
        raise StorageError(f"{folder} cannot take more files ({error.strerror}); make room or name another.") from error
    return str(path)


def _redrawn(image: Image) -> tuple[Image, dict[str, Any]] | None:
    if image.claim is None or (image.width, image.height) != (SIDE, SIDE):
        return None
    split, seed, index = image.claim
    drawn, item = draw(seed, index, split)
    return (drawn, item) if (drawn.pixels == image.pixels).all() else None


def _write_png(image: Image, path: Path) -> None:
    """Write the pixels, and in the text field "mmviz" what scene they are; no reader finds half a file, whoever writes it too."""
    import PIL.Image
    from PIL.PngImagePlugin import PngInfo

    split, seed, index = image.claim
    claim = PngInfo()
    claim.add_text("mmviz", f"scenes v{VERSION} {split} {seed} {index}")
    beside = path.with_name(f".{path.name}.{threading.get_ident()}")
    PIL.Image.fromarray(image.pixels).save(beside, format="PNG", pnginfo=claim)
    beside.replace(path)


def _truth(rng: random.Random, scene: Scene, drawn: Rendered, split: str) -> dict[str, Any]:
    plan = random_list(rng, scene, full=True)
    captions = {language: _told(tell(scene, plan, language), drawn) for language in LANGUAGES}
    partial = [
        {"kind": kind, **{language: _told(tell(scene, said, language), drawn) for language in LANGUAGES}}
        for kind, said in partial_plans(rng, scene)
    ]
    found = edits.negatives(rng, scene, split)
    wrong = {language: [_negative(language, *entry) for entry in found] for language in LANGUAGES}
    return {"background": scene.background, "captions": captions, "partial": partial, "negatives": wrong}


def _negative(language: Language, kind: str, true: dict[str, str], false: dict[str, str]) -> dict[str, str]:
    return {"kind": kind, "text": false[language], "of": true[language]}


def partial_plans(rng: random.Random, scene: Scene) -> Iterator[tuple[str, Plan]]:
    """Plan sentences about less than the whole scene: a part of a thing, a relation, a thing that is not there."""
    yield "part_of", part_plan(rng, scene)
    for kind in ("relation", "negation"):
        plan = edits.plan_for(rng, kind, scene)
        if plan is not None:
            yield kind, plan


def part_plan(rng: random.Random, scene: Scene) -> Plan:
    """Plan "the wheels of the red car" for a random group and a part of it that can be seen."""
    group = rng.randrange(len(scene.groups))
    part = rng.choice(atlas.load().things[scene.groups[group].thing].parts)
    twins = sum(g.thing == scene.groups[group].thing for g in scene.groups) > 1
    mention = Mention(group, "the", colour=twins or rng.random() < 0.4, wording=int(rng.random() < 0.35))
    return Plan("part_of", (mention,), part=part.name)


def _told(caption: Caption, drawn: Rendered) -> dict[str, Any]:
    return {"text": caption.text, "phrases": [_phrase(phrase, drawn) for phrase in caption.phrases]}


def _phrase(phrase, drawn: Rendered) -> dict[str, Any]:
    boxes = [drawn.box(index, phrase.part) for index in phrase.objects]
    seen = [[round(float(v), 4) for v in box] for box in boxes if box is not None]
    return {"span": list(phrase.span), "boxes": seen, "part": phrase.part > 0}
