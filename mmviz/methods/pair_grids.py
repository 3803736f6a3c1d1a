"""Where the nodes of a graph of pairs are: all pairs of a matrix, or some of every row; and what they hear of one another."""

import numpy as np

SIDES = (-1, 0, 1)


class Grid:
    """All pairs of S shots with C clauses; values are (S, C, D)."""

    def __init__(self, shape: tuple[int, int], shot_links: np.ndarray, clause_links: np.ndarray):
        self.shape, self.links = shape, (shot_links, clause_links)

    def neighbours(self, h: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Sum what a node and its eight neighbours say, (S, C, D) to (S, C, H); weight is (H, D, 3, 3)."""
        heard = h @ weight[:, :, 1, 1].T
        for i in SIDES:
            for j in SIDES:
                if i or j:
                    self._hear(heard, h @ weight[:, :, 1 + i, 1 + j].T, (i, j))
        return heard

    def _hear(self, heard: np.ndarray, said: np.ndarray, side: tuple[int, int]) -> None:
        """Add what neighbours on one side said, weakened by the links it came over."""
        here, there, firm = [], [], []
        for axis, step in enumerate(side):
            n = self.shape[axis]
            here.append(slice(max(-step, 0), n - max(step, 0)))
            there.append(slice(max(step, 0), n - max(-step, 0)))
            firm.append(self.links[axis] if step else np.ones(n, np.float32))
        links = firm[0][:, None, None] * firm[1][None, :, None]
        said = said[tuple(there)]
        heard[tuple(here)] += said if links.all() and (links == 1).all() else said * links.astype(np.float32)

    def row(self, h: np.ndarray) -> np.ndarray:
        """Greatest and mean of each row, (S, 2 D)."""
        return np.concatenate([h.max(1), h.mean(1)], -1)

    def column(self, h: np.ndarray) -> np.ndarray:
        """Greatest and mean of each column, (C, 2 D)."""
        return np.concatenate([h.max(0), h.mean(0)], -1)

    def mean(self, h: np.ndarray) -> np.ndarray:
        """Mean of all nodes, (D,)."""
        return h.mean((0, 1))

    def by_row(self, told: np.ndarray) -> np.ndarray:
        """Give every node what its row was told, (S, H) to (S, 1, H)."""
        return told[:, None]

    def by_column(self, told: np.ndarray) -> np.ndarray:
        """Give every node what its column was told, (C, H) to (1, C, H)."""
        return told[None]

    def matrix(self, values: np.ndarray, absent: float) -> np.ndarray:
        """Give one value a pair, (S, C); `absent` where a pair is no node."""
        return values.copy()


class Pruned:
    """Some pairs, equally many of every shot; values are (N, D), shot by shot, clauses increasing."""

    def __init__(self, kept: np.ndarray, n_clauses: int, shot_links: np.ndarray, clause_links: np.ndarray):
        self.shape = (len(kept), n_clauses)
        self.rows, self.columns = np.repeat(np.arange(len(kept)), kept.shape[1]), kept.ravel()
        self.places = self.rows * n_clauses + self.columns
        self.links = tuple(np.concatenate([[0], links, [0]]).astype(np.float32) for links in (shot_links, clause_links))
        self.by_clause = np.argsort(self.columns, kind="stable")
        self.seen, self.starts = np.unique(self.columns[self.by_clause], return_index=True)

    def neighbours(self, h: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Sum what a node and its eight neighbours say, as far as these are nodes; weight is (H, D, 3, 3)."""
        heard = h @ weight[:, :, 1, 1].T
        for i in SIDES:
            for j in SIDES:
                if i or j:
                    here, there, links = self._beside(i, j)
                    heard[here] += (h[there] @ weight[:, :, 1 + i, 1 + j].T) * links[:, None]
        return heard

    def _beside(self, i: int, j: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Find the nodes that have a neighbour on one side, that neighbour, and how firm the way to it is."""
        rows, columns = self.rows + i, self.columns + j
        inside = (rows >= 0) & (rows < self.shape[0]) & (columns >= 0) & (columns < self.shape[1])
        wanted = rows * self.shape[1] + columns
        found = np.minimum(np.searchsorted(self.places, wanted), len(self.places) - 1)
        here = np.flatnonzero(inside & (self.places[found] == wanted))
        links = np.ones(len(here), np.float32)
        for links_of, at, step in ((self.links[0], self.rows, i), (self.links[1], self.columns, j)):
            if step:
                links = links * links_of[at[here] + max(step, 0)]
        return here, found[here], links

    def row(self, h: np.ndarray) -> np.ndarray:
        """Greatest and mean of each row's nodes, (S, 2 D)."""
        own = h.reshape(self.shape[0], -1, h.shape[-1])
        return np.concatenate([own.max(1), own.mean(1)], -1)

    def column(self, h: np.ndarray) -> np.ndarray:
        """Greatest and mean of each column's nodes, (C, 2 D); 0 where it has none."""
        own, gathered = h[self.by_clause], np.zeros((self.shape[1], 2 * h.shape[-1]), h.dtype)
        counts = np.diff(np.append(self.starts, len(own)))[:, None]
        gathered[self.seen, : h.shape[-1]] = np.maximum.reduceat(own, self.starts)
        gathered[self.seen, h.shape[-1] :] = np.add.reduceat(own, self.starts) / counts
        return gathered

    def mean(self, h: np.ndarray) -> np.ndarray:
        """Mean of all nodes, (D,)."""
        return h.mean(0)

    def by_row(self, told: np.ndarray) -> np.ndarray:
        """Give every node what its row was told, (S, H) to (N, H)."""
        return told[self.rows]

    def by_column(self, told: np.ndarray) -> np.ndarray:
        """Give every node what its column was told, (C, H) to (N, H)."""
        return told[self.columns]

    def matrix(self, values: np.ndarray, absent: float) -> np.ndarray:
        """Give one value a pair, (S, C); `absent` where a pair is no node."""
        whole = np.full(self.shape, absent, values.dtype)
        whole[self.rows, self.columns] = values
        return whole
