"""How far a map can be trusted: the numbers that stand beside it; and how true methods were measured to be."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class Random:
    """What random maps reach: their mean, the bounds between which 90 % of them lie, and how many there were."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Area:
    """The area under a curve of scores while patches are shown or hidden, the strongest of a map first.

    Attributes:
        value: mean score along the curve, in the unit of the score.
        random: the same of random maps.
        fill: what stands where patches are hidden.
        better: share of the random maps that do worse: less by insertion, more by deletion; 0 to 1, ties count half.
    """

    value: float
    random: Random
    fill: str
    better: float

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Area":
        """Read what `asdict` gave."""
        return cls(**{**data, "random": Random(**data["random"])})


@dataclass(frozen=True)
class Agreement:
    """How alike the maps of several methods are.

    Attributes:
        methods: their names, M; the judged one first.
        correlations: shape (M, M), rank correlations, -1 to 1; NaN where a map is the same everywhere.
    """

    methods: tuple[str, ...]
    correlations: np.ndarray

    def __post_init__(self):
        if self.correlations.shape != (len(self.methods),) * 2:
            raise ValueError(f"correlations must have a row a method, {len(self.methods)}, got {self.correlations.shape}")

    @property
    def mean(self) -> float | None:
        """Mean correlation of the judged map with those of the other methods, or None where there is none to be had."""
        own = self.correlations[0, 1:]
        own = own[np.isfinite(own)]
        return float(own.mean()) if own.size else None

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary, null where there is no correlation."""
        rows = [[value if np.isfinite(value) else None for value in row] for row in self.correlations.tolist()]
        return {"methods": list(self.methods), "correlations": rows}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Agreement":
        """Read what `to_json` gave."""
        return cls(tuple(data["methods"]), np.array(data["correlations"], float).reshape(len(data["methods"]), -1))


@dataclass(frozen=True)
class Remark:
    """One thing to say of a map: `key` names the words for it, `numbers` stand in them, `is_warning` asks for care."""

    key: str
    numbers: dict[str, Any] = field(default_factory=dict)
    is_warning: bool = False


@dataclass(frozen=True)
class Trust:
    """What was measured of one unit's map; what was not is None or empty.

    Attributes:
        unit: the row of the map.
        insertion, deletion: fill -> area; the first fill is the one that is shown.
        pointing: whether the strongest patch lies in the true box, 0 or 1; between where several are equally strong.
        iou: of the box and as many of the strongest patches as it covers, 0 to 1.
        sinks: share of the map's weight on its strongest 1 % of patches, at least one patch, 0 to 1.
        word_similarity: mean rank correlation of the maps of different words, -1 to 1.
        shuffled: rank correlation with the map that the same method draws of a model whose blocks are random, -1 to 1.
        agreement: how alike the maps of several methods are.
        more: what further scores gave, by their name.
        remarks: what to say of all that, in the page's language.
        sentence: the same in English.
    """

    unit: int
    insertion: dict[str, Area] = field(default_factory=dict)
    deletion: dict[str, Area] = field(default_factory=dict)
    pointing: float | None = None
    iou: float | None = None
    sinks: float | None = None
    word_similarity: float | None = None
    shuffled: float | None = None
    agreement: Agreement | None = None
    more: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    sentence: str = ""

    @property
    def better(self) -> float | None:
        """Share of random maps that do worse, over insertion and deletion and every fill, or None."""
        shares = [area.better for areas in (self.insertion, self.deletion) for area in areas.values()]
        return float(np.mean(shares)) if shares else None

    def to_json(self) -> dict[str, Any]:
        """Write the contract's `trust` as a dictionary."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        return {
            "unit": self.unit,
            "insertion": _first(self.insertion),
            "deletion": _first(self.deletion),
            "by_fill": _by_fill(self.insertion, self.deletion),
            **numbers,
            "agreement": self.agreement and self.agreement.to_json(),
            **self.more,
            "remarks": [asdict(remark) for remark in self.remarks],
            "sentence": self.sentence,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Trust":
        """Read what `to_json` gave."""
        known = {"unit", "insertion", "deletion", "by_fill", *NUMBERS, "agreement", "remarks", "sentence"}
        areas = {
            name: {fill: Area.from_json(pair[name]) for fill, pair in (data["by_fill"] or {}).items()}
            for name in ("insertion", "deletion")
        }
        return cls(
            unit=data["unit"],
            **areas,
            **{name: data[name] for name in NUMBERS},
            agreement=Agreement.from_json(data["agreement"]) if data["agreement"] else None,
            more={name: value for name, value in data.items() if name not in known},
            remarks=tuple(Remark(**remark) for remark in data["remarks"]),
            sentence=data["sentence"],
        )


@dataclass(frozen=True)
class Truth:
    """How true a model's methods were measured to be, on phrases of drawn scenes whose boxes are known.

    Attributes:
        model: its name.
        present: the weights that are on this machine, or "".
        checkpoint: the weights that were measured, or "" where none were.
        target: what a phrase's map was of: "prompt", "context" or "pair".
        phrases: how many phrases, each of a scene of its own.
        chance: pointing of a map that knows nothing, 0 to 1: the mean share of patches that lie in a true box.
        figures: method -> a share from 0 to 1 for each of `FIGURES`; higher is better. `pointing`: of phrases whose strongest
            patch lies in a true box. `insertion`, `deletion`: of random maps that do worse; a map that knows nothing has 0.5.
    """

    model: str
    present: str = ""
    checkpoint: str = ""
    target: str = ""
    phrases: int = 0
    chance: float = 0.0
    figures: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def state(self) -> Literal["measured", "old", "none"]:
        """Tell figures of the weights that are here from those of other weights, and from none at all."""
        if not self.figures:
            return "none"
        return "measured" if self.checkpoint == self.present else "old"

    @property
    def ranking(self) -> tuple[str, ...]:
        """Order the methods by what was measured of these very weights, the truest first; none where nothing was.

        The rule: pointing first, then deletion, then insertion, each in whole percents as they are shown; then by name.
        """
        if self.state != "measured":
            return ()
        return tuple(sorted(self.figures, key=lambda name: (*(-whole_percent(self.figures[name][f]) for f in RANKED), name)))

    @property
    def margin(self) -> float:
        """Give what any of the shares may be off by, 0 to 1: half the widest 95 % interval of a share of `phrases`."""
        return min(1.0, 0.98 / self.phrases**0.5) if self.phrases else 1.0

    def chance_of(self, figure: str) -> float:
        """Give what a map that knows nothing reaches in one of `FIGURES`, 0 to 1."""
        return self.chance if figure == "pointing" else 0.5

    def best(self, figure: str) -> frozenset[str]:
        """Name the methods that are best in one of `FIGURES`, several where whole percents do not tell them apart."""
        shares = {name: whole_percent(shares[figure]) for name, shares in self.figures.items()}
        return frozenset(name for name, share in shares.items() if share == max(shares.values()))

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        facts = {name: getattr(self, name) for name in ("model", "present", "checkpoint", "state", "target", "phrases")}
        chances = {figure: self.chance_of(figure) for figure in FIGURES} if self.figures else {}
        return {**facts, "chance": chances, "methods": self.figures}


@dataclass(frozen=True)
class Truths:
    """What was measured of several models' methods."""

    models: tuple[Truth, ...]

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        return {"models": [truth.to_json() for truth in self.models]}


@dataclass(frozen=True)
class Right:
    """How often a model was right: a share from 0 to 1 (or an area, AUROC), of how many questions, and what guessing reaches."""

    value: float
    n: int
    chance: float


@dataclass(frozen=True)
class Skill:
    """How often a model was right on fresh drawn scenes, task by task.

    Attributes:
        model: its name.
        present: the weights that are on this machine.
        checkpoint: the weights that were measured, or "" where none were.
        scenes: how many, none of them seen in training.
        tasks: task of `TASKS` -> language -> how often; a task that the model cannot be set is absent.
        costs: of `COSTS` those it has, in milliseconds of one core; none where these very weights were not measured.
    """

    model: str
    present: str = ""
    checkpoint: str = ""
    scenes: int = 0
    tasks: dict[str, dict[str, Right]] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)

    @property
    def state(self) -> Literal["measured", "old", "none"]:
        """Tell figures of the weights that are here from those of other weights, and from none at all."""
        if not self.tasks:
            return "none"
        return "measured" if self.checkpoint == self.present else "old"

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        facts = {name: getattr(self, name) for name in ("model", "present", "checkpoint", "state", "scenes")}
        tasks = {task: {language: asdict(right) for language, right in rights.items()} for task, rights in self.tasks.items()}
        return {**facts, "tasks": tasks, "costs": self.costs}


@dataclass(frozen=True)
class Skills:
    """How often several models were right."""

    models: tuple[Skill, ...]

    def to_json(self) -> dict[str, Any]:
        """Write it as a dictionary."""
        return {"models": [skill.to_json() for skill in self.models]}


#: What a model is asked where the answer is known, in the order it is shown.
TASKS = (
    "retrieval",
    "name",
    "colour_of",
    "matching",
    "noun",
    "colour",
    "colour_swap",
    "size",
    "count",
    "part",
    "negation",
    "relation",
    "relation_of_four",
)

#: What a model takes for a pair, in the order it is shown: for a new one, of that for finding regions, for each more text of its picture.
COSTS = ("pair", "regions", "text")

#: What is measured of a method, in the order it is shown, and in the order by which methods are ranked.
FIGURES = ("pointing", "insertion", "deletion")
RANKED = ("pointing", "deletion", "insertion")


def whole_percent(share: float) -> int:
    """Round a share from 0 to 1 to a whole number of percents."""
    return round(100 * share)


#: Fields of a Trust that are one number each.
NUMBERS = ("pointing", "iou", "sinks", "word_similarity", "shuffled")


def _first(areas: dict[str, Area]) -> dict[str, Any] | None:
    return next((asdict(area) for area in areas.values()), None)


def _by_fill(insertion: dict[str, Area], deletion: dict[str, Area]) -> dict[str, Any] | None:
    pairs = {fill: {"insertion": asdict(insertion[fill]), "deletion": asdict(deletion[fill])} for fill in insertion}
    return pairs or None
