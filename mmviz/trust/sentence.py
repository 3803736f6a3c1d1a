"""What to say of a map's numbers: remarks for every language, and one English sentence."""

from collections.abc import Iterator

from mmviz.axes import NOUNS, KeyKind
from mmviz.registry import scores
from mmviz.trust.evidence import Evidence
from mmviz.trust.sinks import is_sink, strongest
from mmviz.trusts import Remark, Trust

#: From here on a number asks for care: share of random maps that do worse (below), likeness of words' maps, likeness to a
#: model of random blocks (either sign), mean agreement with other methods (below).
BETTER, ALIKE, SHUFFLED, AGREED = 0.9, 0.9, 0.5, 0.2
#: Key of a remark -> its English words, in which its numbers stand.
ENGLISH = {
    "flat": "the map is the same everywhere and points at nothing",
    "better": "better than {share:.0%} of {n} random maps",
    "hit": "the strongest {key} lies in the box ({iou:.0%} overlap)",
    "miss": "the strongest {key} lies outside the box ({iou:.0%} overlap)",
    "sinks": "{share:.0%} of the weight sits on {patches}, whatever the word",
    "alike": "the maps of different words are nearly the same (rank correlation {correlation:.2f})",
    "shuffled": "a model of random weights gives a like map (rank correlation {correlation:.2f})",
    "disagree": "other methods draw another map (mean rank correlation {correlation:.2f})",
    "care": "read with care",
    "unmeasured": "not measured: {names}",
}
#: Score -> what a sentence calls it.
NAMES = {
    "insertion": "insertion",
    "deletion": "deletion",
    "pointing": "pointing (no box in view)",
    "iou": "",  # said with pointing
    "sinks": "sinks",
    "word_similarity": "likeness of words' maps",
    "shuffled": "random weights",
    "agreement": "agreement of methods",
}


def remarks(trust: Trust, evidence: Evidence) -> tuple[Remark, ...]:
    """Say what the numbers of a map mean, the most telling first, and what was not measured."""
    found = [Remark("flat", is_warning=True)] if evidence.is_flat else list(_measured(trust, evidence))
    care = [Remark("care")] if any(remark.is_warning for remark in found) else []
    missing = [entry.name for entry in scores if getattr(trust, entry.name, trust.more.get(entry.name)) in (None, {})]
    return (*found, *care, *([Remark("unmeasured", {"names": missing})] if missing else []))


def english(said: tuple[Remark, ...], kind: KeyKind = "patch") -> str:
    """Put remarks into one English sentence; `kind` is what the judged map's columns are."""
    whole, (one, several) = "", NOUNS[kind]
    for remark in said:
        words = ENGLISH[remark.key].format(**_worded(remark, one, several), key=one)
        whole += (": " if remark.key == "care" else "; ") + words
    return whole[2:3].upper() + whole[3:] + "." if whole else ""


def _measured(trust: Trust, evidence: Evidence) -> Iterator[Remark]:
    if trust.better is not None:
        n = min(area.random.n for area in trust.insertion.values())
        yield Remark("better", {"share": trust.better, "n": n}, trust.better < BETTER)
    if trust.pointing is not None:
        hit = trust.pointing >= 0.5
        yield Remark("hit" if hit else "miss", {"iou": trust.iou}, not hit)
    if trust.sinks is not None and is_sink(evidence):
        yield Remark("sinks", {"share": trust.sinks, "patches": len(strongest(evidence))}, True)
    if trust.word_similarity is not None and trust.word_similarity >= ALIKE:
        yield Remark("alike", {"correlation": trust.word_similarity}, True)
    if trust.shuffled is not None and abs(trust.shuffled) >= SHUFFLED:
        yield Remark("shuffled", {"correlation": trust.shuffled}, True)
    mean = trust.agreement.mean if trust.agreement else None
    if mean is not None and mean < AGREED:
        yield Remark("disagree", {"correlation": mean}, True)


def _worded(remark: Remark, one: str, several: str) -> dict[str, object]:
    """Turn the numbers that are counts or names into words; `one` and `several` are what columns are called."""
    words = dict(remark.numbers)
    if "patches" in words:
        words["patches"] = f"one {one}" if words["patches"] == 1 else f"{words['patches']} {several}"
    if "names" in words:
        words["names"] = ", ".join(word for name in words["names"] if (word := NAMES.get(name, name.replace("_", " "))))
    return words
