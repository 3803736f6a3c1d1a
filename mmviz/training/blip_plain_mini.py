"""Train blip-plain-mini: blip-mini without the local contrast of tokens and regions, to show what that contrast does.

    python -m mmviz train blip-plain-mini --minutes 40

Everything else is the same, so the two side by side show what the local contrast teaches and what it costs.
"""

from typing import Any

from mmviz.training import blip_mini


def main(minutes: float = 40.0, seed: int = 0) -> dict[str, Any]:
    """Train, evaluate, write `models/blip-plain-mini/`; returns the figures."""
    return blip_mini.train(blip_mini.Options(name="blip-plain-mini", minutes=minutes, seed=seed, local=0.0))


if __name__ == "__main__":
    main()
