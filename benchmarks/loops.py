"""The algorithms as a careful user of NumPy, or of PyTorch, writes them.

Weights are float64 matrices (outputs, inputs), made before the clock starts. The subgradient loops
keep the forward pass of the side that the negation test chooses.
"""

import numpy as np


def matrices(chain):
    """Return W_1, ..., W_d and, where there is one, A, in float64 and row-major."""
    ends = np.cumsum(chain.widths[:-1] * chain.widths[1:])[:-1]
    parts = np.split(chain.weights.astype(float), ends)
    shapes = zip(chain.widths[:-1], chain.widths[1:], strict=True)
    return [
        np.ascontiguousarray(part.reshape(a, b).T)
        for part, (a, b) in zip(parts, shapes, strict=True)
    ]


def numpy_plugin(weights, depth, b, x, solver):
    """PLUGIn; the product of all matrices is formed once."""
    back = weights[-1]
    for matrix in weights[-2::-1]:
        back = back @ matrix
    back = np.ascontiguousarray(back.T)
    for _ in range(solver.max_iter):
        y = x
        for i, matrix in enumerate(weights):
            y = matrix @ y
            if i < depth:
                np.maximum(y, 0, out=y)
        move = solver.step * (back @ (y - b))
        x = x - move
        size = np.linalg.norm(x)
        if not size < 1e30 or np.linalg.norm(move) < solver.stop.relative_change * size:
            break
    return x


def numpy_subgradient(weights, depth, b, x, solver):
    """Subgradient descent with the negation test."""

    def forward(x):
        values = [x]
        for i, matrix in enumerate(weights):
            y = matrix @ values[-1]
            values.append(np.maximum(y, 0, out=y) if i < depth else y)
        return values, values[-1] - b

    for _ in range(solver.max_iter):
        values, residual = forward(x)
        mirrored, opposite = forward(-x)
        if opposite @ opposite < residual @ residual:
            x, values, residual = -x, mirrored, opposite
        v = residual
        for i in range(len(weights) - 1, -1, -1):
            if i < depth:
                v = v * (values[i + 1] > 0)
            v = v @ weights[i]
        if np.linalg.norm(v) < solver.stop.gradient_norm:
            break
        x = x - solver.step * v
    return x


def torch_plugin(torch, weights, depth, b, x, solver):
    """PLUGIn in PyTorch on the processor."""
    weights = [torch.from_numpy(matrix) for matrix in weights]
    b, x = torch.from_numpy(b), torch.from_numpy(x)
    back = weights[-1]
    for matrix in weights[-2::-1]:
        back = back @ matrix
    back = back.T.contiguous()
    with torch.no_grad():
        for _ in range(solver.max_iter):
            y = x
            for i, matrix in enumerate(weights):
                y = torch.mv(matrix, y)
                if i < depth:
                    y = torch.relu(y)
            move = solver.step * torch.mv(back, y - b)
            x = x - move
            size = torch.linalg.norm(x)
            if not size < 1e30 or torch.linalg.norm(move) < solver.stop.relative_change * size:
                break
    return x.numpy()


def torch_subgradient(torch, weights, depth, b, x, solver):
    """Subgradient descent with the negation test, the gradient by automatic differentiation."""
    weights = [torch.from_numpy(matrix) for matrix in weights]
    b, x = torch.from_numpy(b), torch.from_numpy(x)

    def objective(x):
        y = x
        for i, matrix in enumerate(weights):
            y = torch.mv(matrix, y)
            if i < depth:
                y = torch.relu(y)
        return 0.5 * torch.sum((y - b) ** 2)

    for _ in range(solver.max_iter):
        with torch.no_grad():
            if objective(-x) < objective(x):
                x = -x
        x.requires_grad_(True)
        (v,) = torch.autograd.grad(objective(x), x)
        x = x.detach()
        if torch.linalg.norm(v) < solver.stop.gradient_norm:
            break
        x = x - solver.step * v
    return x.numpy()
