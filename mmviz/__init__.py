"""Which part of a picture answers which word: the doors for notebooks, the same as the command line's."""

from typing import TYPE_CHECKING, Any

from mmviz.matrices import Matrix
from mmviz.pipeline import align, matrix
from mmviz.results import Alignment

if TYPE_CHECKING:
    from mmviz.samples import Image

__all__ = ["Alignment", "Matrix", "align", "draw_scene", "matrix"]
__version__ = "0.1.0"


def draw_scene(seed: int) -> tuple["Image", dict[str, Any]]:
    """Draw one scene whose true alignment is known.

    Args:
        seed: the same seed draws the same scene.

    Returns:
        The picture, and its item of truth.json: captions in English and Chinese with spans, boxes and hard negatives.
    """
    from mmviz.worlds import scenes

    return scenes.draw(seed)
