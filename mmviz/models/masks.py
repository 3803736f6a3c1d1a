"""A pair scored again: with patches hidden, with words left out, and with its gradient by the picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import PatchAxis, TextAxis
from mmviz.models import passes

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint

#: The fields of Encoding that are made here.
FIELDS = frozenset({"picture", "input_grad", "score_masked", "score_without"})
#: Pictures and texts a pass.
PICTURES, TEXTS = 32, 64
#: Standard deviation of the blur, as a share of the longer side.
BLUR = 1 / 8


@dataclass(frozen=True)
class Canvas:
    """What the patches of a picture cover, as the model sees it.

    Attributes:
        pixels: shape (3, rows * patch, columns * patch), float32: `pixel_values` as far as patches reach.
        grid: (rows, columns).
        size: (H, W) of `pixel_values`.
        black: shape (3,), float32: what black is in `pixel_values`.
        device, dtype: where and how the model computes.
    """

    pixels: np.ndarray
    grid: tuple[int, int]
    size: tuple[int, int]
    black: np.ndarray
    device: Any
    dtype: str

    def filled(self, fill: str | None) -> np.ndarray:
        """Give what stands for the picture where it is hidden, shape of `pixels`, float32; None gives the picture itself.

        Args:
            fill: "mean", its mean colour; "blur", itself blurred by a Gaussian of an eighth of the longer side; "background",
                the median colour of its outermost ring of pixels, which of a drawn scene is its background; "black".
        """
        flat = {
            "mean": lambda: self.pixels.mean((1, 2)),
            "background": lambda: np.median(_ring(self.pixels), axis=1),
            "black": lambda: self.black,
        }
        if fill is None:
            return self.pixels.copy()
        if fill == "blur":
            return _blurred(self.pixels)
        return np.broadcast_to(flat[fill]()[:, None, None], self.pixels.shape).astype(np.float32)

    def tensor(self, pixels: np.ndarray) -> "torch.Tensor":
        """Put pictures where the model is."""
        import torch

        return torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device, getattr(torch, self.dtype))

    def hidden(self, kept: np.ndarray, fill: str) -> "torch.Tensor":
        """Hide the patches that are not kept, (B, K): (B, 3, rows * patch, columns * patch)."""
        import torch

        side = self.pixels.shape[1] // self.grid[0]
        cells = torch.from_numpy(kept.reshape(-1, 1, *self.grid)).to(self.device)  # (B, 1, rows, columns)
        cells = cells.repeat_interleave(side, 2).repeat_interleave(side, 3)  # (B, 1, rows * patch, columns * patch)
        return torch.where(cells, self.tensor(self.pixels), self.tensor(self.filled(fill)))

    def whole(self, pixels: "torch.Tensor") -> "torch.Tensor":
        """Give pictures (B, 3, rows * patch, columns * patch) the size of `pixel_values`; what is added no patch covers."""
        from torch.nn import functional as F

        return F.pad(pixels, (0, self.size[1] - pixels.shape[3], 0, self.size[0] - pixels.shape[2]))  # (B, 3, H, W)


def canvas(checkpoint: "Checkpoint", pixel_values: np.ndarray, axis: PatchAxis, patch: int) -> Canvas:
    """Take the part of a model's input (3, H, W) that its patches cover."""
    rows, columns = axis.grid
    processor = checkpoint.image_processor
    black = np.zeros(3, np.float32)
    if processor.do_normalize:
        black = (-np.asarray(processor.image_mean) / np.asarray(processor.image_std)).astype(np.float32)
    pixels = pixel_values[:, : rows * patch, : columns * patch]
    return Canvas(pixels, axis.grid, pixel_values.shape[1:], black, checkpoint.device, checkpoint.dtype)


def fields(
    keep: frozenset[str],
    canvas: Canvas,
    see: Callable[["torch.Tensor"], "torch.Tensor"],
    score: Callable[[int, "torch.Tensor"], "torch.Tensor"],
) -> dict[str, Callable]:
    """Make those of an Encoding's fields that see other pictures, as far as they are to be kept.

    Args:
        keep: names of fields.
        canvas: the picture.
        see: pictures (B, 3, H, W) -> what is made of them once for all units, (B, ...).
        score: unit, that -> the unit's scores, (B,), in the graph where one is built; unit -1 is the pair.
    """
    made = {
        "picture": lambda: canvas.filled,
        "score_masked": lambda: _score_masked(canvas, see, score),
        "input_grad": lambda: _input_grad(canvas, see, score),
    }
    return {name: make() for name, make in made.items() if name in keep}


def without(
    keep: frozenset[str], axis: TextAxis, score: Callable[[Sequence[str]], "torch.Tensor"]
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Make the field that leaves out words, where it is to be kept; `score` is from B texts to the pair's scores, (B,)."""
    import torch

    def score_without(kept: np.ndarray) -> np.ndarray:
        texts = [_cut(axis, row) for row in kept]
        with torch.no_grad():
            parts = [passes.to_numpy(score(texts[a : a + TEXTS])) for a in range(0, len(texts), TEXTS)]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    return {"score_without": score_without} if "score_without" in keep else {}


def _score_masked(canvas: Canvas, see: Callable, score: Callable) -> Callable[[int | None, np.ndarray, str], np.ndarray]:
    """Make the function; what was made of a picture is remembered, so that other units see it for nothing."""
    import torch

    seen: dict[bytes, torch.Tensor] = {}

    def score_masked(unit: int | None, kept: np.ndarray, fill: str) -> np.ndarray:
        names = [fill.encode() + row.tobytes() for row in np.packbits(kept, axis=1)]
        new = {name: place for place, name in enumerate(names) if name not in seen}
        places = list(new.values())
        with torch.no_grad():
            for start in range(0, len(places), PICTURES):
                made = see(canvas.whole(canvas.hidden(kept[places[start : start + PICTURES]], fill)))
                seen.update(zip(list(new)[start : start + PICTURES], made, strict=True))
            if not names:
                return np.zeros(0, np.float32)
            return passes.to_numpy(score(-1 if unit is None else unit, torch.stack([seen[name] for name in names])))

    return score_masked


def _input_grad(canvas: Canvas, see: Callable, score: Callable) -> Callable[[int | None, np.ndarray], np.ndarray]:
    """Make the function; the graph of the pictures last handed in is kept, so that other units go back through it."""
    import torch

    last: dict[str, Any] = {"name": b""}

    def input_grad(unit: int | None, picture: np.ndarray) -> np.ndarray:
        name = picture.tobytes()
        with torch.enable_grad():
            if last["name"] != name:
                pixels = canvas.tensor(picture).requires_grad_()  # (B, 3, rows * patch, columns * patch)
                last.update(name=name, pixels=pixels, made=see(canvas.whole(pixels)))
            scores = score(-1 if unit is None else unit, last["made"])  # (B,)
        scale = passes.COSINE_SCALE
        (found,) = torch.autograd.grad(scores.sum() * scale, last["pixels"], retain_graph=True)
        return passes.to_numpy(found) / np.float32(scale)

    return input_grad


def _cut(axis: TextAxis, kept: np.ndarray) -> str:
    """Write the text without the characters of units that are not kept, (Q,)."""
    stays = np.ones(len(axis.text), bool)
    for start, end in axis.spans[~kept]:
        stays[start:end] = False
    return "".join(character for character, stay in zip(axis.text, stays, strict=True) if stay)


def _ring(pixels: np.ndarray) -> np.ndarray:
    """Gather the outermost pixels of a picture (3, H, W): (3, N)."""
    edges = (pixels[:, 0], pixels[:, -1], pixels[:, 1:-1, 0], pixels[:, 1:-1, -1])
    return np.concatenate(edges, axis=1)


def _blurred(pixels: np.ndarray) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    deviation = BLUR * max(pixels.shape[1:])
    return gaussian_filter(pixels, (0, deviation, deviation), mode="nearest")
