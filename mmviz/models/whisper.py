"""Whisper: writes down what it hears, and where its decoder looks while it writes a word says when that was spoken."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.errors import ModelError
from mmviz.models import loading
from mmviz.models.folders import PROCESSOR_FILES, Place
from mmviz.models.listening import RATE, Attended, extractor
from mmviz.registry import implements, listeners

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

WHISPER = listeners.describe(
    "whisper",
    title="Whisper",
    paper="Radford et al., 2022, arXiv:2212.04356",
    model_types=("whisper",),
    public=(("openai/whisper-tiny", "Whisper tiny", 151), ("openai/whisper-base", "Whisper base", 290)),
    targets=(),
)
#: Frames of the median filter over attention, after openai/whisper.
MEDIAN = 7


@implements(WHISPER)
def offers(config: Any) -> frozenset[str]:
    """Name the fields of Encoding it can give: none, for it knows no pictures."""
    return frozenset()


@implements(WHISPER)
def files() -> tuple[str, ...]:
    """Name what a folder holds beside config and weights."""
    return ("tokenizer.json", PROCESSOR_FILES[0])


@implements(WHISPER)
def model_class(config: Any) -> type:
    """Find the class a config names."""
    return loading.architecture(config, ("WhisperForConditionalGeneration",))


@implements(WHISPER)
def processors(place: Place) -> tuple[Any, Any]:
    """Read tokenizer and feature extractor."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(place.folder, local_files_only=True, trust_remote_code=False), extractor(place)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"The tokenizer of {place.name} cannot be read from {place.folder}; fetch the model again.") from error


@implements(WHISPER)
def attend(checkpoint: "Checkpoint", samples: np.ndarray, text: str, language: str) -> Attended:
    """Have the model write a given text and note where it looks.

    Args:
        checkpoint: leased.
        samples: shape (N,), float32, -1 to 1, at 16 kHz; up to 30 s.
        text: what was spoken.
        language: "en" or "zh"; of models that know several.

    Returns:
        Cross-attention of the heads that align (the checkpoint's own list, else those of the upper half of the layers), standardised
        over tokens and smoothed over frames by a median, as openai/whisper does.

    Raises:
        ModelError: the text has more tokens than the model writes at once.
    """
    import torch

    tokens = checkpoint.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    before, after = _prompt(checkpoint, language)
    ids = [*before, *tokens.input_ids, after]
    if len(ids) > checkpoint.config.max_target_positions:
        raise ModelError(
            f"The text has {len(ids):,} tokens and {checkpoint.name} writes {checkpoint.config.max_target_positions} at once; align shorter sounds."
        )
    values = checkpoint.image_processor(samples, sampling_rate=RATE, return_tensors="pt").input_features
    with torch.no_grad():
        out = checkpoint.model(
            input_features=values.to(checkpoint.device, checkpoint.model.dtype),
            decoder_input_ids=torch.tensor([ids], device=checkpoint.device),
            output_attentions=True,
        )
    hop, step = checkpoint.image_processor.hop_length, _step(checkpoint)
    n_frames = max(1, min(-(-len(samples) // (hop * step)), checkpoint.config.max_source_positions))
    weights = _weights(checkpoint, out.cross_attentions, slice(len(before), None), n_frames)
    log_probs = torch.log_softmax(out.logits[0].float(), -1)[len(before) - 1 : -1].cpu().numpy()
    spans = np.array([*tokens.offset_mapping, (len(text), len(text))], int).reshape(-1, 2)
    said = log_probs[np.arange(len(spans)), ids[len(before) :]]
    return Attended(weights, spans, said, hop * step / RATE)


def _prompt(checkpoint: "Checkpoint", language: str) -> tuple[list[int], int]:
    """Give the tokens before a text and the one after it; what a tokenizer does not have is left out."""
    known = checkpoint.tokenizer.get_vocab()
    wanted = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
    if not getattr(checkpoint.model.generation_config, "is_multilingual", f"<|{language}|>" in known):
        wanted = (wanted[0], wanted[3])
    found = [known[token] for token in wanted if token in known]
    return found or [checkpoint.config.decoder_start_token_id], checkpoint.config.eos_token_id


def _step(checkpoint: "Checkpoint") -> int:
    """Count the frames of input the encoder makes one of."""
    return checkpoint.image_processor.nb_max_frames // checkpoint.config.max_source_positions


def _weights(checkpoint: "Checkpoint", layers: tuple, rows: slice, n_frames: int) -> np.ndarray:
    """Gather the attention of the heads that align: shape (N, T)."""
    from scipy.ndimage import median_filter

    n_layers, n_heads = len(layers), layers[0].shape[1]
    listed = getattr(checkpoint.model.generation_config, "alignment_heads", None)
    heads = listed or [(layer, head) for layer in range(n_layers // 2, n_layers) for head in range(n_heads)]
    stack = np.stack([layers[layer][0, head].float().cpu().numpy() for layer, head in heads])[:, :, :n_frames]
    stack = (stack - stack.mean(1, keepdims=True)) / (stack.std(1, keepdims=True) + 1e-9)
    return median_filter(stack, (1, 1, MEDIAN), mode="nearest").mean(0)[rows].astype(np.float32)
