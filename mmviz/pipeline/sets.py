"""Sets: every text against every picture, and what an objective does to that."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz import options as option_values
from mmviz.axes import ItemAxis
from mmviz.errors import MediaError, MethodError, ModelError
from mmviz.matrices import SCALES_OF, Matrix, MatrixKind, Objective, Skipped
from mmviz.pipeline import matching
from mmviz.pipeline.doors import DEFAULT_MODEL, read_image, read_text
from mmviz.pipeline.matching import By
from mmviz.pipeline.vectors import PICTURES, Watch, batches, check_vectors, embed
from mmviz.registry import objectives
from mmviz.samples import Image, Text

if TYPE_CHECKING:
    from mmviz.pipeline.doors import Picture

LIMIT = 200


def matrix(
    texts: Sequence[str | Text],
    images: "Sequence[Picture]",
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    *,
    by: By | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Matrix:
    """Compare every text with every picture: N + M passes by contrast, N * M by matching.

    Args:
        texts: 1 to 200, beside those that are skipped; equal ones stay apart.
        images: 1 to 200 paths, PIL images, arrays or Images, read a few at a time.
        model: a name of `mmviz list models`.
        device: "auto", "cpu", "cuda" or "mps".
        by: "contrast", the cosines of vectors; or "matching", each text read together with each picture, up to 10,000 pairs;
            None takes the first of `ways_of` the model, the cheap one where it has both.
        progress: told (done, total) items or pairs before every batch and at the end.
        cancelled: asked at the same moments; True stops the work.

    Returns:
        Cosines, or logits of the matching head, shape (N, M). Empty or overlong texts and pictures that cannot be read are in
        `skipped`, each with why.

    Raises:
        MediaError: there are too many texts, pictures or pairs, or none that can be used.
        ModelError: the model cannot be found, loaded or run, or does not compare so.
        Stopped: `cancelled` said so.
    """
    read, places, skipped = _read_texts(texts)
    _check_count("texts", len(read), skipped)
    _check_count("pictures", len(images), [])
    way, seen = matching.settle(model, by), []
    if way == "matching":
        matching.check_pairs(len(read), len(images), matching.ways_of(model))
    compare = _by_contrast if way == "contrast" else _by_matching
    parts = _read_images(images, PICTURES if way == "contrast" else matching.pictures_at_once(len(read)), seen, skipped)
    found = compare(read, parts, model, device, Watch(progress, cancelled), pictures=len(images))
    _check_count("pictures", len(seen), skipped)
    return Matrix(
        **found,
        texts=ItemAxis(tuple(text.text for text in read), tuple(places)),
        images=ItemAxis(tuple(name for _, name in seen), tuple(place for place, _ in seen)),
        paired=len(texts) - sum(map(_is_blank, texts)) == len(images),
        model=model,
        skipped=tuple(skipped),
    )


def objective(matrix: Matrix, name: str, **options: Any) -> Objective:
    """Say what a training objective does to a matrix in which text i belongs to picture i.

    Args:
        matrix: N texts and N pictures, compared by contrast; its cosines count, whatever its scale.
        name: of `mmviz list objectives`.
        **options: of the objective.

    Returns:
        The mean loss, and its gradient by every cosine.

    Raises:
        MethodError: the matrix is of no cosines, texts and pictures are no pairs, or an option does not fit.
        UnknownName: there is no such objective.
    """
    from mmviz.objectives import gradient

    entry = objectives[name]
    values = option_values.read(entry, options)
    if matrix.kind != "cosine":
        rule = (
            f"{name} is an objective of cosines, and this matrix holds logits of {matrix.model}, which was trained pair by pair"
        )
        raise MethodError(f"{rule}; compare by contrast, with {DEFAULT_MODEL} if the model has no vectors.")
    if not np.array_equal(matrix.matched, np.eye(len(matrix.texts))):
        has = f"{len(matrix.texts)} texts and {len(matrix.images)} pictures"
        rule = "needs pairs: as many pictures as texts, the first of one belonging to the first of the other"
        raise MethodError(f"{name} {rule}, but here are {has}; leave out what has no partner.")
    loss, found = gradient.differentiate(entry, matrix.values, values)
    return Objective(loss, found, matrix.texts, matrix.images, name, values)


def options_of(name: str, **said: Any) -> dict[str, Any]:
    """Take of what was said the options that an objective has and that are not empty; the others concern others."""
    return {option: value for option, value in said.items() if value not in (None, "") and option in objectives[name].options}


def check_scale(scale: str, by: str | None, model: str, device: str = "auto") -> None:
    """See that a matrix can be shown on a scale, before it is made.

    Args:
        scale: asked for; "" is the first there is.
        by, model, device: as of `matrix`.

    Raises:
        MethodError: it cannot.
    """
    way = matching.settle(model, by)
    kinds = ("cosine",) if way == "contrast" else ("match_probability", "logit")
    fitting = list(dict.fromkeys(scale for kind in kinds for scale in SCALES_OF[kind]))
    if scale and scale not in fitting:
        raise MethodError(f"{model} compares by {way}, and such numbers have no scale {scale}; use: {', '.join(fitting)}.")
    if scale and way == "matching":
        _check_fits(scale, matching.kind_of(model, device), model)


def on_scale(matrix: Matrix, scale: str) -> Matrix:
    """Put a matrix on a scale; "" leaves it on the first of its kind.

    Raises:
        MethodError: its numbers have no such scale.
    """
    if scale:
        _check_fits(scale, matrix.kind, matrix.model or "this matrix")
    return matrix.scaled(scale or matrix.scale)


def _check_fits(scale: str, kind: MatrixKind, model: str) -> None:
    if scale not in SCALES_OF[kind]:
        raise MethodError(f"The numbers of {model} ({kind}) have no scale {scale}; use: {', '.join(SCALES_OF[kind])}.")


def read_texts(path: str | Path) -> list[str]:
    """Read a file of texts, one a line, at most 1 MB; empty lines are kept for `matrix` to skip."""
    from mmviz.media import sets

    return sets.lines(path)


def read_pictures(folder: str | Path) -> list[Path]:
    """Find the pictures of a folder, in the order of their names."""
    from mmviz.media import sets

    return sets.pictures(folder)


def read_scores(path: str | Path, logit_scale: float = 1.0) -> Matrix:
    """Read given similarities from a .npy file, texts down and pictures across."""
    from mmviz.media import sets

    found = sets.scores(path)
    texts, images = (tuple(f"{kind} {i + 1}" for i in range(n)) for kind, n in zip(("text", "picture"), found.shape, strict=True))
    return Matrix(found, ItemAxis(texts), ItemAxis(images), logit_scale, paired=len(texts) == len(images))


def _read_texts(texts: Sequence[str | Text]) -> tuple[list[Text], list[int], list[Skipped]]:
    """Read texts; what is blank takes no place among those that are to be paired, what is broken does."""
    read, places, skipped, blank = [], [], [], 0
    for place, given in enumerate(texts):
        try:
            read.append(read_text(given))
            places.append(place - blank)
        except MediaError as error:
            blank += _is_blank(given)
            skipped.append(Skipped("text", place, f"text {place + 1}", str(error)))
    return read, places, skipped


def _is_blank(text: str | Text) -> bool:
    return isinstance(text, str) and not text.strip()


def _read_images(
    images: "Sequence[Picture]", at_once: int, seen: list[tuple[int, str]], skipped: list[Skipped]
) -> Iterator[tuple[int, list[Image]]]:
    """Read pictures part by part; notes place and name of those that can be used, and those that cannot."""
    for start in range(0, len(images), at_once):
        part = []
        for place, given in enumerate(images[start : start + at_once], start):
            is_path = isinstance(given, str | Path)
            name = Path(given).name if is_path else getattr(given, "name", None) or f"picture {place + 1}"
            try:
                part.append(read_image(given, name))
                seen.append((place, name))
            except MediaError as error:
                skipped.append(Skipped("picture", place, name, str(error)))
        yield len(images[start : start + at_once]), part


def _check_count(kind: str, count: int, skipped: list[Skipped]) -> None:
    if count > LIMIT:
        raise MediaError(f"There are {count:,} {kind}; a matrix takes 1 to {LIMIT}. Give a part of them.")
    if count == 0:
        own = [item for item in skipped if item.kind == kind[:-1]]
        reason = f" that can be used ({own[0].name}: {own[0].why})" if own else ""
        raise MediaError(f"There are no {kind}{reason}; a matrix takes 1 to {LIMIT}. Give at least one.")


def _by_contrast(texts: list[Text], parts: Iterator, model: str, device: str, watch: Watch, *, pictures: int) -> dict[str, Any]:
    """Give every text and every picture its vector, once, and compare these: N + M passes; fields of a Matrix."""
    logit_scale, total = _logit_scale(model, device), len(texts) + pictures
    text_embeds, checkpoint = embed(batches(texts), model, device, watch, done=0, total=total)
    image_embeds, of_images = embed(parts, model, device, watch, done=len(texts), total=total)
    if not len(image_embeds):
        return {}
    if of_images != checkpoint:
        raise ModelError(f"The files of {model} were exchanged while it ran; ask again.")
    cosines = np.clip(text_embeds @ image_embeds.T, -1, 1)
    return {"values": cosines, "kind": "cosine", "logit_scale": logit_scale, "checkpoint": checkpoint}


def _by_matching(texts: list[Text], parts: Iterator, model: str, device: str, watch: Watch, *, pictures: int) -> dict[str, Any]:
    """Read every text together with every picture: N * M passes; fields of a Matrix."""
    found = matching.match(texts, parts, model, device, watch, total=len(texts) * pictures)
    return {"values": found.logits, "kind": found.kind, "checkpoint": found.checkpoint}


def _logit_scale(model: str, device: str) -> float:
    from mmviz.models import checkpoints

    with checkpoints.lease(model, device) as checkpoint:
        check_vectors(checkpoint.family, model)
        return checkpoint.family.functions["logit_scale"](checkpoint)
