"""Truth figures of models that decode: whether what they draw and tell is still what was told and shown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.models import folders, recogniser
from mmviz.pipeline.doors import DEFAULT_MODEL
from mmviz.samples import Image, Text
from mmviz.space.figures import Figure, figure
from mmviz.worlds import atlas, scenes
from mmviz.worlds.captions import random_list, tell
from mmviz.worlds.lexicon import LANGUAGES, Language
from mmviz.worlds.render import render
from mmviz.worlds.spec import compose, rng_of

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint


def measure_decoding(checkpoint: "Checkpoint", seed: int, count: int) -> dict[str, Any]:
    """Ask whether the one thing of a scene is still recognised after its caption, its picture or both went through a latent.

    The judge of pictures is the backbone, which every bundled model starts from; `from_text_by_vectors` asks the default model
    instead, among all things by name, because a decoder may have been trained beside the backbone's weights. `drawn` is what the
    backbone says of the scenes' own pictures. `words_from_picture` is the share whose noun is the likeliest of all nouns,
    absent in a language whose nouns the model cannot tell.
    """
    if "decode" not in checkpoint.family.functions or not recogniser.is_there():
        return {}
    rng, names = rng_of("evaluate", seed, 8), list(atlas.load().things)
    shown = [compose(rng, "evaluate", counts=(1,), parts=0.0) for _ in range(count)]
    plans = [random_list(rng, scene, full=True) for scene in shown]
    truth = np.array([names.index(scene.groups[0].thing) for scene in shown])
    images = [Image(render(scene, scenes.SIDE).pixels) for scene in shown]
    texts = {
        language: [Text(tell(scene, plan, language).text) for scene, plan in zip(shown, plans, strict=True)]
        for language in LANGUAGES
    }
    nothing = [None] * count
    by_text = {language: _decoded(checkpoint, own, nothing) for language, own in texts.items()}
    by_picture = _decoded(checkpoint, nothing, images)
    by_both = _decoded(checkpoint, texts["en"], images)
    found: dict[str, Any] = {
        "from_text": {language: _recognised(pictures, truth) for language, (pictures, _, _) in by_text.items()},
        "from_picture": _recognised(by_picture[0], truth),
        "from_both": _recognised(by_both[0], truth),
        "drawn": _recognised(np.stack([image.pixels for image in images]), truth),
    }
    told = {language: _told(*by_picture[1:], truth, language) for language in LANGUAGES}
    found["words_from_picture"] = {language: figure for language, figure in told.items() if figure}
    if DEFAULT_MODEL in folders.bundled_names():
        found["from_text_by_vectors"] = {language: _named(pictures, truth) for language, (pictures, _, _) in by_text.items()}
    return {"decoding": found}


def _decoded(
    checkpoint: "Checkpoint", texts: Sequence[Text | None], images: Sequence[Image | None]
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Decode the mean of what is given of each scene: pictures (N, H, W, 3), tokens, probabilities (N, V)."""
    infer, decode = (checkpoint.family.functions[name] for name in ("infer", "decode"))
    found = decode(checkpoint, infer(checkpoint, list(zip(texts, images, strict=True))).means)
    return found.pictures, found.tokens, found.probabilities


def _recognised(pictures: np.ndarray, truth: np.ndarray) -> Figure:
    """Ask the backbone which thing it is."""
    said = recogniser.things(pictures)
    return figure(said.argmax(1) == truth, 1 / said.shape[1])


def _named(pictures: np.ndarray, truth: np.ndarray) -> Figure:
    """Ask the default model which thing's English name comes nearest."""
    from mmviz.models import checkpoints

    nouns = [thing.words["en"][0] for thing in atlas.load().things.values()]
    with checkpoints.lease(DEFAULT_MODEL, "cpu") as judge:
        embed = judge.family.functions["embed"]
        texts = embed(judge, [Text(f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}") for noun in nouns]).vectors
        seen = embed(judge, [Image(picture) for picture in pictures]).vectors
    return figure((seen @ texts.T).argmax(1) == truth, 1 / len(nouns))


def _told(tokens: Sequence[str], probabilities: np.ndarray, truth: np.ndarray, language: Language) -> Figure | None:
    """Ask which thing's noun is the likeliest, by the mean of the logarithms of its tokens' probabilities; None without such tokens."""
    places = {token: place for place, token in enumerate(tokens)}
    logs = np.log(np.maximum(probabilities, 1e-9))
    nouns = [thing.words[language][0].lower() for thing in atlas.load().things.values()]
    pieces = [noun.replace("-", " - ").split() if language == "en" else list(noun) for noun in nouns]
    if any(piece not in places for own in pieces for piece in own):
        return None
    likely = np.stack([logs[:, [places[piece] for piece in own]].mean(1) for own in pieces], 1)  # (N, things)
    return figure(likely.argmax(1) == truth, 1 / len(nouns))
