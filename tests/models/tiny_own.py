"""Tiny random models of our own classes, as folders in Hugging Face's form."""

from pathlib import Path

from tests.models.parts import (
    TERMS,
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


def make_vse(folder: str | Path, seed: int = 0, *, tokenizer: str = "wordpiece", dtype: str = "float32", **sizes) -> Path:
    """Write a random VseModel with tokenizer and image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        tokenizer: "wordpiece" (as bundled models have) or "bpe".
        dtype: of the file: "float32", "float16" or "bfloat16".
        sizes: of `vse_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch

    from mmviz.models.nets.vse import VseModel

    sizes = changed(vse_sizes(), sizes)
    words = make_bpe_tokenizer() if tokenizer == "bpe" else make_wordpiece_tokenizer()
    model = random_model(lambda: VseModel(_vse_config(words, sizes)), seed)
    return write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(sizes["image_size"]), sizes)


def make_mvae(folder: str | Path, seed: int = 0, *, tokenizer: str = "wordpiece", dtype: str = "float32", **sizes) -> Path:
    """Write a random MvaeModel with tokenizer and image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        tokenizer: "wordpiece" (as bundled models have) or "bpe".
        dtype: of the file: "float32", "float16" or "bfloat16".
        sizes: of `mvae_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch

    from mmviz.models.nets.mvae import MvaeModel

    sizes = changed(mvae_sizes(), sizes)
    words = make_bpe_tokenizer() if tokenizer == "bpe" else make_wordpiece_tokenizer()
    model = random_model(lambda: MvaeModel(_mvae_config(words, sizes)), seed)
    return write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(sizes["image_size"]), sizes)


def make_lmnn(folder: str | Path, seed: int = 0, *, dtype: str = "float32", **sizes) -> Path:
    """Write a random LmnnModel with its words, as a folder in Hugging Face's form; `sizes` are of `lmnn_sizes`."""
    from mmviz.models.nets.bags import LmnnConfig, LmnnModel

    return _make_bags(LmnnModel, LmnnConfig, folder, seed, dtype, changed(lmnn_sizes(), sizes))


def make_cmn(folder: str | Path, seed: int = 0, *, dtype: str = "float32", **sizes) -> Path:
    """Write a random CmnModel with its words, as a folder in Hugging Face's form; `sizes` are of `cmn_sizes`."""
    from mmviz.models.nets.bags import CmnConfig, CmnModel

    return _make_bags(CmnModel, CmnConfig, folder, seed, dtype, changed(cmn_sizes(), sizes))


def make_detector(folder: str | Path, seed: int = 0, *, dtype: str = "float32", **sizes) -> Path:
    """Write a random DetectorModel with image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        dtype: of the file: "float32", "float16" or "bfloat16".
        sizes: of `detector_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch

    from mmviz.models.nets.detector import DetectorModel

    sizes = changed(detector_sizes(), sizes)
    model = random_model(lambda: DetectorModel(_detector_config(sizes)), seed)
    return write(folder, model.to(getattr(torch, dtype)), None, make_image_processor(sizes["image_size"]), sizes)


def make_uniter(
    folder: str | Path, seed: int = 0, *, regions: str = "detector", dtype: str = "float32", threshold: float = 0.0, **sizes
) -> Path:
    """Write a random UniterModel with tokenizer and image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        regions: "detector" (its own), or "files" (feature files beside the weights, of 9 numbers a region).
        dtype: of the file: "float32", "float16" or "bfloat16".
        threshold: of the detector's boxes; a random one is sure of nothing.
        sizes: of `uniter_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch

    from mmviz.models.nets.uniter import UniterModel

    sizes, words = changed(uniter_sizes(), sizes), make_wordpiece_tokenizer()
    config = _uniter_config(words, sizes, regions == "detector", threshold)
    model = random_model(lambda: UniterModel(config), seed)
    return write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(detector_sizes()["image_size"]), sizes)


def make_albef(folder: str | Path, seed: int = 0, *, teacher: bool = False, dtype: str = "float32", **sizes) -> Path:
    """Write a random AlbefModel with tokenizer and image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        teacher: with its momentum model.
        dtype: of the file: "float32", "float16" or "bfloat16".
        sizes: of `albef_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch

    from mmviz.models.nets.albef import AlbefModel

    sizes, words = changed(albef_sizes(), sizes), make_wordpiece_tokenizer()
    model = random_model(lambda: AlbefModel(albef_config(words, sizes, teacher)), seed)
    return write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(sizes["image_size"]), sizes)


def albef_sizes() -> dict[str, int]:
    """Sizes of a tiny ALBEF, all different."""
    return default_sizes() | {"text_layers": 1, "fusion_layers": 3}


def vse_sizes() -> dict[str, int]:
    """Sizes of a tiny VSE++, all different."""
    return {
        "image_size": 40,
        "patch_size": 8,
        "vision_width": 24,
        "vision_heads": 6,
        "vision_layers": 2,
        "word_dim": 11,
        "text_length": 18,
        "projection": 14,
    }


def mvae_sizes() -> dict[str, int]:
    """Sizes of a tiny MVAE, all different."""
    return {
        "image_size": 40,
        "patch_size": 8,
        "vision_width": 24,
        "vision_heads": 6,
        "vision_layers": 2,
        "word_dim": 11,
        "text_width": 13,
        "text_length": 18,
        "latent": 14,
        "grid_width": 5,
        "grid": 3,
        "decoder_width": 12,
        "decoder_patch": 2,
    }


def lmnn_sizes() -> dict[str, int]:
    """Sizes of a tiny LMNN; it has as many terms as words are known here."""
    return {"visual_words": 29, "projection_dim": 11}


def cmn_sizes() -> dict[str, int]:
    """Sizes of a tiny CMN; it has as many terms as words are known here."""
    return {"visual_words": 29, "hidden_size": 17, "projection_dim": 11}


def detector_sizes() -> dict[str, int]:
    """Sizes of a tiny detector, all different."""
    return {
        "image_size": 40,
        "patch_size": 8,
        "vision_width": 24,
        "vision_heads": 6,
        "vision_layers": 2,
        "head_width": 10,
        "things": 3,
    }


def uniter_sizes() -> dict[str, int]:
    """Sizes of a tiny UNITER, all different; its detector's are `detector_sizes`."""
    return {"width": 28, "heads": 7, "layers": 3, "text_length": 18}


def _make_bags(class_, config_class, folder: str | Path, seed: int, dtype: str, sizes: dict[str, int]) -> Path:
    import torch

    from mmviz.models.terms import Terms

    known = (*WORDS, *TERMS)
    model = random_model(lambda: class_(config_class(terms=len(known), **sizes)), seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        codebook = torch.rand(model.codebook.shape)
        model.codebook.copy_(codebook / codebook.norm(dim=1, keepdim=True))
        for idf in (model.visual_idf, model.term_idf):
            idf.copy_(1 + torch.rand(idf.shape))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model.to(getattr(torch, dtype)).save_pretrained(folder)
    Terms({word: number for number, word in enumerate(known)}).save(folder)
    return folder


def albef_config(tokenizer, sizes: dict[str, int], teacher: bool = False):
    """Make the config of a tiny ALBEF."""
    from mmviz.models.nets.albef import AlbefConfig

    of = lambda side, name: sizes[f"{side}_{name}"]  # noqa: E731
    shared = {
        side: {
            "hidden_size": of(side, "width"),
            "num_hidden_layers": of(side, "layers"),
            "num_attention_heads": of(side, "heads"),
        }
        for side in ("vision", "text")
    }
    picture = {"image_size": sizes["image_size"], "patch_size": sizes["patch_size"], "intermediate_size": 52}
    text = {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": sizes["text_length"],
        "intermediate_size": 42,
        "is_decoder": False,
    }
    text |= {
        "bos_token_id": tokenizer.cls_token_id,
        "sep_token_id": tokenizer.sep_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return AlbefConfig(
        vision_config=shared["vision"] | picture,
        text_config=shared["text"] | text,
        fusion_layers=sizes["fusion_layers"],
        projection_dim=sizes["projection"],
        teacher=teacher,
    )


def _vse_config(tokenizer, sizes: dict[str, int]):
    from mmviz.models.nets.vse import VseConfig

    return VseConfig(
        vision_config=clip_config(tokenizer, default_sizes() | {k: v for k, v in sizes.items() if k != "word_dim"}).vision_config,
        vocab_size=len(tokenizer),
        word_dim=sizes["word_dim"],
        projection_dim=sizes["projection"],
        max_position_embeddings=sizes["text_length"],
        pad_token_id=tokenizer.pad_token_id,
    )


def _mvae_config(tokenizer, sizes: dict[str, int]):
    from mmviz.models.nets.mvae import MvaeConfig

    vision = {name: value for name, value in sizes.items() if name in ("image_size", "patch_size") or name.startswith("vision")}
    return MvaeConfig(
        vision_config=clip_config(tokenizer, default_sizes() | vision).vision_config,
        vocab_size=len(tokenizer),
        latent_dim=sizes["latent"],
        max_position_embeddings=sizes["text_length"],
        pad_token_id=tokenizer.pad_token_id,
        **{name: sizes[name] for name in ("word_dim", "text_width", "grid_width", "grid", "decoder_width", "decoder_patch")},
    )


def _detector_config(sizes: dict[str, int]):
    from mmviz.models.nets.detector import DetectorConfig

    tower = default_sizes() | {k: v for k, v in sizes.items() if k in default_sizes()}
    names = dict(enumerate(("cat", "dog", "tree", "car", "cup")[: sizes["things"]]))
    return DetectorConfig(
        vision_config=clip_config(make_wordpiece_tokenizer(), tower).vision_config,
        feature_layers=(1, sizes["vision_layers"]),
        head_width=sizes["head_width"],
        id2label=names,
        label2id={name: number for number, name in names.items()},
    )


def _uniter_config(tokenizer, sizes: dict[str, int], detects: bool, threshold: float):
    from transformers import BertConfig

    from mmviz.models.nets.uniter import UniterConfig

    found = _detector_config(detector_sizes())
    text = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=sizes["width"],
        intermediate_size=2 * sizes["width"] + 4,
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        max_position_embeddings=sizes["text_length"],
        pad_token_id=tokenizer.pad_token_id,
    )
    return UniterConfig(
        text_config=text,
        detector_config=found.to_dict() if detects else None,
        region_dim=2 * found.vision_config.hidden_size if detects else 9,
        region_classes=3,
        threshold=threshold,
    )
