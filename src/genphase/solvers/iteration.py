"""The iteration that several solvers are: a step against a direction, again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from genphase.solvers.rules import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genphase.kernels.forms import Form


def descend(
    instance: Any,
    start: NDArray[Any],
    step: float,
    rules: Rules,
    trace: NDArray[Any] | None,
    negates: bool = False,
    form: Form | None = None,
) -> Any:
    """Step against a direction again and again.

    Parameters
    ----------
    instance
        What is solved.
    start : (k,)
        x_0.
    step
        α.
    rules
        When the run ends.
    trace : (T, 2)
        Filled with objective and relative latent error at the first T iterates, by the plain loop,
        which is the reference; None for the fast iteration, if the network is piecewise affine.
    negates
        Whether the sign of every iterate is tested.
    form
        Of the direction; default: the objective's gradient.

    Returns
    -------
    genphase.kernels.passes.Run
    """
    from genphase.kernels.forms import CUSTOM

    if instance.form.kind == CUSTOM:
        gradient = instance.without_truth()
        return descend_plainly(instance, start, step, rules, trace, gradient, negates)
    from genphase.kernels.descent import descend as descend_by_kernel
    from genphase.kernels.forms import PLUGIN, SQUARES
    from genphase.kernels.iterate import iterate
    from genphase.kernels.plugin import plugin
    from genphase.kernels.spiked import descend_to_spike

    form = instance.form if form is None else form
    layers, ends = instance.layers, (step, *rules)
    codes = instance.lift(start), instance.lift(instance.target)
    if trace is None and layers[2].max() > 1:
        # Layers with a sigmoid or a tanh have no regions in which to freeze: the plain loop.
        trace = np.empty((0, 2))
    if trace is None:
        run = iterate(*layers, instance.observation, codes[0], *ends, form, negates)
        return instance.lower(run)
    if form.kind == PLUGIN:
        return instance.lower(
            plugin(*layers, instance.observation, *codes, *ends, trace, form.held)
        )
    if form.kind == SQUARES:
        observed = (*layers, instance.observation)
        run = descend_by_kernel(*observed, *codes, *ends, negates, trace, form.held)
        return instance.lower(run)
    found = descend_to_spike(*layers, form, start, instance.target, *ends, trace)
    trace[:, 0] += instance.constant
    return found


def descend_plainly(
    instance: Any,
    start: NDArray[Any],
    step: float,
    rules: Rules,
    trace: NDArray[Any] | None,
    objective_at: Callable[[NDArray[Any]], tuple[float, NDArray[Any]]],
    negates: bool = False,
) -> Any:
    """Step against a direction as the plain loops do, where no kernel knows the objective.

    Parameters
    ----------
    instance
        What is solved.
    start : (k,)
        x_0.
    step
        α.
    rules
        When the run ends.
    trace, negates
        As for :func:`descend`.
    objective_at
        Returns f(x) and the direction at x.
    """
    from genphase.kernels.passes import Run, norm
    from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED, DIVERGENCE_NORM

    x, negations = start.copy(), 0
    for iteration in range(rules.max_iter):
        objective, gradient = objective_at(x)
        if negates and (mirrored := objective_at(-x))[0] < objective:
            x, (objective, gradient) = -x, mirrored
            negations += 1
        if trace is not None and iteration < len(trace):
            trace[iteration] = objective, norm(x - instance.target) / norm(instance.target)
        if not np.isfinite(objective):
            return Run(x, DIVERGED, iteration, negations)
        length = norm(gradient)
        if length < rules.gradient_norm:
            return Run(x, CONVERGED, iteration, negations)
        x = x - step * gradient
        size = norm(x)
        if not size < DIVERGENCE_NORM:
            return Run(x, DIVERGED, iteration + 1, negations)
        if step * length < rules.relative_change * size:
            return Run(x, CONVERGED, iteration + 1, negations)
    return Run(x, CAPPED, rules.max_iter, negations)
