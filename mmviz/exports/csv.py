"""CSV: tables for spreadsheets."""

import csv
import io
from collections.abc import Iterator

from mmviz.matchings import Matching
from mmviz.matrices import Matrix
from mmviz.registry import exports
from mmviz.results import Alignment, Palette
from mmviz.samples import Image
from mmviz.spaces import Space
from mmviz.timings import Timing
from mmviz.trusts import FIGURES, Skills, Truths
from mmviz.versus import Versus

#: Cells that begin so would be run as formulas.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@exports.add(
    "csv",
    title="Table",
    suffix=".csv",
    media_type="text/csv",
    takes=("Alignment", "Matrix", "Skills", "Truths", "Versus", "Space", "Timing", "Matching"),
)
def write(
    result: Alignment | Matrix | Skills | Truths | Versus | Space | Timing | Matching,
    image: Image | None = None,
    palette: Palette | None = None,
) -> bytes:
    """Write scores as a table that spreadsheets open.

    A matrix has a line a text and a column a picture. An alignment has a line for each unit and patch: the unit, its span, the
    patch, its box, the score. Truths have a line for each model and method: the shares, and what chance reaches beside each; skills
    have one for each model, task and language. Two answers against each other have a line a unit: its value in A and in B, and how its map changed; what is not known stays empty. A map has
    a line an item: its place, its nearest in the space, and the share of its neighbours that the map keeps. Times
    have a line a unit: its seconds, its confidence, whether it was spoken, its span. A matching has a line a shot: its seconds, the number
    of its clause from 1 and its characters, how likely the pair is, and how likely the shot shows none.

    Args:
        result: any.
        image, palette: not needed.

    Returns:
        UTF-8 with the mark by which spreadsheets know it; a text that would be run as a formula has an apostrophe before it.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    lines = {
        Matrix: _matrix,
        Skills: _skills,
        Truths: _truths,
        Versus: _versus,
        Space: _space,
        Timing: _timing,
        Matching: _matching,
    }.get(type(result), _alignment)
    for row in lines(result):
        writer.writerow([_safe(cell) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue().encode("utf-8-sig")


def _matrix(matrix: Matrix) -> Iterator[list]:
    yield [matrix.scale, *matrix.images.labels]
    for name, row in zip(matrix.texts.labels, matrix.scores.tolist(), strict=True):
        yield [name, *row]


def _alignment(alignment: Alignment) -> Iterator[list]:
    yield ["unit", "start", "end", "patch", "x0", "y0", "x1", "y1", alignment.scale]
    patches = alignment.key.to_json()
    for unit, row in zip(alignment.query.to_json(), alignment.scores.tolist(), strict=True):
        for patch, score in zip(patches, row, strict=True):
            yield [unit["text"], *unit["span"], patch["label"], *patch["box"], score]


def _truths(truths: Truths) -> Iterator[list]:
    columns = [name for figure in FIGURES for name in (figure, f"{figure}_chance")]
    yield ["model", "checkpoint", "state", "target", "phrases", "method", *columns]
    for truth in truths.models:
        for method, shares in truth.figures.items():
            values = [value for figure in FIGURES for value in (shares[figure], truth.chance_of(figure))]
            yield [truth.model, truth.checkpoint, truth.state, truth.target, truth.phrases, method, *values]


def _skills(skills: Skills) -> Iterator[list]:
    yield ["model", "checkpoint", "state", "scenes", "task", "language", "value", "n", "chance"]
    for skill in skills.models:
        for task, rights in skill.tasks.items():
            for language, right in rights.items():
                yield [
                    skill.model,
                    skill.checkpoint,
                    skill.state,
                    skill.scenes,
                    task,
                    language,
                    right.value,
                    right.n,
                    right.chance,
                ]


def _versus(versus: Versus) -> Iterator[list]:
    names = ("change", "patches", "correlation", "overlap")
    yield ["unit", "in", f"A ({versus.value})", f"B ({versus.value})", "change", "moved_right", "moved_down", *names[1:]]
    for unit in versus.to_json()["units"]:
        yield [unit["text"], unit["in"], *unit["values"], unit["change"], *unit["moved"], *(unit[name] for name in names[1:])]


def _space(space: Space) -> Iterator[list]:
    yield ["row", "name", "modality", "x", "y", "nearest", "nearest_cosine", "kept", "added", *space.tags]
    names, nearest = space.items.labels, space.neighbours.places[:, 0].tolist()
    kept = [] if space.belief is None else space.belief.kept.round(4).tolist()
    kept += [""] * (len(space) - len(kept))
    for row, (x, y) in enumerate(space.points.tolist()):
        near = nearest[row], 1 - float(space.neighbours.distances[row, 0])
        said = [values[row] for values in space.tags.values()]
        modality = space.modalities[space.modality[row]]
        yield [row, names[row], modality, x, y, names[near[0]], near[1], kept[row], int(space.added[row]), *said]


def _timing(timing: Timing) -> Iterator[list]:
    yield ["unit", "start", "end", "confidence", "spoken", "from", "to"]
    for unit in timing.to_json()["units"]:
        yield [unit["text"], unit["start"], unit["end"], unit["confidence"], int(unit["spoken"]), *unit["span"]]


def _matching(matching: Matching) -> Iterator[list]:
    yield ["shot", "start", "end", "clause", "text", "p", "none"]
    decided = {shot: (clause, p) for shot, clause, p in matching.edges}
    labels = [""] * matching.p.shape[1] if matching.clauses is None else matching.clauses.labels
    for shot, null in enumerate(matching.null.tolist()):
        seconds = ["", ""] if matching.shots is None else [float(matching.shots.starts[shot]), float(matching.shots.ends[shot])]
        clause, p = decided.get(shot, (None, ""))
        told = ["", "", ""] if clause is None else [clause + 1, labels[clause].strip(), p]
        yield [shot + 1, *seconds, *told, null]


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
