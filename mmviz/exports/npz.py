"""NPZ: the arrays of a result, for NumPy."""

import io

import numpy as np

from mmviz.matrices import Matrix
from mmviz.registry import exports
from mmviz.results import Alignment, Palette
from mmviz.samples import Image
from mmviz.versus import Versus


@exports.add("npz", title="NumPy arrays", suffix=".npz", media_type="application/zip", takes=("Alignment", "Matrix", "Versus"))
def write(result: Alignment | Matrix | Versus, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write the arrays of scores and axes, to be read without pickle.

    Args:
        result: any.
        image, palette: not needed.

    Returns:
        A compressed .npz file of `result.arrays`.
    """
    file = io.BytesIO()
    np.savez_compressed(file, **result.arrays)
    return file.getvalue()
