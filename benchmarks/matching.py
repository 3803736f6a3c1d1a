"""How often matchers pair shots with clauses right on fresh worlds, and what that takes in time and memory."""

import argparse
import json
import resource
import time

import numpy as np

from mmviz import matched, pipeline
from mmviz.matchings import Constraints

#: Mean F1 over the noises that was asked of the network.
ASKED = {"mono": ">= 0.78", "swap": ">= 0.71", "block": ">= 0.73", "shuffle": "best other - 0.02"}
#: Shots and clauses, runs, and processor seconds asked for.
SIZES = ((30, 15, 20, 0.03), (125, 60, 5, 0.3), (500, 500, 1, 4), (2000, 2000, 1, 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=960, help="of four orders and four noises together")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for shots, clauses, runs, asked in SIZES:
        _time(shots, clauses, runs, asked)
    found = matched.figures(given.seed, given.worlds)
    for order, rows in found["f1"].items():
        for name, figure in rows.items():
            beside = {"asked": ASKED[order]} if name == "gnn" else {}
            _say(f"F1, {order}, {name}", round(figure["value"], 3), worlds=figure["n"], **beside)
    _say("expected calibration error, gnn", found["calibration"]["error"]["value"], asked="<= 0.03")
    _say("right of pairs with p of at least .8, gnn", found["calibration"]["sure_right"]["value"])
    for condition, rows in found["robust"].items():
        others = {name: round(figure["value"], 3) for name, figure in rows.items() if name != "gnn"}
        _say(f"F1, {condition.replace('_', ' ')}, gnn", round(rows["gnn"]["value"], 3), worlds=rows["gnn"]["n"], **others)


def _time(shots: int, clauses: int, runs: int, asked: float) -> None:
    """Time one matching, and one under a constraint, and say how much memory the process has had by then."""
    rng = np.random.default_rng(0)
    similarity = rng.normal(0, 0.2, (shots, clauses))
    similarity[np.arange(shots), np.arange(shots) * clauses // shots] += 0.6
    pipeline.match(similarity[:30, :15])  # libraries and weights are there
    started = time.process_time()
    for _ in range(runs):
        made = pipeline.match(similarity)
    took = (time.process_time() - started) / runs
    size = f"{shots:,} x {clauses:,}"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    _say(f"gnn, {size}", round(took, 4), "processor s", asked=f"<= {asked}", peak_GiB=round(memory, 2))
    if shots == 125:
        started = time.process_time()
        pipeline.rematch(made, constraints=Constraints(fixed=((5, 7),)))
        _say(f"again under a constraint, {size}", round(time.process_time() - started, 4), "processor s", asked="<= 0.3")


def _say(figure: str, value: float, unit: str = "", **beside: object) -> None:
    print(json.dumps({"figure": figure, "value": value, "unit": unit, **beside}), flush=True)


if __name__ == "__main__":
    main()
