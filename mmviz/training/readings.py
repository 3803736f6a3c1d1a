"""What vectors of the joint space must tell when read by one linear layer: which things, in which colour, how many, how large, where.

Texts and pictures are read by the same layer, so that the same thing lies in the same direction in both. Without these readings a
contrast of edited captions stands still: while the text's vector does not say which of two things is the red one, the picture's
vector has no reason to, and the other way round.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mmviz.training.material import Item
from mmviz.training.patches import COLOUR_NAMES, SIZE_NAMES, vocabulary
from mmviz.worlds.claims import claims_of
from mmviz.worlds.spec import Scene

COLOURS = len(COLOUR_NAMES)
#: Columns of what is read of each thing: is it there, how many (a quarter each), how large (-1, 0, 1), then its colours and those
#: of a part of its own colour.
THERE, COUNT, SIZE, COLOUR, PART = 0, 1, 2, slice(3, 3 + COLOURS), slice(3 + COLOURS, 3 + 2 * COLOURS)
WIDTH = 3 + 2 * COLOURS
UNKNOWN = np.float32("nan")


@dataclass(frozen=True)
class Facts:
    """What a batch's pictures show and its captions say, each shape (B, things + 1, WIDTH), float32; NaN where nothing is known."""

    seen: np.ndarray
    told: np.ndarray


def facts(items: list[Item]) -> Facts:
    """Write down what pictures show and what captions say."""
    return Facts(np.stack([_seen(item.scene) for item in items]), np.stack([_told(item) for item in items]))


def _seen(scene: Scene) -> np.ndarray:
    numbers, _ = vocabulary()
    table = np.full((len(numbers) + 1, WIDTH), UNKNOWN, np.float32)
    table[1:, THERE] = 0
    for group in scene.groups:
        row = table[numbers[group.thing]]
        again = row[THERE] == 1
        row[COUNT] = len(group.placed) / 4 + (row[COUNT] if again else 0)
        row[SIZE] = UNKNOWN if again else SIZE_NAMES.index(group.size) - 1
        _add(row, COLOUR, group.seen_colour)
        if group.part:
            _add(row, PART, group.part_colour)
        row[THERE] = 1
    return table


def _told(item: Item) -> np.ndarray:
    numbers, _ = vocabulary()
    table = np.full((len(numbers) + 1, WIDTH), UNKNOWN, np.float32)
    claims = claims_of(item.scene, item.plan)
    for kind, count in claims.exist:
        row = table[numbers[kind.thing]]
        again = row[THERE] == 1
        row[COUNT] = UNKNOWN if again or count is None else count / 4
        row[SIZE] = UNKNOWN if again or kind.size is None else SIZE_NAMES.index(kind.size) - 1
        if kind.colour:
            _add(row, COLOUR, kind.colour)
        if kind.part:
            _add(row, PART, kind.part[1])
        row[THERE] = 1
    if claims.absent:
        table[numbers[claims.absent], THERE] = 0
    return table


def _add(row: np.ndarray, columns: slice, colour: str) -> None:
    """Mark a colour; the others of its kind are known to be absent from then on."""
    known = np.nan_to_num(row[columns])
    known[COLOUR_NAMES.index(colour)] = 1
    row[columns] = known


class Readings(nn.Module):
    """The linear layer, and its loss on both sides of a batch."""

    def __init__(self, width: int = 192):
        super().__init__()
        self.things = len(vocabulary()[0]) + 1
        self.scale = width**0.5
        self.read = nn.Linear(width, self.things * WIDTH, bias=False)
        self.place = nn.Linear(width, self.things * 2, bias=False)
        self.word = nn.Linear(width, 4)
        self.pairs = nn.Linear(width, self.things * COLOURS)
        self.bound = nn.Linear(width, self.things * COLOURS)
        self.denied = nn.Linear(width, self.things)
        self.offsets = nn.Parameter(torch.zeros(2, self.things * WIDTH))

    def loss(self, texts: torch.Tensor, images: torch.Tensor, batch: dict) -> tuple[torch.Tensor, dict[str, float]]:
        """Compare with the truth; vectors of unit norm, shape (B, width)."""
        total, figures = torch.zeros(()), {}
        for side, vectors, truth in ((0, images, batch["seen"]), (1, texts, batch["told"])):
            found = (self.read(vectors * self.scale) + self.offsets[side]).view(truth.shape).float()
            parts = {
                "there": _balanced(found[..., THERE], truth[..., THERE]),
                "colour": _balanced(found[..., COLOUR], truth[..., COLOUR]),
                "part": 0.5 * _balanced(found[..., PART], truth[..., PART]),
                "count": 4 * _near(found[..., COUNT], truth[..., COUNT]),
                "size": _near(found[..., SIZE], truth[..., SIZE]),
            }
            if side == 1:
                parts["denied"] = _denied(found[..., THERE], truth[..., THERE])
            total = total + sum(parts.values())
            figures |= {f"{'it'[side]}_{name}": loss.item() for name, loss in parts.items() if name != "part"}
        where = self._where(texts, images, batch)
        pairs = self._pairs(images, batch["seen"]), self._pairs(texts, batch["told"])
        figures |= {"where": where.item(), "i_pairs": pairs[0].item(), "t_pairs": pairs[1].item()}
        return total + 4 * where + 0.5 * sum(pairs), figures

    def _pairs(self, vectors: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Cross entropy of one softmax over all pairs of a thing and a colour, its target spread over those that are true."""
        colours = truth[..., COLOUR]
        open_ = colours.isnan() & (truth[..., THERE] == 1)[..., None]  # the caption does not say
        logits = self.pairs(vectors * self.scale).view(colours.shape).float().masked_fill(open_, -1e4).flatten(1)
        target = colours.nan_to_num().flatten(1)
        return -(target / target.sum(1, keepdim=True).clamp_min(1) * logits.log_softmax(-1)).sum(1).mean()

    def token_loss(self, states: torch.Tensor, batch: dict) -> tuple[torch.Tensor, dict[str, float]]:
        """Cross entropy of thing and colour, and of the thing denied, off single tokens, before the text is summed up.

        Args:
            states: of tokens, shape (B, T, width).
            batch: with `bound`: thing x colours + colour at the last token of a phrase that says both, and `denied`: the thing at
                the last token of a phrase that denies one; else -1; shape (B, T) both.
        """
        losses = {}
        for name, head in (("bound", self.bound), ("denied", self.denied)):
            said = batch[name] >= 0
            losses[name] = F.cross_entropy(head(states[said]).float(), batch[name][said]) if said.any() else torch.zeros(())
        return sum(losses.values()), {name: loss.item() for name, loss in losses.items()}

    def _where(self, texts: torch.Tensor, images: torch.Tensor, batch: dict) -> torch.Tensor:
        """Read x and y of each thing there is one of, off pictures; off texts, the direction from one thing to another, and its word."""
        places = 0.5 + self.place(images * self.scale).view(-1, self.things, 2).float()
        known = batch["places"][..., 2] > 0
        loss = F.smooth_l1_loss(places[known], batch["places"][..., :2][known], beta=0.1)
        relations = batch["relations"]
        told = relations[:, 2:].abs().sum(-1) > 0
        if told.any():
            rows = self.place(texts[told] * self.scale).view(-1, self.things, 2).float()
            first, second, index = relations[told, 0].long(), relations[told, 1].long(), torch.arange(int(told.sum()))
            loss = loss + F.smooth_l1_loss(rows[index, first] - rows[index, second], 0.4 * relations[told, 2:], beta=0.1)
            words = (relations[told, 2:] @ torch.tensor([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])).argmax(-1)
            loss = loss + 0.1 * F.cross_entropy(self.word(texts[told] * self.scale).float(), words)
        return loss


def _balanced(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross entropy of yes and no, each half of the loss however rare it is; nothing where nothing is known."""
    losses = [F.softplus(sign * logits[truth == value]) for value, sign in ((1.0, -1.0), (0.0, 1.0))]
    return sum(loss.mean() for loss in losses if len(loss)) / 2 if any(len(loss) for loss in losses) else torch.zeros(())


def _denied(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross entropy of which thing a text denies: the one its vector says is there least of all.

    Without it all texts that only deny something share one vector: nothing unsaid is there either.
    """
    rows = (truth == 0).any(1)
    return F.cross_entropy(-logits[rows], (truth[rows] == 0).float().argmax(1)) if rows.any() else torch.zeros(())


def _near(found: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    known = ~truth.isnan()
    return F.smooth_l1_loss(found[known], truth[known], beta=0.1) if known.any() else torch.zeros(())
