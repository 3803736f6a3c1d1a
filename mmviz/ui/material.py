"""What a map on the page is made of: texts and pictures of drawn scenes, of a visitor's own, or vectors that were given."""

import base64
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from mmviz import pipeline
from mmviz.axes import ItemAxis
from mmviz.errors import MediaError, Stopped
from mmviz.results import Embeds
from mmviz.samples import Image
from mmviz.ui import examples
from mmviz.ui.work import Cancelled, Progress
from mmviz.worlds import scenes

#: The drawn scenes of the examples: of which seed, how many, and across how many pixels models are shown them.
SEED, COUNT, SIDE = 7, 1000, 128
#: Pixels of a thumbnail's side, how many stand side by side, and how many pictures have one.
THUMB, ACROSS, MOST_THUMBS = 44, 32, 2000
#: Materials of examples that are kept for all visitors.
KEPT = 6


@dataclass(frozen=True)
class Material:
    """Vectors to map, and what they are of.

    Attributes:
        parts: vectors of each modality.
        pairs: shape (P, 2), indices of items of all modalities in order that belong together.
        model: which gave the vectors; "" for given ones.
        texts: of the text items, whole; empty for given vectors.
        path_of: gives the file of a picture by its place among what was given, or None for given vectors.
        tags: name -> a value an item, of all modalities in order.
        left_out: what is not shown, each reason with its number.
        sheet: thumbnails side by side as a data URL, those of picture items in their order, or "".
    """

    parts: tuple[Embeds, ...]
    pairs: np.ndarray
    model: str = ""
    texts: tuple[str, ...] = ()
    path_of: Callable[[int], str] | None = None
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    sheet: str = ""


_made: OrderedDict[tuple[str, bool], Material] = OrderedDict()
_making = threading.Lock()


def drawn(model: str, device: str, joint: bool, progress: Progress, cancelled: Cancelled) -> Material:
    """Give 1,000 drawn scenes with their captions in both languages, under a model.

    Args:
        model, device: as of `pipeline.embedded`.
        joint: pairs read together too, English captions with their scenes.
        progress, cancelled: as of `pipeline.embedded`.

    Returns:
        2,000 texts, the English ones first, and 1,000 pictures; the same for all visitors.
    """
    while not _making.acquire(timeout=0.2):  # made once, whoever asks first
        if cancelled():
            raise Stopped("Stopped while another visitor's map was made, as was asked.")
    try:
        if (model, joint) not in _made:
            _made[model, joint] = _drawn(model, device, joint, progress, cancelled)
            while len(_made) > KEPT:
                _made.popitem(last=False)
        return _made[model, joint]
    finally:
        _making.release()


def _drawn(model: str, device: str, joint: bool, progress: Progress, cancelled: Cancelled) -> Material:
    pictures, told = _Scenes(), _told()
    texts = [text for language in ("en", "zh") for text in told[language]]
    together = [(i, i) for i in range(COUNT)] if joint else []
    names = [f"scene {SEED}-{index} at {SIDE} pixels" for index in range(COUNT)]
    watched = {"progress": progress, "cancelled": cancelled}
    parts, _ = pipeline.embedded(texts, pictures, model, device, names=names, joint=together, store=True, **watched)
    files = ItemAxis(tuple(f"scene-{SEED}-{index:04d}.png" for index in range(COUNT)), tuple(range(COUNT)))
    parts[1] = replace(parts[1], items=files)
    belongs = [*range(COUNT), *range(COUNT)]
    tags = {name: values * (3 + joint) for name, values in told["tags"].items()}
    tags["language"] = ("en",) * COUNT + ("zh",) * COUNT + ("",) * COUNT * (1 + joint)
    sheet = _sheet_of_scenes()
    return Material(tuple(parts), pipeline.pairs_by(parts, belongs), model, tuple(texts), _file, tags, {}, sheet)


def own(captions: str, pictures: Sequence[str], model: str, device: str, progress: Progress, cancelled: Cancelled) -> Material:
    """Give a visitor's pictures with their captions, under a model.

    Args:
        captions: path of the table.
        pictures: paths of uploads, which the table names by their last part.
        model, device, progress, cancelled: as of `pipeline.embedded`.

    Raises:
        MediaError: the table names none of the pictures, or nothing of it can be used.
    """
    rows = pipeline.read_captions(captions)
    place = {Path(path).name: i for i, path in enumerate(pictures)}
    belongs = [place.get(Path(row.file).name, -1) for row in rows]
    if max(belongs, default=-1) < 0:
        raise MediaError(f"The captions name {Path(rows[0].file).name}, which is not among the pictures; add those they name.")
    used = [i for i, belong in enumerate(belongs) if belong >= 0]
    texts, belongs = [rows[i].text for i in used], [belongs[i] for i in used]
    watched = {"progress": progress, "cancelled": cancelled}
    parts, skipped = pipeline.embedded(texts, list(pictures), model, device, **watched)
    kept, shown = parts[0].items.places, parts[1].items.places
    of_picture = {belongs[place]: rows[used[place]].tags for place in reversed(kept)}
    names = list(dict.fromkeys(name for i in used for name in rows[i].tags))[:6]
    said = [rows[used[place]].tags for place in kept] + [of_picture.get(place, {}) for place in shown]
    tags = {name: tuple(tag.get(name, "") for tag in said) for name in names}
    left_out = {"skipped": len(skipped), "unnamed": len(rows) - len(used)}
    pairs, paths = pipeline.pairs_by(parts, belongs), list(pictures)
    sheet = _sheet(len(shown), lambda row: pipeline.read_image(paths[shown[row]]), cancelled)
    return Material(tuple(parts), pairs, model, parts[0].items.names, paths.__getitem__, tags, left_out, sheet)


def given(paths: Sequence[str], seed: int) -> Material:
    """Give vectors out of one or two files.

    Raises:
        MediaError: a file cannot be used, or there are more than two.
    """
    if len(paths) > 2:
        raise MediaError(f"{len(paths)} files are more than the two modalities a map has; give one or two.")
    parts, left_out = pipeline.read_vectors(paths, seed)
    return Material(tuple(parts), pipeline.pairs_of(parts), left_out=left_out)


class _Scenes(Sequence):
    """The scenes of the examples, each drawn when it is asked for."""

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> Image:
        return scenes.small(SEED, index, SIDE)


@lru_cache(maxsize=1)
def _told() -> dict[str, tuple | dict]:
    """Give the captions of the scenes in both languages, and what is known of each."""
    told = [scenes.told(SEED, index) for index in range(COUNT)]
    tags = {name: tuple(one[name] for one in told) for name in ("concept", "colour", "background", "objects")}
    return {"en": tuple(one["en"] for one in told), "zh": tuple(one["zh"] for one in told), "tags": tags}


def _file(index: int) -> str:
    return scenes.write_one(SEED, index, examples.folder())


@lru_cache(maxsize=1)
def _sheet_of_scenes() -> str:
    return _sheet(COUNT, lambda index: scenes.small(SEED, index, THUMB), lambda: False)


def _sheet(count: int, picture_of: Callable[[int], Image], cancelled: Cancelled) -> str:
    """Make pictures small, square, and lay them side by side, as a data URL; none where there are too many."""
    import PIL.Image
    import PIL.ImageOps

    if not 0 < count <= MOST_THUMBS:
        return ""
    sheet = PIL.Image.new("RGB", (ACROSS * THUMB, -(-count // ACROSS) * THUMB), "white")
    for row in range(count):
        if cancelled():
            raise Stopped("Stopped while pictures were made small, as was asked.")
        small = PIL.ImageOps.pad(PIL.Image.fromarray(picture_of(row).pixels), (THUMB, THUMB), color="white")
        sheet.paste(small, (row % ACROSS * THUMB, row // ACROSS * THUMB))
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=78)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
