"""One kind of tower in the form of another: the same numbers under other names."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def blip_tower(tower: "dict[str, torch.Tensor]") -> "dict[str, torch.Tensor]":
    """Rename a CLIP vision tower's weights to BLIP's, which keeps query, key and value in one matrix and adds a patch bias."""
    import torch

    given, made = dict(tower), {}
    for name in sorted(given):
        value = given[name]
        if name.startswith("pre_layrnorm"):
            continue
        if ".self_attn." in name:
            stem, _, rest = name.partition(".self_attn.")
            which, kind = rest.split(".")
            if which == "out_proj":
                made[f"{stem}.self_attn.projection.{kind}"] = value
            elif which == "q_proj":
                parts = [given[f"{stem}.self_attn.{p}.{kind}"] for p in ("q_proj", "k_proj", "v_proj")]
                made[f"{stem}.self_attn.qkv.{kind}"] = torch.cat(parts)
        elif name == "embeddings.class_embedding":
            made[name] = value[None, None]
        elif name == "embeddings.position_embedding.weight":
            made["embeddings.position_embedding"] = value[None]
        elif not name.endswith("position_ids"):
            made[name] = value
    made["embeddings.patch_embedding.bias"] = torch.zeros_like(tower["embeddings.class_embedding"])
    return made
