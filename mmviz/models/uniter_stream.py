"""UNITER's one stream: tokens and regions through the same layers."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mmviz.models import hooks
from mmviz.models import tokens as tokens_of
from mmviz.models.passes import Kept, Look
from mmviz.models.tokens import Tokens
from mmviz.models.uniter_regions import Regions

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint


@dataclass(frozen=True)
class Ran:
    """What a pair's pass gave: `states` (S + R, width), `logit` of a match, (), in the graph where one is built, and `kept` attention."""

    states: "torch.Tensor"
    logit: "torch.Tensor"
    kept: Kept


def embed(checkpoint: "Checkpoint", regions: Regions) -> "torch.Tensor":
    """Embed the regions of a picture: (R, width)."""
    return checkpoint.model.embed_regions(regions.features[None], regions.places[None])[0]


def run(checkpoint: "Checkpoint", texts: Sequence[Tokens], pictures: Sequence["torch.Tensor"]):
    """Run B texts with B pictures' embedded regions, (R, width) each, R may differ and be 0.

    Returns:
        Output with `last_hidden_state`, shape (B, S + R, width), and `pooler_output`, shape (B, width).
    """
    import torch
    from torch.nn.utils.rnn import pad_sequence

    read = tokens_of.batch(checkpoint, list(texts))
    words = checkpoint.model.embed_text(read["input_ids"])
    there = [torch.ones(len(picture), dtype=torch.long, device=words.device) for picture in pictures]
    embeds = torch.cat([words, pad_sequence(list(pictures), batch_first=True)], dim=1)  # (B, S + R, width)
    return checkpoint.model(embeds, torch.cat([read["attention_mask"], pad_sequence(there, batch_first=True)], dim=1))


def match(checkpoint: "Checkpoint", pooled: "torch.Tensor") -> "torch.Tensor":
    """Give the logit of a match, (B,), in float32: how far "match" is above "no match"."""
    logits = checkpoint.model.match_head(pooled).float()
    return logits[:, 1] - logits[:, 0]


def run_one(checkpoint: "Checkpoint", tokens: Tokens, picture: "torch.Tensor", positions: np.ndarray, look: Look) -> Ran:
    """Run one pair, with what is to be kept of it.

    Args:
        checkpoint: leased.
        tokens: of the text.
        picture: its embedded regions, shape (R, width).
        positions: of the units' tokens, shape (Q, 2), the whole text's last.
        look: what to keep.
    """
    kept = look.picks(checkpoint.model.bert.encoder.layer)
    modules = {i: layer.attention for i, layer in kept.items()}
    with ExitStack() as stack:
        stack.enter_context(hooks.graph_from(next(iter(kept.values()), None) if look.grad else None))
        weights = stack.enter_context(hooks.attention_of(modules, checkpoint.name))
        out = run(checkpoint, [tokens], [picture])
        logit = match(checkpoint, out.pooler_output)[0]
    words = len(tokens.input_ids)
    places = np.arange(words + len(picture))
    is_unit = (places >= words) | ((places >= positions[-1, 0]) & (places < positions[-1, 1]))
    return Ran(out.last_hidden_state[0], logit, Kept("joint", weights, positions, places[words:], 0, ~is_unit))
