"""What tiny random models of every family are made of: tokenizers, an image processor, weights that are far from alike."""

from pathlib import Path

#: Words and characters the tiny WordPiece vocabulary knows, beside letters and "##" letters.
WORDS = ("a", "two", "red", "blue", "cat", "dog", "tree", "under", "the", "small", "with", "tail")
CHARACTERS = tuple("一两只红蓝色的猫狗树下面在有小和")
#: Words that a bag of words knows beside them: plurals, and Chinese as jieba divides it.
TERMS = ("cats", "dogs", "一只", "红色", "蓝色", "的", "猫", "狗", "和")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


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


def clip_config(tokenizer, sizes: dict[str, int]):
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


def changed(usual: dict[str, int], sizes: dict[str, int]) -> dict[str, int]:
    unknown = set(sizes) - set(usual)
    if unknown:
        raise ValueError(f"no such sizes: {sorted(unknown)}")
    return usual | sizes


def random_model(make, seed: int):
    """Make a model of random weights, the same from the same seed."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
        _spread(model)
    return model


def write(folder: str | Path, model, tokenizer, image_processor, sizes: dict[str, int]) -> Path:
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
