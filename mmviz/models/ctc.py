"""Recognisers of letters: wav2vec 2.0 and its kin with a CTC head, MMS among them. They give each frame of sound a probability for each letter."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.errors import ModelError
from mmviz.models import loading
from mmviz.models.folders import PROCESSOR_FILES, Place
from mmviz.models.listening import RATE, Letters, extractor
from mmviz.registry import implements, listeners

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

CTC = listeners.describe(
    "ctc",
    title="CTC (wav2vec 2.0, MMS)",
    paper="Baevski et al., 2020, arXiv:2006.11477; Graves et al., 2006, doi:10.1145/1143844.1143891",
    model_types=("wav2vec2", "hubert", "wavlm"),
    public=(
        ("facebook/wav2vec2-base-960h", "wav2vec 2.0 base, English", 378),
        ("jonatasgrosman/wav2vec2-large-xlsr-53-chinese-zh-cn", "wav2vec 2.0 XLSR, Chinese", 1290),
    ),
    targets=(),
)
CLASSES = ("Wav2Vec2ForCTC", "HubertForCTC", "WavLMForCTC")


@implements(CTC)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding it can give: none, for it knows no pictures."""
    return frozenset()


@implements(CTC)
def files() -> tuple[str, ...]:
    """Name what a folder holds beside config and weights."""
    return ("vocab.json", PROCESSOR_FILES[0])


@implements(CTC)
def model_class(config: Any) -> type:
    """Find the class a config names."""
    return loading.architecture(config, CLASSES)


@implements(CTC)
def processors(place: Place) -> tuple[dict[str, int], Any]:
    """Read the letters and the feature extractor; there is no tokenizer, for a text is spelled."""
    from mmviz.models.folders import read_json

    letters = read_json(place.folder / "vocab.json", place.name)
    flat = letters.get("eng", letters)  # MMS has a vocabulary a language, and loads with the adapter of English
    if not isinstance(flat, dict) or not any(isinstance(number, int) for number in flat.values()):
        raise ModelError(f"vocab.json of {place.name} has no letters that are read here; choose another model.")
    return {letter: number for letter, number in flat.items() if isinstance(number, int)}, extractor(place)


@implements(CTC)
def listen(checkpoint: "Checkpoint", samples: np.ndarray) -> Letters:
    """Give the letters' probabilities for each frame of a sound.

    Args:
        checkpoint: leased.
        samples: shape (N,), float32, -1 to 1, at 16 kHz; at least a frame of it, and as much as memory takes.

    Returns:
        Log-softmax of the logits, as the model's own forward pass gives them.
    """
    import torch

    config = checkpoint.config
    values = checkpoint.image_processor(samples, sampling_rate=RATE, return_tensors="pt").input_values
    with torch.no_grad():
        logits = checkpoint.model(values.to(checkpoint.device, checkpoint.model.dtype)).logits[0]  # (T, V)
    stride, reach = int(np.prod(config.conv_stride)), _reach(config)
    log_probs = torch.log_softmax(logits.float(), -1).cpu().numpy()
    moments = (np.arange(len(log_probs)) * stride + reach / 2) / RATE
    return Letters(log_probs, moments, int(config.pad_token_id), checkpoint.tokenizer)


def _reach(config: Any) -> int:
    """Count the samples one frame sees."""
    reach, step = 1, 1
    for kernel, stride in zip(config.conv_kernel, config.conv_stride, strict=True):
        reach, step = reach + (kernel - 1) * step, step * stride
    return reach
