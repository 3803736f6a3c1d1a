"""The one place where stages meet: parse, encode, align; embed and compare; keep and find again."""

from mmviz.pipeline.distractors import banks, choose, standing
from mmviz.pipeline.doors import device, export, methods_of, models, read_image, read_text, recall, store_trouble, targets_of
from mmviz.pipeline.pairs import TARGETS, UNITS, align, align_many
from mmviz.pipeline.sets import LIMIT, matrix, objective, read_pictures, read_scores, read_texts

__all__ = [
    "LIMIT",
    "TARGETS",
    "UNITS",
    "align",
    "align_many",
    "banks",
    "choose",
    "device",
    "export",
    "matrix",
    "methods_of",
    "models",
    "objective",
    "read_image",
    "read_pictures",
    "read_scores",
    "read_text",
    "read_texts",
    "recall",
    "standing",
    "store_trouble",
    "targets_of",
]
