"""The aligner `hybrid`: the anchor's path and pocketsphinx, unit by unit."""

import numpy as np

from mmviz.pipeline import anchoring, confidence, sphinx
from mmviz.pipeline.heard import Task
from mmviz.pipeline.tracks import Track

#: Two starts no further apart are two measurements of one; between them their mean is better than either, seconds.
TOGETHER = 0.06
#: How sure the path must be, and how unsure pocketsphinx, for the path to be taken where they disagree.
SURE, UNSURE = 0.8, 0.3


def run(task: Task) -> Track:
    """Find an English text in a sound twice, and take for every atom what the two make likely.

    Where both agree, the start is their mean. Where they do not, it is pocketsphinx', which does not take a breath or an "um" for
    the word after it; unless it found nothing there, or the path is sure and pocketsphinx is not.
    """
    anchor = anchoring.run(task)
    found = sphinx.listened(task, anchor)
    if found is None:
        return anchor
    return joined(anchor, found)


def joined(anchor: Track, found: Track) -> Track:
    """Join the anchor's track and pocketsphinx'."""
    n_atoms = len(anchor.confidence)
    ours, theirs = anchor.spans(n_atoms), found.spans(n_atoms)
    apart = np.abs(ours[0] - theirs[0])
    evidence = sphinx.agreement(apart, anchor)
    both, heard = apart <= TOGETHER, found.confidence > 0
    chosen = heard & ~((anchor.confidence > SURE) & (confidence.of("sphinx", evidence) < UNSURE))
    starts = np.where(both, (ours[0] + theirs[0]) / 2, np.where(chosen, theirs[0], ours[0]))
    ends = np.where(both, (ours[1] + theirs[1]) / 2, np.where(chosen, theirs[1], ours[1]))
    certain = np.where(heard, confidence.of("hybrid", evidence), anchor.confidence)
    return _moved(anchor, np.maximum.accumulate(starts), ends, certain)


def _moved(track: Track, starts: np.ndarray, ends: np.ndarray, certain: np.ndarray) -> Track:
    """Move and stretch the sounds of every atom to its new span."""
    ends = np.maximum(starts, np.minimum(ends, np.r_[starts[1:], np.inf]))
    before, after = track.spans(len(starts))
    lengths = np.maximum(after - before, 1e-6)[track.atoms]
    scale, base = (ends - starts)[track.atoms] / lengths, starts[track.atoms]
    moved = [
        np.clip(base + (times - before[track.atoms]) * scale, base, ends[track.atoms]) for times in (track.starts, track.ends)
    ]
    return Track(track.names, track.atoms, *moved, certain, track.spoken, track.gaps, track.matches, track.warp)
