"""Exact dynamic time warping beside librosa and dtaidistance in the same run: processor seconds, memory, the same path."""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

FEATURES = 13
#: Bytes a cell that must be free before a program is asked: of matrices of costs, sums and steps.
NEEDED = {"mmviz": 0, "librosa": 22, "dtaidistance": 9}
MINE = "mmviz"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, nargs="*", default=[2000, 6000, 20000])
    for n in parser.parse_args().frames:
        compare(n)


def compare(n: int) -> None:
    """Warp n frames on n by each program, in a process of its own."""
    engines = [name for name in ENGINES if n * n * NEEDED[name] < available()]
    found = {name: alone(name, n) for name in engines}
    seconds, megabytes, path = found[MINE]
    row = {"figure": f"{n:,} x {n:,} x {FEATURES}, with the path", "value": round(seconds, 3), "unit": "s of processor time"}
    row |= {"gigacells_a_second": round(n * n / seconds / 1e9, 2), "MB_over_the_inputs": round(megabytes, 1)}
    print(json.dumps(row | ({"asked_MB": "<= 25"} if n == 20000 else {})), flush=True)
    for name in engines[1:]:
        theirs, room, other = found[name]
        asked = {"librosa": ">= 45", "dtaidistance": ">= 8"}[name]
        row = {"figure": f"{n:,} x {n:,}: {name}", "value": round(theirs, 2), "unit": "s of processor time"}
        row |= {"times_ours": round(theirs / seconds, 1), **({"asked_times": asked} if n == 20000 else {})}
        row |= {"MB": round(room), "same_path": bool(np.array_equal(path, other))}
        print(json.dumps(row), flush=True)
    for name in set(ENGINES) - set(engines):
        print(
            json.dumps(
                {"figure": f"{n:,} x {n:,}: {name}", "value": "not run", "needs_GB": round(n * n * NEEDED[name] / 2**30, 1)}
            )
        )


def alone(name: str, n: int) -> tuple[float, float, np.ndarray]:
    """Run one program in a fresh process: seconds, megabytes over what it had before, and the path."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (name, n))


def measured(name: str, n: int) -> tuple[float, float, np.ndarray]:
    rng = np.random.default_rng(n)
    x, y = (rng.normal(size=(n, FEATURES)).cumsum(0) for _ in range(2))
    run = ENGINES[name]()
    run(x[:300], y[:300])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(3 if name == MINE else 1):
        start = time.process_time()
        path = run(x, y)
        times.append(time.process_time() - start)
    return min(times), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, np.asarray(path)


def mmviz() -> Callable:
    from mmviz.methods import dtw

    dtw.prepare()
    return lambda x, y: dtw.dtw(x, y)[1]


def librosa() -> Callable:
    import librosa.sequence

    return lambda x, y: librosa.sequence.dtw(x.T, y.T)[1][::-1]


def dtaidistance() -> Callable:
    from dtaidistance import dtw, dtw_ndim

    def run(x: np.ndarray, y: np.ndarray) -> list:
        return dtw.best_path(dtw_ndim.warping_paths_fast(x, y, inner_dist="euclidean")[1])

    return run


def available() -> int:
    """Give the bytes of memory that are free on this machine."""
    found = {line.split(":")[0]: line.split()[1] for line in Path("/proc/meminfo").read_text("ascii").splitlines()}
    return 1024 * int(found["MemAvailable"])


ENGINES = {MINE: mmviz, "librosa": librosa, "dtaidistance": dtaidistance}


if __name__ == "__main__":
    main()
