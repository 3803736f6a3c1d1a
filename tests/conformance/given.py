"""What the checks of every model family are given: texts, pictures, shapes."""

import pytest

from mmviz.media import text as text_media
from mmviz.samples import Image, Text
from tests.subjects import picture

ENGLISH, CHINESE = "two red cats under a tree", "一只红色的猫和蓝色的狗"
#: (width, height): 1:3, 3:1, and one of each kind between.
SHAPES = [(30, 90), (90, 30), (63, 43), (200, 176)]
#: What hidden patches may be replaced by; regions are left out.
FILLS = ("mean", "blur", "background", "black", "removed")
TEXTS = ["a cat", "two small dogs with a blue tail", "猫", "the red tree"]

each_shape = pytest.mark.parametrize(("width", "height"), SHAPES)
each_language = pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])


def texts() -> list[Text]:
    """Some texts of different lengths."""
    return [text_media.parse(text) for text in TEXTS]


def images() -> list[Image]:
    """Some pictures of different shapes."""
    return [picture(*shape, seed=seed) for seed, shape in enumerate(SHAPES)]
