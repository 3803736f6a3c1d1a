"""Slow transitions between shots (dissolves, fades, wipes), by the bundled shot-net: a few dilated convolutions over time, in NumPy."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mmviz.errors import MediaError
from mmviz.media import shot_features
from mmviz.media.shot_features import RATE

NAME = "shot-net"


@dataclass(frozen=True)
class ShotNet:
    """The net's weights and how its answers are read.

    Attributes:
        tensors: by name, float32, convolutions as (out, in, width).
        dilations: of each block.
        threshold: a transition has at least this probability somewhere.
        extent: and lasts while it has this one.
        shortest: seconds; what is shorter is motion.
    """

    tensors: dict[str, np.ndarray]
    dilations: tuple[int, ...]
    threshold: float
    extent: float
    shortest: float

    @property
    def margin(self) -> int:
        """Moments before and after one that its answer depends on."""
        return sum(self.dilations)

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Say how likely each moment is of a slow transition, and of a cut.

        Args:
            features: shape (T, F), of `shot_features`.

        Returns:
            Shape (T, 2), 0 to 1.
        """
        own = self.tensors
        hidden = np.maximum(_convolved((features - own["mean"]) / own["std"], own["inlet.weight"], own["inlet.bias"], 1), 0)
        for number, dilation in enumerate(self.dilations):
            weight, bias = own[f"blocks.{number}.weight"], own[f"blocks.{number}.bias"]
            hidden = hidden + np.maximum(_convolved(hidden, weight, bias, dilation), 0)
        logits = _convolved(hidden, own["outlet.weight"], own["outlet.bias"], 1)
        return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


@lru_cache(maxsize=1)
def load() -> ShotNet:
    """Read the bundled net.

    Raises:
        MediaError: it is not there.
    """
    from safetensors.numpy import load_file

    folder = Path(os.environ.get("MMVIZ_MODELS") or Path(__file__).parents[2] / "models") / NAME
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        tensors = {name: values.astype(np.float32) for name, values in load_file(folder / "model.safetensors").items()}
    except OSError as error:
        raise MediaError(f"{NAME} is not in {folder}; `mmviz train {NAME}` makes it, or find hard cuts alone.") from error
    return ShotNet(tensors, tuple(config["dilations"]), config["threshold"], config["extent"], config["shortest"])


def probabilities(frames: Iterable[tuple[float, float, np.ndarray]], net: ShotNet | None = None) -> np.ndarray:
    """Say of every moment of a film how likely it is of a slow transition, and of a cut.

    Args:
        frames: start, length and thumbnail of each, as of `video.thumbnails`; they are read once and not kept.
        net: None for the bundled one.

    Returns:
        Shape (T, 2), 25 a second, 0 to 1.
    """
    net = net or load()
    found = [net(features)[low:high] for features, low, high in shot_features.chunks(frames, net.margin)]
    return np.concatenate(found) if found else np.empty((0, 2), np.float32)


def spans(likely: np.ndarray, net: ShotNet | None = None) -> np.ndarray:
    """Read transitions off their probabilities.

    Args:
        likely: shape (T,), 25 a second: how likely each moment is of a slow transition.
        net: None for the bundled one.

    Returns:
        Start and end of each in seconds, shape (G, 2), in order, not overlapping.
    """
    net = net or load()
    inside = np.concatenate([[False], likely >= net.extent, [False]])
    edges = np.flatnonzero(np.diff(inside.astype(int))).reshape(-1, 2)
    joined: list[list[int]] = []
    for start, end in edges.tolist():
        if joined and start - joined[-1][1] <= 3:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    kept = [(a, b) for a, b in joined if b - a >= net.shortest * RATE and likely[a:b].max() >= net.threshold]
    return np.array(kept, float).reshape(-1, 2) / RATE


def _convolved(values: np.ndarray, weight: np.ndarray, bias: np.ndarray, dilation: int) -> np.ndarray:
    """Convolve over time, the ends filled with zeros: shape (T, out) of (T, in) and (out, in, width)."""
    width = weight.shape[2]
    reach = dilation * (width // 2)
    padded = np.pad(values, ((reach, reach), (0, 0)))
    return sum(padded[k * dilation : k * dilation + len(values)] @ weight[:, :, k].T for k in range(width)) + bias
