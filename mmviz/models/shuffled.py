"""A checkpoint that has forgotten what it learnt: its blocks on the picture's side made anew, everything else as it was."""

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

    from mmviz.models.checkpoints import Checkpoint

#: Of all random weights: the same model is forgotten in the same way every time.
SEED = 0


def forgotten(checkpoint: "Checkpoint", seed: int = SEED) -> "Checkpoint":
    """Copy a leased checkpoint with random transformer blocks on the picture's side.

    What its family's `blocks` names is filled anew as a fresh Vision Transformer is: matrices by Glorot and Bengio's rule,
    which suits every width, norms with 1, biases with 0. The text's side, embeddings and projections are not copied but
    shared with the original, which is left as it is.

    Args:
        checkpoint: leased as long as the copy is used.
        seed: of the weights; no other source of randomness is touched.

    Returns:
        A checkpoint of the same family, its `id` told apart from the original's.

    Source:
        Adebayo et al., 2018, section 3.1, arXiv:1810.03292: all layers at once. Glorot and Bengio, 2010, equation 16,
        Proceedings of Machine Learning Research 9, 249-256.
    """
    import torch

    blocks = checkpoint.family.functions["blocks"]
    own = {id(tensor) for block in blocks(checkpoint) for tensor in _tensors(block)}
    shared = {id(tensor): tensor for tensor in _tensors(checkpoint.model) if id(tensor) not in own}
    copied = replace(checkpoint, model=copy.deepcopy(checkpoint.model, shared), id=f"{checkpoint.id}~{seed}")
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for block in blocks(copied):
            _fill(block, generator)
    return copied


def _fill(block: "nn.Module", generator: "torch.Generator") -> None:
    import torch

    for name, parameter in block.named_parameters():
        if parameter.ndim > 1:
            drawn = torch.empty(parameter.shape)
            torch.nn.init.xavier_normal_(drawn, generator=generator)
            parameter.copy_(drawn.to(parameter.device, parameter.dtype))
        else:
            parameter.fill_(1.0 if name.endswith("weight") else 0.0)


def _tensors(module: "nn.Module") -> "list[torch.Tensor]":
    return [*module.parameters(), *module.buffers()]
