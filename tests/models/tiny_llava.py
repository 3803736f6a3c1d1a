"""Tiny random LLaVAs, as folders in Hugging Face's form."""

from pathlib import Path

from tests.models.parts import (
    changed,
    clip_config,
    default_sizes,
    make_image_processor,
    make_wordpiece_tokenizer,
    random_model,
    write,
)


def make_chat_tokenizer():
    """Make a byte-level tokenizer as language models have them: a beginning, no CLS, nothing added behind a text."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("c", "a"), ("ca", "t"), ("r", "e"), ("re", "d"), ("t", "h"), ("th", "e"), ("Ġ", "the")]
    special = ["<unk>", "<s>", "</s>", "<pad>", "<image>"]
    pieces = [*special, *letters, *(a + b for a, b in merges)]
    inner = Tokenizer(models.BPE(vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens([AddedToken(token, special=True) for token in special])
    named = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    return PreTrainedTokenizerFast(tokenizer_object=inner, **named, extra_special_tokens=["<image>"])


def make_vlm(
    folder: str | Path, seed: int = 0, *, tokenizer: str = "wordpiece", strategy: str = "default", dtype: str = "float32", **sizes
) -> Path:
    """Write a random LlavaForConditionalGeneration with tokenizer and image processor as a Hugging Face folder.

    Args:
        folder: where to write; made if absent.
        seed: of the weights.
        tokenizer: "wordpiece" (as the bundled one has) or "chat" (as language models have).
        strategy: "default" (patches alone) or "full" (the tower's CLS before them).
        dtype: of the file: "float32", "float16" or "bfloat16".
        sizes: of `vlm_sizes`, any of them changed.

    Returns:
        The folder.
    """
    import torch
    from transformers import LlavaForConditionalGeneration

    sizes, words = changed(vlm_sizes(), sizes), _tokenizer(tokenizer)
    model = random_model(lambda: LlavaForConditionalGeneration(_config(words, sizes, strategy)), seed)
    return write(folder, model.to(getattr(torch, dtype)), words, make_image_processor(sizes["image_size"]), sizes)


def vlm_sizes() -> dict[str, int]:
    """Sizes of a tiny LLaVA, all different; a text has the room that its picture of 25 patches leaves."""
    return {
        "image_size": 40,
        "patch_size": 8,
        "vision_width": 24,
        "vision_heads": 6,
        "vision_layers": 2,
        "text_width": 20,
        "text_heads": 5,
        "text_layers": 3,
        "text_length": 96,
    }


def _tokenizer(kind: str):
    if kind == "chat":
        return make_chat_tokenizer()
    words = make_wordpiece_tokenizer()
    words.add_special_tokens({"additional_special_tokens": ["<image>"]})
    return words


def _config(tokenizer, sizes: dict[str, int], strategy: str):
    from transformers import LlavaConfig

    tower = default_sizes() | {name: value for name, value in sizes.items() if name in default_sizes()}
    text = {
        "model_type": "llama",
        "vocab_size": len(tokenizer),
        "hidden_size": sizes["text_width"],
        "intermediate_size": 2 * sizes["text_width"] + 2,
        "num_hidden_layers": sizes["text_layers"],
        "num_attention_heads": sizes["text_heads"],
        "num_key_value_heads": sizes["text_heads"],
        "max_position_embeddings": sizes["text_length"],
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id or tokenizer.cls_token_id,
        "eos_token_id": tokenizer.eos_token_id or tokenizer.sep_token_id,
    }
    return LlavaConfig(
        vision_config=clip_config(tokenizer, tower).vision_config.to_dict(),
        text_config=text,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
        vision_feature_select_strategy=strategy,
    )
