"""Texts as a checkpoint's tokenizer cuts them, with every token's place in the text as given."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mmviz.axes import TextAxis, TextUnit
from mmviz.media import text as text_media
from mmviz.samples import Text

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint


@dataclass(frozen=True)
class Tokens:
    """One text's tokens, the special ones left out.

    Attributes:
        ids: shape (T,), int.
        spans: shape (T, 2), int, in Unicode code points of the text.
        unknown: shape (T,), bool; the tokenizer has no piece for it.
        limit: how many of them the model reads; the rest is cut.
        input_ids: what the model gets: the first `limit` between its own beginning and end tokens.
        before: how many special tokens stand before the text's own.
    """

    ids: np.ndarray
    spans: np.ndarray
    unknown: np.ndarray
    limit: int
    input_ids: np.ndarray
    before: int

    def positions(self, spans: np.ndarray) -> np.ndarray:
        """Find where in `input_ids` each unit's tokens stand: first and last + 1, shape (Q, 2); equal where none is read."""
        rows = []
        for start, end in spans:
            own = np.flatnonzero(self._touches(start, end) & (np.arange(len(self.ids)) < self.limit))
            rows.append((self.before + own[0], self.before + own[-1] + 1) if len(own) else (0, 0))
        return np.array(rows, int).reshape(-1, 2)

    def axis(self, text: Text, unit: TextUnit) -> TextAxis:
        """Divide the text into units, each marked where it is cut or holds something unknown."""
        spans, kinds = text_media.units(text, "text" if unit == "token" else unit)
        if unit == "token":
            spans, kinds = np.vstack([self.spans, spans]), ("token",) * len(self.ids) + kinds
        cut = [bool(self._touches(*span)[self.limit :].any()) for span in spans]
        unknown = [self._is_unknown(*span) for span in spans]
        return TextAxis(text.text, spans, kinds, np.array(cut, bool), np.array(unknown, bool))

    def _touches(self, start: int, end: int) -> np.ndarray:
        return (self.spans[:, 0] < end) & (self.spans[:, 1] > start)

    def _is_unknown(self, start: int, end: int) -> bool:
        """Tell whether a unit has an unknown token, or no token at all."""
        own = self._touches(start, end)
        return not own.any() or bool(self.unknown[own].any())


def tokenize(checkpoint: "Checkpoint", text: str, frame: tuple[Sequence[int], Sequence[int]] | None = None) -> Tokens:
    """Cut a text into the checkpoint's tokens; names of special tokens in it are characters like any others.

    Args:
        checkpoint: with a fast tokenizer that, where no frame is given, ends a text with one special token.
        text: any text.
        frame: ids that stand before and behind a text instead of the tokenizer's own special tokens, at least one behind it.

    Returns:
        All its tokens, and those the model reads.
    """
    tokenizer = checkpoint.tokenizer
    found = tokenizer(
        text,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
        split_special_tokens=True,
        add_special_tokens=frame is None,
        truncation=False,
        padding=False,
        verbose=False,
    )
    before, after = frame or ((), ())
    ids = np.array([*before, *found["input_ids"], *after], int)
    inner = np.array(found["special_tokens_mask"], int) == 0
    own = np.concatenate([np.zeros(len(before), bool), inner, np.zeros(len(after), bool)])
    text_config = getattr(checkpoint.config, "text_config", checkpoint.config)
    longest = text_config.max_position_embeddings
    longest = min(longest, tokenizer.model_max_length) if frame is None else longest
    tail = max(len(after), 1)
    input_ids = ids if len(ids) <= longest else np.append(ids[: longest - tail], ids[-tail:])
    spans = np.array(found["offset_mapping"], int).reshape(-1, 2)[inner]
    return Tokens(
        ids=ids[own],
        spans=_with_marks(text, spans),
        unknown=ids[own] == tokenizer.unk_token_id,
        limit=int(own[: len(input_ids) - tail].sum()),
        input_ids=input_ids,
        before=int(np.argmax(own)) if own.any() else len(ids) - tail,
    )


def batch(checkpoint: "Checkpoint", texts: list[Tokens]) -> dict[str, "torch.Tensor"]:
    """Pad tokenized texts to one length, as the processor does: `input_ids` and `attention_mask`, shape (B, T)."""
    import torch

    length = max(len(text.input_ids) for text in texts)
    ids = torch.full((len(texts), length), checkpoint.tokenizer.pad_token_id or 0)  # whatever fills up is masked
    mask = torch.zeros((len(texts), length), dtype=torch.long)
    for row, text in enumerate(texts):
        ids[row, : len(text.input_ids)] = torch.from_numpy(text.input_ids)
        mask[row, : len(text.input_ids)] = 1
    return {"input_ids": ids.to(checkpoint.device), "attention_mask": mask.to(checkpoint.device)}


def _with_marks(text: str, spans: np.ndarray) -> np.ndarray:
    """Stretch spans over the combining marks that follow: normalising melts them into the letter before."""
    stretched = spans.copy()
    starts = set(spans[:, 0].tolist())
    for row, (_, end) in enumerate(spans):
        while end < len(text) and end not in starts and unicodedata.category(text[end])[0] == "M":
            end += 1
        stretched[row, 1] = end
    return stretched
