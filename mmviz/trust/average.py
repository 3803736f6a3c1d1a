"""What is each word's own: the maps less what they have in common."""

from dataclasses import replace

import numpy as np

from mmviz.results import Alignment
from mmviz.trust.evidence import strengths
from mmviz.trust.word_similarity import smallest


def minus_average(alignment: Alignment) -> Alignment:
    """Take the average map of all words from every map: what is left is each one's own.

    What a model looks at whatever the word, sinks among it, goes away.

    Args:
        alignment: the maps of Q units.

    Returns:
        Differences, shape (Q, K), scale "effect" (signed), in the unit of the maps; the average is that of the smallest
        units. `options` says what was done.
    """
    maps = strengths(alignment)
    own = maps - maps[smallest(alignment.query)].mean(0)
    options = {**alignment.options, "minus_average": True}
    left_out = np.zeros_like(alignment.left_out)
    return replace(alignment, scores=own, left_out=left_out, scale="effect", options=options, path=None, trust=None)
