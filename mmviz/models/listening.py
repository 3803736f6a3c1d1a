"""What models that listen share: who reads their files, and what they are asked."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmviz.errors import ModelError
from mmviz.models.folders import Place

#: Hz; what is read into them.
RATE = 16_000
#: Of public models that know one language, that language; the others know all that are aligned.
LANGUAGES = {"facebook/wav2vec2-base-960h": "en", "jonatasgrosman/wav2vec2-large-xlsr-53-chinese-zh-cn": "zh"}


@dataclass(frozen=True)
class Letters:
    """What a recogniser of letters hears.

    Attributes:
        log_probs: shape (T, V), float32; logarithms of the probability of each of V letters, the blank among them.
        moments: shape (T,), float64; the middle of each frame, seconds.
        blank: which letter is the blank.
        letters: which number each letter has; as the model writes them.
    """

    log_probs: np.ndarray
    moments: np.ndarray
    blank: int
    letters: dict[str, int]


@dataclass(frozen=True)
class Attended:
    """Where a model looks while it writes a text.

    Attributes:
        weights: shape (N, T), float32; how much each of N tokens looks at each frame, standardised over tokens, mean over heads.
        spans: shape (N, 2), int; the characters each token stands for; (n, n) for the end of the text, the last one.
        log_probs: shape (N,), float32; logarithm of the probability the model gave each token.
        frame: seconds from frame to frame.
    """

    weights: np.ndarray
    spans: np.ndarray
    log_probs: np.ndarray
    frame: float


def extractor(place: Place) -> Any:
    """Read what turns sound into a model's input.

    Raises:
        ModelError: it cannot be read, or takes sound of another rate.
    """
    from transformers import AutoFeatureExtractor

    try:
        found = AutoFeatureExtractor.from_pretrained(place.folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"The feature extractor of {place.name} cannot be read from {place.folder}; fetch the model again."
        ) from error
    if getattr(found, "sampling_rate", RATE) != RATE:
        raise ModelError(
            f"{place.name} takes sound of {found.sampling_rate} Hz; only models of {RATE:,} Hz are used. Choose another."
        )
    return found
