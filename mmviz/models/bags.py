"""What the shallow families do: pictures as bags of visual words, texts as bags of terms, both mapped into one space."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz.axes import ItemAxis, RegionAxis, TextAxis, TextUnit
from mmviz.errors import ModelError
from mmviz.models import masks, passes, sift
from mmviz.models import terms as terms_of
from mmviz.models.terms import Read
from mmviz.results import Embeds, Encoding, Score, Target
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    import torch

    from mmviz.models.checkpoints import Checkpoint
    from mmviz.models.folders import Place

#: What both families give: regions can be left out, words too, and the score is split over both.
FIELDS = frozenset({"query_embeds", "key_embeds", "score_masked", "score_without", "contributions"})
#: Files beside config and weights: the words, where others have a tokenizer.
FILES = (terms_of.FILE,)
#: Bags a pass.
TOGETHER = 256


@dataclass(frozen=True)
class Bag:
    """A picture's keypoints and the visual word each is nearest to.

    Attributes:
        axis: K keypoints; there may be none.
        words: shape (K,), int, 0 to V - 1.
        idf: shape (V,), float32.
    """

    axis: RegionAxis
    words: np.ndarray
    idf: np.ndarray

    def visual(self, kept: np.ndarray) -> np.ndarray:
        """Count the visual words of the kept keypoints, (B, K) bool, and weigh them: bags (B, V), see `weighed`."""
        return weighed(kept.astype(np.float32) @ np.eye(len(self.idf), dtype=np.float32)[self.words], self.idf)

    @property
    def whole(self) -> np.ndarray:
        """The bag of all keypoints, shape (V,), float32."""
        return self.visual(np.ones((1, len(self.words)), bool))[0]

    @property
    def parts(self) -> np.ndarray:
        """Each keypoint's part of the bag, shape (K, V): keypoints of one visual word have equal shares of it."""
        share = self.whole[self.words] / np.bincount(self.words, minlength=len(self.idf))[self.words]
        return np.eye(len(self.idf), dtype=np.float32)[self.words] * share[:, None]


def weighed(counts: np.ndarray, idf: np.ndarray) -> np.ndarray:
    """Weigh counts of visual words (N, V): the root of each count, by idf, rows scaled to length 1; (N, V), float32.

    Source:
        Sivic and Zisserman, 2003, section 4 (tf-idf of visual words), ICCV; the root, against words that come in bursts, from
        Jegou, Douze and Schmid, 2009, section 3, CVPR.
    """
    return terms_of.tfidf(np.sqrt(counts), idf).astype(np.float32)


def nearest(descriptors: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    """Find the nearest visual word of each descriptor (K, 384) by Euclid's distance: (K,), int."""
    if not len(descriptors):
        return np.zeros(0, int)
    return ((codebook**2).sum(1) - 2 * descriptors @ codebook.T).argmin(1)


def load_terms(place: "Place") -> tuple[terms_of.Terms, None]:
    """Read the words of a checkpoint; there is no image processor."""
    return terms_of.Terms.load(place.folder), None


def check(checkpoint: "Checkpoint") -> None:
    """See that there are as many words as the weights have columns for.

    Raises:
        ModelError: there are not.
    """
    known, wanted = len(checkpoint.tokenizer), checkpoint.config.terms
    if known != wanted:
        raise ModelError(
            f"{terms_of.FILE} of {checkpoint.name} has {known} words, config.json says {wanted}; give both from one."
        )


def blocks(checkpoint: "Checkpoint") -> list[Any]:
    """List what reads the picture: its projection, for codebook and counts are not learned by the match."""
    return [checkpoint.model.image_projection]


def see(checkpoint: "Checkpoint", image: Image) -> Bag:
    """Find a picture's keypoints and their visual words."""
    found, model = sift.find(image), checkpoint.model
    names = ("",) * len(found)
    axis = RegionAxis(found.boxes, names, found.responses.astype(float), "keypoint", (0, 0, 1, 1), (image.width, image.height))
    return Bag(axis, nearest(found.descriptors, passes.to_numpy(model.codebook)), passes.to_numpy(model.visual_idf))


def image_embeds(checkpoint: "Checkpoint", images: Sequence[Image]) -> "torch.Tensor":
    """Map pictures into the joint space, (B, D); one without keypoints is zero."""
    bags = [see(checkpoint, image).whole for image in images]
    return checkpoint.model.image_projection(_tensor(checkpoint, np.stack(bags)))


def text_embeds(checkpoint: "Checkpoint", texts: Sequence[str]) -> "torch.Tensor":
    """Map texts into the joint space, (B, D); one without a word that is known is zero."""
    idf = passes.to_numpy(checkpoint.model.term_idf)
    return checkpoint.model.text_projection(_tensor(checkpoint, terms_of.tfidf(checkpoint.tokenizer.counts(texts), idf)))


def learned(checkpoint: "Checkpoint", samples: Sequence[Text] | Sequence[Image]) -> dict[str, Embeds]:
    """Give texts' or pictures' places before anything was learned, and after; see the families for what learning is.

    Args:
        checkpoint: leased.
        samples: N texts, or N pictures; at least one.

    Returns:
        `plain`: their bags, shape (N, T) or (N, V), unit norm, zero where nothing is known; `before`: mapped by weights as training drew
        them, from the seed its card names (0 where it names none), `after`: by those it ended with, both (N, D), not normed.
    """
    import torch

    if isinstance(samples[0], Text):
        side, names = "text", tuple(sample.text for sample in samples)
        counts = checkpoint.tokenizer.counts(names)
        plain = terms_of.tfidf(counts, passes.to_numpy(checkpoint.model.term_idf)).astype(np.float32)
    else:
        side, names = "image", tuple(sample.name for sample in samples)
        plain = np.stack([see(checkpoint, sample).whole for sample in samples])
    made = {"plain": plain}
    with torch.no_grad():
        for when, model in (("before", _begun(checkpoint)), ("after", checkpoint.model)):
            made[when] = passes.to_numpy(getattr(model, f"{side}_projection")(_tensor(checkpoint, plain)))
    return {name: Embeds(rows, ItemAxis(names), side, checkpoint.id, unit_norm=name == "plain") for name, rows in made.items()}


def _begun(checkpoint: "Checkpoint") -> Any:
    """Draw the weights that a training run of the same seed begins with."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(checkpoint.card.get("seed", 0)))
        return type(checkpoint.model)(checkpoint.config).to(checkpoint.device, checkpoint.model.dtype)


@dataclass(frozen=True)
class Match:
    """How a family scores vectors of the joint space.

    Attributes:
        kind: of its scores.
        score: texts (Q, D) and pictures (B, D) -> (Q, B).
        weight: of one pair of vectors, (D,) and (D,): by what the product of two parts is multiplied.
        parts: of one pair: what a score is the sum of, or {}.
    """

    kind: str
    score: Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]
    weight: Callable[["torch.Tensor", "torch.Tensor"], float]
    parts: Callable[["torch.Tensor", "torch.Tensor"], dict[str, float]]


def encode(
    checkpoint: "Checkpoint",
    match: Match,
    query: Text,
    key: Image,
    *,
    target: Target,
    unit: TextUnit,
    keep: frozenset[str],
    layers: tuple[int, ...] | None,
) -> Encoding:
    """Encode the units of a text and the keypoints of a picture; see the families for what a field is."""
    import torch

    _check(checkpoint, target, layers)
    read, bag = checkpoint.tokenizer(query.text), see(checkpoint, key)
    _check_pair(checkpoint, read, bag)
    axis = read.axis(query, unit)
    with torch.no_grad():
        keys, picture = _key_parts(checkpoint, bag)
        units = text_embeds(checkpoint, axis.labels) if target == "prompt" else _query_parts(checkpoint, read, axis)
        whole = text_embeds(checkpoint, [query.text])[0]
        scores = match.score(units, picture[None])[:, 0]
        given = _arrays(checkpoint, match, keep, units=units, keys=keys, whole=whole, picture=picture, bag=bag, target=target)
    return Encoding(
        query=axis,
        key=bag.axis,
        target=target,
        model=checkpoint.name,
        checkpoint=checkpoint.id,
        score=Score(match.score(whole[None], picture[None]).item(), match.kind, parts=match.parts(whole, picture)),
        unit_scores=passes.to_numpy(scores) if target == "prompt" else None,
        **given,
        **_again(checkpoint, match, keep, axis=axis, bag=bag, picture=picture, units=whole[None] if target == "pair" else units),
    )


def _arrays(
    checkpoint: "Checkpoint",
    match: Match,
    keep: frozenset[str],
    *,
    units: "torch.Tensor",
    keys: "torch.Tensor",
    whole: "torch.Tensor",
    picture: "torch.Tensor",
    bag: Bag,
    target: Target,
) -> dict[str, np.ndarray]:
    """Make those fields that are arrays, as far as they are kept."""
    found = {}
    if "query_embeds" in keep:
        found["query_embeds"] = passes.to_numpy(passes.unit_norm(units))
    if "key_embeds" in keep:
        found["key_embeds"] = passes.to_numpy(passes.unit_norm(keys))
    if "contributions" in keep:
        own = units if target == "prompt" else whole[None].expand(len(units), -1)  # what each row is a part of
        weights = _tensor(checkpoint, np.array([[match.weight(text, picture)] for text in own], np.float32))  # (Q, 1)
        found["contributions"] = passes.to_numpy(weights * (units @ keys.T))
    return found


def _again(
    checkpoint: "Checkpoint",
    match: Match,
    keep: frozenset[str],
    *,
    axis: TextAxis,
    bag: Bag,
    picture: "torch.Tensor",
    units: "torch.Tensor",
) -> dict[str, Callable]:
    """Make the fields that score again: with keypoints left out, and with words left out; `units` of one row serve every unit."""
    import torch

    def score_masked(unit: int | None, kept: np.ndarray, fill: str) -> np.ndarray:
        row = -1 if unit is None or len(units) == 1 else unit
        parts = [np.zeros(0, np.float32)]
        with torch.no_grad():
            for start in range(0, len(kept), TOGETHER):
                visual = _tensor(checkpoint, bag.visual(kept[start : start + TOGETHER]))
                seen = checkpoint.model.image_projection(visual)
                parts.append(passes.to_numpy(match.score(units[row][None], seen)[0]))
        return np.concatenate(parts)

    def score_texts(texts: Sequence[str]) -> "torch.Tensor":
        return match.score(text_embeds(checkpoint, texts), picture[None])[:, 0]

    masked = {"score_masked": score_masked} if "score_masked" in keep else {}
    return masked | masks.without(keep, axis, score_texts)


def _key_parts(checkpoint: "Checkpoint", bag: Bag) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Give each keypoint's part of the picture's vector, (K, D), and that vector, (D,)."""
    visual, projection = _tensor(checkpoint, bag.whole), checkpoint.model.image_projection
    return projection.parts(visual, _tensor(checkpoint, bag.parts)), projection(visual[None])[0]


def _query_parts(checkpoint: "Checkpoint", read: Read, axis: TextAxis) -> "torch.Tensor":
    """Give each unit's part of the text's vector, (Q, D); the whole text's is all of it, an unknown word's nothing."""
    counts, idf = checkpoint.tokenizer.counts([read.text]), passes.to_numpy(checkpoint.model.term_idf)
    terms = terms_of.tfidf(counts, idf)[0]
    parts = read.shares(axis, len(terms)) * terms
    return checkpoint.model.text_projection.parts(_tensor(checkpoint, terms), _tensor(checkpoint, parts))


def _check(checkpoint: "Checkpoint", target: str, layers: tuple[int, ...] | None) -> None:
    """See that the target is there, and that nobody asks for layers."""
    passes.check_target(checkpoint, target)
    if layers is not None:
        raise ModelError(f"{checkpoint.name} has no layer that attends to anything; leave layers out.")


def _check_pair(checkpoint: "Checkpoint", read: Read, bag: Bag) -> None:
    """See that there is something on both sides.

    Raises:
        ModelError: the text has no word that is known, or the picture no keypoint.
    """
    if not read.is_known:
        short = read.text if len(read.text) <= 40 else read.text[:39] + "…"
        raise ModelError(f'{checkpoint.name} knows no part of "{short}"; use other words or another model.')
    if not len(bag.axis):
        raise ModelError(f"{checkpoint.name} finds no keypoint in the picture, which is too even; use one with edges and spots.")


def _tensor(checkpoint: "Checkpoint", array: np.ndarray) -> "torch.Tensor":
    import torch

    return torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(checkpoint.device, checkpoint.model.dtype)
