"""Which part of a picture answers which word: the doors for notebooks, the same as the command line's."""

from typing import TYPE_CHECKING, Any

from mmviz import pipeline
from mmviz.axes import TextUnit
from mmviz.matchings import Constraints, Matching
from mmviz.matrices import Matrix
from mmviz.pipeline import matrix, speech
from mmviz.results import Alignment, Target
from mmviz.timings import Timing

if TYPE_CHECKING:
    from pathlib import Path

    from mmviz.pipeline.doors import Picture
    from mmviz.samples import Image, Text, Video

__all__ = ["Alignment", "Constraints", "Matching", "Matrix", "Timing", "align", "draw_scene", "film", "matrix", "speech"]
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


def film(
    video: "str | Path | Video",
    text: str,
    model: str = pipeline.DEFAULT_MODEL,
    matcher: str = pipeline.DEFAULT_MATCHER,
    **options: Any,
) -> Matching:
    """Match the shots of a film with the clauses of a text.

    Args:
        video, text, model, matcher: as of `pipeline.film`.
        **options: `gradual`, `level`, `constraints`, `shots`, `device` and `progress` of `pipeline.film`, and those of the matcher.

    Returns:
        Which shot shows which clause, how likely, and what has no partner.

    Raises:
        MmvizError: something does not fit; see `pipeline.film`.
    """
    from mmviz.worlds import films

    return pipeline.film(films.prove(pipeline.take_in(video)), text, model, matcher, **options)


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
