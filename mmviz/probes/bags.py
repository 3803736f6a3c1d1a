"""Words of a text among the tokens that a model decodes."""

from collections.abc import Sequence

import numpy as np


def likely(tokens: Sequence[str], probabilities: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """Say how likely decoded texts have words.

    Args:
        tokens: V tokens, as a tokenizer writes them.
        probabilities: shape (N, V).
        words: W words; one that is no token is looked up character by character, as Chinese ones are, and is as likely as its
            least likely character.

    Returns:
        Shape (N, W); NaN where a word is made of none of the tokens.
    """
    places = {_plain(token): place for place, token in reversed(list(enumerate(tokens)))}  # of the same ones the first
    rows = []
    for word in words:
        pieces = [word.lower()] if word.lower() in places else [letter for letter in word.lower() if not letter.isascii()]
        known = bool(pieces) and all(piece in places for piece in pieces)
        rows.append(probabilities[:, [places[p] for p in pieces]].min(1) if known else np.full(len(probabilities), np.nan))
    return np.stack(rows, 1) if rows else np.zeros((len(probabilities), 0))


def strongest(tokens: Sequence[str], values: np.ndarray, text: str, count: int) -> np.ndarray:
    """Find the places of the tokens in a text's script with the largest values (V,), at most `count`, the largest first."""
    mine = of_script(tokens, text)
    order = np.argsort(-np.where(mine, values, -np.inf), kind="stable")
    return order[: min(count, int(mine.sum()))]


def of_script(tokens: Sequence[str], text: str) -> np.ndarray:
    """Say which tokens are written as a text is, in Chinese characters or in others, shape (V,), bool; no signs, no pieces."""
    wanted = any(_is_chinese(letter) for letter in text)
    return np.array([_plain(t).isalpha() and any(map(_is_chinese, t)) == wanted and not t.startswith("##") for t in tokens])


def _plain(token: str) -> str:
    """Take off what byte-level tokenizers write behind the end of a word."""
    return token.removesuffix("</w>").lower()


def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"
