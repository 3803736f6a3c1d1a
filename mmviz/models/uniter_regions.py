"""Where UNITER's regions come from: its own detector, or a file of features beside the checkpoint."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from mmviz.axes import RegionAxis
from mmviz.errors import ModelError
from mmviz.models import detector, geometry
from mmviz.samples import Image

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint

#: Folder of feature files beside a checkpoint's weights, and pictures a pass.
FOLDER, PICTURES = "regions", 32
#: What a smaller side of a box is taken for, as a fraction of the picture.
LEAST = 1e-4


@dataclass(frozen=True)
class Regions:
    """Regions of one picture.

    Attributes:
        axis: the R regions on the picture as given.
        features: shape (R, F), what each looks like.
        places: shape (R, 7), x0, y0, x1, y1, width, height and area, as fractions of what the model sees.
    """

    axis: RegionAxis
    features: "torch.Tensor"
    places: "torch.Tensor"

    def __len__(self) -> int:
        return len(self.axis)


def detector_of(checkpoint: "Checkpoint") -> "Checkpoint":
    """Give the detector inside a UNITER as a checkpoint of its own.

    Raises:
        ModelError: it has none.
    """
    model = checkpoint.model.detector
    if model is None:
        raise ModelError(f"{checkpoint.name} has no detector, its regions come from files; use another model for this.")
    return replace(checkpoint, model=model, config=model.config)


def find(checkpoint: "Checkpoint", images: Sequence[Image]) -> list[Regions]:
    """Find the regions of pictures; there may be none in some.

    Args:
        checkpoint: leased.
        images: any sizes.

    Raises:
        ModelError: a checkpoint without a detector has no file of a picture, or one that does not fit.
    """
    if checkpoint.model.detector is None:
        return [read(checkpoint, image) for image in images]
    found: list[Regions] = []
    for start in range(0, len(images), PICTURES):
        found += _detected(checkpoint, images[start : start + PICTURES])
    return found


def at(checkpoint: "Checkpoint", image: Image, axis: RegionAxis) -> Regions:
    """Read the features of boxes that are given, by hand or by a drawing, on a picture.

    Args:
        checkpoint: leased, with a detector.
        image: the picture.
        axis: R boxes on the picture as given; what lies beyond the part that is seen has no features.

    Returns:
        Regions at these boxes.
    """
    import torch

    own = detector_of(checkpoint)
    pixels, patches = geometry.prepare(own, image)
    with torch.no_grad():
        states = own.model.see(geometry.stack(own, [pixels]))[0]
    return _pooled(checkpoint, states, axis, detector.in_square(axis.boxes, patches))


def _detected(checkpoint: "Checkpoint", images: Sequence[Image]) -> list[Regions]:
    import torch

    own, found = detector_of(checkpoint), []
    prepared = [geometry.prepare(own, image) for image in images]
    with torch.no_grad():
        told = own.model(geometry.stack(own, [pixels for pixels, _ in prepared]))
    for place, (_, patches) in enumerate(prepared):
        chosen = detector.choose(told, place, checkpoint.config.threshold)
        axis = detector.laid_back(chosen, patches, own.config)
        order = surest(axis.scores, checkpoint.config.max_regions)
        names = tuple(axis.names[place] for place in order)
        axis = replace(axis, boxes=axis.boxes[order], names=names, scores=axis.scores[order])
        found.append(_pooled(checkpoint, told.states[place], axis, detector.in_square(axis.boxes, patches)))
    return found


def surest(scores: np.ndarray, most: int) -> np.ndarray:
    """Give the places of the `most` surest of some regions, in their order."""
    return np.sort(np.argsort(-scores, kind="stable")[:most])


def _pooled(checkpoint: "Checkpoint", states: "torch.Tensor", axis: RegionAxis, boxes: np.ndarray) -> Regions:
    """Average a detector's states (K, F) over boxes, fractions of the square it sees."""
    import torch

    square = torch.from_numpy(boxes).to(states)
    with torch.no_grad():
        features = checkpoint.model.detector.pool(states, square)
    return Regions(axis, features, placed(square))


def placed(boxes: "torch.Tensor") -> "torch.Tensor":
    """Write boxes (..., 4) as UNITER reads them: x0, y0, x1, y1, width, height, area, (..., 7)."""
    import torch

    sizes = boxes[..., 2:] - boxes[..., :2]
    return torch.cat([boxes, sizes, sizes[..., :1] * sizes[..., 1:]], dim=-1)


def file_of(folder: Path, image: Image) -> Path:
    """Name the file of a picture's regions: `regions/NAME.npz` beside the weights, NAME that of the picture without its ending."""
    return folder / FOLDER / f"{Path(image.name).stem}.npz"


def read(checkpoint: "Checkpoint", image: Image) -> Regions:
    """Read the regions of a picture from its file (`file_of`).

    Two layouts of bottom-up attention are read: `features` and `norm_bb` (x0, y0, x1, y1, width, height as fractions; UNITER's own), or `x` and
    `bbox` (pixels of a picture of `image_w` by `image_h`). `conf`, where it is there, are the scores. The file may hold no pickle.

    Raises:
        ModelError: there is no such file, it is damaged, or its features are of another width.
    """
    import torch

    path = file_of(Path(checkpoint.config.name_or_path), image)
    if not path.is_file():
        raise ModelError(
            f"{checkpoint.name} reads regions from files and has none of {image.name}; write {FOLDER}/{path.name} into its folder."
        )
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            features, boxes, scores = _layout(file)
    except (OSError, ValueError, LookupError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise ModelError(
            f"{FOLDER}/{path.name} of {checkpoint.name} is no file of regions ({error}); extract it again."
        ) from error
    if features.shape[1] != checkpoint.config.region_dim:
        widths = f"{features.shape[1]} numbers a region, the model reads {checkpoint.config.region_dim}"
        raise ModelError(f"{FOLDER}/{path.name} of {checkpoint.name} has {widths}; extract it by the model's own detector.")
    size = (image.width, image.height)
    order = surest(scores, checkpoint.config.max_regions)
    axis = RegionAxis(boxes[order], ("",) * len(order), scores[order], "object", (0.0, 0.0, 1.0, 1.0), size)
    where = {"device": checkpoint.device, "dtype": getattr(torch, checkpoint.dtype)}
    return Regions(axis, torch.from_numpy(features[order]).to(**where), placed(torch.from_numpy(boxes[order])).to(**where))


def _layout(file: "np.lib.npyio.NpzFile") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take features (R, F), boxes (R, 4) as fractions inside the picture, and scores (R,) out of a file."""
    if "norm_bb" in file:
        features, boxes = file["features"], file["norm_bb"][:, :4]
    else:
        size = np.array([float(file["image_w"]), float(file["image_h"])])
        features, boxes = file["x"], file["bbox"] / np.tile(size, 2)
    features = np.asarray(features, np.float32)
    if features.ndim != 2 or boxes.shape != (len(features), 4) or not np.isfinite(features).all() or not np.isfinite(boxes).all():
        raise ValueError(f"features {features.shape} and boxes {boxes.shape} do not fit together")
    boxes = np.clip(boxes.astype(np.float64), 0, 1)
    boxes[:, :2] = np.minimum(boxes[:, :2], 1 - LEAST)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + LEAST)
    scores = file["conf"].reshape(-1).astype(np.float32) if "conf" in file else np.ones(len(features), np.float32)
    if scores.shape != (len(features),) or not np.isfinite(scores).all():
        raise ValueError(f"{np.isfinite(scores).sum()} scores of {len(features)} regions")
    return features, boxes, scores
