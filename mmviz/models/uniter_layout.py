"""The original layout of UNITER's checkpoints, `uniter-base.pt` and its kin, turned into a folder of ours.

python -m mmviz.models.uniter_layout uniter-base.pt vocab.txt FOLDER

`vocab.txt` is that of `bert-base-cased`. Features of pictures then go into FOLDER/regions, one `NAME.npz` a picture.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmviz.errors import MmvizError, ModelError
from mmviz.models import original

if TYPE_CHECKING:
    import torch

    from mmviz.models.nets.uniter import UniterConfig

#: Beginning of a name there -> here; the longest that fits is taken.
NAMES = {
    "uniter.embeddings.": "bert.embeddings.",
    "uniter.encoder.": "bert.encoder.",
    "uniter.pooler.": "bert.pooler.",
    "uniter.img_embeddings.": "region_embeddings.",
    "itm_output.": "match_head.",
    "cls.predictions.transform.": "word_head.",
    "cls.predictions.bias": "word_bias",
    "feat_regress.net.": "feature_head.",
    "feat_regress.bias": "feature_bias",
    "region_classifier.net.": "class_head.",
}
#: What stands there twice under two names, and has to be the same.
TIED = {
    "cls.predictions.decoder.weight": "uniter.embeddings.word_embeddings.weight",
    "feat_regress.weight": "uniter.img_embeddings.img_linear.weight",
}
#: A file of this layout, for messages.
EXAMPLE = "uniter-base.pt"
#: Width of a head in all of UNITER's sizes.
HEAD = 64


def read(path: Path, heads: int | None = None) -> "tuple[UniterConfig, dict[str, torch.Tensor]]":
    """Read a checkpoint in the original layout; nothing in it is run.

    Args:
        path: written by `torch.save` of a state dict.
        heads: of attention; None takes one for every 64 numbers of width.

    Returns:
        The sizes its tensors have, and the tensors by our names.

    Raises:
        ModelError: it cannot be read safely, or names or sizes are not those of a UNITER.
    """
    import torch

    state = original.tensors(path, EXAMPLE)
    for twice, once in TIED.items():
        if twice in state and once in state and not torch.equal(state[twice], state[once]):
            raise ModelError(f"{path} has another {twice} than {once}, which are one in UNITER; give another file.")
    kept = {name: tensor for name, tensor in state.items() if name not in TIED}
    renamed = original.renamed(kept, NAMES, path, EXAMPLE)
    return _sizes(renamed, path, heads), renamed


def convert(path: Path, folder: Path, tokenizer: Any, heads: int | None = None) -> Path:
    """Write a checkpoint of the original layout as a folder that `uniter:FOLDER` reads, features of pictures apart.

    Args:
        path, heads: as of `read`.
        folder: made if absent.
        tokenizer: Hugging Face's, with as many tokens as the checkpoint has vectors.

    Returns:
        The folder.

    Raises:
        ModelError: as of `read`, or the tokenizer is another model's.
    """
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    from mmviz.models.nets.uniter import UniterModel
    from mmviz.models.uniter_regions import FOLDER

    config, state = read(path, heads)
    original.write(UniterModel, config, state, tokenizer, path=path, folder=folder, example=EXAMPLE)
    CLIPImageProcessorPil().save_pretrained(folder)  # regions come from files: no picture is read
    (folder / FOLDER).mkdir(exist_ok=True)
    return folder


def _sizes(state: "dict[str, torch.Tensor]", path: Path, heads: int | None) -> "UniterConfig":
    """Read a config off the sizes of tensors."""
    from transformers import BertConfig

    from mmviz.models.nets.uniter import UniterConfig

    try:
        vocabulary, width = state["bert.embeddings.word_embeddings.weight"].shape
        layers = {int(name.split(".")[3]) for name in state if name.startswith("bert.encoder.layer.")}
        text = BertConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            intermediate_size=len(state["bert.encoder.layer.0.intermediate.dense.weight"]),
            num_hidden_layers=len(layers),
            num_attention_heads=heads or width // HEAD,
            max_position_embeddings=len(state["bert.embeddings.position_embeddings.weight"]),
            type_vocab_size=len(state["bert.embeddings.token_type_embeddings.weight"]),
        )
        region_dim, classes = state["region_embeddings.img_linear.weight"].shape[1], len(state["class_head.3.weight"])
    except KeyError as error:
        raise ModelError(f"{path} lacks {error.args[0]}, as we name it; give a file such as uniter-base.pt.") from error
    return UniterConfig(text_config=text, detector_config=None, region_dim=region_dim, region_classes=classes)


def main(arguments: list[str] | None = None) -> int:
    """Convert from the command line; 0 done, 2 the input is at fault."""
    from transformers import BertTokenizer

    parser = argparse.ArgumentParser(prog="python -m mmviz.models.uniter_layout", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("weights", type=Path, help="uniter-base.pt or uniter-large.pt")
    parser.add_argument("vocabulary", type=Path, help="vocab.txt of bert-base-cased")
    parser.add_argument("folder", type=Path, help="where to write")
    given = parser.parse_args(arguments)
    try:
        vocabulary = original.vocabulary(given.vocabulary, "bert-base-cased")
        convert(given.weights, given.folder, BertTokenizer(vocab=vocabulary, do_lower_case=False))
    except MmvizError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
