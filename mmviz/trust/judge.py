"""Judge a map: every score on the same evidence, and what to say of them."""

from dataclasses import fields, replace

import numpy as np

from mmviz.registry import scores
from mmviz.results import Alignment
from mmviz.trust import sentence
from mmviz.trust.evidence import Evidence, Masked
from mmviz.trusts import Trust


def judge(
    alignment: Alignment,
    row: int,
    *,
    masked: dict[str, Masked] | None = None,
    boxes: np.ndarray | None = None,
    shuffled: np.ndarray | None = None,
    others: tuple[Alignment, ...] | None = None,
) -> Trust:
    """Measure how far one unit's map can be trusted; no model is run here.

    Args:
        alignment: the maps of all units.
        row: of the judged one, counted from 0.
        masked, boxes, shuffled, others: what it is judged by, as of Evidence; what was not made is None.

    Returns:
        Every score whose evidence is there, and what to say of them.
    """
    evidence = Evidence(alignment, row, masked, boxes, shuffled, others)
    found = {entry.name: entry.run(evidence) for entry in scores if _has(evidence, entry.needs)}
    own = {field.name for field in fields(Trust)}
    known = {name: value for name, value in found.items() if name in own}
    more = {entry.name: found.get(entry.name) for entry in scores if entry.name not in own}
    trust = Trust(unit=row, **known, more=more)
    said = sentence.remarks(trust, evidence)
    return replace(trust, remarks=said, sentence=sentence.english(said, alignment.key.kind))


def _has(evidence: Evidence, needs: frozenset[str]) -> bool:
    return all(getattr(evidence, name) is not None for name in needs)
