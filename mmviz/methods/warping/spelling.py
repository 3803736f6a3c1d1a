"""The likeliest way to spell a given text through the probabilities of letters, frame by frame (CTC)."""

import numpy as np

from mmviz.errors import MethodError

#: The least a frame costs, so that a forbidden step costs more.
LEAST = 1e-6


def align(log_probs: np.ndarray, words: list[str], letters: dict[str, int], blank: int) -> list[tuple[str, int, int, int, float]]:
    """Find the likeliest way of spelling words.

    Args:
        log_probs: shape (T, V), float32; logarithms of the probability of every letter in every frame.
        words: what is spelled, as the letters are written; no white space.
        letters: which column each letter has. A letter that has none may be any but the blank.
        blank: the column of the blank, which may stand between letters, and must between two of the same.

    Returns:
        For each letter: itself, the number of its word, its first and its last frame, and the mean logarithm of its probability.

    Raises:
        MethodError: there are more letters than frames.

    Source:
        Graves et al., 2006, section 4.1, doi:10.1145/1143844.1143891, with the maximum in place of the sum.
    """
    from mmviz.methods.warping import lattice

    spelled = [(letter, number) for number, word in enumerate(words) for letter in word]
    columns = [letters.get(letter, -1) for letter, _ in spelled]
    repeated = sum(a == b for a, b in zip(columns, columns[1:]))
    if not spelled or len(spelled) + repeated > len(log_probs):
        raise MethodError(
            f"{len(spelled):,} letters do not fit into {len(log_probs):,} frames; check that this text was spoken here."
        )
    anything = np.delete(log_probs, blank, 1).max(1)
    rows = [log_probs[:, blank]]
    optional = [True]
    for place, column in enumerate(columns):
        rows += [anything if column < 0 else log_probs[:, column], log_probs[:, blank]]
        optional += [False, place + 1 == len(columns) or columns[place + 1] != column]
    costs = np.maximum(-np.stack(rows), LEAST)
    _, path = lattice.cheapest(costs, weights=(1.0, 1.0, np.inf), optional=np.array(optional))
    found = []
    for place, (letter, number) in enumerate(spelled):
        frames = path[path[:, 0] == 2 * place + 1, 1]
        found.append((letter, number, int(frames[0]), int(frames[-1]), float(rows[2 * place + 1][frames].mean())))
    return found
