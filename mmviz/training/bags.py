"""What the shallow models are trained on: keypoints of drawn scenes with captions, made once and kept for both of them.

A scene costs about 60 milliseconds to draw and look at, a step of training a few: so a few thousand scenes are seen often. Half
the captions tell all of a scene, half some of it, in both languages.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.cluster import MiniBatchKMeans
from torch import nn

from mmviz.models import bags, sift, terms
from mmviz.models.nets.bags import Bags
from mmviz.models.terms import Terms
from mmviz.samples import Image
from mmviz.training import export, loop
from mmviz.worlds.captions import random_list, tell
from mmviz.worlds.lexicon import LANGUAGES
from mmviz.worlds.render import render
from mmviz.worlds.spec import compose

#: Captions a scene in each language: the first tells all of it, the others some.
CAPTIONS = 4
#: Scenes a file of what is kept.
CHUNK = 500
#: Pixels of a drawn scene's side: what keypoints are looked for in has as many.
SIDE = sift.SIDE
#: A word must stand in this many captions to be a term.
LEAST = 5
#: Every how many-th scene's keypoints make the codebook.
EVERY = 3


@dataclass(frozen=True)
class Options:
    """Of a run.

    Attributes:
        name: of the model.
        minutes: processor time of the loop; making features takes five minutes more, once.
        seed: of scenes, codebook and weights.
        scenes: how many.
        visual_words: V.
        hidden, projection: sizes of the model.
        batch: pairs a step.
        lr, decay: of AdamW.
        dropped: share of a bag's entries that a step leaves out, of either side.
    """

    name: str
    minutes: float = 0.5
    seed: int = 0
    scenes: int = 4000
    visual_words: int = 1024
    hidden: int = 256
    projection: int = 64
    batch: int = 256
    lr: float = 3e-3
    decay: float = 0.1
    dropped: float = 0.2


@dataclass(frozen=True)
class Seen:
    """Keypoints of some scenes, one scene after the other, and their captions.

    Attributes:
        descriptors: shape (sum of counts, 384), float16.
        counts: shape (N,), int: keypoints a scene.
        captions: N x CAPTIONS x languages.
    """

    descriptors: np.ndarray
    counts: np.ndarray
    captions: list[list[list[str]]]


@dataclass(frozen=True)
class Features:
    """Bags of all scenes, with what made them.

    Attributes:
        visual: shape (N, V).
        words: shape (N, CAPTIONS, languages, T).
        codebook: shape (V, 384); `visual_idf` (V,), `term_idf` (T,).
        terms: the words.
    """

    visual: torch.Tensor
    words: torch.Tensor
    codebook: np.ndarray
    visual_idf: np.ndarray
    term_idf: np.ndarray
    terms: Terms


def see(seed: int, index: int) -> tuple[np.ndarray, list[list[str]]]:
    """Make up, draw and look at one scene: its descriptors, (K, 384), and captions, CAPTIONS x languages."""
    rng = random.Random("x" * (seed + 1) + str(index))  # noqa: S311
    scene = compose(rng, "train")
    found = sift.find(Image(render(scene, SIDE).pixels))
    plans = [random_list(rng, scene, full=n == 0) for n in range(CAPTIONS)]
    return found.descriptors, [[tell(scene, plan, language).text for language in LANGUAGES] for plan in plans]


def gather(seed: int, scenes: int, folder: Path) -> Seen:
    """Look at all scenes, or find them kept, `CHUNK` a file; a run that was stopped goes on with the next file."""
    parts = [_chunk(seed, start, min(CHUNK, scenes - start), folder) for start in range(0, scenes, CHUNK)]
    return Seen(
        np.concatenate([part.descriptors for part in parts]),
        np.concatenate([part.counts for part in parts]),
        [captions for part in parts for captions in part.captions],
    )


def _chunk(seed: int, start: int, count: int, folder: Path) -> Seen:
    path = folder / f"seed-{seed}-{start}-{count}.npz"
    if not path.is_file():
        print(f"drawing scenes {start} to {start + count}", flush=True)
        made = [see(seed, start + n) for n in range(count)]
        keep(path, [descriptors for descriptors, _ in made], [captions for _, captions in made])
    with np.load(path, allow_pickle=False) as kept:
        return Seen(kept["descriptors"], kept["counts"], json.loads(bytes(kept["captions"]).decode("utf-8")))


def keep(path: Path, descriptors: Sequence[np.ndarray], captions: list[list[list[str]]]) -> None:
    """Write a file of scenes beside its place and move it there, so that no half one is found."""
    written = np.frombuffer(json.dumps(captions, ensure_ascii=False).encode("utf-8"), np.uint8)
    counts = np.array([len(own) for own in descriptors])
    aside = path.with_suffix(".new.npz")
    np.savez(aside, descriptors=np.concatenate(descriptors).astype(np.float16), counts=counts, captions=written)
    aside.replace(path)


def features(options: Options) -> Features:
    """Make the codebook, the terms and every scene's bags."""
    folder = loop.workspace("bags")
    path = folder / f"counts-{options.seed}-{options.scenes}-{options.visual_words}.npz"
    if not path.is_file():
        _count(options, folder, path)
    with np.load(path, allow_pickle=False) as kept:
        codebook, names = kept["codebook"].astype(np.float32), json.loads(bytes(kept["names"]).decode("utf-8"))
        counts, told = (kept[name].astype(np.float32) for name in ("counts", "told"))
    known = Terms({name: n for n, name in enumerate(names)})
    visual_idf, term_idf = terms.idf_of(counts), terms.idf_of(told)
    words = torch.from_numpy(terms.tfidf(told, term_idf)).view(len(counts), CAPTIONS, len(LANGUAGES), -1)
    return Features(torch.from_numpy(bags.weighed(counts, visual_idf)), words, codebook, visual_idf, term_idf, known)


def _count(options: Options, folder: Path, path: Path) -> None:
    """Count every scene's visual words and every caption's terms, and keep the counts for the next model."""
    seen = gather(options.seed, options.scenes, folder)
    codebook = _codebook(seen, options)
    scene = np.repeat(np.arange(len(seen.counts)), seen.counts)  # whose each descriptor is
    counts = np.zeros((len(seen.counts), len(codebook)), np.uint16)
    for start in range(0, len(scene), 2**16):
        part = slice(start, start + 2**16)
        np.add.at(counts, (scene[part], bags.nearest(seen.descriptors[part].astype(np.float32), codebook)), 1)
    known, told = _terms(seen)
    names = np.frombuffer(json.dumps(list(known.numbers), ensure_ascii=False).encode("utf-8"), np.uint8)
    aside = path.with_suffix(".new.npz")
    np.savez(aside, counts=counts, told=told.astype(np.uint8), codebook=codebook.astype(np.float16), names=names)
    aside.replace(path)


def _codebook(seen: Seen, options: Options) -> np.ndarray:
    """Cluster the descriptors of every third scene: (V, 384), float32, to half precision, as the checkpoint will have it."""
    print("clustering keypoints", flush=True)
    chosen = np.repeat(np.arange(len(seen.counts)) % EVERY == 0, seen.counts)
    means = MiniBatchKMeans(options.visual_words, batch_size=4096, max_iter=20, n_init=1, random_state=options.seed)
    return means.fit(seen.descriptors[chosen].astype(np.float32)).cluster_centers_.astype(np.float16).astype(np.float32)


def _terms(seen: Seen) -> tuple[Terms, np.ndarray]:
    """Take the words that stand in enough captions, in the order of the alphabet, and count them in every caption."""
    told = [text for captions in seen.captions for both in captions for text in both]
    every = Terms({word: n for n, word in enumerate(sorted({word for text in told for word in _words(text)}))})
    counts = every.counts(told)
    often = np.flatnonzero((counts > 0).sum(0) >= LEAST)
    names = list(every.numbers)
    return Terms({names[place]: n for n, place in enumerate(often)}), counts[:, often]


def _words(text: str) -> list[str]:
    return [text[start:end].lower() for start, end in terms.find_words(text)]


def train(model: Bags, made: Features, options: Options, loss_of: Any, extra: Sequence[nn.Parameter] = ()) -> None:
    """Fill in what is counted, and train what is learned.

    Args:
        model: whose buffers are filled and whose projections are trained.
        made: by `features`.
        options: of the run.
        loss_of: from vectors of texts and of pictures, (B, D) each, row i belonging to row i, to the loss and figures to print.
        extra: parameters trained beside, kept with the state of the run and not in the checkpoint.
    """
    for buffer, value in ((model.codebook, made.codebook), (model.visual_idf, made.visual_idf), (model.term_idf, made.term_idf)):
        buffer.copy_(torch.from_numpy(value))
    torch.manual_seed(options.seed)
    drop = nn.Dropout(options.dropped)

    def batches(taken_up: int):
        chance = torch.Generator().manual_seed(options.seed * 1000 + taken_up)
        while True:
            rows = torch.randperm(len(made.visual), generator=chance)[: options.batch]
            told = torch.randint(CAPTIONS, rows.shape, generator=chance) * (torch.rand(rows.shape, generator=chance) < 2 / 3)
            language = torch.randint(len(LANGUAGES), rows.shape, generator=chance)
            yield {"visual": made.visual[rows], "words": made.words[rows, told, language]}

    def step(batch: dict, done: float) -> tuple[torch.Tensor, dict[str, float]]:
        texts = model.text_projection(drop(batch["words"]))
        return loss_of(texts, model.image_projection(drop(batch["visual"])))

    opt = loop.optimizer([([*model.parameters(), *extra], options.lr)], decay=options.decay)
    modules = {"model": model} | ({"extra": nn.ParameterList(extra)} if extra else {})
    loop.run(options.name, options.minutes, modules, opt, batches, step)


def write(model: Bags, made: Features, options: Options, title: str, about: str) -> dict[str, Any]:
    """Write the checkpoint with its words, card and figures; they are measured on 1,000 scenes for retrieval, on fewer for the rest."""
    folder = export.folder_of(options.name)
    facts = {"input": f"{options.visual_words:,} visual words of colour SIFT, {len(made.terms)} terms"}
    return export.write(
        model,
        folder,
        title=title,
        about=about,
        command=f"python -m mmviz train {options.name}",
        seed=options.seed,
        words=made.terms,
        facts=facts,
        goals=GOALS,
        others=OTHERS,
        shares=[("codebook", "lmnn-mini", "codebook")] if options.name != "lmnn-mini" else (),
    )


#: What the shallow models should reach, and what else is shown: they are weak, and the card says by how much.
GOALS: dict[str, float | None] = {
    "retrieval.en.text_to_image.r1": 0.10,
    "retrieval.zh.text_to_image.r1": 0.10,
    "retrieval.en.image_to_text.r1": 0.10,
    "pairs.noun": None,
    "pairs.colour_swap": None,
    "pairs.relation": None,
    "pointing.contributions": None,
}
#: Scenes of the figures beside retrieval.
OTHERS = 60
