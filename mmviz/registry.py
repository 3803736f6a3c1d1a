"""The registries: one decorated function in one file makes a method, a matcher, a model family, a view, an objective, a probe or an export.

Entries are found by importing every module of the registry's folder the first time it is read,
so a new file needs no list to be written into.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mmviz.errors import UnknownName


@dataclass(frozen=True)
class Entry:
    """One registered function.

    Attributes:
        name: what the command line and the API call it.
        title: what menus call it.
        run: the function.
        facts: what else the decorator was told (`needs`, `paper`, ...).
    """

    name: str
    title: str
    run: Callable
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.run) or "").partition("\n")[0]

    @property
    def needs(self) -> frozenset[str]:
        """What the function cannot run without: fields of `Encoding`; of a probe, functions of the family."""
        return frozenset(self.facts.get("needs", ()))

    @property
    def paper(self) -> str:
        """Where the idea comes from."""
        return self.facts.get("paper", "")

    @property
    def targets(self) -> tuple[str, ...]:
        """Targets under which the function means something."""
        return tuple(self.facts.get("targets", ()))

    @property
    def options(self) -> dict[str, Any]:
        """Keyword-only parameters with their defaults."""
        parameters = inspect.signature(self.run).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


class Registry:
    """Entries of one kind, in the order of their files' names."""

    def __init__(self, kind: str, package: str):
        self.kind, self.package = kind, package
        self._entries: dict[str, Entry] = {}
        self._loaded = False

    def add(self, name: str, *, title: str, **facts: Any) -> Callable[[Callable], Callable]:
        """Register the decorated function under `name`."""

        def register(function: Callable) -> Callable:
            self._entries[name] = Entry(name, title, function, facts)
            return function

        return register

    def __getitem__(self, name: str) -> Entry:
        self._load()
        if name not in self._entries:
            raise UnknownName(self.kind, name, sorted(self._entries))
        return self._entries[name]

    def __iter__(self) -> Iterator[Entry]:
        self._load()
        return iter(list(self._entries.values()))

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        package = importlib.import_module(self.package)
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{self.package}.{module}")
        self._entries = dict(sorted(self._entries.items(), key=lambda entry: entry[1].run.__module__))  # files import one another


@dataclass(frozen=True)
class Family:
    """What a model family can do: up to four functions given a leased checkpoint, and small ones beside them.

    Attributes:
        name: as in `clip:openai/clip-vit-base-patch32`.
        title: what menus call it.
        paper: where it comes from.
        model_types: the `model_type` values of a config.json that belong to it.
        public: hub ids offered in menus, each `(id, title, download size in MB)`.
        functions: `embed` (with `logit_scale`), `encode`, `score_pairs` (with `pair_kind`, and `matches` of a
            config.json where not every checkpoint has it), `joint` (one vector a pair, in a space of its own), `check`, `blocks`;
            of a config `offers`, `looking` and `model_class`; those that exist. A family whose class Transformers does not have gives its config's and its
            own by `own_classes`; one that has something else for tokenizer and image processor, by `processors`, and names their
            `files`. `pair_cost` is "product" where one more pair of `score_pairs` costs no pass. Of a detector: `detect`. One that
            reads regions may score other ones than it found, by `score_regions`, and encode a pair with them, by `encode_regions`. A
            model that reads files of a picture beside its weights names their content by `beside`, of its place and the picture. A
            model with a latent has `infer`, to `Latents`, `decode`, to `Decoded`, and `seen`, a
            picture as it would draw it. A model that answers questions in words has `say`, to `Spoken`, and `likelihood`, of an answer; one
            that was taught to guess hidden words has `guess`, to `Guess`, and where a momentum model taught it, that as `teacher`.
        targets: those its `encode` knows: "prompt", "context", "pair"; the default first.
        columns: what its maps have as columns, the `kind` of their axis.
    """

    name: str
    title: str
    paper: str
    model_types: tuple[str, ...]
    public: tuple[tuple[str, str, int], ...]
    functions: dict[str, Callable] = field(default_factory=dict)
    targets: tuple[str, ...] = ("prompt", "context")
    columns: str = "patch"


class Families(Registry):
    """Model families; the decorated functions of a file gather under one name."""

    def describe(self, name: str, **facts: Any) -> Family:
        """Register a family; its functions follow by `@family`."""
        family = Family(name=name, **facts)
        self._entries[name] = Entry(name, family.title, lambda: family, {"family": family, "paper": family.paper})
        return family

    def __getitem__(self, name: str) -> Family:
        return super().__getitem__(name).facts["family"]

    def _load(self) -> None:
        super()._load()
        self._entries = dict(sorted(self._entries.items()))  # a family is named as its file, whoever imported that first

    def of_model_type(self, model_type: str) -> Family | None:
        """Find the family a config.json's `model_type` belongs to."""
        families = (entry.facts["family"] for entry in self)
        return next((f for f in families if model_type in f.model_types), None)


def implements(family: Family) -> Callable[[Callable], Callable]:
    """Add the decorated function to `family` under its own name."""

    def register(function: Callable) -> Callable:
        family.functions[function.__name__] = function
        return function

    return register


methods = Registry("method", "mmviz.methods")
#: What aligns two runs of frames instead of one Encoding; no menu of pairs has them.
warps = Registry("warp", "mmviz.methods")
#: Methods that match shots with clauses; each takes similarities, `Order` and `Constraints`, and gives a `Matching`.
matchers = Registry("matcher", "mmviz.methods")
views = Registry("view", "mmviz.views")
objectives = Registry("objective", "mmviz.objectives")
scores = Registry("score", "mmviz.trust")
probes = Registry("probe", "mmviz.probes")
exports = Registry("export format", "mmviz.exports")
families = Families("model family", "mmviz.models")
#: What finds regions in pictures and reads no text; its families are no image-text models, and no menu of those has them.
detectors = Families("detector family", "mmviz.models")
#: What listens to speech and is asked where a text lies in it; its families know no pictures.
listeners = Families("speech model family", "mmviz.models")
