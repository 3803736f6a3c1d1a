"""How near aligners come to known times, what notices a wrong text, and what an hour costs; real speech where ../shared/data lies."""

import json
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmviz import pipeline  # noqa: E402
from mmviz.media import textgrid  # noqa: E402
from mmviz.samples import Audio  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
HOUR = 3600
#: Another seed than that of the material the confidence was fitted on; sentences are the same, voices and noise are not.
SEED, FRESH = 7, 24


def main() -> None:
    if sys.argv[1:2] == ["--hour"]:
        return hour_in_here(Path(sys.argv[2]), Path(sys.argv[3]))
    if DATA.is_dir():
        real()
    fresh()
    return hour()


def tell(figure: str, value: float, unit: str, goal: str = "") -> None:
    print(json.dumps({"figure": figure, "value": round(float(value), 3), "unit": unit, "goal": goal}), flush=True)


def real() -> None:
    """Speech by people: eight words labelled by hand, five utterances timed by pocketsphinx, twenty Mandarin syllables."""
    hand = json.loads((DATA / "speech_hand" / "words.json").read_text("utf-8"))
    for aligner in ("dtw", "pocketsphinx", "hybrid"):
        off = [
            pipeline.speech(DATA / "speech_hand" / name, " ".join(w["text"].lower() for w in words), aligner=aligner).starts
            - [w["start"] for w in words]
            for name, words in hand.items()
        ]
        off = 1000 * np.abs(np.concatenate(off))
        tell(f"speech_hand, eight words, {aligner}: mean error of starts", off.mean(), "ms", "20")
        tell(f"speech_hand, eight words, {aligner}: within 50 ms", (off <= 50).mean(), "share", ".93")
    apart = np.concatenate([np.abs(pipeline.speech(path, text).starts - starts) for path, text, starts in read_aloud()])
    tell("speech_en, dtw from pocketsphinx: median difference", 1000 * np.median(apart), "ms", "20")
    tell("speech_en, dtw from pocketsphinx: within 50 ms", (apart <= 0.05).mean(), "share")
    apart = np.concatenate(
        [np.abs(pipeline.speech(path, text, "zh", "char").starts - starts) for path, text, starts in mandarin()]
    )
    tell(f"speech_zh, {len(apart)} syllables, dtw: 90th percentile", 1000 * np.quantile(apart, 0.9), "ms", "80")


def read_aloud():
    for path in sorted((DATA / "speech_en").glob("*-[0-9]*.wav")):
        words = [w for w in json.loads(path.with_suffix(".json").read_text("utf-8"))["w"] if w["t"][0] not in "<["]
        yield path, " ".join(re.sub(r"\(\d\)", "", w["t"]) for w in words), [w["b"] for w in words]


def mandarin():
    folder = DATA / "speech_zh" / "local"
    for name, text in (("SSB00050015", "经广州日报报道后成为了社会热点"), ("SSB16240001", "这绝对不行")):
        tiers = {tier.name: tier for tier in textgrid.parse(folder / f"{name}.TextGrid")}
        phones = tiers["phones"]
        finals = np.array([label[-1:].isdigit() for label in phones.labels])  # each after its initial
        starts = [start for start, is_final in zip(phones.starts, finals[1:]) if is_final]
        if "words" in tiers:
            words = tiers["words"]
            starts = [start for start, label in zip(words.starts, words.labels) if label not in ("", "[SIL]")]
        yield folder / f"{name}_16k.wav", text, starts


def fresh() -> None:
    """Speech by other voices of espeak-ng, never to be quoted as accuracy: is a wrong text noticed, does a confidence hold."""
    from sklearn.metrics import roc_auc_score

    fitting = load(ROOT / "docs" / "write_confidence.py")
    rng = np.random.default_rng(SEED)
    every = list(fitting.planted(rng))
    chosen = [every[i] for i in rng.choice(len(every), FRESH, replace=False)] + (list(fitting.real(rng)) if DATA.is_dir() else [])
    scores, sure, near, timed = {}, [], [], []
    for one in chosen:  # every text has a process of its own here, as it has for users
        sound = Audio(np.rint(one.samples * 32767).astype(np.int16))
        for case in fitting.CASES:
            places, words = fitting.text_of(one, case, rng)
            text = (" " if one.language == "en" else "").join(words)
            found = pipeline.speech(sound, text, one.language, "word" if one.language == "en" else "char")
            timed.append(np.isfinite(found.starts).all() and len(found.names) == len(words))
            scores.setdefault(case, []).append(found.matches)
            if case == "right" and one.name.startswith("planted"):
                sure += found.confidence.tolist()
                near += (np.abs(found.starts - one.starts[places]) <= 0.05).tolist()
    wrong = {case: values for case, values in scores.items() if case != "right"}
    for case, values in [("all", sum(wrong.values(), [])), *wrong.items()]:
        truth = [True] * len(scores["right"]) + [False] * len(values)
        goal = ".95" if case == "all" else ""
        tell(
            f"wrong text noticed, {case}, {len(values)} texts: area under the curve",
            roc_auc_score(truth, scores["right"] + values),
            "",
            goal,
        )
    tell("planted: expected calibration error of starts within 50 ms", fitting.error(np.array(sure), np.array(near)), "", ".05")
    tell("planted: starts within 50 ms", np.mean(near), "share")
    tell("units with a time", np.mean(timed), "share", "1")


def load(path: Path):
    spec = spec_from_file_location(path.stem, path)
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def hour() -> None:
    """Align an hour of synthetic speech, as MP3, in a process of its own."""
    import soundfile

    fitting = load(ROOT / "docs" / "write_confidence.py")
    rng = np.random.default_rng(SEED)
    parts, words, starts, seconds = [], [], [], 0.0
    sentences = fitting.SENTENCES["en"]
    spoken = fitting.spoken_at_once(sentences, ["en"] * len(sentences), ["en-gb+f2"] * len(sentences))
    pool = [(*fitting.paused(made, len(text.split()), rng), text.split()) for text, _, made in spoken]
    while seconds < HOUR:
        samples, began, _, said = pool[int(rng.integers(len(pool)))]
        starts += list(began + seconds)
        words += said
        parts.append(samples)
        seconds += len(samples) / 16000
    with tempfile.TemporaryDirectory() as folder:
        sound, text = Path(folder) / "hour.mp3", Path(folder) / "hour.txt"
        soundfile.write(sound, np.concatenate(parts)[: HOUR * 16000], 16000, format="MP3")
        kept = int(np.searchsorted(starts, HOUR - 1))
        text.write_text(" ".join(words[:kept]), "utf-8")
        np.save(Path(folder) / "hour.npy", np.array(starts[:kept]))
        subprocess.run([sys.executable, __file__, "--hour", str(sound), str(text)], check=True)


def hour_in_here(sound: Path, text: Path) -> None:
    starts, words = np.load(sound.with_suffix(".npy")), text.read_text("utf-8")
    pipeline.speech(Audio((np.random.default_rng(0).normal(size=32000) * 900).astype(np.int16)), "warm the compiled code")
    began, processor, watched = time.perf_counter(), cpu(), []
    done = threading.Event()
    watch = threading.Thread(target=lambda: [watched.append(memory()) for _ in iter(lambda: done.wait(0.2), True)], daemon=True)
    watch.start()
    found = pipeline.speech(sound, words, progress=lambda stage, part, of: None)
    tell(f"one hour, {len(starts):,} words, MP3: wall", time.perf_counter() - began, "s", "20")
    tell("one hour: processor", cpu() - processor, "s")
    done.set()
    watch.join()
    tell("one hour: peak memory, processes of espeak-ng included", max(watched) / 1024, "MiB", "700")
    off = np.abs(found.starts - starts)
    tell("one hour: starts within 50 ms of where they were planted", (off <= 0.05).mean(), "share")
    tell("one hour: text matches", found.matches, "")


def memory() -> int:
    """Sum what this process and its children hold now, in kB; one that is about to become another program still shows this one's memory."""
    own = read(Path("/proc/self/cmdline"))
    children = [name for file in Path("/proc/self/task").glob("*/children") for name in read(file).split()]
    children = [name for name in children if read(Path("/proc") / name / "cmdline") != own]
    held = [re.search(r"VmRSS:\s+(\d+)", read(Path("/proc") / name / "status")) for name in ("self", *children)]
    return sum(int(found[1]) for found in held if found)


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it ended meanwhile
        return ""


def cpu() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    main()
