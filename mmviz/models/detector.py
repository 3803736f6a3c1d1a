"""A detector without anchors: names the things in a picture and says where each is. It reads no text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import PatchAxis, RegionAxis
from mmviz.models import geometry, loading, passes
from mmviz.models.folders import PROCESSOR_FILES, Place
from mmviz.registry import detectors, implements
from mmviz.samples import Image

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint
    from mmviz.models.nets.detector import Dense

DETECTOR = detectors.describe(
    "detector",
    title="Detector",
    paper="Tian et al., 2019, arXiv:1904.01355",
    model_types=("mmviz-detector",),
    public=(),
    targets=(),
)
#: Below which score a box is not given where nobody says otherwise, and pictures a pass.
THRESHOLD, PICTURES = 0.3, 32


@implements(DETECTOR)
def own_classes() -> tuple[type, type]:
    """Give config and model class, which Transformers does not have."""
    from mmviz.models.nets import detector

    return detector.DetectorConfig, detector.DetectorModel


@implements(DETECTOR)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding a detector can give: none, for it aligns nothing."""
    return frozenset()


@implements(DETECTOR)
def files() -> tuple[str, ...]:
    """Name what a folder holds beside config and weights: the image processor."""
    return PROCESSOR_FILES[:1]


@implements(DETECTOR)
def processors(place: Place) -> tuple[None, Any]:
    """Read the image processor; there is no tokenizer."""
    return None, loading.image_processor(place)


@implements(DETECTOR)
def check(checkpoint: "Checkpoint") -> None:
    """See that the parts belong together: pictures of the right size."""
    geometry.prepare(checkpoint, Image(np.zeros((3, 2, 3), np.uint8)))


@implements(DETECTOR)
def detect(checkpoint: "Checkpoint", images: Sequence[Image], threshold: float = THRESHOLD) -> list[RegionAxis]:
    """Find the things in pictures.

    Args:
        checkpoint: leased.
        images: any sizes; each is seen as the image processor crops it.
        threshold: boxes of a lower score are left out; 0 to 1.

    Returns:
        For each picture its boxes, the surest first, with names and scores: the probability of the name times the overlap with the thing
        the model expects of the box. Of boxes that overlap by more than half, whatever their names, the surest stays. There may be none.
    """
    import torch

    found: list[RegionAxis] = []
    for start in range(0, len(images), PICTURES):
        prepared = [geometry.prepare(checkpoint, image) for image in images[start : start + PICTURES]]
        with torch.no_grad():
            told = checkpoint.model(geometry.stack(checkpoint, [pixels for pixels, _ in prepared]))
        found += [laid_back(choose(told, place, threshold), axis, checkpoint.config) for place, (_, axis) in enumerate(prepared)]
    return found


@dataclass(frozen=True)
class Chosen:
    """Boxes chosen in one picture: `boxes` (R, 4), fractions of the square that is seen; `things` and `scores`, (R,)."""

    boxes: "torch.Tensor"
    things: "torch.Tensor"
    scores: "torch.Tensor"


def choose(told: "Dense", place: int, threshold: float) -> Chosen:
    """Choose among what the patches of one picture of a batch say: boxes of enough score that overlap no surer one by more than half."""
    from mmviz.models.nets.detector import keep

    boxes, scores = told.boxes[place].float().clamp(0, 1), told.scores[place]
    kept = keep(boxes, scores, threshold)
    kept = kept[(boxes[kept, 2:] > boxes[kept, :2]).all(1)]
    return Chosen(boxes[kept], told.classes[place, kept].argmax(-1), scores[kept])


def laid_back(chosen: Chosen, axis: PatchAxis, config: Any) -> RegionAxis:
    """Lay boxes of the square a tower sees back on the picture as given; what reaches beyond the picture is cut off.

    Args:
        chosen: boxes.
        axis: the tower's patches on the picture.
        config: of the detector, with the things' names.
    """
    boxes = on_picture(passes.to_numpy(chosen.boxes).astype(np.float64), axis)
    low, high = np.array(axis.seen[:2] * 2), np.array(axis.seen[2:] * 2)
    boxes = np.clip(boxes, low, high)
    stays = (boxes[:, :2] < boxes[:, 2:]).all(1)
    names = [config.id2label[int(thing)] for thing in chosen.things]
    kept = tuple(name for name, stay in zip(names, stays, strict=True) if stay)
    return RegionAxis(boxes[stays], kept, passes.to_numpy(chosen.scores)[stays], "object", axis.seen, axis.size)


def on_picture(boxes: np.ndarray, axis: PatchAxis) -> np.ndarray:
    """Turn boxes (R, 4) from fractions of the square that is seen into fractions of the picture as given."""
    start, end = axis.boxes[0, :2], axis.boxes[-1, 2:]
    return np.tile(start, 2) + boxes * np.tile(end - start, 2)


def in_square(boxes: np.ndarray, axis: PatchAxis) -> np.ndarray:
    """Turn boxes (R, 4) from fractions of the picture as given into fractions of the square that is seen."""
    start, end = axis.boxes[0, :2], axis.boxes[-1, 2:]
    return (boxes - np.tile(start, 2)) / np.tile(end - start, 2)
