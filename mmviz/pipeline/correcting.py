"""What a visitor corrects: pairs fixed and forbidden, and the same pairs after shots or clauses were split or merged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from mmviz.matchings import Constraints

Pair = tuple[int, int]
Side = Literal["shots", "clauses"]
#: The clause of a shot that belongs to none.
NONE = -1


def fix(about: Constraints, shot: int, clause: int) -> Constraints:
    """Say that a shot belongs to a clause, or with `NONE` to none; a shot has one at most."""
    others = tuple(pair for pair in about.fixed if pair[0] != shot)
    return replace(about, fixed=(*others, (shot, clause)), forbidden=_without(about.forbidden, (shot, clause)))


def forbid(about: Constraints, shot: int, clause: int) -> Constraints:
    """Say that a shot does not belong to a clause."""
    forbidden = (*_without(about.forbidden, (shot, clause)), (shot, clause))
    return replace(about, fixed=_without(about.fixed, (shot, clause)), forbidden=forbidden)


def free(about: Constraints, shot: int, clause: int) -> Constraints:
    """Take back what was said of a pair."""
    return replace(about, fixed=_without(about.fixed, (shot, clause)), forbidden=_without(about.forbidden, (shot, clause)))


def move(about: Constraints, old: Pair | None, new: Pair) -> Constraints:
    """Say that an edge was drawn from or to the wrong place; without an old one, a new edge is drawn."""
    moved = about if old is None or old == new or old[0] == new[0] else forbid(about, *old)
    return fix(moved, *new)


def after_merge(about: Constraints, side: Side, first: int) -> Constraints:
    """Say the same of the units there are once unit `first` and the next one are one."""
    return _renumbered(about, side, lambda n: (n if n <= first else n - 1,))


def after_split(about: Constraints, side: Side, split: int) -> Constraints:
    """Say the same once unit `split` is two: both halves of a shot keep what was said of it, a fixed clause its first half."""
    if side == "shots":
        return _renumbered(about, side, lambda n: (n,) if n < split else (n, n + 1) if n == split else (n + 1,))
    fixed = _renumbered(about, side, lambda n: (n,) if n <= split else (n + 1,)).fixed
    forbidden = _renumbered(about, side, lambda n: (n,) if n < split else (n, n + 1) if n == split else (n + 1,)).forbidden
    return replace(about, fixed=fixed, forbidden=forbidden)


def _without(pairs: tuple[Pair, ...], gone: Pair) -> tuple[Pair, ...]:
    return tuple(pair for pair in pairs if pair != gone)


def _renumbered(about: Constraints, side: Side, places: Callable[[int], tuple[int, ...]]) -> Constraints:
    """Give every pair the numbers its units have now; of several clauses a shot is fixed to, the last one said stays."""

    def moved(pairs: tuple[Pair, ...]) -> list[Pair]:
        if side == "shots":
            return [(shot, clause) for old, clause in pairs for shot in places(old)]
        return [(shot, clause) for shot, old in pairs for clause in (places(old) if old >= 0 else (old,))]

    fixed = dict(moved(about.fixed))
    forbidden = dict.fromkeys(pair for pair in moved(about.forbidden) if fixed.get(pair[0]) != pair[1])
    return replace(about, fixed=tuple(fixed.items()), forbidden=tuple(forbidden))
