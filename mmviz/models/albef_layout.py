"""The original layout of ALBEF's pre-trained checkpoints, `ALBEF.pth`, turned into a folder of ours, its momentum model with it.

python -m mmviz.models.albef_layout ALBEF.pth vocab.txt FOLDER

`vocab.txt` is that of `bert-base-uncased`. The queues of the contrast and what only goes on training (optimizer, step) stay behind.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmviz.errors import MmvizError, ModelError
from mmviz.models import original

if TYPE_CHECKING:
    import torch

    from mmviz.models.nets.albef import AlbefConfig

#: A file of this layout, for messages.
EXAMPLE = "ALBEF.pth"
#: Width of a head in all of ALBEF's parts, and what its layer norms divide by at least: of the picture's, of the text's.
HEAD, PICTURE_EPS, TEXT_EPS = 64, 1e-6, 1e-12
#: Beginning of a name there -> here, of the trained model's parts; the momentum model's have "_m" behind the first part.
PARTS = {
    "visual_encoder.cls_token": "vision_model.embeddings.class_embedding",
    "visual_encoder.pos_embed": "vision_model.embeddings.position_embedding",
    "visual_encoder.patch_embed.proj.": "vision_model.embeddings.patch_embedding.",
    "visual_encoder.blocks.": "vision_model.encoder.layers.",
    "visual_encoder.norm.": "vision_model.post_layernorm.",
    "text_encoder.bert.embeddings.": "text_encoder.embeddings.",
    "text_encoder.bert.encoder.layer.": "text_encoder.encoder.layer.",
    "text_encoder.cls.predictions.transform.": "word_head.",
    "text_encoder.cls.predictions.bias": "word_bias",
    "vision_proj.": "vision_proj.",
    "text_proj.": "text_proj.",
}
NAMES = {
    **PARTS,
    **{f"{head}_m.{rest}": f"teacher.{here}" for (head, _, rest), here in ((n.partition("."), h) for n, h in PARTS.items())},
    "itm_head.": "itm_head.",
    "temp": "temperature",
}
#: Within a block of the picture's encoder.
BLOCK = {
    ".norm1.": ".layer_norm1.",
    ".norm2.": ".layer_norm2.",
    ".attn.qkv.": ".self_attn.qkv.",
    ".attn.proj.": ".self_attn.projection.",
}
#: What is there twice, or is of no use but to training.
LEFT = re.compile(
    r"image_queue|text_queue|queue_ptr|text_encoder(_m)?\.(bert\.embeddings\.position_ids|cls\.predictions\.decoder\.(weight|bias))"
)


def read(path: Path, heads: int | None = None) -> "tuple[AlbefConfig, dict[str, torch.Tensor]]":
    """Read a checkpoint in the original layout; nothing in it is run.

    Args:
        path: written by `torch.save` of a state dict, or of a dictionary that has it under "model".
        heads: of attention, in the picture's and in the text's layers; None takes one for every 64 numbers of width.

    Returns:
        The sizes its tensors have, and the tensors by our names. The type "text" that BERT adds to every token is added to the places.

    Raises:
        ModelError: it cannot be read safely, or names or sizes are not those of an ALBEF.
    """
    state = original.tensors(path, EXAMPLE, "model")
    kept = {name: tensor for name, tensor in state.items() if not LEFT.fullmatch(name)}
    found = {_inner(name): tensor for name, tensor in original.renamed(kept, NAMES, path, EXAMPLE).items()}
    try:
        config = _sizes(found, heads)
        for side in ("", "teacher.") if config.teacher else ("",):
            _one_type(found, f"{side}text_encoder.embeddings.")
    except (KeyError, ValueError) as error:
        raise ModelError(f"{path} lacks {error.args[0]}, as we name it; give a file such as {EXAMPLE}.") from error
    return config, _apart(found, config.text_config.num_hidden_layers)


def convert(path: Path, folder: Path, tokenizer: Any, heads: int | None = None) -> Path:
    """Write a checkpoint of the original layout as a folder that `albef:FOLDER` reads.

    Args:
        path, heads: as of `read`.
        folder: made if absent.
        tokenizer: Hugging Face's, with as many tokens as the checkpoint has vectors.

    Returns:
        The folder.

    Raises:
        ModelError: as of `read`, or the tokenizer is another model's.
    """
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    from mmviz.models.nets.albef import AlbefModel

    config, state = read(path, heads)
    tokenizer.model_input_names = tokenizer.init_kwargs["model_input_names"] = ["input_ids", "attention_mask"]
    original.write(AlbefModel, config, state, tokenizer, path=path, folder=folder, example=EXAMPLE)
    side = config.vision_config.image_size
    BlipImageProcessorPil(size={"height": side, "width": side}).save_pretrained(folder)
    return folder


def _inner(name: str) -> str:
    for there, here in BLOCK.items():
        name = name.replace(there, here) if "vision_model.encoder." in name else name
    return name


def _one_type(state: "dict[str, torch.Tensor]", stem: str) -> None:
    """Add the one type of token to every place, as BERT adds both to a token."""
    kinds = state.pop(f"{stem}token_type_embeddings.weight")
    state[f"{stem}position_embeddings.weight"] = state[f"{stem}position_embeddings.weight"] + kinds[0]


def _apart(state: "dict[str, torch.Tensor]", reading: int) -> "dict[str, torch.Tensor]":
    """Part the text's layers: the first `reading` read alone, the others are those of fusion."""
    made, pattern = {}, re.compile(r"^(teacher\.)?text_encoder\.encoder\.layer\.(\d+)\.")
    for name, tensor in state.items():
        layer = pattern.match(name)
        if layer and int(layer[2]) >= reading:
            name = f"{layer[1] or ''}fusion.layer.{int(layer[2]) - reading}.{name[layer.end() :]}"
        made[name] = tensor
    return made


def _sizes(state: "dict[str, torch.Tensor]", heads: int | None) -> "AlbefConfig":
    """Read a config off the sizes of tensors."""
    from mmviz.models.nets.albef import AlbefConfig

    picture, text = "vision_model.encoder.layers.", "text_encoder.encoder.layer."
    seen = {int(name.removeprefix(picture).partition(".")[0]) for name in state if name.startswith(picture)}
    read = {int(name.removeprefix(text).partition(".")[0]) for name in state if name.startswith(text)}
    across = {number for number in read if f"{text}{number}.crossattention.self.query.weight" in state}
    filters = state["vision_model.embeddings.patch_embedding.weight"]
    places = state["vision_model.embeddings.position_embedding"].shape[1] - 1
    vocabulary, width = state["text_encoder.embeddings.word_embeddings.weight"].shape
    vision = {
        "hidden_size": len(filters),
        "intermediate_size": len(state[f"{picture}0.mlp.fc1.weight"]),
        "num_hidden_layers": len(seen),
    }
    vision |= {
        "num_attention_heads": heads or len(filters) // HEAD,
        "patch_size": filters.shape[-1],
        "layer_norm_eps": PICTURE_EPS,
    }
    words = {"vocab_size": vocabulary, "hidden_size": width, "num_hidden_layers": len(read - across), "is_decoder": False}
    words |= {
        "intermediate_size": len(state[f"{text}0.intermediate.dense.weight"]),
        "num_attention_heads": heads or width // HEAD,
    }
    words |= {
        "max_position_embeddings": len(state["text_encoder.embeddings.position_embeddings.weight"]),
        "layer_norm_eps": TEXT_EPS,
    }
    words |= dict.fromkeys(("bos_token_id", "sep_token_id", "eos_token_id"), None) | {"pad_token_id": 0}
    return AlbefConfig(
        vision_config=vision | {"image_size": round(places**0.5) * filters.shape[-1]},
        text_config=words,
        fusion_layers=len(across),
        projection_dim=len(state["text_proj.weight"]),
        teacher="teacher.text_proj.weight" in state,
    )


def main(arguments: list[str] | None = None) -> int:
    """Convert from the command line; 0 done, 2 the input is at fault."""
    from transformers import BertTokenizer

    parser = argparse.ArgumentParser(prog="python -m mmviz.models.albef_layout", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("weights", type=Path, help="ALBEF.pth")
    parser.add_argument("vocabulary", type=Path, help="vocab.txt of bert-base-uncased")
    parser.add_argument("folder", type=Path, help="where to write")
    given = parser.parse_args(arguments)
    try:
        vocabulary = original.vocabulary(given.vocabulary, "bert-base-uncased")
        convert(given.weights, given.folder, BertTokenizer(vocab=vocabulary, do_lower_case=True))
    except MmvizError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
