"""Terms: a text as the weights of its words, TF-IDF, with every word's place."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmviz.axes import TextAxis, TextUnit
from mmviz.errors import ModelError
from mmviz.media import text as text_media
from mmviz.media.words import find_words
from mmviz.samples import Text

FILE = "terms.json"
UNKNOWN = -1


@dataclass(frozen=True)
class Terms:
    """The words a model knows; two of one spelling, letters' case apart, are one term.

    It stands where other families have a tokenizer, and is called as one.

    Attributes:
        numbers: word in small letters -> number of its term, 0 to T - 1.
    """

    numbers: dict[str, int]
    all_special_tokens: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def __call__(self, text: str, **options: object) -> "Read":
        """Read a text; options of other tokenizers (special tokens, padding) mean nothing here."""
        spans = np.array(find_words(text), int).reshape(-1, 2)
        ids = [self.numbers.get(text[start:end].lower(), UNKNOWN) for start, end in spans]
        return Read(text, spans, np.array(ids, int))

    def counts(self, texts: Sequence[str]) -> np.ndarray:
        """Count every term in every text, shape (N, T), float32; what is no term counts nowhere."""
        found = np.zeros((len(texts), len(self)), np.float32)
        for row, text in enumerate(texts):
            ids = self(text).input_ids
            np.add.at(found[row], ids[ids != UNKNOWN], 1)
        return found

    def save(self, folder: Path) -> None:
        """Write `terms.json`: a list of words, each at the place of its number."""
        words = sorted(self.numbers, key=self.numbers.__getitem__)
        (folder / FILE).write_text(json.dumps(words, ensure_ascii=False, indent=0) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Terms":
        """Read what `save` wrote.

        Raises:
            ModelError: the file is no list of different words.
        """
        try:
            words = json.loads((folder / FILE).read_text("utf-8"))
        except (ValueError, OSError, RecursionError) as error:
            raise ModelError(f"{FILE} is damaged ({folder}); fetch or write it again.") from error
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words) or len({*words}) < len(words):
            raise ModelError(f"{FILE} is no list of different words ({folder}); fetch or write it again.")
        return cls({word: number for number, word in enumerate(words)})


@dataclass(frozen=True)
class Read:
    """A text's words in reading order.

    Attributes:
        text: as given.
        spans: shape (N, 2), int, in code points.
        input_ids: shape (N,), int: their terms, -1 for a word that is none.
    """

    text: str
    spans: np.ndarray
    input_ids: np.ndarray

    @property
    def is_known(self) -> bool:
        """Some word of it is a term."""
        return bool((self.input_ids != UNKNOWN).any())

    def axis(self, query: Text, unit: TextUnit) -> TextAxis:
        """Divide the text into units; tokens are its words, and nothing is cut."""
        spans, kinds = text_media.units(query, "text" if unit == "token" else unit)
        if unit == "token":
            spans, kinds = np.vstack([self.spans, spans]), ("token",) * len(self.spans) + kinds
        unknown = [not inside.any() or bool((self.input_ids[inside] == UNKNOWN).any()) for inside in self._within(spans)]
        return TextAxis(query.text, spans, kinds, np.zeros(len(spans), bool), np.array(unknown, bool))

    def shares(self, axis: TextAxis, count: int) -> np.ndarray:
        """Say which share of each of `count` terms falls to each unit of the text, shape (Q, T), float32.

        The words of one term have equal shares of it; a unit has those of the words inside it, the whole text all.
        """
        known = self.input_ids != UNKNOWN
        own = np.zeros((len(self.input_ids), count), np.float32)  # (N, T)
        own[np.flatnonzero(known), self.input_ids[known]] = 1
        return self._within(axis.spans).astype(np.float32) @ (own / np.maximum(own.sum(0), 1))

    def _within(self, spans: np.ndarray) -> np.ndarray:
        """Tell which words touch each span, (Q, N), bool."""
        return (self.spans[:, 0] < spans[:, 1:]) & (self.spans[:, 1] > spans[:, :1])


def tfidf(counts: np.ndarray, idf: np.ndarray) -> np.ndarray:
    """Weigh counts (N, T) by inverse document frequencies (T,) and scale rows to length 1; rows of nothing stay zero.

    As scikit-learn's TfidfVectorizer does with its defaults: tf * (ln((1 + n) / (1 + df)) + 1), then the Euclidean norm.

    Source:
        Salton and Buckley, 1988, Information Processing and Management 24, 513-523.
    """
    weighed = counts * idf
    return weighed / np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), np.finfo(np.float32).tiny)


def idf_of(counts: np.ndarray) -> np.ndarray:
    """Give the smoothed inverse document frequency of every column of counts (N, T): (T,), float32."""
    return (np.log((1 + len(counts)) / (1 + (counts > 0).sum(0))) + 1).astype(np.float32)
