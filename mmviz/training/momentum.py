"""The momentum teacher of ALBEF: a running mean of the trained encoders, the vectors it gave before, and its soft targets."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

from mmviz.models.nets.albef import AlbefModel, Teacher
from mmviz.training.contrast import NEVER


class Momentum(nn.Module):
    """A teacher and its queues, saved and restored with the run.

    Attributes:
        teacher: the running mean of weights; nothing in it is trained.
        texts, pictures: the vectors the teacher gave last, shape (size, D), unit norm, zero where there is none yet.
        place, filled: where the next batch is written, and how many rows hold something.
    """

    def __init__(self, model: AlbefModel, size: int):
        super().__init__()
        self.teacher = Teacher(model.config).requires_grad_(False)
        self.teacher.load_state_dict(_shared(model, self.teacher))
        for name in ("texts", "pictures"):
            self.register_buffer(name, torch.zeros(size, model.config.projection_dim))
        self.register_buffer("place", torch.zeros((), dtype=torch.long))
        self.register_buffer("filled", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def follow(self, model: AlbefModel, share: float) -> None:
        """Move the teacher towards the trained model; `share` of it stays."""
        own = dict(model.named_parameters())
        for name, parameter in self.teacher.named_parameters():
            if own[name].requires_grad:
                parameter.lerp_(own[name], 1 - share)

    def contrast(
        self,
        ours: Sequence[torch.Tensor],
        theirs: Sequence[torch.Tensor],
        temperature: torch.Tensor,
        trust: float,
        true: torch.Tensor,
    ) -> torch.Tensor:
        """Contrast the trained model's vectors with the teacher's of the batch and of the queue, then put the batch into the queue.

        Args:
            ours: texts and pictures by the trained model, shape (B, D), unit norm.
            theirs: the same by the teacher.
            temperature: a scalar.
            trust: weight of what the teacher finds alike, beside the label.
            true: which captions are true of which other pictures, shape (B, B), bool; these are left out.

        Returns:
            The mean over both directions, a scalar.

        Source:
            Li et al., 2021, equations 5 and 6 with the queue of section 3.2, arXiv:2107.07651.
        """
        scale, many, losses = 1 / temperature.clamp(0.01, 0.5), len(true), []
        for side, other, queue in ((0, 1, self.pictures), (1, 0, self.texts)):
            against = torch.cat([theirs[other], queue[: int(self.filled)]])  # (B + F, D)
            left_out = F.pad(true if side == 0 else true.T, (0, len(against) - many))
            ours_like, theirs_like = (
                (vectors[side] @ against.T * scale).masked_fill(left_out, NEVER) for vectors in (ours, theirs)
            )
            target = trust * theirs_like.detach().softmax(1)
            target[:, :many] += (1 - trust) * torch.eye(many)
            losses.append(-(target * ours_like.log_softmax(1)).sum(1).mean())
        self._keep(theirs)
        return sum(losses) / 2

    @torch.no_grad()
    def _keep(self, theirs: Sequence[torch.Tensor]) -> None:
        rows = (int(self.place) + torch.arange(len(theirs[0]))) % len(self.texts)
        self.texts[rows], self.pictures[rows] = theirs[0], theirs[1]
        self.place.copy_((rows[-1] + 1) % len(self.texts))
        self.filled.copy_((self.filled + len(rows)).clamp(max=len(self.texts)))

    def distance(self, model: AlbefModel) -> float:
        """Say how far the teacher's weights lie from the trained ones, as a share of these, over everything that is trained."""
        own = {name: p for name, p in model.named_parameters() if p.requires_grad}
        pairs = [(p.float(), own[name].float()) for name, p in self.teacher.named_parameters() if name in own]
        apart, size = (
            sum(float(x.detach().square().sum()) for x in xs) for xs in ([a - b for a, b in pairs], [b for _, b in pairs])
        )
        return (apart / size) ** 0.5


def _shared(model: AlbefModel, teacher: Teacher) -> dict[str, torch.Tensor]:
    given = model.state_dict()
    return {name: given[name] for name in teacher.state_dict()}
