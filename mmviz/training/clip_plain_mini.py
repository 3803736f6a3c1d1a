"""Train clip-plain-mini: the same towers as clip-mini, contrast of captions alone, as CLIP is in the paper.

    python -m mmviz train clip-plain-mini --minutes 14

No edited pairs, no patch labels, no places. Its failures (relations, negation, which colour belongs to what) are the
point: beside clip-mini they show what the contrast of ordinary captions does not teach.
"""

from typing import Any

from mmviz.training import clip_mini, material


def main(minutes: float = 14.0, seed: int = 0) -> dict[str, Any]:
    """Train, evaluate, write `models/clip-plain-mini/`; returns the figures."""
    options = clip_mini.Options(
        name="clip-plain-mini", minutes=minutes, seed=seed, mixes=((1.0, material.Mix().easy),), edits=False
    )
    return clip_mini.train(options, "python -m mmviz train clip-plain-mini")


if __name__ == "__main__":
    main()
