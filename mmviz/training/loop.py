"""What every training script needs around its loop: time, schedule, two processes, a run that can be taken up again.

Time is the processor's, of the process that trains (drawing scenes is another one): beside other work a run takes longer and
does as many steps.
"""

import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torch.distributed as dist

from mmviz.models import sharing

#: A run is saved this often, in seconds.
SAVE_EVERY = 120


def workspace(name: str) -> Path:
    """Folder of a run's checkpoints, logs and half-finished work, outside the source tree."""
    home = Path(os.environ.get("MMVIZ_HOME") or Path.home() / ".local" / "share" / "mmviz")
    folder = home / "training" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def join_processes() -> tuple[int, int]:
    """Take part in a run of several processes started by torchrun; gives rank and number, (0, 1) when alone."""
    torch.set_num_threads(1)
    if "WORLD_SIZE" not in os.environ:
        return 0, 1
    dist.init_process_group("gloo")
    return dist.get_rank(), dist.get_world_size()


def average_gradients(parameters: list[torch.nn.Parameter]) -> None:
    """Average gradients over all processes, in one message."""
    if not dist.is_initialized():
        return
    gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for p, g in zip(parameters, flat.split([p.numel() for p in parameters]), strict=True):
        p.grad = g.view_as(p)


def rate(done: float, warm: float = 0.02) -> float:
    """Share of the full learning rate after a share of the run: linear start, then a cosine down to 2 %."""
    return done / warm if done < warm else 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warm) / (1 - warm))))


def optimizer(groups: list[tuple[torch.nn.Module | list, float]], decay: float) -> torch.optim.AdamW:
    """AdamW (betas .9, .98) over (parameters, learning rate) groups; only matrices decay."""
    rows = []
    for named, lr in groups:
        parameters = [p for p in named if p.requires_grad]
        rows.append({"params": [p for p in parameters if p.ndim > 1], "lr": lr, "weight_decay": decay})
        rows.append({"params": [p for p in parameters if p.ndim <= 1], "lr": lr, "weight_decay": 0.0})
    made = torch.optim.AdamW(rows, betas=(0.9, 0.98))
    for group in made.param_groups:
        group["full_lr"] = group["lr"]
    return made


def run(
    name: str,
    minutes: float,
    modules: dict[str, torch.nn.Module],
    opt: torch.optim.Optimizer,
    batches: Callable[[int], Iterator[dict]],
    loss_of: Callable[[dict, float], tuple[torch.Tensor, dict[str, float]]],
    start: Path | None = None,
) -> Path:
    """Train for a number of processor minutes, or what is left of them, and give the file of the last state.

    Args:
        name: of the run; its folder holds `state.pt`.
        minutes: processor time of training in all, over all resumed parts.
        modules: what is trained, saved and restored.
        opt: their optimizer.
        batches: given how often the run was taken up, an endless iterator.
        loss_of: given a batch and the share of the run that is done, the loss and figures to print.
        start: folder of a trained checkpoint whose weights `modules["model"]` begins with, where the run has no state yet.
    """
    path, rank = workspace(name) / "state.pt", dist.get_rank() if dist.is_initialized() else 0
    if start:
        modules["model"].load_state_dict(sharing.tensors(Path(start)))
    used, step, taken_up = _restore(path, modules, opt)
    started, saved, sums, n = time.process_time(), time.monotonic(), {}, 0
    for batch in batches(taken_up):
        done = _agreed((used + time.process_time() - started) / (60 * minutes))
        if done >= 1:
            break
        loss, figures = loss_of(batch, done)
        _descend(opt, loss, rate(done))
        step, n = step + 1, n + 1
        sums = {k: sums.get(k, 0.0) + v for k, v in figures.items()}
        if rank == 0 and n == 50:
            print(
                f"{step} {done:.3f} {(time.process_time() - started) / 60:.1f} min "
                + " ".join(f"{k} {v / n:.3f}" for k, v in sums.items()),
                flush=True,
            )
            sums, n = {}, 0
        if rank == 0 and time.monotonic() - saved > SAVE_EVERY:
            saved = time.monotonic()
            _save(path, modules, opt, used + time.process_time() - started, step, taken_up)
    if rank == 0:
        _save(path, modules, opt, used + time.process_time() - started, step, taken_up)
    return path


def _descend(opt: torch.optim.Optimizer, loss: torch.Tensor, share: float) -> None:
    """Take one step down the loss, at a share of each group's full rate."""
    parameters = [p for group in opt.param_groups for p in group["params"]]
    opt.zero_grad(set_to_none=True)
    loss.backward()
    average_gradients(parameters)
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    for group in opt.param_groups:
        group["lr"] = group["full_lr"] * share
    opt.step()


def _agreed(value: float) -> float:
    """Give what the first process has, in all processes."""
    if not dist.is_initialized():
        return value
    shared = torch.tensor(value)
    dist.broadcast(shared, 0)
    return shared.item()


def _save(path: Path, modules, opt, used: float, step: int, taken_up: int) -> None:
    state = {
        "used": used,
        "step": step,
        "taken_up": taken_up,
        "optimizer": opt.state_dict(),
        **{k: m.state_dict() for k, m in modules.items()},
    }
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def _restore(path: Path, modules, opt) -> tuple[float, int, int]:
    if not path.exists():
        return 0.0, 0, 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, module in modules.items():
        module.load_state_dict(state[name])
    opt.load_state_dict(state["optimizer"])
    return state["used"], state["step"], state["taken_up"] + 1
