"""Masked words: what an ALBEF guesses for words of a text that are hidden, with a picture or a blank one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmviz.errors import ModelError
from mmviz.guesses import Guess
from mmviz.models import albef_towers as towers
from mmviz.models import geometry, passes
from mmviz.models import tokens as tokens_of
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint

#: Hidden texts a pass.
TEXTS = 32


def guess(checkpoint: "Checkpoint", text: Text, spans: Sequence[tuple[int, int]], images: Sequence[Image | None]) -> list[Guess]:
    """Hide one word at a time, all its tokens, and read the text with each picture; see the family."""
    import torch

    if checkpoint.tokenizer.mask_token_id is None:
        raise ModelError(f"The tokenizer of {checkpoint.name} has nothing to hide a word with; use a model with a mask token.")
    tokens = tokens_of.tokenize(checkpoint, text.text)
    places = tokens.positions(np.array(spans, int).reshape(-1, 2))
    side = checkpoint.config.vision_config.image_size
    empty = np.zeros((3, side, side), np.float32)
    values = [empty if image is None else geometry.prepare(checkpoint, image)[0] for image in images]
    with torch.no_grad():
        states = towers.pixel_states(checkpoint, geometry.stack(checkpoint, values))  # (N, 1 + K, width)
        return [_one(checkpoint, tokens, place, states) for place in places]


def _one(checkpoint: "Checkpoint", tokens: tokens_of.Tokens, place: np.ndarray, states: "torch.Tensor") -> Guess:
    import torch

    start, end = int(place[0]), int(place[1])
    ids = torch.from_numpy(tokens.input_ids).to(checkpoint.device)[None].repeat(len(states), 1)  # (N, S)
    own = tuple(ids[0, start:end].tolist())
    ids[:, start:end] = checkpoint.tokenizer.mask_token_id
    rows = []
    for part, shown in zip(ids.split(TEXTS), states.split(TEXTS), strict=True):
        texts = {"input_ids": part, "attention_mask": torch.ones_like(part)}
        fused = towers.read_with(checkpoint, texts, shown)[:, start:end]  # (N, L, width)
        rows.append(passes.to_numpy(checkpoint.model.words(fused).float().softmax(-1)))
    names = checkpoint.tokenizer.convert_ids_to_tokens(list(range(rows[0].shape[-1])))
    return Guess(own, tuple(str(name) for name in names), np.concatenate(rows))
