"""Insertion: how soon the score comes when the strongest patches are shown first."""

from mmviz.registry import scores
from mmviz.trust.curves import area, compared
from mmviz.trust.evidence import Evidence
from mmviz.trusts import Area


@scores.add(
    "insertion",
    title="Insertion",
    needs={"masked"},
    paper="Petsiuk et al., 2018, arXiv:1806.07421",
)
def insertion(evidence: Evidence) -> dict[str, Area]:
    """Show the strongest patches first on a hidden picture, and average the score on the way.

    Args:
        evidence: the unit's scores while parts of the picture are hidden.

    Returns:
        Fill -> area in the unit of the score, beside that of random maps; more is better. Nothing for a flat map.

    Source:
        Petsiuk et al., 2018, section 4.3, arXiv:1806.07421.
    """
    if evidence.is_flat:
        return {}
    return {
        fill: compared(area(m.strongest, m.sizes), area(m.random, m.sizes), fill, more_is_better=True)
        for fill, m in evidence.masked.items()
    }
