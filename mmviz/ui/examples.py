"""The examples of the page: drawn scenes by seed, with a sentence of each."""

import atexit
import base64
import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmviz import pipeline
from mmviz.samples import Image
from mmviz.ui import menus, words
from mmviz.worlds import scenes

THUMBNAIL = 132


@dataclass(frozen=True)
class Recipe:
    """How an example is found in a drawn scene.

    Attributes:
        seed: of the scene.
        language: of the sentence.
        kind: "caption", a kind of partial caption ("part_of", ...), or a kind of minimal edit ("relation", "negation", ...),
            whose false sentence is taken.
        model: which bundled model runs it.
    """

    seed: int
    language: words.Language
    kind: str = "caption"
    model: str = pipeline.DEFAULT_MODEL


@dataclass(frozen=True)
class Example:
    """A picture file, a sentence, and the model that runs it; `is_false` where the sentence is not true of the picture."""

    path: str
    text: str
    model: str
    is_false: bool
    thumbnail: str


PLAIN, FUSED, STREAM = "clip-plain-mini", "blip-mini", "vilt-mini"
RECIPES = (
    Recipe(36, "en"),
    Recipe(11, "zh"),
    Recipe(23, "en", "part_of"),
    Recipe(7, "zh"),
    Recipe(28, "en"),
    Recipe(14, "zh", "part_of"),
    Recipe(44, "en", "relation", PLAIN),
    Recipe(34, "en", "negation", PLAIN),
    Recipe(75, "zh", "part"),
    Recipe(160, "en", "colour_swap"),
    Recipe(114, "en", "count"),
    Recipe(99, "zh", "size"),
    Recipe(93, "zh", "noun"),
    Recipe(224, "en", "colour"),
    Recipe(28, "zh", model=FUSED),
    Recipe(7, "en", model=STREAM),
)


@lru_cache(maxsize=1)
def examples() -> tuple[Example, ...]:
    """Draw all examples, once; their files carry what scene they are, so that the page can prove it."""
    return tuple(_example(recipe, folder()) for recipe in RECIPES)


@lru_cache(maxsize=1)
def folder() -> Path:
    """Make the folder for the files of examples; it goes with the process."""
    made = Path(tempfile.mkdtemp(prefix="mmviz-examples-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def payload(language: str) -> dict[str, Any]:
    """Write what the row of examples shows."""
    there = [info.name for info in pipeline.models() if info.ready]
    items = [
        {
            "text": e.text,
            "picture": e.thumbnail,
            "mark": words.say("said_false", language) if e.is_false else "",
            "model": menus.known_model(e.model).title if e.model in there and e.model != pipeline.DEFAULT_MODEL else "",
        }
        for e in examples()
    ]
    texts = {"title": "examples", "hint": "examples_hint", "untrue": "examples_untrue"}
    return {"items": items} | {name: words.say(text, language) for name, text in texts.items()}


def _example(recipe: Recipe, folder: Path) -> Example:
    file, truth, thumbnail = _drawn(recipe.seed, folder)
    text, is_false = _sentence(recipe, truth)
    return Example(file, text, recipe.model, is_false, thumbnail)


@lru_cache(maxsize=len(RECIPES))
def _drawn(seed: int, folder: Path) -> tuple[str, dict[str, Any], str]:
    """Draw a scene once for all its examples: its file, its item of truth.json, its thumbnail."""
    path = folder / f"{seed}"
    path.mkdir(exist_ok=True)
    written = scenes.write(seed, 1, path)
    truth = json.loads(Path(written["truth"]).read_text("utf-8"))["items"][0]
    return written["files"][0], truth, _thumbnail(pipeline.read_image(written["files"][0]))


def _sentence(recipe: Recipe, truth: dict[str, Any]) -> tuple[str, bool]:
    """Find the recipe's sentence in a scene's truth; the full caption where the scene offers no such sentence."""
    partial = [sentence[recipe.language]["text"] for sentence in truth["partial"] if sentence["kind"] == recipe.kind]
    false = [pair["text"] for pair in truth["negatives"][recipe.language] if pair["kind"] == recipe.kind]
    if recipe.kind == "part_of" and partial:
        return partial[0], False
    if recipe.kind != "caption" and false:
        return false[0], True
    return truth["captions"][recipe.language]["text"], False


def _thumbnail(image: Image) -> str:
    import PIL.Image

    picture = PIL.Image.fromarray(image.pixels)
    picture.thumbnail((THUMBNAIL, THUMBNAIL))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
