"""Figures of how often something is right, each with how many were asked and what chance gives."""

from typing import Any

import numpy as np

Figure = dict[str, float | int]


def figure(right: np.ndarray, chance: float) -> Figure:
    """Give the share of what is right, with its number and chance; `right` is of any shape."""
    share = round(float(np.mean(right)), 4)
    return {"value": share, "n": int(np.size(right)), "chance": float(f"{chance:.4g}")}


def auroc(right: np.ndarray, wrong: np.ndarray) -> Figure:
    """Give the chance that one of `right` scores higher than one of `wrong`, shape (N,) and (M,), as area under the ROC curve."""
    from sklearn.metrics import roc_auc_score

    truth = np.repeat([1, 0], [len(right), len(wrong)])
    value = roc_auc_score(truth, np.concatenate([right, wrong]))
    return {"value": round(float(value), 4), "n": len(truth), "chance": 0.5}


def mean(recalls: list[dict[str, Any]]) -> dict[str, Any]:
    """Average recalls over pools of one size, as `retrieval.recall` gives them."""
    ways = ("text_to_image", "image_to_text")
    averaged = {way: {k: round(float(np.mean([r[way][k] for r in recalls])), 4) for k in recalls[0][way]} for way in ways}
    return {"pool": recalls[0]["pool"], "pools": len(recalls), **averaged}
