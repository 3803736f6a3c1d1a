"""Deletion: how soon the score goes when the strongest patches are hidden first."""

from mmviz.registry import scores
from mmviz.trust.curves import area, compared
from mmviz.trust.evidence import Evidence
from mmviz.trusts import Area


@scores.add(
    "deletion",
    title="Deletion",
    needs={"masked"},
    paper="Petsiuk et al., 2018, arXiv:1806.07421",
)
def deletion(evidence: Evidence) -> dict[str, Area]:
    """Hide the strongest patches first, and average the score on the way.

    What is put in their place may itself look like something, so that one fill alone says little.

    Args:
        evidence: the unit's scores while parts of the picture are hidden.

    Returns:
        Fill -> area in the unit of the score, beside that of random maps; less is better. Nothing for a flat map. A random
        order that is shown is its reverse hidden, so that the random areas are those of insertion.

    Source:
        Petsiuk et al., 2018, section 4.3, arXiv:1806.07421.
    """
    if evidence.is_flat:
        return {}
    return {
        fill: compared(area(m.weakest, m.sizes), area(m.random, m.sizes), fill, more_is_better=False)
        for fill, m in evidence.masked.items()
    }
