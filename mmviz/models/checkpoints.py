"""Models by name: which there are, and a lease on one that runs."""

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from mmviz.errors import ModelError
from mmviz.models import folders
from mmviz.models.loading import Checkpoint, load
from mmviz.registry import Family, detectors, families, listeners
from mmviz.samples import Image

log = logging.getLogger("mmviz")
T = TypeVar("T")

DEVICES = ("auto", "cpu", "cuda", "mps")
#: Bytes of weights kept in memory, models in use not counted out; MMVIZ_MODEL_MEMORY says it in GB.
BUDGET = 6 * 2**30


@dataclass(frozen=True)
class ModelInfo:
    """What menus and `mmviz list models` say of a model.

    Attributes:
        name, title, family: "clip-mini", what menus call it, "clip".
        kind: "image-text", what texts and pictures are aligned by; "detector", which finds regions and reads no text; or what the
            card of a net says that no family reads: "matcher", which pairs shots with clauses.
        source: "bundled" or "public".
        ready: it can run on this machine now.
        why_not: why it cannot, in one sentence, or "".
        verified: "weights" where tests run on these very weights, "layout" where only on random ones of that shape.
        offers: fields of Encoding it can give.
        paper: where it comes from.
        card: what a bundled model says of itself, or {}.
    """

    name: str
    title: str
    family: str
    source: Literal["bundled", "public"]
    ready: bool
    why_not: str
    verified: Literal["weights", "layout"]
    offers: tuple[str, ...]
    paper: str
    card: dict[str, Any] = field(default_factory=dict)
    kind: str = "image-text"


@dataclass
class _Slot:
    """One model in memory, or on its way there."""

    lock: Any = field(default_factory=threading.RLock)
    users: int = 0
    checkpoint: Checkpoint | None = None
    memory: int = 0  # of the checkpoint, counted once: it walks through all weights


class Pool:
    """Models in memory: each lent to one thread at a time, the longest unused dropped first when memory runs short."""

    def __init__(self, budget: int):
        self.budget = budget
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()
        self._guard = threading.Lock()

    @contextmanager
    def lease(self, key: Hashable, make: Callable[[], Checkpoint]) -> Iterator[Checkpoint]:
        """Lend the model under `key` to this thread alone, made by `make` when it is not there."""
        with self._guard:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            slot.users += 1
        try:
            with slot.lock:
                if slot.checkpoint is None:
                    slot.checkpoint = make()
                    slot.memory = slot.checkpoint.memory
                    self._make_room()
                yield slot.checkpoint
        finally:
            with self._guard:
                slot.users -= 1
            self._make_room()

    @property
    def memory(self) -> int:
        """Bytes of weights in memory."""
        return sum(slot.memory for slot in list(self._slots.values()))

    def discard(self, key: Hashable) -> None:
        """Forget the model under `key`; who has it on lease keeps it until the lease ends."""
        with self._guard:
            self._slots.pop(key, None)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._slots

    def _make_room(self) -> None:
        with self._guard:
            for key, slot in list(self._slots.items()):
                empty = slot.checkpoint is None
                if slot.users == 0 and (empty or self.memory > self.budget):
                    del self._slots[key]


_pool = Pool(int(float(os.environ.get("MMVIZ_MODEL_MEMORY", 0)) * 2**30) or BUDGET)
#: Models that the GPU's memory did not suffice for, and what was said of it; they run on the CPU until the program ends.
_moved: dict[str, str] = {}


class DeviceFull(ModelError):
    """The GPU's memory did not suffice; the same lease asked for again gives the model on the CPU."""


@contextmanager
def lease(name: str, device: str = "auto") -> Iterator[Checkpoint]:
    """Lend a model to this thread; another thread that asks for the same waits.

    A model that does not fit into CUDA's memory is lent on the CPU, now and later; `moved` says so.

    Args:
        name: "clip-mini" (bundled), "clip:owner/name" (in the hub's cache) or "clip:/folder".
        device: "auto", "cpu", "cuda" or "mps".

    Yields:
        The checkpoint; loaded the first time and when its files have changed.

    Raises:
        DeviceFull: CUDA's memory ran out while the model was used; see `run`.
        ModelError: it is not on this machine or cannot be loaded, or the device is absent.
        UnknownName: no model has that name.
    """
    import torch

    place = folders.find(name)
    with ExitStack() as stack:
        checkpoint = _borrow(stack, place, device)
        try:
            yield checkpoint
        except torch.OutOfMemoryError as error:
            if checkpoint.device == "cpu":
                raise
            raise DeviceFull(_move(place, checkpoint.device)) from error


def run(name: str, device: str, work: Callable[[Checkpoint], T]) -> T:
    """Do work with a leased model, and do it again on the CPU where the GPU's memory does not suffice.

    Args:
        name, device: as of `lease`.
        work: called with the checkpoint; what it began and did not finish is lost.
    """
    try:
        with lease(name, device) as checkpoint:
            return work(checkpoint)
    except DeviceFull:
        pass  # outside of this block nothing holds what is still on the GPU
    _give_memory_back()
    with lease(name, device) as checkpoint:
        return work(checkpoint)


def moved(name: str) -> str:
    """Say in one sentence that a model runs on the CPU because the GPU's memory did not suffice, or give ""."""
    return _moved.get(name, "")


def _borrow(stack: ExitStack, place: folders.Place, asked: str) -> Checkpoint:
    """Lend a model until `stack` closes: on the device asked for, or on the CPU where it does not fit there."""
    import torch

    device = resolve_device(asked)
    if place.name in _moved and device == "cuda":
        device = "cpu"
    try:
        return stack.enter_context(_pool.lease(_key(place, device), lambda: load(place, device)))
    except torch.OutOfMemoryError:
        if device == "cpu":
            raise
        _move(place, device)
    _give_memory_back()
    return stack.enter_context(_pool.lease(_key(place, "cpu"), lambda: load(place, "cpu")))


def _move(place: folders.Place, device: str) -> str:
    """Give up a model's place on the GPU, note it, and say it."""
    _pool.discard(_key(place, device))
    way_out = "close what else uses the GPU and start mmviz again, or choose a smaller model"
    _moved[place.name] = f"{place.name} does not fit into the GPU's memory and runs on the CPU, slower; {way_out}."
    log.warning(_moved[place.name])
    return _moved[place.name]


def _give_memory_back() -> None:
    """Let others have the GPU's memory that nothing holds any more; while an error is handled, its frames still hold it."""
    import torch

    torch.cuda.empty_cache()


def _key(place: folders.Place, device: str) -> Hashable:
    return place.name, device, place.folder, folders.signature(place)


def identity(name: str) -> str:
    """Name the very weights a lease would lend, without loading them.

    Raises:
        ModelError: the model is not on this machine.
        UnknownName: no model has that name.
    """
    return folders.identity(folders.find(name))


def beside(name: str, image: Image) -> str:
    """Name what a model reads of a picture beside its weights and the picture's own pixels, "" where there is nothing such.

    Raises:
        ModelError, UnknownName: as `identity`.
    """
    place = folders.find(name)
    return place.family.functions.get("beside", lambda place, image: "")(place, image)


def resolve_device(device: str) -> str:
    """Settle the device: "auto" takes CUDA where present, else the CPU.

    Raises:
        ModelError: a device is asked for that this machine does not have.
    """
    import torch

    if device not in DEVICES:
        raise ModelError(f'There is no device "{device}"; there are: {", ".join(DEVICES)}.')
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return "cuda" if present["cuda"] else "cpu"
    if not present[device]:
        there = ", ".join(name for name, is_there in present.items() if is_there)
        raise ModelError(f'This machine has no "{device}"; it has: {there}. Use one of these, or auto.')
    return device


def listing() -> list[ModelInfo]:
    """List the bundled models that are there, detectors among them, then the public ones menus offer."""
    public = [_public(families[entry.name], known) for entry in families for known in families[entry.name].public]
    return [_bundled(name) for name in folders.bundled_names()] + public


def listening() -> list[ModelInfo]:
    """List the public models that listen, which aligners of speech run."""
    return [_public(listeners[entry.name], known) for entry in listeners for known in listeners[entry.name].public]


def _bundled(name: str) -> ModelInfo:
    try:
        own = folders.read_json(folders.bundled_root() / name / folders.CARD, name)
        if "kind" in own:
            return _net(name, own)
        place = folders.find(name)
        card, why_not = place.card, _why_not(place)
    except ModelError as error:
        return ModelInfo(name, name, "", "bundled", False, str(error), "weights", (), "")
    family = place.family
    finds = family.name in [entry.name for entry in detectors]
    offers = tuple(sorted(family.functions["offers"](None)))
    title, paper = card.get("title", name), card.get("paper", family.paper)
    facts = {"card": card, "kind": "detector" if finds else "image-text"}
    return ModelInfo(name, title, family.name, "bundled", not why_not, why_not, "weights", offers, paper, **facts)


def _net(name: str, card: dict[str, Any]) -> ModelInfo:
    """Say of a net what its card does; only whoever uses it reads its weights."""
    there = (folders.bundled_root() / name / folders.WEIGHTS).is_file()
    why_not = "" if there else f"{name} lacks {folders.WEIGHTS}; make it with: make train-{name}."
    facts = {"card": card, "kind": card["kind"]}
    return ModelInfo(name, card["title"], "", "bundled", there, why_not, "weights", (), card["paper"], **facts)


def _public(family: Family, known: tuple[str, str, int]) -> ModelInfo:
    repository, title, megabytes = known
    name = f"{family.name}:{repository}"
    snapshot = folders.cached(repository)
    if snapshot is None:
        why_not = f"{title} ({megabytes:,} MB) is not on this machine; run: {folders.download_command(repository)}"
    else:
        why_not = _why_not(folders.Place(name, family, snapshot, bundled=False, revision=snapshot.name))
    offers = tuple(sorted(family.functions["offers"](None)))
    return ModelInfo(name, title, family.name, "public", not why_not, why_not, "layout", offers, family.paper)


def _why_not(place: folders.Place) -> str:
    try:
        folders.check_files(place)
    except ModelError as error:
        return str(error)
    return ""
