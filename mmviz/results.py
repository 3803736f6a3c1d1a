"""What comes out of each stage: frozen values that carry their axes."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mmviz.axes import Axis, ItemAxis, PatchAxis, PictureAxis, RegionAxis, TextAxis
from mmviz.trusts import Trust

VERSION = 1
Scale = Literal["cosine", "mass", "relevance", "effect", "probability", "cost", "change"]
ScoreKind = Literal["cosine", "match_probability", "logit"]
Target = Literal["prompt", "context", "pair"]
SCALES: tuple[Scale, ...] = ("cosine", "mass", "relevance", "effect", "probability", "cost", "change")


@dataclass(frozen=True)
class Score:
    """How well a whole pair fits.

    Attributes:
        value: the number.
        kind: "cosine" in [-1, 1], "match_probability" in [0, 1], or "logit".
        higher_is_better: True for all three kinds.
        label: what the score is of, where the model chose it: the answer to a question.
        parts: what `value` is the sum of, where the model adds it up: "bilinear", which falls to pairs of units, and "query" and
            "key", which text and picture have each by itself; else empty.
    """

    value: float
    kind: ScoreKind
    higher_is_better: bool = True
    label: str = ""
    parts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Embeds:
    """One vector an item.

    Attributes:
        vectors: shape (N, D), float32.
        items: the rows.
        modality: "text", "image", "joint" (a pair read together); of given vectors, what their file is called.
        checkpoint: which weights made them; empty for given vectors.
        unit_norm: True when every row has length 1.
    """

    vectors: np.ndarray
    items: ItemAxis
    modality: str
    checkpoint: str
    unit_norm: bool = True

    def __post_init__(self):
        _check_shape("vectors", self.vectors, len(self.items), self.vectors.shape[-1])


@dataclass(frozen=True)
class Latents:
    """Gaussians over a model's latent.

    Attributes:
        means: shape (N, D), float32.
        variances: shape (N, D), float32, above 0; the prior's are 1.
    """

    means: np.ndarray
    variances: np.ndarray

    def __post_init__(self):
        _check_shape("variances", self.variances, *self.means.shape)


@dataclass(frozen=True)
class Decoded:
    """What a model draws and tells of places in its latent.

    Attributes:
        pictures: shape (N, H, W, 3), uint8.
        tokens: V tokens, as the tokenizer writes them.
        probabilities: shape (N, V), float32: that a text in the token's script has it.
    """

    pictures: np.ndarray
    tokens: tuple[str, ...]
    probabilities: np.ndarray

    def __post_init__(self):
        _check_shape("probabilities", self.probabilities, len(self.pictures), len(self.tokens))


@dataclass(frozen=True)
class Spoken:
    """What a model said of a picture when it was asked.

    Attributes:
        question, text: what it was asked, and what it said.
        ids, tokens: T tokens of that, by number and as they read.
        probabilities: shape (T,), float32; of each when it was said.
        first: beginnings it might have chosen, the likeliest first, with their probabilities.
        ended: it came to an end, and was not cut off.
    """

    question: str
    text: str
    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    probabilities: np.ndarray
    first: tuple[tuple[str, float], ...]
    ended: bool

    def __post_init__(self):
        _check_shape("probabilities", self.probabilities, len(self.ids))


@dataclass(frozen=True)
class AttentionBlock:
    """Attention of consecutive layers of one tower.

    Attributes:
        kind: "self-query" (text to text), "self-key" (picture to picture), "cross" (text to picture) or "joint".
        weights: shape (L, H, S, S'), softmax over the last; L counts the kept layers only.
        layers: which layers of the tower those are, counted from 0.
        query_positions: position in S of every query unit's first and last token + 1, shape (Q, 2), both 0 for a unit of
            which the model reads nothing; None when S holds none.
        key_positions: position in S' of every key unit, shape (K,), or None when S' holds none; but for "cross", S' is S.
        readout: position in S whose vector becomes the score (CLS, the end token).
        special: shape (S',), bool; positions that are no unit (CLS, padding).
    """

    kind: Literal["self-query", "self-key", "cross", "joint"]
    weights: np.ndarray
    layers: tuple[int, ...]
    query_positions: np.ndarray | None
    key_positions: np.ndarray | None
    readout: int
    special: np.ndarray

    def __post_init__(self):
        _check_shape("weights", self.weights, len(self.layers), *self.weights.shape[1:3], len(self.special))


@dataclass(frozen=True)
class Encoding:
    """What one text and one picture give under one target; lives inside one call of the pipeline.

    Attributes:
        query, key: Q text units and K patches or regions.
        target: "prompt" (each unit encoded alone), "context" (inside the whole text) or "pair" (the whole text).
        model, checkpoint: the name asked for, and the weights that answered.
        score: of the whole pair.
        unit_scores: shape (Q,), in the unit of `score`: under "prompt" each unit's own text against the picture; under "pair", where the
            score is a sum over tokens, what each unit's tokens have of it. Else None.
        query_embeds: shape (Q, D), unit norm, joint space.
        key_embeds: shape (K, D), unit norm, joint space.
        attention: blocks in order of computation, kept layers only.
        attention_grad: unit, layers (None: all) -> for every block the gradient of the unit's score by its `weights` of those layers,
            same shape but for L, or None where it does not depend or has none of them. Where units have one score (`has_one_score`) that is the pair's logit, and the gradient the same for all.
        picture: fill -> what the patches cover, as the model sees it, in its own `pixel_values`: shape (3, H, W), float32, H and
            W whole patches. None is the picture; "mean" its mean colour, "blur" itself blurred, "background" the median
            colour of its edge, "black" black.
        input_grad: unit (None: the pair), pictures (B, 3, H, W) as `picture` gives -> the gradient of each one's score by its
            pixels, same shape, in the unit of `score`.
        score_masked: unit (None: the pair), kept (B, K) bool, fill -> the unit's scores, shape (B,), float32, in the unit of
            `score`, with the patches that are not kept replaced by those of `picture(fill)`. Regions that are not kept are left
            out of what the model reads, whatever the fill ("removed" is its name).
        score_without: kept (B, Q) bool -> the pair's scores, shape (B,), with the characters of units that are not kept cut out
            of the text.
        contributions: shape (Q, K), in units of `score`: what unit and patch or region add to the unit's score, under "pair" and
            "context" a unit's share of the whole text's. The row "text" has all of it; `score.parts` what no pair of units has.
        decoded: texts, with_picture -> the picture the model draws of each text, the picture known beside it or not, shape
            (B, 3, H, W), float32, 0 to 1, H and W whole patches; a text of blanks is none.

        Under "pair" every unit's score is the pair's. A score that names an answer stays that answer's.
    """

    query: TextAxis
    key: PictureAxis
    target: Target
    model: str
    checkpoint: str
    score: Score
    unit_scores: np.ndarray | None = None
    query_embeds: np.ndarray | None = None
    key_embeds: np.ndarray | None = None
    attention: tuple[AttentionBlock, ...] | None = None
    attention_grad: Callable[..., list[np.ndarray | None]] | None = None
    picture: Callable[[str | None], np.ndarray] | None = None
    input_grad: Callable[[int | None, np.ndarray], np.ndarray] | None = None
    score_masked: Callable[[int | None, np.ndarray, str], np.ndarray] | None = None
    score_without: Callable[[np.ndarray], np.ndarray] | None = None
    contributions: np.ndarray | None = None
    decoded: Callable[[Sequence[str], bool], np.ndarray] | None = None

    def __post_init__(self):
        if self.query_embeds is not None:
            _check_shape("query_embeds", self.query_embeds, len(self.query), self.query_embeds.shape[-1])
        if self.key_embeds is not None:
            _check_shape("key_embeds", self.key_embeds, len(self.key), self.key_embeds.shape[-1])
        if self.contributions is not None:
            _check_shape("contributions", self.contributions, len(self.query), len(self.key))

    @property
    def has_one_score(self) -> bool:
        """Tell whether all units share the pair's score: where text and picture are read together, and no unit has its own part of it."""
        return self.target == "pair" and self.unit_scores is None

    def alignment(self, scores: np.ndarray, *, scale: Scale, left_out: np.ndarray | None = None) -> "Alignment":
        """Put scores of shape (Q, K) on this encoding's axes; the pipeline adds method and options."""
        zeros = np.zeros(len(self.query), np.float32)
        return Alignment(
            scores=np.asarray(scores, np.float32),
            query=self.query,
            key=self.key,
            left_out=zeros if left_out is None else np.asarray(left_out, np.float32),
            scale=scale,
            target=self.target,
            score=self.score,
            unit_scores=self.unit_scores,
            model=self.model,
            checkpoint=self.checkpoint,
        )


@dataclass(frozen=True)
class Alignment:
    """Scores between every query unit and every key unit.

    Attributes:
        scores: shape (Q, K), float32; what a value means is said by `scale`.
        query, key: the units of rows and columns.
        left_out: shape (Q,), float32; mass on special or padding positions, so that row + left_out = 1 for attention;
            of integrated gradients the error of completeness, signed, in units of the score: what a row lacks of the score's gain;
            of contributions what a row lacks of the unit's score; else 0.
        scale: "cosine" in [-1, 1]; "mass" >= 0; "relevance" >= 0; "effect" signed, in units of the score; "probability"; "cost";
            "change" >= 0, of decoded pixel values between 0 and 1.
        target: "prompt", "context" or "pair".
        score: of the whole pair.
        unit_scores: shape (Q,), each unit's own score, or None.
        model, checkpoint, method, options: what made it.
        path: index pairs (query, key) in increasing order, shape (S, 2), or None.
        trust: how far the map of one unit can be trusted, or None where that was not asked.
        stored: it was found in the store, not computed now; says nothing about the result and is not written into files.
    """

    scores: np.ndarray
    query: Axis
    key: Axis
    left_out: np.ndarray
    scale: Scale
    target: Target
    score: Score
    unit_scores: np.ndarray | None = None
    model: str = ""
    checkpoint: str = ""
    method: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    path: np.ndarray | None = None
    trust: Trust | None = None
    stored: bool = False

    def __post_init__(self):
        _check_shape("scores", self.scores, len(self.query), len(self.key))
        _check_shape("left_out", self.left_out, len(self.query))
        if self.scale not in SCALES:
            raise ValueError(f"scale must be one of {SCALES}, got {self.scale!r}")
        if not np.isfinite(self.scores).all():
            raise ValueError("scores must be finite")

    def made_by(self, method: str, options: dict[str, Any]) -> "Alignment":
        """Return the same alignment with the method and options that made it."""
        return replace(self, method=method, options=dict(options))

    def to_json(self) -> dict[str, Any]:
        """Write the contract's alignment.json as a dictionary."""
        score = {"value": self.score.value, "kind": self.score.kind, "higher_is_better": self.score.higher_is_better}
        score |= {name: value for name, value in (("label", self.score.label), ("parts", self.score.parts)) if value}
        return {
            "version": VERSION,
            "model": self.model,
            "checkpoint": self.checkpoint,
            "method": self.method,
            "target": self.target,
            "options": self.options,
            "scale": self.scale,
            "score": score,
            "query": self.query.to_json(),
            "key": self.key.to_json(),
            "unit_scores": None if self.unit_scores is None else self.unit_scores.tolist(),
            "scores": self.scores.tolist(),
            "left_out": self.left_out.tolist(),
            "path": None if self.path is None else self.path.tolist(),
            "trust": None if self.trust is None else self.trust.to_json(),
            "text": getattr(self.query, "text", None),
            "picture": _picture_json(self.key),
        }

    def save(self, path: str | Path) -> None:
        """Write alignment.json (its arrays are rounded by nothing)."""
        Path(path).write_text(json.dumps(self.to_json(), ensure_ascii=False, allow_nan=False), encoding="utf-8")

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of alignment.json by name; what is absent there is absent here."""
        arrays = {"scores": self.scores, "left_out": self.left_out, "unit_scores": self.unit_scores, "path": self.path}
        arrays["query_spans"] = getattr(self.query, "spans", None)
        arrays["key_boxes"] = getattr(self.key, "boxes", None)
        return {name: array for name, array in arrays.items() if array is not None}

    def save_arrays(self, path: str | Path) -> None:
        """Write alignment.npz: `arrays`."""
        np.savez_compressed(path, **self.arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Alignment":
        """Read what `save` wrote."""
        return cls.from_json(json.loads(Path(path).read_text(encoding="utf-8")))

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Alignment":
        """Read what `to_json` gave."""
        names = ("target", "scale", "model", "checkpoint", "method", "options")
        return cls(
            scores=np.asarray(data["scores"], np.float32),
            query=_text_axis(data["text"], data["query"]),
            key=_picture_axis(data["picture"], data["key"]),
            left_out=np.asarray(data["left_out"], np.float32),
            score=Score(**data["score"]),
            unit_scores=None if data["unit_scores"] is None else np.asarray(data["unit_scores"], np.float32),
            path=None if data["path"] is None else np.asarray(data["path"], int),
            trust=None if data["trust"] is None else Trust.from_json(data["trust"]),
            **{name: data[name] for name in names},
        )


@dataclass(frozen=True)
class Palette:
    """Colours of a scale: `colours` (256, 4), uint8 RGBA, spread evenly from `low` to `high`."""

    colours: np.ndarray
    low: float
    high: float

    def __post_init__(self):
        _check_shape("colours", self.colours, 256, 4)


def _picture_json(key: Axis) -> dict[str, Any] | None:
    if isinstance(key, RegionAxis):
        return {"regions": key.kind, "seen": list(key.seen), "size": list(key.size)}
    if not isinstance(key, PatchAxis):
        return None
    return {"grid": list(key.grid), "seen": list(key.seen), "size": list(key.size)}


def _text_axis(text: str, units: list[dict[str, Any]]) -> TextAxis:
    return TextAxis(
        text=text,
        spans=np.array([u["span"] for u in units], int).reshape(-1, 2),
        kinds=tuple(u["unit"] for u in units),
        cut=np.array([u["cut"] for u in units], bool),
        unknown=np.array([u["unknown"] for u in units], bool),
    )


def _picture_axis(picture: dict[str, Any], units: list[dict[str, Any]]) -> PictureAxis:
    boxes = np.array([u["box"] for u in units], float).reshape(-1, 4)
    seen, size = tuple(picture["seen"]), tuple(picture["size"])
    if "regions" not in picture:
        return PatchAxis(boxes, tuple(picture["grid"]), seen, size)
    scores = np.array([u["score"] for u in units], float)
    return RegionAxis(boxes, tuple(u["name"] for u in units), scores, picture["regions"], seen, size)


def _check_shape(name: str, array: np.ndarray, *shape: int) -> None:
    if tuple(array.shape) != shape:
        raise ValueError(f"{name} must have shape {shape}, got {tuple(array.shape)}")
