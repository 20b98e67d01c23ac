"""The algorithms as a careful user of PyTorch writes them, on one thread of the processor.

As in :mod:`loops`: float64, buffers made once. The subgradient is written out, since automatic
differentiation costs more, and x and -x share a product, which costs less than two.
"""

from collections.abc import Sequence
from math import sqrt

import torch
from loops import DIVERGED, Answer, Floats

from genphase.parameters import Solver

torch.set_num_threads(1)


@torch.inference_mode()
def torch_plugin(
    weights: Sequence[Floats], depth: int, b: Floats, x: Floats, solver: Solver
) -> Answer:
    """PLUGIn; the product of all matrices is formed once, from its thin end."""
    tensors = [torch.from_numpy(W) for W in weights]
    product = tensors[0]
    for W in tensors[1:]:
        product = W @ product
    back = product.T.contiguous()
    layers = [(W, W.new_empty(W.shape[0]), i < depth) for i, W in enumerate(tensors)]
    observed, z = torch.from_numpy(b), torch.from_numpy(x).clone()
    move = torch.empty_like(z)
    for t in range(solver.max_iter):
        y = z
        for W, out, activated in layers:
            y = torch.mv(W, y, out=out)
            if activated:
                y.relu_()
        y -= observed
        torch.mv(back, y, out=move)
        move *= solver.options["step"]
        z -= move
        size = sqrt(torch.dot(z, z).item())
        if not size < DIVERGED:
            return Answer(z.numpy(), False, t + 1)
        if sqrt(torch.dot(move, move).item()) < solver.stop.relative_change * size:
            return Answer(z.numpy(), True, t + 1)
    return Answer(z.numpy(), False, solver.max_iter)


@torch.inference_mode()
def torch_subgradient(
    weights: Sequence[Floats], depth: int, b: Floats, x: Floats, solver: Solver
) -> Answer:
    """Subgradient descent with the negation test."""
    tensors = [torch.from_numpy(W) for W in weights]
    observed, z = torch.from_numpy(b)[:, None], torch.from_numpy(x)
    both = z.new_empty((z.numel(), 2))
    values = [W.new_empty((W.shape[0], 2)) for W in tensors]
    sent = [W.new_empty(W.shape[1]) for W in tensors]
    for t in range(solver.max_iter):
        both[:, 0] = z
        torch.neg(z, out=both[:, 1])
        y = both
        for i, (W, out) in enumerate(zip(tensors, values, strict=True)):
            y = torch.mm(W, y, out=out)
            if i < depth:
                y.relu_()
        y -= observed
        here, opposite = (y * y).sum(0).tolist()
        side = int(opposite < here)
        z = both[:, side]
        v = y[:, side].clone()
        for i in range(len(tensors) - 1, -1, -1):
            if i < depth:
                v *= values[i][:, side] > 0
            v = torch.mv(tensors[i].T, v, out=sent[i])
        if sqrt(torch.dot(v, v).item()) < solver.stop.gradient_norm:
            return Answer(z.numpy(), True, t)
        v *= solver.options["step"]
        z = z - v
        if not sqrt(torch.dot(z, z).item()) < DIVERGED:
            return Answer(z.numpy(), False, t + 1)
    return Answer(z.numpy(), False, solver.max_iter)
