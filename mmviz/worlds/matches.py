"""Matchings whose truth is known: similarities of the shots of a made-up film with the clauses of a text about it.

Nothing is drawn: shots and clauses are vectors around events, so that any number of worlds costs nothing and a matcher of
similarities can be trained and measured on fresh ones.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from mmviz.errors import StorageError
from mmviz.worlds.spec import rng_of

ClauseOrder = Literal["mono", "swap", "block", "shuffle"]
ORDERS: tuple[ClauseOrder, ...] = get_args(ClauseOrder)
NOISES = (0.4, 0.8, 1.2, 1.6)
#: Numbers in a vector.
DIMENSION = 32
VERSION, SPLIT = 1, "draw"


@dataclass(frozen=True)
class MatchWorld:
    """Similarities of S shots with C clauses, and which belong together.

    Attributes:
        similarity: shape (S, C), float32, cosines.
        clause_of: shape (S,), int; the clause each shot shows, -1 where it shows none.
        event_of: shape (S,), int; the event each shot is of, -1 for a distractor: shots of one event look alike.
        turns: shape (C - 1,), bool; the next clause does not tell what comes next in the film's order.
        order, noise: as of `world`.
    """

    similarity: np.ndarray
    clause_of: np.ndarray
    event_of: np.ndarray
    turns: np.ndarray
    order: ClauseOrder
    noise: float

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The pairs (shot, clause) that belong together."""
        return [(shot, int(clause)) for shot, clause in enumerate(self.clause_of) if clause >= 0]


def generator(split: str, *numbers: int) -> np.random.Generator:
    """Make the random stream of a piece of material; different splits never share one."""
    return np.random.default_rng(rng_of(split, *numbers).getrandbits(128))


def world(
    rng: np.random.Generator,
    order: ClauseOrder,
    noise: float,
    *,
    dimension: int = DIMENSION,
    events: tuple[int, int] = (8, 18),
    hubness: float = 0.0,
) -> MatchWorld:
    """Make up one film and the text about it.

    Of E events half share an entity with others and look like them. Each has one to three shots (.5, .3, .2), after which
    distractor shots come while a coin of .2 says so, half like the event. A clause tells 85 % of the events, and unrelated
    ones come while a coin of .15 says so; then the clauses are put in `order`.

    Args:
        rng: where chance comes from.
        order: "mono" as in the film; "swap" with 30 % of neighbours exchanged; "block" with 2 to 4 blocks in another order;
            "shuffle" in any.
        noise: of every unit, in multiples of the event's own length; 2.5 times as much for a quarter of the units.
        dimension: of the vectors.
        events: least and most of E.
        hubness: how far one random direction is added to some of the clauses, which are then near to everything.

    Returns:
        The cosines, and the truth.
    """
    count = int(rng.integers(events[0], events[1] + 1))
    means = _events(rng, count, dimension)
    shots, event_of = _shots(rng, means)
    clauses, told = _clauses(rng, means)
    places = arrange(rng, len(told), order)
    told = told[places]
    shot_embeds = _noisy(rng, shots, event_of >= 0, noise)
    clause_embeds = _noisy(rng, clauses[places], told >= 0, noise)
    if hubness:
        hub = _unit(rng.normal(size=dimension))
        shot_embeds = _unit(shot_embeds + hubness * hub)
        clause_embeds = _unit(clause_embeds + hubness * hub * rng.random((len(told), 1)))
    clause_by_event = {int(event): clause for clause, event in enumerate(told) if event >= 0}
    clause_of = np.array([clause_by_event.get(int(event), -1) if event >= 0 else -1 for event in event_of])
    similarity = (shot_embeds @ clause_embeds.T).astype(np.float32)
    return MatchWorld(similarity, clause_of, event_of, np.diff(places) != 1, order, noise)


def arrange(rng: np.random.Generator, n: int, order: ClauseOrder) -> np.ndarray:
    """Put n clauses in an order; gives which clause of the film's order stands at each place, shape (n,)."""
    places = np.arange(n)
    if order == "swap":
        at = 0
        while at < n - 1:
            swapped = rng.random() < 0.3
            if swapped:
                places[at : at + 2] = places[at : at + 2][::-1]
            at += 1 + swapped
    if order == "block" and n > 1:
        blocks = np.split(places, np.sort(rng.choice(np.arange(1, n), min(int(rng.integers(2, 5)), n) - 1, replace=False)))
        turned = np.arange(len(blocks))
        while (turned == np.arange(len(blocks))).all():
            turned = rng.permutation(len(blocks))
        places = np.concatenate([blocks[block] for block in turned])
    return rng.permutation(n) if order == "shuffle" else places


def write(seed: int, count: int, folder: Path) -> dict[str, Any]:
    """Write similarities and their truth, orders and noises in turn.

    Returns:
        As contracted for `draw`: `files`, and `truth`, the path of truth.json.
    """
    import json

    items = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for index in range(count):
            order, noise = ORDERS[index % 4], NOISES[index // 4 % 4]
            made = world(generator(SPLIT, 11, seed, index), order, noise)
            name = f"match-{seed}-{index:04d}.npy"
            np.save(folder / name, made.similarity)
            pairs = [list(pair) for pair in made.pairs]
            items.append({"file": name, "order": order, "noise": noise, "pairs": pairs})
        truth = {"version": VERSION, "kind": "matches", "split": SPLIT, "seed": seed, "items": items}
        (folder / "truth.json").write_text(json.dumps(truth) + "\n", "utf-8")
    except OSError as error:
        raise StorageError(f"{folder} cannot be written ({error.strerror}); make room or name another by --out.") from error
    return {"files": [item["file"] for item in items], "truth": str(folder / "truth.json")}


def _events(rng: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    """Make events of unit length, half of them around the entities of a small pool."""
    pool = _unit(rng.normal(size=(max(2, count // 3), dimension)))
    own = _unit(rng.normal(size=(count, dimension)))
    alike = _unit(pool[rng.integers(len(pool), size=count)] + 0.35 * own)
    return np.where(rng.random((count, 1)) < 0.5, alike, own)


def _shots(rng: np.random.Generator, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give what every shot is around, shape (S, D), and its event, -1 for distractors."""
    rows, event_of = [], []
    for event, mean in enumerate(means):
        for _ in range(int(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2]))):
            rows.append(mean)
            event_of.append(event)
        while rng.random() < 0.2:
            away = _unit(rng.normal(size=len(mean)))
            rows.append(_unit(mean + 0.8 * away) if rng.random() < 0.5 else away)
            event_of.append(-1)
    return np.array(rows), np.array(event_of)


def _clauses(rng: np.random.Generator, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give what every clause is around, shape (C, D), and the event it tells, -1 where it is unrelated."""
    rows, told = [], []
    for event, mean in enumerate(means):
        if rng.random() < 0.85:
            rows.append(mean)
            told.append(event)
        while rng.random() < 0.15:
            rows.append(_unit(rng.normal(size=len(mean))))
            told.append(-1)
    return (np.array(rows), np.array(told)) if rows else (means[:1], np.array([0]))


def _noisy(rng: np.random.Generator, means: np.ndarray, of_event: np.ndarray, noise: float) -> np.ndarray:
    """Move units of events away from these, a quarter of them far."""
    size = noise * np.where(rng.random((len(means), 1)) < 0.25, 2.5, 1.0) * of_event[:, None]
    return _unit(means + size * rng.normal(size=means.shape) / np.sqrt(means.shape[1]))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
