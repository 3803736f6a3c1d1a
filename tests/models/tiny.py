"""Small random folders of every family, made in the test: no download, and every size differs from every other."""

from pathlib import Path

from tests.models.parts import (
    WORDS,
    changed,
    clip_config,
    default_sizes,
    make_bpe_tokenizer,
    make_image_processor,
    make_wordpiece_tokenizer,
    random_model,
    write,
)
from tests.models.tiny_llava import make_vlm, vlm_sizes
from tests.models.tiny_own import (
    albef_sizes,
    cmn_sizes,
    detector_sizes,
    lmnn_sizes,
    make_albef,
    make_cmn,
    make_detector,
    make_lmnn,
    make_mvae,
    make_uniter,
    make_vse,
    mvae_sizes,
    uniter_sizes,
    vse_sizes,
)

__all__ = [
    "WORDS",
    "albef_sizes",
    "blip_sizes",
    "cmn_sizes",
    "default_sizes",
    "detector_sizes",
    "flava_sizes",
    "lmnn_sizes",
    "make_albef",
    "make_blip",
    "make_bpe_tokenizer",
    "make_clip",
    "make_cmn",
    "make_detector",
    "make_flava",
    "make_image_processor",
    "make_lmnn",
    "make_mvae",
    "make_uniter",
    "make_vilt",
    "make_vlm",
    "make_vse",
    "make_wordpiece_tokenizer",
    "mvae_sizes",
    "uniter_sizes",
    "vilt_sizes",
    "vlm_sizes",
    "vse_sizes",
]


def make_clip(folder: str | Path, seed: int = 0, *, tokenizer: str = "wordpiece", dtype: str = "float32", **sizes) -> Path:
    """Write a random CLIPModel with tokenizer and image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        tokenizer: "wordpiece" (as bundled models have) or "bpe" (as public CLIPs have).
        dtype: of the file: "float32", "float16" or "bfloat16".
        sizes: of `default_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch
    from transformers import CLIPModel

    sizes = changed(default_sizes(), sizes)
    words = make_bpe_tokenizer() if tokenizer == "bpe" else make_wordpiece_tokenizer()
    model = random_model(lambda: CLIPModel(clip_config(words, sizes)), seed)
    return write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(sizes["image_size"]), sizes)


def make_blip(folder: str | Path, seed: int = 0, *, processor: str = "crop", dtype: str = "float32", **sizes) -> Path:
    """Write a random BlipForImageTextRetrieval with tokenizer and image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        processor: "crop" (CLIP's, as bundled models have) or "squash" (BLIP's own, as public ones have).
        dtype: of the file: "float32", "float16" or "bfloat16".
        sizes: of `blip_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch
    from transformers import BlipForImageTextRetrieval
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    sizes, words = changed(blip_sizes(), sizes), make_wordpiece_tokenizer()
    model = random_model(lambda: BlipForImageTextRetrieval(_blip_config(words, sizes)), seed)
    side = sizes["image_size"]
    own = BlipImageProcessorPil(size={"height": side, "width": side}) if processor == "squash" else make_image_processor(side)
    return write(folder, model.to(getattr(torch, dtype)), words, own, sizes)


def make_vilt(folder: str | Path, seed: int = 0, *, head: str = "retrieval", dtype: str = "float32", **sizes) -> Path:
    """Write a random ViLT with tokenizer and image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        head: "retrieval" (ViltForImageAndTextRetrieval) or "vqa" (ViltForQuestionAnswering, with three answers).
        dtype: of the file: "float32", "float16" or "bfloat16".
        sizes: of `vilt_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch
    from transformers import ViltForImageAndTextRetrieval, ViltForQuestionAnswering
    from transformers.models.vilt.image_processing_pil_vilt import ViltImageProcessorPil

    sizes, words = changed(vilt_sizes(), sizes), make_wordpiece_tokenizer()
    class_ = {"retrieval": ViltForImageAndTextRetrieval, "vqa": ViltForQuestionAnswering}[head]
    model = random_model(lambda: class_(_vilt_config(words, sizes)), seed)
    own = ViltImageProcessorPil(size={"shortest_edge": sizes["shortest_edge"]}, size_divisor=sizes["size_divisor"])
    return write(folder, model.to(getattr(torch, dtype)), words, own, sizes)


def blip_sizes() -> dict[str, int]:
    """Sizes of a tiny BLIP, all different."""
    return {
        "image_size": 40,
        "patch_size": 8,
        "vision_width": 24,
        "vision_heads": 6,
        "vision_layers": 2,
        "text_width": 20,
        "text_heads": 4,
        "text_layers": 3,
        "text_length": 18,
        "projection": 14,
    }


def vilt_sizes() -> dict[str, int]:
    """Sizes of a tiny ViLT; pictures need not be of the size its places of patches were made for."""
    return {
        "image_size": 40,
        "patch_size": 8,
        "width": 24,
        "heads": 3,
        "layers": 4,
        "text_length": 18,
        "shortest_edge": 48,
        "size_divisor": 8,
    }


def _blip_config(tokenizer, sizes: dict[str, int]):
    from transformers import BlipConfig

    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": sizes["text_width"],
        "intermediate_size": 2 * sizes["text_width"] + 2,
        "num_hidden_layers": sizes["text_layers"],
        "num_attention_heads": sizes["text_heads"],
        "max_position_embeddings": sizes["text_length"],
        "bos_token_id": tokenizer.cls_token_id,
        "eos_token_id": tokenizer.sep_token_id,
        "sep_token_id": tokenizer.sep_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {
        "image_size": sizes["image_size"],
        "patch_size": sizes["patch_size"],
        "hidden_size": sizes["vision_width"],
        "intermediate_size": 2 * sizes["vision_width"] + 4,
        "num_hidden_layers": sizes["vision_layers"],
        "num_attention_heads": sizes["vision_heads"],
    }
    return BlipConfig(text_config=text, vision_config=vision, image_text_hidden_size=sizes["projection"])


def _vilt_config(tokenizer, sizes: dict[str, int]):
    from transformers import ViltConfig

    return ViltConfig(
        vocab_size=len(tokenizer),
        hidden_size=sizes["width"],
        intermediate_size=2 * sizes["width"] + 4,
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        image_size=sizes["image_size"],
        patch_size=sizes["patch_size"],
        max_position_embeddings=sizes["text_length"],
        pad_token_id=tokenizer.pad_token_id,
        id2label={0: "yes", 1: "no", 2: "two"},
    )


def make_flava(
    folder: str | Path, seed: int = 0, *, head: str = "pretraining", processor: str = "crop", dtype: str = "float32", **sizes
) -> Path:
    """Write a random FLAVA with tokenizer and image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        head: "pretraining" (FlavaForPreTraining without codebook), "codebook" (with it, as facebook/flava-full), or "bare" (FlavaModel).
        processor: "crop" (CLIP's, as bundled models have) or "squash" (FLAVA's own, as public ones have).
        dtype: of the file: "float32", "float16" or "bfloat16".
        sizes: of `flava_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch
    from transformers import FlavaForPreTraining, FlavaModel
    from transformers.models.flava.image_processing_pil_flava import FlavaImageProcessorPil

    sizes, words = changed(flava_sizes(), sizes), make_wordpiece_tokenizer()
    class_ = FlavaModel if head == "bare" else FlavaForPreTraining
    model = random_model(lambda: class_(_flava_config(words, sizes, head == "codebook")), seed)
    side = sizes["image_size"]
    square = {"height": side, "width": side}
    own = FlavaImageProcessorPil(size=square, crop_size=square) if processor == "squash" else make_image_processor(side)
    return write(folder, model.to(getattr(torch, dtype)), words, own, sizes)


def flava_sizes() -> dict[str, int]:
    """Sizes of a tiny FLAVA, all different."""
    return {
        "image_size": 40,
        "patch_size": 8,
        "vision_width": 24,
        "vision_heads": 6,
        "vision_layers": 2,
        "text_width": 20,
        "text_heads": 4,
        "text_layers": 3,
        "text_length": 18,
        "both_width": 28,
        "both_heads": 7,
        "both_layers": 5,
        "projection": 14,
    }


def _flava_config(tokenizer, sizes: dict[str, int], codebook: bool):
    from transformers import FlavaConfig

    parts = {
        name: {
            "hidden_size": sizes[f"{own}_width"],
            "intermediate_size": 2 * sizes[f"{own}_width"] + 4,
            "num_hidden_layers": sizes[f"{own}_layers"],
            "num_attention_heads": sizes[f"{own}_heads"],
        }
        for name, own in (("image_config", "vision"), ("text_config", "text"), ("multimodal_config", "both"))
    }
    parts["image_config"] |= {"image_size": sizes["image_size"], "patch_size": sizes["patch_size"], "vocab_size": 33}
    parts["text_config"] |= {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    parts["text_config"]["max_position_embeddings"] = sizes["text_length"]
    return FlavaConfig(
        **parts,
        image_codebook_config={"hidden_size": 8, "vocab_size": 33, "num_blocks_per_group": 1},
        hidden_size=sizes["both_width"],
        projection_dim=sizes["projection"],
        init_codebook=codebook,
        mmm_image_weight=0.0,  # Transformers' heads for parts hidden from both want states as wide as the towers'
        mmm_text_weight=0.0,
    )
