"""Models that listen: random ones made here, held against the raw forward pass of Transformers."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from mmviz import pipeline
from mmviz.errors import MethodError, ModelError
from mmviz.methods.warping import spelling
from mmviz.models import checkpoints
from mmviz.samples import Audio

LETTERS = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ'"]
SPECIAL = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>"]


@pytest.fixture(scope="module")
def ctc(tmp_path_factory) -> Path:
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

    folder = tmp_path_factory.mktemp("models") / "tiny-ctc"
    torch.manual_seed(5)
    config = Wav2Vec2Config(
        vocab_size=len(LETTERS), hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=32, conv_dim=(12,) * 7,
        num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4, pad_token_id=0,
    )  # fmt: skip
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps({letter: n for n, letter in enumerate(LETTERS)}))
    return folder


@pytest.fixture(scope="module")
def whisper(tmp_path_factory) -> Path:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    folder = tmp_path_factory.mktemp("models") / "tiny-whisper"
    torch.manual_seed(6)
    signs = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({sign: n for n, sign in enumerate(signs)}, []))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIAL)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    fast.save_pretrained(folder)
    known = fast.get_vocab()
    config = WhisperConfig(
        vocab_size=len(known), d_model=24, encoder_layers=2, decoder_layers=3, encoder_attention_heads=3, decoder_attention_heads=2,
        encoder_ffn_dim=32, decoder_ffn_dim=32, num_mel_bins=20, max_target_positions=120, pad_token_id=known["<|endoftext|>"],
        bos_token_id=known["<|endoftext|>"], eos_token_id=known["<|endoftext|>"], decoder_start_token_id=known["<|startoftranscript|>"],
    )  # fmt: skip
    WhisperForConditionalGeneration(config).save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=20).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    rng = np.random.default_rng(3)
    return (0.2 * rng.normal(size=40_000) * (1 + np.sin(np.arange(40_000) / 900))).astype(np.float32)


def test_letters_are_heard_as_the_raw_model_hears_them(ctc, sound):
    import torch
    from transformers import Wav2Vec2ForCTC

    with checkpoints.lease(f"ctc:{ctc}", "cpu") as checkpoint:
        heard = checkpoint.family.functions["listen"](checkpoint, sound)
    values = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    with torch.no_grad():
        raw = Wav2Vec2ForCTC.from_pretrained(ctc).eval()(torch.from_numpy(values)[None]).logits[0]
    np.testing.assert_allclose(heard.log_probs, torch.log_softmax(raw, -1).numpy(), atol=1e-5)
    np.testing.assert_allclose(np.exp(heard.log_probs).sum(1), 1, atol=1e-5)
    assert heard.moments[0] == pytest.approx(200 / 16000)  # a frame sees 400 samples
    assert np.diff(heard.moments) == pytest.approx(0.02)


def likeliest(log_probs, text, blank):
    """Try every way of spelling: how many frames each of blank, letter, blank, letter, ... has."""
    n = len(log_probs)
    states = [blank, *itertools.chain.from_iterable((letter, blank) for letter in text)]
    best = -np.inf
    for counts in itertools.product(range(n + 1), repeat=len(states)):
        gone_between = any(counts[i] == 0 and text[i // 2 - 1] == text[i // 2] for i in range(2, len(states) - 1, 2))
        if sum(counts) != n or any(counts[i] == 0 for i in range(1, len(states), 2)) or gone_between:
            continue
        path = np.repeat(states, counts)
        best = max(best, log_probs[np.arange(n), path].sum())
    return best


@pytest.mark.parametrize("text", [(1, 2), (2, 2), (3, 1)])
def test_no_spelling_is_likelier(text, rng):
    log_probs = np.log(rng.dirichlet(np.ones(4), size=6)).astype(np.float32)
    letters = {"abc"[i - 1]: i for i in (1, 2, 3)}
    found = spelling.align(log_probs, ["".join("abc"[i - 1] for i in text)], letters, 0)
    spoken = {frame: letters[letter] for letter, _, first, last, _ in found for frame in range(first, last + 1)}
    total = sum(log_probs[frame, spoken.get(frame, 0)] for frame in range(6))
    assert total == pytest.approx(likeliest(log_probs, text, 0), abs=1e-4)


def test_a_letter_the_model_does_not_know_may_be_any(rng):
    log_probs = np.log(rng.dirichlet(np.ones(4), size=9)).astype(np.float32)
    found = spelling.align(log_probs, ["好", "a"], {"a": 1}, 0)
    assert [(letter, word) for letter, word, *_ in found] == [("好", 0), ("a", 1)]


def test_more_letters_than_frames_are_refused(rng):
    with pytest.raises(MethodError, match="5 letters do not fit into 3 frames"):
        spelling.align(np.zeros((3, 4), np.float32), ["aaaaa"], {"a": 1}, 0)


def test_whisper_looks_where_the_raw_model_looks(whisper, sound):
    import torch
    from scipy.ndimage import median_filter
    from transformers import AutoTokenizer, WhisperFeatureExtractor, WhisperForConditionalGeneration

    text = " a red cat"
    with checkpoints.lease(f"whisper:{whisper}", "cpu") as checkpoint:
        seen = checkpoint.family.functions["attend"](checkpoint, sound, text, "en")
    tokenizer = AutoTokenizer.from_pretrained(whisper)
    prompt = tokenizer.convert_tokens_to_ids(["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>"])
    ids = [*prompt, *tokenizer(text, add_special_tokens=False).input_ids, tokenizer.convert_tokens_to_ids("<|endoftext|>")]
    values = WhisperFeatureExtractor(feature_size=20)(sound, sampling_rate=16000, return_tensors="pt").input_features
    model = WhisperForConditionalGeneration.from_pretrained(whisper, attn_implementation="eager").eval()
    with torch.no_grad():
        out = model(input_features=values, decoder_input_ids=torch.tensor([ids]), output_attentions=True)
    stack = np.concatenate([out.cross_attentions[layer][0].numpy() for layer in (1, 2)])[:, :, :125]  # 2.5 s of 20 ms
    stack = (stack - stack.mean(1, keepdims=True)) / (stack.std(1, keepdims=True) + 1e-9)
    np.testing.assert_allclose(seen.weights, median_filter(stack, (1, 1, 7), mode="nearest").mean(0)[4:], atol=1e-4)
    raw = torch.log_softmax(out.logits[0], -1).numpy()
    np.testing.assert_allclose(seen.log_probs, raw[np.arange(3, len(ids) - 1), ids[4:]], atol=1e-5)
    assert ["".join(text[a:b]) for a, b in seen.spans[:-1]] == list(text)
    assert seen.frame == pytest.approx(0.02)


def test_a_public_model_at_hand_is_in_the_pages_menu_and_aligns_and_others_are_named_as_missing(ctc, sound, monkeypatch):
    from mmviz.models import folders
    from mmviz.ui import speech_menus

    monkeypatch.setattr(folders, "cached", lambda repository: ctc if repository == "facebook/wav2vec2-base-960h" else None)
    titles = {name: title for title, name in speech_menus.aligners("en", "en")}
    assert titles["ctc:facebook/wav2vec2-base-960h"] == "wav2vec 2.0 base, English"
    assert titles["whisper:openai/whisper-tiny"] == "Whisper tiny, not on this machine"
    assert [name for _, name in speech_menus.ready("en", "en")][3:] == ["ctc:facebook/wav2vec2-base-960h"]
    assert "ctc:facebook/wav2vec2-base-960h" not in dict(map(reversed, speech_menus.aligners("zh", "en")))
    audio = Audio((sound * 32767).astype(np.int16))
    assert len(pipeline.speech(audio, "a cat", aligner="ctc:facebook/wav2vec2-base-960h").starts) == 2
    with pytest.raises(ModelError, match="openai/whisper-tiny is not on this machine; run hf download"):
        pipeline.speech(audio, "a cat", aligner="whisper:openai/whisper-tiny")


@pytest.mark.parametrize("kind", ["ctc", "whisper"])
def test_pins_are_kept_and_cut_the_sound(kind, request, sound):
    name, audio = f"{kind}:{request.getfixturevalue(kind)}", Audio((sound * 32767).astype(np.int16))
    found = pipeline.speech(audio, "the cat sat there", aligner=name, fixed=[(1, 0.5), (3, 2.0)])
    assert found.starts[[1, 3]].tolist() == [0.5, 2.0]
    assert found.starts[0] <= found.ends[0] <= 0.5 <= found.starts[2] <= found.ends[2] <= 2.0
    ended = pipeline.speech(audio, "the cat —", aligner=name, fixed=[(1, 0.5), (2, 2.0)])
    assert ended.starts[1] == 0.5  # nothing is spoken behind it
    with pytest.raises(MethodError, match='The pin at 1.00 s lies inside "cat"'):
        pipeline.speech(audio, "the cat", unit="char", aligner=name, fixed=[(4, 1.0)])


@pytest.mark.parametrize("kind", ["ctc", "whisper"])
def test_every_unit_has_a_time(kind, request, sound):
    name = f"{kind}:{request.getfixturevalue(kind)}"
    audio = Audio((sound * 32767).astype(np.int16))
    text = "The cat, 42 😀 sat 好."
    found = pipeline.speech(audio, text, aligner=name)
    assert list(found.names) == text.split()
    assert (np.diff(found.starts) >= 0).all()
    assert found.ends[-1] <= audio.seconds
    assert found.aligner == name
    assert found.starts[4] > found.starts[0]
    assert found.spoken.tolist() == [True, True, True, False, True, True]
    assert len(pipeline.speech(audio, text, aligner=name, unit="char").names) == len(text) - text.count(" ")


def test_a_model_that_is_not_there_is_named_with_the_way_to_get_it(sound):
    with pytest.raises(ModelError, match="hf download facebook/wav2vec2-base-960h"):
        pipeline.speech(Audio((sound * 32767).astype(np.int16)), "a cat", aligner="ctc:facebook/wav2vec2-base-960h")


def test_a_text_too_long_for_the_decoder_is_refused(whisper, sound):
    with pytest.raises(ModelError, match="tokens"):
        pipeline.speech(Audio((sound * 32767).astype(np.int16)), "many words " * 30, aligner=f"whisper:{whisper}")
