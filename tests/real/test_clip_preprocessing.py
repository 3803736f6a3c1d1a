"""Preprocessing and tokens against what OpenAI's own CLIP gives; skipped only where the material is not at hand."""

import gzip
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mmviz.media import image as image_media
from mmviz.media import text as text_media
from mmviz.models import geometry, tokens

TABLE = Path(__file__).parents[3] / "shared" / "data" / "clip_table"
pytestmark = [pytest.mark.real, pytest.mark.skipif(not TABLE.is_dir(), reason=f"needs {TABLE.parent}")]
PICTURES = ["123_456", "208_495", "321_421", "389_535", "416_264", "456_123", "524_316"]  # width_height


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(TABLE / "preprocess_golden.npz") as file:
        return dict(zip(file["names"].tolist(), file["tensors"], strict=True))


@pytest.fixture(scope="module")
def vit_b_32() -> SimpleNamespace:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    vision = SimpleNamespace(image_size=224, patch_size=32)
    return SimpleNamespace(name="b32", image_processor=CLIPImageProcessorPil(), config=SimpleNamespace(vision_config=vision))


@pytest.fixture(scope="module")
def bpe() -> SimpleNamespace:
    """CLIP's own tokenizer, made from its list of merges as its reference code does it."""
    from transformers import CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    lines = gzip.decompress((TABLE / "bpe_simple_vocab_16e6.txt.gz").read_bytes()).decode().split("\n")
    merges = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
    letters = list(bytes_to_unicode().values())
    pieces = letters + [x + "</w>" for x in letters] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges)
    config = SimpleNamespace(text_config=SimpleNamespace(max_position_embeddings=77))
    return SimpleNamespace(name="b32", tokenizer=tokenizer, config=config, device="cpu")


@pytest.mark.parametrize("name", PICTURES)
def test_pixels_are_those_of_openais_preprocessing(golden, vit_b_32, name):
    image = image_media.parse(TABLE / "images" / f"{name}.jpg")
    pixel_values, axis = geometry.prepare(vit_b_32, image)
    assert np.abs(pixel_values - golden[name]).max() <= 1e-5
    assert axis.size == tuple(int(side) for side in name.split("_"))


def test_all_seven_pictures_are_compared(golden):
    assert sorted(golden) == PICTURES


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("a photo of a cat", [49406, 320, 1125, 539, 320, 2368, 49407]),
        ("hello world!", [49406, 3306, 1002, 256, 49407]),
        ("a diagram", [49406, 320, 22697, 49407]),
    ],
)
def test_ids_are_those_of_clips_vocabulary(bpe, text, ids):
    assert tokens.tokenize(bpe, text).input_ids.tolist() == ids


@pytest.mark.parametrize("text", ["A CAFÉ\u0301  with 3 dogs", "😀 猫 cat", "it's ﬁne\u200b", "İstanbul ẞ"])
def test_spans_lie_in_the_text_as_written(bpe, text):
    axis = tokens.tokenize(bpe, text).axis(text_media.parse(text), "token")
    covered = {place for start, end in axis.spans[:-1] for place in range(start, end)}
    assert {place for place, character in enumerate(text) if character.isalnum()} <= covered
    assert not axis.unknown.any()


def test_a_long_caption_is_cut_at_77_positions(bpe):
    text = "cat " * 80
    found = tokens.tokenize(bpe, text)
    assert (len(found.input_ids), found.limit, found.input_ids[-1]) == (77, 75, 49407)
    assert found.axis(text_media.parse(text), "word").cut.tolist() == [False] * 75 + [True] * 5 + [True]
