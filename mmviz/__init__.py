"""Which part of a picture answers which word: the doors for notebooks, the same as the command line's."""

from typing import TYPE_CHECKING, Any

from mmviz import pipeline
from mmviz.axes import TextUnit
from mmviz.matrices import Matrix
from mmviz.pipeline import matrix, speech
from mmviz.results import Alignment, Target
from mmviz.timings import Timing

if TYPE_CHECKING:
    from mmviz.pipeline.doors import Picture
    from mmviz.samples import Image, Text

__all__ = ["Alignment", "Matrix", "Timing", "align", "draw_scene", "matrix", "speech"]
__version__ = "0.1.0"


def align(
    text: "str | Text",
    image: "Picture",
    model: str = pipeline.DEFAULT_MODEL,
    method: str = "relevance",
    unit: TextUnit = "word",
    target: Target | None = None,
    trust: bool = False,
    *,
    device: str = "auto",
    store: bool = True,
    **options: Any,
) -> Alignment:
    """Align the units of a text with the patches of a picture.

    Args:
        text, image, model, method, unit, target, device, store: as of `pipeline.align`.
        trust: also measure how far the map of the whole text, the last row, can be trusted; `pipeline.judge` does it for
            any row. Boxes are known where the picture is a drawn scene and the text one of its captions.
        **options: of the method.

    Returns:
        Scores between Q units and K patches, with both axes, and with `trust` where it was asked for.

    Raises:
        MmvizError: something does not fit; see `pipeline.align`.
    """
    picture = pipeline.read_image(image)
    found = pipeline.align(text, picture, model, method, unit, target=target, device=device, store=store, **options)
    return _judged(found, text, picture, device=device, store=store) if trust else found


def draw_scene(seed: int) -> tuple["Image", dict[str, Any]]:
    """Draw one scene whose true alignment is known.

    Args:
        seed: the same seed draws the same scene.

    Returns:
        The picture, and its item of truth.json: captions in English and Chinese with spans, boxes and hard negatives.
    """
    from mmviz.worlds import scenes

    return scenes.draw(seed)


def _judged(found: Alignment, text: "str | Text", picture: "Image", **places: Any) -> Alignment:
    from mmviz.worlds import scenes

    boxes = scenes.boxes_in(scenes.truth_of(picture), found.query.text, found.query.spans[-1])
    return pipeline.judge(found, text, picture, boxes=boxes, **places)
