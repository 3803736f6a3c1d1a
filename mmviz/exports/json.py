"""JSON: everything that is known of a result, as the contract has it."""

import json

from mmviz.findings import Finding
from mmviz.matchings import Matching
from mmviz.matrices import Matrix
from mmviz.registry import exports
from mmviz.results import Alignment, Palette
from mmviz.samples import Image
from mmviz.spaces import Space
from mmviz.timings import Timing
from mmviz.trusts import Skills, Truths
from mmviz.versus import Versus


@exports.add(
    "json",
    title="JSON",
    suffix=".json",
    media_type="application/json",
    takes=("Alignment", "Matrix", "Skills", "Truths", "Versus", "Finding", "Space", "Timing", "Matching"),
)
def write(
    result: Alignment | Matrix | Skills | Truths | Versus | Finding | Space | Timing | Matching,
    image: Image | None = None,
    palette: Palette | None = None,
) -> bytes:
    """Write scores with their axes and all that made them.

    Args:
        result: any.
        image, palette: not needed.

    Returns:
        UTF-8 without NaN, arrays rounded by nothing.
    """
    return json.dumps(result.to_json(), ensure_ascii=False, allow_nan=False).encode("utf-8")
