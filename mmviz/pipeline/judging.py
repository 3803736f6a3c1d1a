"""How far a map can be trusted: makes what it is judged by, watched and stopped, and has it judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mmviz import options as option_values
from mmviz.axes import RegionAxis, TextAxis, TextUnit
from mmviz.errors import MethodError, ModelError
from mmviz.pipeline.doors import family_of, read_image, read_text
from mmviz.pipeline.pairs import align_many
from mmviz.pipeline.vectors import Watch
from mmviz.registry import methods
from mmviz.results import Alignment, Encoding
from mmviz.samples import Image, Text
from mmviz.trust import curves
from mmviz.trust.average import minus_average
from mmviz.trust.evidence import Masked, strengths
from mmviz.trust.judge import judge as judge_map

if TYPE_CHECKING:
    from mmviz.models.checkpoints import Checkpoint
    from mmviz.pipeline.doors import Picture

Box = Sequence[float]
#: What stands where patches are hidden, the one that is shown first; what it looks like biases deletion, hence two.
FILLS = ("blur", "mean")
#: What regions give way to: nothing stands in their place.
REMOVED = "removed"
#: Fields that cost no pass of their own: methods that need no more are compared as a matter of course.
CHEAP = frozenset({"query_embeds", "key_embeds", "attention", "attention_grad", "contributions"})
#: Fields whose passes grow with the number of units: methods that need them are run again for the judged unit alone.
PER_UNIT = frozenset({"input_grad"})
#: Pictures between two questions whether to stop.
PASSES = 16


@dataclass(frozen=True)
class Case:
    """One map that is judged, and how its model is asked again: `row` of `alignment`, on `device`, kept or not."""

    alignment: Alignment
    row: int
    query: Text
    key: Image
    device: str
    store: bool

    @property
    def unit(self) -> TextUnit:
        """What the text was divided into."""
        kinds = self.alignment.query.kinds
        return "phrase" if "phrase" in kinds else kinds[0]

    def question(self, **more: Any) -> dict[str, Any]:
        """Say what is asked, as the store names questions."""
        from mmviz.models import checkpoints

        alignment = self.alignment
        every = {"checkpoint": alignment.checkpoint, "beside": checkpoints.beside(alignment.model, self.key)}
        every |= {"unit": self.unit, "target": alignment.target, "device": self.device}
        return every | more

    def name(self, **more: Any) -> str:
        """Name a question as the store does."""
        from mmviz.storage import results

        return results.names_of(self.query, self.key, [self.question(**more)])[0]

    def encode(self, checkpoint: "Checkpoint", keep: frozenset[str], layers: tuple[int, ...] | None = None) -> Encoding:
        """Encode the pair again.

        Raises:
            ModelError: the model's files are no longer those that made the map.
        """
        encode = checkpoint.family.functions["encode"]
        said = {"target": self.alignment.target, "unit": self.unit, "keep": keep, "layers": layers}
        found = encode(checkpoint, self.query, self.key, **said)
        if not found.checkpoint.startswith(self.alignment.checkpoint):
            raise ModelError(f"The files of {self.alignment.model} were exchanged after the map was made; ask again.")
        return found


def judge(
    alignment: Alignment,
    text: str | Text,
    image: "Picture",
    *,
    row: int | None = None,
    boxes: Sequence[Box] = (),
    compared: Sequence[str] | None = None,
    device: str = "auto",
    store: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Alignment:
    """Measure how far one unit's map can be trusted.

    Args:
        alignment: what `align` gave for the same text and picture.
        text, image: that pair.
        row: of the judged unit, counted from 0; None takes the last, which is the whole text.
        boxes: where the unit's things are, each x0, y0, x1, y1 as fractions of the picture; none where that is not known.
        compared: methods whose maps it is compared with; None takes all that cost no pass of their own.
        device, store: as of `align`.
        progress: told (done, total) in pictures seen.
        cancelled: asked between pictures whether to stop.

    Returns:
        The alignment with its `trust`.

    Raises:
        MethodError: there is no such row, or a box is none.
        ModelError: the model cannot be run, or is no longer the one that made the map.
        Stopped: `cancelled` said so.
    """
    from mmviz.storage import results

    case = Case(alignment, check_row(alignment, row), read_text(text), read_image(image), device, store)
    places, others = np.array([check_box(box) for box in boxes], float).reshape(-1, 4), _compared(case, compared)
    asked = {"method": alignment.method, "options": alignment.options, "row": case.row, "boxes": places.tolist()}
    hiding = {"fills": fills_of(alignment), "orders": orders_of(alignment), "steps": curves.STEPS}
    name = case.name(trust=asked, others=others, **hiding) if store else ""
    found = results.find(name) if store else None
    if found is None:
        watch = Watch(progress, cancelled)
        made = {**_evidence(case, watch), "boxes": places if len(boxes) else None, "others": _others(case, others)}
        found = replace(alignment, trust=judge_map(alignment, case.row, **made))
        if store:
            results.keep(name, found)
    return replace(alignment, trust=found.trust)


def passes_of_trust(alignment: Alignment) -> int:
    """Count the pictures with hidden patches a model sees for one unit's trust, when nothing of it is kept yet."""
    return len(fills_of(alignment)) * (curves.STEPS - 1) * (2 + orders_of(alignment))


def fills_of(alignment: Alignment) -> tuple[str, ...]:
    """List what stands where patches are hidden: both, or one where every pair is read together, which costs more.

    Regions are left out, and nothing stands in their place.
    """
    if isinstance(alignment.key, RegionAxis):
        return (REMOVED,)
    return FILLS if _is_cheap(alignment) else FILLS[:1]


def orders_of(alignment: Alignment) -> int:
    """Count the random orders that stand beside a map."""
    return curves.ORDERS if _is_cheap(alignment) else curves.FEW_ORDERS


def _is_cheap(alignment: Alignment) -> bool:
    """A masked picture serves every unit, because text and picture are read apart."""
    return alignment.score.kind == "cosine"


def check_row(alignment: Alignment, row: int | None) -> int:
    """See that a unit is there; None means the last, which is the whole text.

    Raises:
        MethodError: it is not.
    """
    count = len(alignment.query)
    if row is not None and not 0 <= row < count:
        raise MethodError(f"There is no unit {row} to judge; the text has 0 to {count - 1}.")
    return count - 1 if row is None else row


def check_box(box: Box) -> tuple[float, float, float, float]:
    """See that four numbers are a box.

    Raises:
        MethodError: they are not.
    """
    if len(box) != 4 or not (0 <= box[0] < box[2] <= 1 and 0 <= box[1] < box[3] <= 1):
        raise MethodError(f"A box is x0, y0, x1, y1 as fractions of the picture from the upper left corner, not {list(box)}.")
    return tuple(float(place) for place in box)


def _compared(case: Case, asked: Sequence[str] | None) -> list[str]:
    """List the methods a map is compared with: those asked for, or the cheap ones, that can have its target."""
    family, target = family_of(case.alignment.model), case.alignment.target
    offers = family.functions["offers"](None)
    names = [entry.name for entry in methods if entry.needs <= CHEAP] if asked is None else [methods[n].name for n in asked]
    able = [name for name in names if methods[name].needs <= offers and target in methods[name].targets]
    return [name for name in able if name != case.alignment.method]


def _others(case: Case, names: Sequence[str]) -> tuple[Alignment, ...]:
    if not names:
        return ()
    alignment, requests = case.alignment, [(name, {}) for name in names]
    said = {"model": alignment.model, "unit": case.unit, "target": alignment.target, "device": case.device, "store": case.store}
    return tuple(align_many(case.query, case.key, requests, **said))


def _evidence(case: Case, watch: Watch) -> dict[str, Any]:
    """Make what only the model can say: scores with patches hidden, and the map on random weights."""
    masked, tables = {}, {fill: kept_table(case, fill) for fill in fills_of(case.alignment)}
    inner = curves.STEPS - 1
    counts = [inner * (2 + (0 if table is not None else orders_of(case.alignment))) for table in tables.values()]
    total, before = sum(counts) + 1, 0  # the map on random weights is one step
    for count, (fill, table) in zip(counts, tables.items(), strict=True):
        masked[fill] = _masked(case, fill, table, lambda more, before=before: watch.step(before + more, total))
        before += count
    watch.step(total - 1, total)
    shuffled = _shuffled(case)
    watch.step(total, total)
    return {"masked": masked, "shuffled": shuffled}


def kept_table(case: Case, fill: str) -> np.ndarray | None:
    """Find the scores of all units under random orders, (Q, N, S + 1), where they are kept."""
    from mmviz.storage import tables

    found = tables.find(_table_name(case, fill)) if case.store else None
    shape = (len(case.alignment.query), orders_of(case.alignment), curves.STEPS + 1)
    return found if found is not None and found.shape == shape else None


def _table_name(case: Case, fill: str) -> str:
    return case.name(masked=fill, orders=orders_of(case.alignment), steps=curves.STEPS, seed=curves.SEED)


def _masked(case: Case, fill: str, table: np.ndarray | None, step: Callable[[int], None]) -> Masked:
    """Score the picture with the judged map's patches kept and hidden, beside random ones."""
    order = curves.strongest_first(strengths(case.alignment)[case.row])
    (strongest, weakest), random = beside_random(case, fill, np.stack([order, order[::-1]]), table, step)
    return Masked(curves.sizes(len(order)), strongest, weakest, random)


def beside_random(
    case: Case, fill: str, orders: np.ndarray, table: np.ndarray | None, step: Callable[[int], None]
) -> tuple[np.ndarray, np.ndarray]:
    """Score the judged unit with the first patches of some orders kept, and of random ones.

    Args:
        case: the unit, and how its model is asked.
        fill: what stands where patches are hidden.
        orders: of patches, shape (N, K), int.
        table: what `kept_table` found; None has the random orders scored now, for all units, and kept.
        step: told how many pictures were seen; may raise Stopped.

    Returns:
        Scores along the orders, (N, S + 1), and along the random ones, (M, S + 1), float32, at the steps of `curves.sizes`.
    """
    from mmviz.models import checkpoints
    from mmviz.storage import tables

    sizes = curves.sizes(orders.shape[1])
    own = curves.kept_first(orders, sizes)  # (N, S + 1, K)
    random = curves.kept_first(curves.random_orders(orders.shape[1], orders_of(case.alignment)), sizes)  # (M, S + 1, K)

    def work(checkpoint: "Checkpoint") -> tuple[np.ndarray, np.ndarray]:
        encoding = case.encode(checkpoint, frozenset({"score_masked"}))
        done = 0 if table is not None else orders_of(case.alignment) * (curves.STEPS - 1)
        whole = table if table is not None else _scores(encoding, random, fill, range(len(encoding.query)), step)
        return whole, _scores(encoding, own, fill, [case.row], lambda more: step(done + more))[0]

    whole, found = checkpoints.run(case.alignment.model, case.device, work)
    if table is None and case.store:
        tables.keep(_table_name(case, fill), whole)
    return found, whole[case.row]


def _scores(encoding: Encoding, kept: np.ndarray, fill: str, units: Sequence[int], step: Callable[[int], None]) -> np.ndarray:
    """Score kept patches (N, S + 1, K) for some units, some pictures at a time: shape (units, N, S + 1), float32."""
    flat, parts = kept.reshape(-1, kept.shape[-1]), []
    inner = np.cumsum(flat.any(1) & ~flat.all(1))  # nothing and everything are seen once
    for start in range(0, len(flat), PASSES):
        step(int(inner[start - 1]) if start else 0)
        rows = flat[start : start + PASSES]
        parts.append([encoding.score_masked(unit, rows, fill) for unit in units])
    return np.concatenate(parts, axis=1).reshape(len(units), *kept.shape[:2])


def _shuffled(case: Case) -> np.ndarray:
    """Draw the same method's map of a model whose blocks are random, or find it kept: (K,), the more the nearer."""
    from mmviz.models import checkpoints, shuffled
    from mmviz.storage import results

    alignment, asked = case.alignment, dict(case.alignment.options)
    is_less_average = asked.pop("minus_average", False)
    entry = methods[alignment.method]
    values = option_values.read(entry, asked)
    row = case.row if entry.needs & PER_UNIT and not is_less_average else None
    name = case.name(method=entry.name, options=asked, forgotten=shuffled.SEED, row=row) if case.store else ""
    found = results.find(name) if case.store else None

    def work(checkpoint: "Checkpoint") -> Alignment:
        encoding = case.encode(shuffled.forgotten(checkpoint), entry.needs, values.get("layers"))
        return entry.run(encoding if row is None else alone(encoding, row), **values).made_by(entry.name, asked)

    if found is None:
        found = checkpoints.run(alignment.model, case.device, work)
        if case.store:
            results.keep(name, found)
    whole = strengths(minus_average(found) if is_less_average else found)
    return whole[case.row if row is None else 0]


def alone(encoding: Encoding, row: int) -> Encoding:
    """Leave one unit of an encoding that holds no attention; its functions of a unit answer for that one."""
    axis, only = encoding.query, slice(row, row + 1)
    query = TextAxis(axis.text, axis.spans[only], axis.kinds[only], axis.cut[only], axis.unknown[only])
    arrays = {
        name: value if (value := getattr(encoding, name)) is None else value[only]
        for name in ("unit_scores", "query_embeds", "contributions")
    }
    asked = {name: getattr(encoding, name) for name in ("input_grad", "score_masked")}
    functions = {
        name: ask and (lambda unit, *rest, ask=ask: ask(unit if unit is None else row, *rest)) for name, ask in asked.items()
    }
    return replace(encoding, query=query, **arrays, **functions)
