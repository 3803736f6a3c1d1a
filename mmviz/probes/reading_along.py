"""How a text's score with a picture grows while the text is read word by word."""

from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.errors import MethodError
from mmviz.findings import Finding, Plot, Ranking
from mmviz.probes.given import Given
from mmviz.registry import probes
from mmviz.samples import Text
from mmviz.trusts import Remark

#: Words of the text that are read along.
MOST = 60


@probes.add(
    "reading-along",
    title="Reading along",
    needs={"embed"},
    takes={"words"},
    paper="Cho et al., 2014, arXiv:1406.1078",
)
def reading_along(checkpoint: Any, given: Given) -> Finding:
    """Score every beginning of the text with the picture, one word more each time.

    A beginning is a text of its own here. For a model whose text side is a recurrent network this is what it knows on the way;
    for one that attends both ways it is what it would say of the shorter text.

    Args:
        checkpoint: leased; of any family with vectors.
        given: a pair with the words of its text; those after the sixtieth are not read.

    Returns:
        The cosine behind every word, and the words in the order of what each adds to the one before; the first word adds nothing
        that could be told.

    Raises:
        MethodError: the text has fewer than two words.
    """
    words = given.words[:MOST]
    if len(words) < 2:
        raise MethodError(f'"{given.text.text}" is too short to be read along; give a text of at least two words.')
    embed = checkpoint.family.functions["embed"]
    texts = embed(checkpoint, [Text(given.text.text[:end]) for _, end in words]).vectors  # (W, D)
    cosines = (texts @ embed(checkpoint, [given.image]).vectors[0]).astype(np.float64)  # (W,)
    names = tuple(given.text.text[start:end] for start, end in words)
    added = np.diff(cosines)  # (W - 1,): of every word but the first
    order = np.argsort(-added, kind="stable")
    ranking = Ranking(
        "words_added",
        ItemAxis(tuple(names[place + 1] for place in order)),
        ("added", "cosine"),
        np.stack([added[order], cosines[order + 1]], axis=1),
        tuple("lowers" if added[place] < 0 else "" for place in order),
    )
    plot = Plot("read_so_far", ItemAxis(names), "words_read", "cosine", cosines, (("end", float(cosines[-1])),))
    best, worst = int(order[0]), int(order[-1])
    facts = {"first": float(cosines[0]), "last": float(cosines[-1]), "count": len(words)}
    remarks = [Remark("read_from_to", facts)]
    if added[best] > 0:
        remarks.append(Remark("most_added", {"word": names[best + 1], "added": float(added[best])}))
    if added[worst] < 0:
        remarks.append(Remark("most_lost", {"word": names[worst + 1], "added": float(added[worst])}, is_warning=True))
    return Finding(checkpoint.name, checkpoint.id, tuple(remarks), (ranking,), (plot,))
