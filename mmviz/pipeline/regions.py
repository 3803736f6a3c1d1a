"""Regions: which units of a text look into a box of the picture, and what hiding the box does to the scores."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mmviz.axes import PictureAxis, RegionAxis
from mmviz.errors import MethodError, ModelError
from mmviz.pipeline.doors import family_of, read_image, read_text
from mmviz.pipeline.judging import REMOVED, Case, check_box
from mmviz.results import Alignment
from mmviz.samples import Text
from mmviz.trust.evidence import weights
from mmviz.whys import Region

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint
    from mmviz.pipeline.doors import Picture

Box = Sequence[float]
#: A patch is hidden with a box that covers at least this share of it.
COVERED = 0.5


def looks(alignment: Alignment, box: Box) -> Region:
    """Say which units look into a box: the share of each map inside it, beside the box's share of what the model sees.

    Args:
        alignment: maps of Q units.
        box: x0, y0, x1, y1 as fractions of the picture, from the upper left corner.

    Returns:
        Shares of the weight of each map, a patch that lies there in part counting in part; what is negative counts nothing.

    Raises:
        MethodError: it is no box, or none of it is seen by the model.
    """
    places = check_box(box)
    inside = covered(alignment.key, places)  # (K,)
    found = weights(alignment)
    whole = found.sum(1)
    shares = np.divide(found @ inside, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return Region(alignment.query, places, _area(alignment.key, inside), shares)


def hidden(
    alignment: Alignment,
    box: Box,
    text: str | Text,
    image: "Picture",
    *,
    fill: str = "mean",
    device: str = "auto",
) -> Region:
    """Hide a box of the picture and see how the score of the pair and of each unit changes.

    Args:
        alignment: what `align` gave for the same text and picture.
        box: as of `looks`; the patches of which it covers at least half are hidden, or else the one it covers most.
        text, image: that pair.
        fill: "mean", "blur", "background" or "black"; regions are left out, and it says nothing of them.
        device: as of `align`.

    Returns:
        The same as `looks`, with the changes; units that have no score of their own have none.

    Raises:
        MethodError: as of `looks`, or the model does not score pictures with patches hidden.
        ModelError: the model cannot be run, or is no longer the one that made the alignment.
    """
    from mmviz.models import checkpoints

    found, needed = looks(alignment, box), frozenset({"score_masked"})
    inside = covered(alignment.key, found.box)
    fill = REMOVED if isinstance(alignment.key, RegionAxis) else fill
    gone = inside >= min(COVERED, inside.max())
    kept = np.stack([np.ones_like(gone), ~gone])  # (2, K)
    case = Case(alignment, len(alignment.query) - 1, read_text(text), read_image(image), device, store=False)

    def work(checkpoint: "Checkpoint") -> np.ndarray:
        if not needed <= checkpoint.family.functions["offers"](checkpoint.config):
            raise MethodError(f"{alignment.model} does not score pictures with patches hidden; choose another model.")
        encoding = case.encode(checkpoint, needed)
        units = [None] if alignment.target == "pair" else [None, *range(len(alignment.query))]
        return np.array([encoding.score_masked(unit, kept, fill) for unit in units])  # (1 + Q, 2)

    scores = checkpoints.run(alignment.model, device, work)
    changes = scores[:, 1] - scores[:, 0]
    own = changes[1:] if len(changes) > 1 else None
    return replace(found, hidden=int(gone.sum()), change=float(changes[0]), changes=own, fill=fill)


def corrects(model: str) -> bool:
    """Tell whether a model can read a region where a visitor says that there is one."""
    return "score_regions" in family_of(model).functions


def corrected(
    alignment: Alignment, box: Box, text: str | Text, image: "Picture", *, moves: bool = False, device: str = "auto"
) -> Region:
    """Say where the detector missed a thing, or put its box right, and see how the score of the pair changes.

    Args:
        alignment: what `align` gave for the same text and picture.
        box: as of `looks`; only what the model sees of it counts.
        text, image: that pair.
        moves: the region that overlaps the box most, or whose middle is nearest, is moved there; False: the box is one more region.
        device: as of `align`.

    Returns:
        The box, with the change of the pair's score.

    Raises:
        MethodError: the box is none, or lies where the model sees nothing; the model reads no regions of a detector.
        ModelError: the model cannot be run, or is no longer the one that made the alignment.
    """
    from mmviz.models import checkpoints

    key, places = alignment.key, check_box(box)
    if not (isinstance(key, RegionAxis) and corrects(alignment.model)):
        raise MethodError(
            f"{alignment.model} reads no regions that could be set by hand; choose a model that reads those of a detector."
        )
    seen = _seen_of(key, places)
    sets = [key, _moved(key, seen) if moves else _added(key, seen)]
    parsed, picture = read_text(text), read_image(image)

    def work(checkpoint: "Checkpoint") -> np.ndarray:
        if checkpoint.id != alignment.checkpoint:
            raise ModelError(f"{alignment.model} has changed since this answer; ask again.")
        return checkpoint.family.functions["score_regions"](checkpoint, parsed, picture, sets)

    scores = checkpoints.run(alignment.model, device, work)
    nothing = np.full(len(alignment.query), np.nan)
    change = float(scores[1] - scores[0])
    return Region(alignment.query, places, _size(seen) / _size(key.seen), nothing, 1, change, None, "moved" if moves else "added")


def _seen_of(key: RegionAxis, box: Box) -> tuple[float, ...]:
    """Cut a box to the part of the picture that the model sees."""
    low, high = np.maximum(box[:2], key.seen[:2]), np.minimum(box[2:], key.seen[2:])
    if (low >= high).any():
        raise MethodError("The box lies where the model sees nothing, for that part of the picture is cropped away; move it.")
    return (*low.tolist(), *high.tolist())


def _added(key: RegionAxis, box: Box) -> RegionAxis:
    scores = np.append(key.scores, key.scores.dtype.type(1))
    return replace(key, boxes=np.vstack([key.boxes, box]), names=(*key.names, ""), scores=scores)


def _moved(key: RegionAxis, box: Box) -> RegionAxis:
    """Move the region that overlaps a box most there; where none does, the one whose middle is nearest."""
    low, high = np.maximum(key.boxes[:, :2], box[:2]), np.minimum(key.boxes[:, 2:], box[2:])
    common = np.clip(high - low, 0, None).prod(1)
    both = (key.boxes[:, 2:] - key.boxes[:, :2]).prod(1) + _size(box) - common
    away = np.linalg.norm(key.boxes[:, :2] + key.boxes[:, 2:] - np.add(box[:2], box[2:]), axis=1)
    chosen = int((common / both).argmax() if common.any() else away.argmin())
    boxes = key.boxes.copy()
    boxes[chosen] = box
    return replace(key, boxes=boxes)


def _size(box: Box) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def covered(key: PictureAxis, box: Box) -> np.ndarray:
    """Give the share of each patch that lies in a box, shape (K,), 0 to 1.

    Raises:
        MethodError: no patch or region does; the model sees nothing there.
    """
    x0, y0, x1, y1 = key.boxes.T
    wide = np.minimum(x1, box[2]) - np.maximum(x0, box[0])
    high = np.minimum(y1, box[3]) - np.maximum(y0, box[1])
    found = np.clip(wide, 0, None) * np.clip(high, 0, None) / ((x1 - x0) * (y1 - y0))
    if not found.any() and isinstance(key, RegionAxis):
        raise MethodError(f"No {key.kind} lies in the box, and the model reads nothing else of the picture; move it.")
    if not found.any():
        raise MethodError("The box lies where the model sees nothing, for that part of the picture is cropped away; move it.")
    return found


def _area(key: PictureAxis, inside: np.ndarray) -> float:
    """Give the share of what the model sees that lies in the box."""
    sizes = (key.boxes[:, 2] - key.boxes[:, 0]) * (key.boxes[:, 3] - key.boxes[:, 1])
    return float(sizes @ inside / sizes.sum())
