"""Fit the numbers of mmviz/pipeline/confidence.json: how evidence on a path turns into probabilities.

Material: sentences of this file, spoken by voices of espeak-ng the aligner does not use, with pauses, rooms, filters and noise; and, where
../shared/data/speech_en, speech_hand and speech_zh lie beside the project, their nine utterances. Each is aligned with its own text, and with texts that
are wrong in known places: another sentence, one half of another, words inserted, words left out. Folds never share a sentence.
"""

import dataclasses
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmviz.media import audio, speech, spoken, textgrid  # noqa: E402
from mmviz.methods.warping import evidence  # noqa: E402
from mmviz.pipeline import anchoring, confidence, heard, hybrid, sphinx  # noqa: E402
from mmviz.pipeline.tracks import Track  # noqa: E402
from mmviz.samples import Audio  # noqa: E402

SENTENCES = {
    "en": """the old lighthouse keeper climbed the stairs every evening before the storm
she bought three apples and a loaf of bread at the market
nobody knew why the river had turned green overnight
my brother forgot his umbrella on the train again
we walked along the beach until the sun went down
the museum opens at nine and closes at half past five
a small dog was sleeping under the wooden bench
they painted the kitchen yellow during the summer holidays
could you please tell me where the nearest station is
the teacher wrote a long sentence on the blackboard
after dinner the children played cards and drank hot chocolate
heavy rain flooded the narrow streets of the village
his grandmother told him stories about ships and pirates
the committee decided to postpone the meeting until thursday
fresh snow covered the mountains when we woke up
the engineer repaired the broken bridge within two weeks
i would rather stay at home than go out in this weather
the orchestra practised the same passage over and over
wild horses ran across the empty field in the morning
her new computer is much faster than the previous one
the farmer sold his cows and bought a tractor instead
several passengers complained about the noise in the cabin
winter nights are long and quiet in the northern forest
the baker gave us a warm roll for free
you should never swim alone in a deep lake
the scientists measured the temperature of the ocean every hour
a letter arrived yesterday from an unknown address
the cat jumped from the roof into the garden""".split("\n"),
    "zh": """今天早上我在公园里看见了一只白色的小狗
妈妈买了三个苹果和一些面包
这座城市的冬天非常寒冷
他每天骑自行车去学校上课
我们晚上一起看了一部有趣的电影
图书馆里有很多人在安静地看书
昨天下午突然下起了大雨
爷爷喜欢在河边钓鱼
这条路一直通到山顶上的寺庙
她的房间里挂着一幅漂亮的画
老师让我们写一篇关于春天的作文
火车晚上八点从北京出发
小朋友们在操场上踢足球
医生告诉他要多喝水多休息
厨房里飘来了阵阵香味
这家商店的衣服又便宜又好看
我打算明年去南方旅行
月亮慢慢地从云后面出来了""".split("\n"),
}
VOICES = {"en": "en-us+f2 en-gb en-gb-x-rp+f4 en-us+m3 en-029 en-us+m7".split(), "zh": "cmn+f2 cmn+m3 cmn+f4 cmn+m7".split()}
CASES = ("right", "other", "half", "inserted", "skipped")
#: How often a right text counts: as often as wrong ones of three kinds.
RIGHT = 3
SPEEDS = (115, 145, 175, 210)
FOLDS, SEED = 8, 20261129
#: Seconds a start may be off and count as right.
NEAR = 0.05
NEUTRAL = {"means": [0.0] * 3, "deviations": [1.0] * 3, "weights": [0.0] * 6, "bias": 0.0}


@dataclasses.dataclass(frozen=True)
class Utterance:
    """A sound with the true times of its words: name, language, samples at 16 kHz, words, starts and ends in seconds."""

    name: str
    language: str
    samples: np.ndarray
    words: list[str]
    starts: np.ndarray
    ends: np.ndarray


def main() -> None:
    """Make the material, align it, fit and write."""
    rng = np.random.default_rng(SEED)
    asked = [(one, case, *text_of(one, case, rng)) for one in [*planted(rng), *real(rng)] for case in CASES]
    anchors = iter(
        spoken_at_once(
            [(" " if one.language == "en" else "").join(words) for one, _, _, words in asked], [one.language for one, *_ in asked]
        )
    )
    rows: dict[str, list] = defaultdict(list)
    found = [collect(one, case, places, next(anchors), rows) for one, case, places, _ in asked]
    models = {kind: fit(kind, rows[kind]) for kind in ("atoms", "frames")}
    write(models)
    for one, _, warped, case, _ in found:
        note(rows, ("sections", anchoring.judged(warped), np.full(len(warped.sections), case == "right")), one, case)
    models["sections"] = fit("sections", rows["sections"])
    write(models)
    for one, _, warped, case, truth in found:
        sections = confidence.of("sections", anchoring.judged(warped))
        note(rows, ("starts", anchoring.placed(warped, sections), truth), one, case)
    models["starts"] = fit("starts", rows["starts"])
    write(models | dict.fromkeys(("sphinx", "hybrid"), NEUTRAL))
    for one, task, warped, case, _ in found:
        if case == "right" and one.language == "en":
            compare(one, task, anchoring.track(warped, anchoring.OFFSETS[one.language]), rows)
    write(models | {kind: fit(kind, rows[kind]) for kind in ("sphinx", "hybrid")})


def write(models: dict[str, dict]) -> None:
    """Write the numbers, and have them read anew."""
    confidence.PLACE.write_text(json.dumps(models, indent=1) + "\n", "utf-8")
    confidence._models.cache_clear()


def spoken_at_once(texts: list[str], languages: list[str], voices: list[str] | None = None, speed: int = speech.SPEED):
    """Have one process speak many texts: the text, its atoms and its anchor, for each."""
    atoms = [spoken.atoms(text, language) for text, language in zip(texts, languages)]
    ended = [[*some[:-1], dataclasses.replace(some[-1], pause=".")] for some in atoms]
    if voices:
        ended = [[dataclasses.replace(atom, voice=voice) for atom in some] for some, voice in zip(ended, voices)]
    made = speech.anchor([atom for some in ended for atom in some], speed=int(speed))
    edges = np.searchsorted(made.atoms, np.cumsum([0, *map(len, atoms)]))
    for text, some, low, high, first in zip(texts, atoms, edges, edges[1:], np.cumsum([0, *map(len, atoms)])):
        begin, end = made.starts[low] - 0.05, made.ends[high - 1] + 0.05
        sound = made.pcm[max(int(begin * made.sample_rate), 0) : int(end * made.sample_rate)]
        begin = max(int(begin * made.sample_rate), 0) / made.sample_rate
        times = made.starts[low:high] - begin, made.ends[low:high] - begin
        yield text, some, speech.Anchor(sound, made.sample_rate, made.names[low:high], *times, made.atoms[low:high] - first)


def planted(rng: np.random.Generator, times: int = 2):
    """Speak every sentence some times, by other voices, tempos and rooms."""
    wanted = [(language, sentence) for language in SENTENCES for sentence in SENTENCES[language] * times]
    voices = [VOICES[language][int(rng.integers(len(VOICES[language])))] for language, _ in wanted]
    speeds = rng.choice(SPEEDS, len(wanted))
    for speed in SPEEDS:
        chosen = np.flatnonzero(speeds == speed)
        texts, languages = [wanted[i][1] for i in chosen], [wanted[i][0] for i in chosen]
        for language, (text, _, made) in zip(languages, spoken_at_once(texts, languages, [voices[i] for i in chosen], speed)):
            words = text.split() if language == "en" else list(text)
            samples, starts, ends = paused(made, len(words), rng)
            yield Utterance(f"planted {language} {text[:20]}", language, spoil(samples, rng), words, starts, ends)


def paused(made: speech.Anchor, n_words: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put pauses before one word in five of a spoken text: samples at 16 kHz, starts and ends of words."""
    import soxr

    samples = soxr.resample(made.samples, made.sample_rate, audio.RATE)
    first, last = np.searchsorted(made.atoms, np.arange(n_words)), np.searchsorted(made.atoms, np.arange(n_words), "right") - 1
    starts, ends = made.starts[first], made.ends[last]
    pauses = np.where(rng.random(n_words) < 0.2, rng.uniform(0.1, 0.9, n_words), 0)
    pauses[0] = rng.uniform(0.1, 0.7)
    parts = np.split(samples, (starts * audio.RATE).astype(int)[1:])
    sound = np.concatenate([piece for pause, part in zip(pauses, parts) for piece in (np.zeros(int(pause * audio.RATE)), part)])
    shift = np.cumsum(pauses)
    return np.pad(sound, (0, int(rng.uniform(0.1, 0.6) * audio.RATE))), starts + shift, ends + shift


def spoil(samples: np.ndarray, rng: np.random.Generator, ratio: tuple[float, float] = (3, 35)) -> np.ndarray:
    """Put a sound into a room, through a filter and under noise of 3 to 35 dB below it."""
    from scipy.signal import fftconvolve, lfilter

    if rng.random() < 0.5:
        echo = rng.normal(size=4000) * np.exp(-np.arange(4000) / (rng.uniform(0.02, 0.08) * audio.RATE))
        echo *= rng.uniform(0.1, 0.5) / np.sqrt(np.square(echo).sum())
        samples = fftconvolve(samples, np.r_[1, echo])[: len(samples)]
    samples = lfilter([1, rng.uniform(-0.6, 0.6)], [1, rng.uniform(-0.4, 0.4)], samples)
    noise = lfilter([1], [1, -rng.uniform(0, 0.95)], rng.normal(size=len(samples)))
    loud = np.sqrt(np.square(samples[np.abs(samples) > 0.01]).mean())
    samples = samples + noise * loud * 10 ** (-rng.uniform(*ratio) / 20) / noise.std()
    return (0.3 * samples / np.abs(samples).max()).astype(np.float32)


def real(rng: np.random.Generator):
    """Give the English utterances that lie beside the project, clean and twice under noise; none where there are none."""
    folder = ROOT.parent / "shared" / "data"
    for path in sorted(folder.glob("speech_en/*-[0-9]*.wav")):
        words = [w for w in json.loads(path.with_suffix(".json").read_text("utf-8"))["w"] if w["t"][0] not in "<["]
        yield from noisy(
            path, [re.sub(r"\(\d\)", "", w["t"]) for w in words], [w["b"] for w in words], [w["b"] + w["d"] for w in words], rng
        )
    if (folder / "speech_hand").is_dir():
        for name, words in json.loads((folder / "speech_hand" / "words.json").read_text("utf-8")).items():
            columns = [[w[key] for w in words] for key in ("text", "start", "end")]
            yield from noisy(folder / "speech_hand" / name, [w.lower() for w in columns[0]], columns[1], columns[2], rng)

    for name, text in (("SSB00050015", "经广州日报报道后成为了社会热点"), ("SSB16240001", "这绝对不行")):
        path = folder / "speech_zh" / "local" / f"{name}.TextGrid"
        if path.is_file():
            phones = next(tier for tier in textgrid.parse(path) if tier.name == "phones")
            finals = [n for n, label in enumerate(phones.labels) if label[-1:].isdigit()]
            initials = [n - (label.isalpha() and label.islower()) for n, label in ((n, phones.labels[n - 1]) for n in finals)]
            yield from noisy(
                path.with_name(f"{name}_16k.wav"), list(text), phones.starts[initials], phones.ends[finals], rng, "zh"
            )


def noisy(path: Path, words: list[str], starts, ends, rng: np.random.Generator, language: str = "en"):
    """Give a recording as it is, and twice spoilt."""
    samples = audio.parse(path).samples / 32768
    for sound in (samples.astype(np.float32), spoil(samples, rng), spoil(samples, rng)):
        yield Utterance(f"real {path.stem}", language, sound, words, np.array(starts), np.array(ends))


def collect(one: Utterance, case: str, places: list[int], spoken_text: tuple, rows: dict[str, list]) -> tuple:
    """Align an utterance with a text that is right or wrong in known places; note evidence and truth, and give the starts that are right."""
    text, atoms, anchor = spoken_text
    sound = Audio(np.rint(one.samples * 32767).astype(np.int16))
    task = heard.Task(*heard.hear(sound), text, one.language)
    warped = anchoring.align(heard.beside(task.heard, atoms, anchor), [])
    said = np.array(places)[warped.atoms]
    off = np.abs(anchoring.starts_of(warped, anchoring.OFFSETS[one.language]) - one.starts[np.maximum(said, 0)])
    note(rows, ("atoms", warped.units, (said >= 0) & (off < 0.5)), one, case)
    moments = np.arange(len(warped.frames)) * anchoring.HOP
    word = np.searchsorted(one.starts, moments, "right") - 1
    inside = (word >= 0) & (moments < one.ends[np.maximum(word, 0)])
    note(rows, ("frames", warped.frames[inside][::5], np.isin(word[inside][::5], said[said >= 0])), one, case)
    return one, task, warped, case, (said >= 0) & (off <= NEAR)


def note(rows: dict[str, list], seen: tuple[str, np.ndarray, np.ndarray], one: Utterance, case: str) -> None:
    """Keep evidence of some kind with its truth, its fold and where it comes from."""
    kind, found, truth = seen
    fold, origin = sum(one.name.encode()) % FOLDS, one.name.split()[0]
    rows[kind].extend([(e, t, fold, origin, case) for e, t in zip(found, truth)] * (RIGHT if case == "right" else 1))


def compare(one: Utterance, task: heard.Task, track: Track, rows: dict[str, list]) -> None:
    """Have pocketsphinx find a right text too, and note how far it lies from the path and from the truth."""
    found, n_atoms, origin = sphinx.listened(task, track), len(one.words), one.name.split()[0]
    if found is None:
        return
    apart = np.abs(found.spans(n_atoms)[0] - track.spans(n_atoms)[0])
    for kind, made in (("sphinx", found), ("hybrid", hybrid.joined(track, found))):
        if origin == "planted" or kind == "hybrid":  # the times of speech_en are pocketsphinx' own
            near = np.abs(made.spans(n_atoms)[0] - one.starts) <= NEAR
            note(rows, (kind, sphinx.agreement(apart, track), near), one, "right")


def text_of(one: Utterance, case: str, rng: np.random.Generator) -> tuple[list[int], list[str]]:
    """Make a text: for each word of it the word of the utterance it is, or -1."""
    n = len(one.words)
    pool = [s for s in SENTENCES[one.language] if set(s) != set("".join(one.words))]
    other = pool[int(rng.integers(len(pool)))]
    strange = other.split() if one.language == "en" else list(other)
    cut = int(rng.integers(max(1, n // 3), max(2, 2 * n // 3) + 1))
    head = rng.random() < 0.5
    mine, theirs = list(enumerate(one.words)), [(-1, word) for word in strange]
    if case == "right":
        chosen = mine
    elif case == "other":
        chosen = theirs
    elif case == "half":
        chosen = mine[:cut] + theirs[: max(2, n - cut)] if head else theirs[: max(2, cut)] + mine[cut:]
    elif case == "inserted":
        chosen = mine[:cut] + theirs[: int(rng.integers(3, len(theirs) + 1))] + mine[cut:]
    else:
        chosen = mine[:cut] if head else mine[cut:]
    return [place for place, _ in chosen], [word for _, word in chosen]


def fit(kind: str, found: list) -> dict:
    """Fit a logistic model and print how it does on folds it has not seen."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    values, truth, folds, origins, cases = (np.array(column) for column in zip(*found))
    means, deviations = values.mean(0), values.std(0) + 1e-9
    x = confidence.expanded(values, means, deviations)
    new = lambda: LogisticRegression(C=0.3, max_iter=2000)  # noqa: E731
    # speech by people counts as much as synthetic speech does, of which there is more
    people = origins == "real"
    weights = np.where(people, (~people).sum() / max(people.sum(), 1), 1.0)
    seen = np.zeros(len(x))
    for fold in range(FOLDS):
        held = folds == fold
        seen[held] = new().fit(x[~held], truth[~held], weights[~held]).predict_proba(x[held])[:, 1]
    for origin in ("planted", "real"):
        here = origins == origin
        if here.any():
            by_case = {
                c: round(float(roc_auc_score(truth[m], seen[m])), 3)
                for c in set(cases) - {"right"}
                if len(set(truth[m := here & ((cases == c) | (cases == "right"))])) > 1
            }
            print(
                kind,
                origin,
                f"n {here.sum()}, true {truth[here].mean():.3f}, AUC {roc_auc_score(truth[here], seen[here]):.3f}, ECE {error(seen[here], truth[here]):.3f}",
                by_case,
            )
        if (right := here & (cases == "right")).any():
            print(
                kind, origin, f"of right texts alone: true {truth[right].mean():.3f}, ECE {error(seen[right], truth[right]):.3f}"
            )
    model = new().fit(x, truth, weights)
    number = lambda array: [round(float(v), 5) for v in array]  # noqa: E731
    return {"evidence": {"starts": (*evidence.START_EVIDENCE, *evidence.ATOM_EVIDENCE, "section"), "atoms": evidence.ATOM_EVIDENCE, "frames": evidence.FRAME_EVIDENCE, "sections": (*evidence.WHOLE_EVIDENCE, *evidence.JUDGED)}.get(kind, sphinx.EVIDENCE),
            "means": number(means), "deviations": number(deviations), "weights": number(model.coef_[0]), "bias": round(float(model.intercept_[0]), 5)} | ({"share": round(float(truth.mean()), 5)} if kind == "sections" else {})  # fmt: skip


def error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Guo et al., 2017, eq. 3)."""
    bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
    counts = np.bincount(bin_of, minlength=bins)
    gaps = np.abs(np.bincount(bin_of, probabilities, bins) - np.bincount(bin_of, truth, bins))
    return float(gaps.sum() / counts.sum())


if __name__ == "__main__":
    main()
