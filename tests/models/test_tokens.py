"""Tokens and their places in the text as given."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmviz.media import text as media
from mmviz.models import tokens as own
from tests.models.tiny import make_bpe_tokenizer, make_wordpiece_tokenizer

LENGTH = 9
ODD = [
    "A red  cat",
    "CAFE\u0301 \u00c9COLE \u0130x",
    "一只红色的猫",
    "😀 cat 👨\u200d👩\u200d👧",
    "it's 3.5\u200bcat\x00red\tﬁne",
    "  cat  ",
    "ßtraẞe",
    "e\u0301\u0323",
]


def checkpoint(tokenizer, length: int = LENGTH) -> SimpleNamespace:
    config = SimpleNamespace(text_config=SimpleNamespace(max_position_embeddings=length))
    return SimpleNamespace(name="tiny", tokenizer=tokenizer, config=config, device="cpu")


WORDPIECE, BPE = checkpoint(make_wordpiece_tokenizer()), checkpoint(make_bpe_tokenizer())
BOTH = pytest.mark.parametrize("tiny", [WORDPIECE, BPE], ids=["wordpiece", "bpe"])


def labels(tiny, text: str) -> list[str]:
    return tokens_axis(tiny, text).labels[:-1]


def tokens_axis(tiny, text: str, unit: str = "token"):
    return own.tokenize(tiny, text).axis(media.parse(text), unit)


def test_word_pieces_keep_their_letters_as_written():
    assert labels(WORDPIECE, "A  RED fox 红猫") == ["A", "RED", "f", "o", "x", "红", "猫"]


def test_byte_pieces_of_one_character_share_its_place():
    assert labels(BPE, "红 CAT") == ["红", "红", "红", "CAT"]


@BOTH
def test_a_combining_mark_belongs_to_the_token_of_its_letter(tiny):
    assert labels(tiny, "cafe\u0301")[-1] == "e\u0301"


@BOTH
@pytest.mark.parametrize("text", ODD)
def test_every_letter_lies_in_some_token_of_odd_texts(tiny, text):
    tokens = own.tokenize(tiny, text)
    covered = {place for start, end in tokens.spans for place in range(start, end)}
    assert {place for place, character in enumerate(text) if character.isalnum()} <= covered
    assert (tokens.spans[:, 0] < tokens.spans[:, 1]).all()


@given(st.text(max_size=30))
def test_spans_stay_inside_any_text_and_never_go_back(text):
    for tiny in (WORDPIECE, BPE):
        spans = own.tokenize(tiny, text).spans
        assert (spans >= 0).all()
        assert (spans <= len(text)).all()
        assert (np.diff(spans[:, 0]) >= 0).all()


@BOTH
@pytest.mark.parametrize("text", ["a cat", "two red cats with a small blue tail under the tree", "一只红色的猫在树下面有小狗"])
def test_the_model_gets_what_the_tokenizer_alone_would_give_it(tiny, text):
    raw = tiny.tokenizer(text, truncation=True, max_length=LENGTH)["input_ids"]
    assert own.tokenize(tiny, text).input_ids.tolist() == raw


@BOTH
def test_a_batch_is_padded_as_the_tokenizer_pads_it(tiny):
    texts = ["a red cat", "cat", "一猫"]
    raw = tiny.tokenizer(texts, padding=True, return_tensors="pt")
    made = own.batch(tiny, [own.tokenize(tiny, text) for text in texts])
    assert made["input_ids"].tolist() == raw["input_ids"].tolist()
    assert made["attention_mask"].tolist() == raw["attention_mask"].tolist()


def test_words_beyond_the_models_length_are_kept_and_marked():
    axis = tokens_axis(WORDPIECE, "a red cat under the small tree with two tail", "word")  # 7 of 10 tokens fit
    assert axis.cut.tolist() == [False] * 7 + [True] * 3 + [True]
    assert axis.labels[-2] == "tail"


def test_a_word_half_of_which_is_cut_is_marked():
    fits = tokens_axis(WORDPIECE, "a red cat under fox", "word")  # 7 tokens, 7 are read
    assert not fits.cut.any()
    axis = tokens_axis(WORDPIECE, "a red cat under foxy", "word")
    assert axis.cut.tolist() == [False] * 4 + [True, True]


def test_a_text_that_just_fits_is_not_cut():
    axis = tokens_axis(WORDPIECE, "a red cat under the small tree", "token")
    assert len(axis) == 8
    assert not axis.cut.any()


def test_what_the_tokenizer_has_no_piece_for_is_unknown():
    axis = tokens_axis(WORDPIECE, "a red 🦊 7 \u0001cat", "word")
    assert dict(zip(axis.labels, axis.unknown.tolist(), strict=True)) == {
        "a": False,
        "red": False,
        "🦊": True,
        "7": True,
        "cat": False,
        axis.text: True,
    }


def test_bytes_know_every_word():
    assert not tokens_axis(BPE, "a 🦊 狐狸", "word").unknown.any()


@BOTH
def test_names_of_special_tokens_in_a_text_are_only_characters(tiny):
    ids = own.tokenize(tiny, "[SEP] cat <|endoftext|>").input_ids.tolist()
    end = tiny.tokenizer.eos_token_id or tiny.tokenizer.sep_token_id
    assert ids.count(end) == 1
    assert ids[-1] == end


def test_positions_find_a_words_tokens_in_the_models_input():
    tokens = own.tokenize(WORDPIECE, "fox cat")  # [CLS] f ##o ##x cat [SEP]
    np.testing.assert_array_equal(tokens.positions(np.array([[0, 3], [4, 7], [0, 7]])), [[1, 4], [4, 5], [1, 5]])


def test_positions_are_empty_for_what_is_cut():
    text = "a red cat under the small tree with"
    tokens = own.tokenize(WORDPIECE, text)
    assert tokens.positions(np.array([[31, 35], [0, 35]])).tolist() == [[0, 0], [1, 8]]
