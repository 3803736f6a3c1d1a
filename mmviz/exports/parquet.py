"""Parquet: a map with its vectors and neighbours, for other tools of maps."""

import io
import json

import numpy as np

from mmviz.registry import exports
from mmviz.results import Palette
from mmviz.samples import Image
from mmviz.spaces import Space


@exports.add("parquet", title="Parquet", suffix=".parquet", media_type="application/vnd.apache.parquet", takes=("Space",))
def write(result: Space, image: Image | None = None, palette: Palette | None = None) -> bytes:
    """Write every item of a map with its place, vector and nearest neighbours, as Embedding Atlas reads it.

    Columns: `name`, `modality`, `projection_x`, `projection_y`, `vector` (a list of D float32), `neighbours` (`ids`, rows of the file,
    nearest first, and `distances`, 1 - cosine), `kept` (share of neighbours kept), `pair` (the row of what it belongs to, or null)
    and a column a tag. What is known of the whole map is JSON in the schema's metadata under `mmviz`.

    Args:
        result: a map.
        image, palette: not needed.

    Returns:
        A Parquet file, compressed by Zstandard.
    """
    import pyarrow
    import pyarrow.parquet

    columns = {
        "name": pyarrow.array(result.items.labels, pyarrow.string()),
        "modality": pyarrow.array([result.modalities[m] for m in result.modality], pyarrow.string()),
        "projection_x": pyarrow.array(result.points[:, 0], pyarrow.float32()),
        "projection_y": pyarrow.array(result.points[:, 1], pyarrow.float32()),
        "vector": _lists(result.vectors.astype(np.float32)),
        "neighbours": pyarrow.StructArray.from_arrays(
            [_lists(result.neighbours.places.astype(np.int64)), _lists(result.neighbours.distances)], ["ids", "distances"]
        ),
        "kept": pyarrow.array(_kept(result)),
        "pair": pyarrow.array(_partners(result), pyarrow.int64()),
        **{
            name: pyarrow.array(values, pyarrow.string())
            for name, values in result.tags.items()
            if name not in ("name", "modality")
        },
    }
    about = {name: value for name, value in result.to_json().items() if name not in ("points", "modalities", "places")}
    table = pyarrow.table(columns).replace_schema_metadata({"mmviz": json.dumps(about, allow_nan=False)})
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file, compression="zstd")
    return file.getvalue()


def _lists(rows: np.ndarray) -> "object":
    import pyarrow

    flat = pyarrow.array(np.ascontiguousarray(rows).ravel())
    return pyarrow.ListArray.from_arrays(np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1], flat)


def _kept(space: Space) -> list[float | None]:
    """Give the share of neighbours kept of every item; none for what was added later."""
    kept = [] if space.belief is None else space.belief.kept.tolist()
    return kept + [None] * (len(space) - len(kept))


def _partners(space: Space) -> list[int | None]:
    """Give the row of what every item belongs to; of several, the first."""
    partner: dict[int, int] = {}
    for first, second in space.pairs.tolist():
        partner.setdefault(first, second)
        partner.setdefault(second, first)
    return [partner.get(row) for row in range(len(space))]
