"""Small random folders of every family, made in the test: no download, and every size differs from every other."""

from pathlib import Path

#: Words and characters the tiny WordPiece vocabulary knows, beside letters and "##" letters.
WORDS = ("a", "two", "red", "blue", "cat", "dog", "tree", "under", "the", "small", "with", "tail")
CHARACTERS = tuple("一两只红蓝色的猫狗树下面在有小和")
#: Words that a bag of words knows beside them: plurals, and Chinese as jieba divides it.
TERMS = ("cats", "dogs", "一只", "红色", "蓝色", "的", "猫", "狗", "和")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


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

    sizes = _changed(default_sizes(), sizes)
    words = make_bpe_tokenizer() if tokenizer == "bpe" else make_wordpiece_tokenizer()
    model = _random(lambda: CLIPModel(_config(words, sizes)), seed)
    return _write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(sizes["image_size"]), sizes)


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

    sizes, words = _changed(blip_sizes(), sizes), make_wordpiece_tokenizer()
    model = _random(lambda: BlipForImageTextRetrieval(_blip_config(words, sizes)), seed)
    side = sizes["image_size"]
    own = BlipImageProcessorPil(size={"height": side, "width": side}) if processor == "squash" else make_image_processor(side)
    return _write(folder, model.to(getattr(torch, dtype)), words, own, sizes)


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

    sizes, words = _changed(vilt_sizes(), sizes), make_wordpiece_tokenizer()
    class_ = {"retrieval": ViltForImageAndTextRetrieval, "vqa": ViltForQuestionAnswering}[head]
    model = _random(lambda: class_(_vilt_config(words, sizes)), seed)
    own = ViltImageProcessorPil(size={"shortest_edge": sizes["shortest_edge"]}, size_divisor=sizes["size_divisor"])
    return _write(folder, model.to(getattr(torch, dtype)), words, own, sizes)


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

    sizes = _changed(vse_sizes(), sizes)
    words = make_bpe_tokenizer() if tokenizer == "bpe" else make_wordpiece_tokenizer()
    model = _random(lambda: VseModel(_vse_config(words, sizes)), seed)
    return _write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(sizes["image_size"]), sizes)


def make_lmnn(folder: str | Path, seed: int = 0, *, dtype: str = "float32", **sizes) -> Path:
    """Write a random LmnnModel with its words, as a folder in Hugging Face's form; `sizes` are of `lmnn_sizes`."""
    from mmviz.models.nets.bags import LmnnConfig, LmnnModel

    return _make_bags(LmnnModel, LmnnConfig, folder, seed, dtype, _changed(lmnn_sizes(), sizes))


def make_cmn(folder: str | Path, seed: int = 0, *, dtype: str = "float32", **sizes) -> Path:
    """Write a random CmnModel with its words, as a folder in Hugging Face's form; `sizes` are of `cmn_sizes`."""
    from mmviz.models.nets.bags import CmnConfig, CmnModel

    return _make_bags(CmnModel, CmnConfig, folder, seed, dtype, _changed(cmn_sizes(), sizes))


def lmnn_sizes() -> dict[str, int]:
    """Sizes of a tiny LMNN; it has as many terms as words are known here."""
    return {"visual_words": 29, "projection_dim": 11}


def cmn_sizes() -> dict[str, int]:
    """Sizes of a tiny CMN; it has as many terms as words are known here."""
    return {"visual_words": 29, "hidden_size": 17, "projection_dim": 11}


def _make_bags(class_, config_class, folder: str | Path, seed: int, dtype: str, sizes: dict[str, int]) -> Path:
    import torch

    from mmviz.models.terms import Terms

    known = (*WORDS, *TERMS)
    model = _random(lambda: class_(config_class(terms=len(known), **sizes)), seed)
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

    sizes = _changed(detector_sizes(), sizes)
    model = _random(lambda: DetectorModel(_detector_config(sizes)), seed)
    return _write(folder, model.to(getattr(torch, dtype)), None, make_image_processor(sizes["image_size"]), sizes)


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

    sizes, words = _changed(uniter_sizes(), sizes), make_wordpiece_tokenizer()
    config = _uniter_config(words, sizes, regions == "detector", threshold)
    model = _random(lambda: UniterModel(config), seed)
    return _write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(detector_sizes()["image_size"]), sizes)


def default_sizes() -> dict[str, int]:
    """Sizes of a tiny CLIP, all different."""
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


def make_wordpiece_tokenizer():
    """Make a bilingual WordPiece tokenizer: the words above, Latin letters, a few Chinese characters."""
    from transformers import BertTokenizer

    letters = [chr(c) for c in range(ord("b"), ord("z") + 1)]
    pieces = [*SPECIAL, *WORDS, *letters, "##a", *("##" + c for c in letters), *CHARACTERS, ",", ".", "，", "。"]
    tokenizer = BertTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, do_lower_case=True)
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    return tokenizer


def make_bpe_tokenizer():
    """Make a byte-level tokenizer built as CLIP's, with the 256 bytes and a handful of merges."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    bytes_ = sorted(ByteLevel.alphabet())
    merges = [("c", "a"), ("ca", "t</w>"), ("r", "e"), ("re", "d</w>"), ("t", "h"), ("th", "e</w>")]
    pieces = [*bytes_, *(b + "</w>" for b in bytes_), *(a + b for a, b in merges), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges)


def make_image_processor(image_size: int, **options):
    """Make CLIP's image processor for a square of `image_size` pixels."""
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    crop = {"height": image_size, "width": image_size}
    return CLIPImageProcessorPil(**({"size": {"shortest_edge": image_size}, "crop_size": crop} | options))


def _config(tokenizer, sizes: dict[str, int]):
    from transformers import CLIPConfig

    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": sizes["text_width"],
        "intermediate_size": 2 * sizes["text_width"] + 2,
        "num_hidden_layers": sizes["text_layers"],
        "num_attention_heads": sizes["text_heads"],
        "max_position_embeddings": sizes["text_length"],
        "projection_dim": sizes["projection"],
        "eos_token_id": tokenizer.eos_token_id or tokenizer.sep_token_id,
        "bos_token_id": tokenizer.bos_token_id or tokenizer.cls_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {
        "image_size": sizes["image_size"],
        "patch_size": sizes["patch_size"],
        "hidden_size": sizes["vision_width"],
        "intermediate_size": 2 * sizes["vision_width"] + 4,
        "num_hidden_layers": sizes["vision_layers"],
        "num_attention_heads": sizes["vision_heads"],
        "projection_dim": sizes["projection"],
    }
    return CLIPConfig(text_config=text, vision_config=vision, projection_dim=sizes["projection"])


def _vse_config(tokenizer, sizes: dict[str, int]):
    from mmviz.models.nets.vse import VseConfig

    return VseConfig(
        vision_config=_config(tokenizer, default_sizes() | {k: v for k, v in sizes.items() if k != "word_dim"}).vision_config,
        vocab_size=len(tokenizer),
        word_dim=sizes["word_dim"],
        projection_dim=sizes["projection"],
        max_position_embeddings=sizes["text_length"],
        pad_token_id=tokenizer.pad_token_id,
    )


def _detector_config(sizes: dict[str, int]):
    from mmviz.models.nets.detector import DetectorConfig

    tower = default_sizes() | {k: v for k, v in sizes.items() if k in default_sizes()}
    names = dict(enumerate(("cat", "dog", "tree", "car", "cup")[: sizes["things"]]))
    return DetectorConfig(
        vision_config=_config(make_wordpiece_tokenizer(), tower).vision_config,
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


def _changed(usual: dict[str, int], sizes: dict[str, int]) -> dict[str, int]:
    unknown = set(sizes) - set(usual)
    if unknown:
        raise ValueError(f"no such sizes: {sorted(unknown)}")
    return usual | sizes


def _random(make, seed: int):
    """Make a model of random weights, the same from the same seed."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
        _spread(model)
    return model


def _write(folder: str | Path, model, tokenizer, image_processor, sizes: dict[str, int]) -> Path:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    if tokenizer is not None:
        tokenizer.model_max_length = sizes["text_length"]
        tokenizer.save_pretrained(folder)
    image_processor.save_pretrained(folder)
    return folder


def _spread(model) -> None:
    """Make the random weights large enough that attention is far from uniform and every unit has its own vector."""
    import torch

    for parameter in model.parameters():
        if parameter.ndim >= 2:
            torch.nn.init.normal_(parameter, std=1.3 / parameter.shape[-1] ** 0.5)
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d) and module.stride == (1, 1):  # of a grid, not of pixels
            torch.nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)


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

    sizes, words = _changed(flava_sizes(), sizes), make_wordpiece_tokenizer()
    class_ = FlavaModel if head == "bare" else FlavaForPreTraining
    model = _random(lambda: class_(_flava_config(words, sizes, head == "codebook")), seed)
    side = sizes["image_size"]
    square = {"height": side, "width": side}
    own = FlavaImageProcessorPil(size=square, crop_size=square) if processor == "squash" else make_image_processor(side)
    return _write(folder, model.to(getattr(torch, dtype)), words, own, sizes)


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

    sizes = _changed(mvae_sizes(), sizes)
    words = make_bpe_tokenizer() if tokenizer == "bpe" else make_wordpiece_tokenizer()
    model = _random(lambda: MvaeModel(_mvae_config(words, sizes)), seed)
    return _write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(sizes["image_size"]), sizes)


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


def _mvae_config(tokenizer, sizes: dict[str, int]):
    from mmviz.models.nets.mvae import MvaeConfig

    vision = {name: value for name, value in sizes.items() if name in ("image_size", "patch_size") or name.startswith("vision")}
    return MvaeConfig(
        vision_config=_config(tokenizer, default_sizes() | vision).vision_config,
        vocab_size=len(tokenizer),
        latent_dim=sizes["latent"],
        max_position_embeddings=sizes["text_length"],
        pad_token_id=tokenizer.pad_token_id,
        **{name: sizes[name] for name in ("word_dim", "text_width", "grid_width", "grid", "decoder_width", "decoder_patch")},
    )
