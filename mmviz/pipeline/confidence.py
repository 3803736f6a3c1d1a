"""From evidence to probabilities: small logistic models, fitted on speech whose truth is known.

Their numbers lie in `confidence.json`; `docs/write_confidence.py` makes it.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np

PLACE = Path(__file__).with_name("confidence.json")
#: Evidence further than so many deviations from the mean says no more.
LIMIT = 3.0
#: No stretch is more certain than this, or one would decide alone.
SURE = 0.99
#: How often the text somebody brings is what was said; among those the models were fitted on it was three times in seven.
PRIOR = 0.7


def of(kind: str, evidence: np.ndarray) -> np.ndarray:
    """Say how likely something is.

    Args:
        kind: "starts" (an atom was spoken and starts within 50 ms of where it is said to), "atoms" (it is spoken there), "frames" (what is heard there is the text), "sections" (of a stretch, that
            the text is what was spoken), "sphinx" or "hybrid" (an atom starts within 50 ms of where they put it).
        evidence: shape (N, F), see `methods.warping.evidence`.

    Returns:
        Shape (N,), 0 to 1.
    """
    model = _models()[kind]
    weights = np.array(model["weights"])
    return 1 / (1 + np.exp(-(expanded(evidence, model["means"], model["deviations"]) @ weights + model["bias"])))


def expanded(evidence: np.ndarray, means: list[float], deviations: list[float]) -> np.ndarray:
    """Scale evidence, and put its squares beside it: too much speaks against a start as too little does; shape (N, 2 F)."""
    scaled = np.clip((evidence - np.array(means)) / np.array(deviations), -LIMIT, LIMIT)
    return np.concatenate([scaled, np.square(scaled)], axis=1)


def together(sections: np.ndarray) -> float:
    """Say how likely a whole text is what was spoken.

    The stretches' probabilities are moved from the share of right texts among those they were fitted on to `PRIOR` (Saerens et al., 2002,
    eq. 2.4), and their geometric mean is taken, so that one half wrong is no match.
    """
    share = _models()["sections"]["share"]
    odds = np.clip(sections, 1 - SURE, SURE) / (1 - np.clip(sections, 1 - SURE, SURE))
    moved = odds * (PRIOR / (1 - PRIOR)) / (share / (1 - share))
    return float(np.exp(np.log(moved / (1 + moved)).mean()))


@cache
def _models() -> dict[str, dict]:
    return json.loads(PLACE.read_text("utf-8"))
