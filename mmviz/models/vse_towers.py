"""VSE++'s two towers: the picture's is CLIP's, the text's a recurrent network whose states lie in the joint space."""

from typing import TYPE_CHECKING

from mmviz.axes import TextAxis
from mmviz.models import passes
from mmviz.models import tokens as tokens_of
from mmviz.models.clip_towers import image_embeds, patch_embeds, pixel_embeds, see, text_embeds
from mmviz.models.dual import Read
from mmviz.models.passes import Look
from mmviz.models.tokens import Tokens

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint

__all__ = ["image_embeds", "patch_embeds", "pixel_embeds", "read_whole", "see", "text_embeds"]


def read_whole(checkpoint: "Checkpoint", tokens: Tokens, axis: TextAxis, look: Look) -> Read:
    """Read the text once and take every unit's vector out of it; a recurrent network has no attention to keep."""
    import torch

    with torch.no_grad():
        out = checkpoint.model.get_text_features(**tokens_of.batch(checkpoint, [tokens]))
        embeds = passes.unit_states(out.last_hidden_state[0], tokens.positions(axis.spans), out.pooler_output[0])  # (Q, D)
    return Read(embeds, {})
