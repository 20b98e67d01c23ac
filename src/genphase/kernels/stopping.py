"""The end of a step: the update and the stopping rules, for every iteration alike."""

from typing import NamedTuple

from genphase.kernels._jit import inlined
from genphase.kernels.passes import free_norm, norm
from genphase.kernels.status import CONVERGED, DIVERGED, DIVERGENCE_NORM, RUNNING


class Rules(NamedTuple):
    """Step α and stopping rules, as :func:`genphase.kernels.descent.descend` explains them.

    `held` is that of :class:`genphase.kernels.forms.Form`.
    """

    step: float
    max_iter: int
    relative_change: float
    gradient_norm: float
    held: int = 0


@inlined
def advance(x, direction, rules):
    """Step from x against `direction`, in place; return the status and the updates made, 0 or 1."""
    length = norm(direction)
    status = RUNNING
    made = 0
    if length < rules.gradient_norm:
        status = CONVERGED
    else:
        made = 1
        for a in range(x.shape[0]):
            x[a] -= rules.step * direction[a]
        size = free_norm(x, rules.held)
        if not size < DIVERGENCE_NORM:
            status = DIVERGED
        elif rules.step * length < rules.relative_change * size:
            status = CONVERGED
    return status, made
