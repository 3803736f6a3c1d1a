"""What a model draws and tells of a pair from the text alone, from the picture alone and from both."""

from typing import Any

import numpy as np

from mmviz.axes import ItemAxis
from mmviz.findings import Finding, Ranking, Shown
from mmviz.probes.bags import likely, strongest
from mmviz.probes.given import Given
from mmviz.registry import probes
from mmviz.trusts import Remark

#: Words of the text, and words told of the picture, that are listed.
WORDS, TOLD = 40, 10
#: A word is kept where a text is as likely to have it as not.
KEPT = 0.5
WAYS = ("from_text", "from_picture", "from_both", "from_nothing")


@probes.add(
    "made-anew",
    title="Made anew",
    needs={"infer", "decode", "seen"},
    takes={"words"},
    paper="Wu and Goodman, 2018, arXiv:1802.05335",
)
def made_anew(checkpoint: Any, given: Given) -> Finding:
    """Draw and tell a pair anew: from its text, from its picture, from both and from neither.

    Each time the mean of the product of the prior and of the experts that are there is decoded. The error of a picture is the mean
    absolute difference of its values, between 0 and 1, from the pair's own as the model sees it: a small error may have lost the
    thing, and a large one, from the text alone, may only have put it elsewhere.

    Args:
        checkpoint: leased; of a family with a latent.
        given: a pair with the words of its text; those after the fortieth are not listed.

    Returns:
        The picture as seen and the drawn ones; the text's words with how likely a text decoded each way has them, "kept" or "lost" by
        what is decoded from both, NaN where the model has no word for it; the words that the picture alone makes likelier than
        nothing does.
    """
    infer, decode, seen = (checkpoint.family.functions[name] for name in ("infer", "decode", "seen"))
    latents = infer(checkpoint, [(given.text, None), (None, given.image), (given.text, given.image), (None, None)])
    decoded = decode(checkpoint, latents.means)  # 4 of each
    own = seen(checkpoint, given.image)
    errors = np.abs(decoded.pictures.astype(np.float64) - own).mean((1, 2, 3)) / 255  # (4,)
    sure = {f"{way}_variance": float(row.mean()) for way, row in zip(WAYS[:3], latents.variances[:3], strict=True)}
    remarks = [Remark("redrawn", dict(zip(WAYS, errors.tolist(), strict=True))), Remark("sure_of", sure)]
    words = given.words[:WORDS]
    rankings = []
    if words:
        names = [given.text.text[start:end] for start, end in words]
        values = likely(decoded.tokens, decoded.probabilities, names).T.astype(np.float64)  # (W, 4)
        marks = tuple("" if np.isnan(row[2]) else "kept" if row[2] >= KEPT else "lost" for row in values)
        rankings.append(Ranking("words_made_anew", ItemAxis(tuple(names)), WAYS, values, marks))
        lost = [name for name, mark in zip(names, marks, strict=True) if mark == "lost"]
        facts = {"kept": marks.count("kept"), "count": len(marks) - marks.count("")}
        remarks.insert(
            0, Remark("some_lost", facts | {"lost": ", ".join(lost)}, is_warning=True) if lost else Remark("none_lost", facts)
        )
    rankings.append(_told(decoded.tokens, decoded.probabilities, given.text.text))
    shown = [Shown("as_seen", own), *(Shown(way, picture) for way, picture in zip(WAYS, decoded.pictures, strict=True))]
    return Finding(checkpoint.name, checkpoint.id, tuple(remarks), tuple(rankings), pictures=tuple(shown))


def _told(tokens: tuple[str, ...], probabilities: np.ndarray, text: str) -> Ranking:
    """List the words of the text's script that the picture alone makes likelier than nothing does, the most first."""
    order = strongest(tokens, probabilities[1] - probabilities[3], text, TOLD)
    values = probabilities[[1, 3]][:, order].T.astype(np.float64)  # (n, 2)
    return Ranking("words_told", ItemAxis(tuple(tokens[place] for place in order)), ("from_picture", "from_nothing"), values)
