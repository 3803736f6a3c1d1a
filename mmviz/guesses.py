"""What a model takes hidden words of a text for."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Guess:
    """What a model guesses for one word that is hidden.

    Attributes:
        ids: the L tokens the word has; none where the model does not read it.
        names: V tokens, as the tokenizer writes them.
        chances: shape (N, L, V), float32; with each of N pictures, of every token at every place.
    """

    ids: tuple[int, ...]
    names: tuple[str, ...]
    chances: np.ndarray

    def __post_init__(self):
        if self.chances.shape[1:] != (len(self.ids), len(self.names)):
            raise ValueError(f"chances must be (N, {len(self.ids)}, {len(self.names)}), got {self.chances.shape}")

    @property
    def right(self) -> np.ndarray:
        """How likely the word itself is with each picture, shape (N,): the product over its tokens."""
        return self.chances[:, range(len(self.ids)), list(self.ids)].prod(1)
