"""Trials of one cell all at once, as a careful user of PyTorch writes them, masked.

The instances, the iterations and the stopping rules are those of one trial at a time. Every layer
is one batched product. A trial that has ended is not moved any more; when half of them have ended,
the others are copied into a smaller batch. On a GPU, nothing is read back between two looks whether
trials have ended.
"""

from collections.abc import Sequence
from typing import Any

import torch
from loops import DIVERGED, Answer
from problem_loops import Problem

# Iterations between two looks; a look waits for a GPU.
BETWEEN_LOOKS = 16

Tensors = list[torch.Tensor]


def devices() -> list[str]:
    """Return the devices that are here: the processor and, where there is one, a GPU."""
    return ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@torch.inference_mode()
def prepare(problems: Sequence[Problem], device: str) -> dict[str, Any]:
    """Return the problems' weights, observations and starts, stacked, on a device."""
    layers = zip(*(p.weights for p in problems), strict=True)
    batch = {
        "weights": [torch.stack([torch.from_numpy(W) for W in one]).to(device) for one in layers],
        "b": torch.stack([torch.from_numpy(p.instance.observation) for p in problems]).to(device),
        "x": torch.stack([torch.from_numpy(p.start) for p in problems]).to(device),
    }
    wait(device)
    return batch


def wait(device: str) -> None:
    """Wait until a device has done what it was asked for."""
    if device == "cuda":
        torch.cuda.synchronize()


@torch.inference_mode()
def solve_batch(problems: Sequence[Problem], batch: dict[str, Any]) -> list[Answer]:
    """Solve all problems of a batch; they are of one cell."""
    first = problems[0]
    solver, depth = first.solver, first.instance.chain.depth
    step, is_plugin = solver.options["step"], solver.name == "plugin"
    weights, b, x = list(batch["weights"]), batch["b"], batch["x"].clone()
    if is_plugin:
        product = weights[0]
        for W in weights[1:]:
            product = torch.bmm(W, product)
        weights.append(product.mT.contiguous())
    count = len(problems)
    where = torch.arange(count, device=x.device)
    ended = torch.zeros(count, dtype=torch.bool, device=x.device)
    converged = torch.zeros_like(ended)
    steps = torch.zeros(count, dtype=torch.int64, device=x.device)
    found = [Answer(first.start, False, 0)] * count

    def leave(chosen: torch.Tensor) -> None:
        values = (value[chosen].cpu().numpy() for value in (where, x, converged, steps))
        for i, code, success, made in zip(*values, strict=True):
            found[i] = Answer(code.copy(), bool(success), int(made))

    for t in range(solver.max_iter):
        if is_plugin:
            move = _plugin_move(weights, depth, b, x) * step
            after = x - move
            size = after.norm(dim=1)
            success = move.norm(dim=1) < solver.stop.relative_change * size
            moved = torch.ones_like(ended)
        else:
            here, gradient = _subgradient(weights, depth, b, x)
            success = gradient.norm(dim=1) < solver.stop.gradient_norm
            after = torch.where(success[:, None], here, here - step * gradient)
            size = after.norm(dim=1)
            # A trial whose gradient is short enough ends before its update.
            moved = ~success
        x = torch.where(ended[:, None], x, after)
        steps += moved & ~ended
        converged |= success & ~ended
        ended = ended | success | ~(size < DIVERGED)
        if t % BETWEEN_LOOKS == BETWEEN_LOOKS - 1:
            left = int((~ended).sum())
            if not left:
                break
            if left <= ended.numel() // 2:
                leave(ended)
                on = ~ended
                weights, b, x, where = [W[on] for W in weights], b[on], x[on], where[on]
                converged, steps, ended = converged[on], steps[on], ended[on]
    leave(torch.ones_like(ended))
    return found


def _plugin_move(weights: Tensors, depth: int, b: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return PLUGIn's direction; the last of the weights is the product of all, transposed.

    Iterates are rows: a product with a row takes a third of the time of one with a column.
    """
    y = x[:, None]
    for i, W in enumerate(weights[:-1]):
        y = torch.bmm(y, W.mT)
        if i < depth:
            y.relu_()
    y -= b[:, None]
    return torch.bmm(y, weights[-1].mT)[:, 0]


def _subgradient(
    weights: Tensors, depth: int, b: torch.Tensor, x: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the better one of x and -x, by the negation test, and the subgradient there."""
    y = torch.stack((x, -x), dim=1)
    values = []
    for i, W in enumerate(weights):
        y = _both(y, W.mT)
        if i < depth:
            y.relu_()
        values.append(y)
    y = y - b[:, None]
    here, opposite = (y * y).sum(2).unbind(1)
    mirrored = (opposite < here)[:, None]
    x = torch.where(mirrored, -x, x)
    v = torch.where(mirrored, y[:, 1], y[:, 0])
    for i in range(len(weights) - 1, -1, -1):
        if i < depth:
            v = v * (torch.where(mirrored, values[i][:, 1], values[i][:, 0]) > 0)
        v = torch.bmm(v[:, None], weights[i])[:, 0]
    return x, v


def _both(y: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """Return the product of two rows; a processor is faster with one after the other."""
    if y.is_cuda:
        return torch.bmm(y, matrix)
    return torch.cat([torch.bmm(row, matrix) for row in y.split(1, dim=1)], dim=1)
