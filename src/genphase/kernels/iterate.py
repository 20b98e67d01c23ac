r"""The iteration in use: plain and frozen phases in turn, for all forms of the direction.

Plain passes are made while the pattern is restless. Once it rests, the iteration runs in R^k,

.. math:: x \leftarrow x - \alpha (H x - c),

or its form for a spiked matrix, corrected for the few units that have changed sign since, and only
units that may do so are looked at (:mod:`genphase.kernels.frozen`). What is iterated is the
algorithm as written;
:mod:`genphase.kernels.descent`, :mod:`genphase.kernels.plugin` and :mod:`genphase.kernels.spiked`
hold the plain loops.
"""

import numpy as np

from genphase.kernels._jit import jit
from genphase.kernels.costs import costs_of
from genphase.kernels.forms import SQUARES, WIGNER, hold
from genphase.kernels.frozen import frozen_phase
from genphase.kernels.negation import decided, make_mirror, negate
from genphase.kernels.passes import Run, adjoint, forward, put, residual
from genphase.kernels.policy import PATIENCE_GROWTH
from genphase.kernels.regions import dot, make_region, read_pattern
from genphase.kernels.spiked import spiked_gradient
from genphase.kernels.status import CAPPED, DIVERGED, RUNNING
from genphase.kernels.stopping import Rules, advance


@jit
def iterate(
    weights,
    widths,
    leaks,
    observation,
    start,
    step,
    max_iter,
    relative_change,
    gradient_norm,
    form,
    negates,
):
    r"""Run an iteration from `start`, as its plain loop would.

    Parameters
    ----------
    weights, widths, leaks, observation, start, step, max_iter, relative_change, \
    gradient_norm
        As for :func:`genphase.kernels.descent.descend`.
    form : Form
        The form of the direction.
    negates : bool
        Whether to test f(-x) < f(x) before every step.

    Returns
    -------
    Run
    """
    rules = Rules(step, max_iter, relative_change, gradient_norm, form.held)
    costs = costs_of(widths, leaks, form)
    mirror = make_mirror(weights, widths, negates, form.held)
    region = make_region(weights, widths, observation, form)
    x = start.copy()
    direction = np.zeros(x.shape[0])
    # With literals, numba would compile the phases twice.
    iteration, negations, patience = np.int64(0), np.int64(0), np.int64(1)
    status = RUNNING
    while status == RUNNING:
        status, iteration, negations = plain_phase(
            weights, widths, leaks, observation, form, rules, mirror, costs, region,
            x, direction, iteration, negations, patience,
        )  # fmt: skip
        if status == RUNNING:
            before = negations
            status, iteration, negations = frozen_phase(
                weights, widths, leaks, observation, form, rules, mirror, costs,
                region, x, direction, iteration, negations,
            )  # fmt: skip
            # A region that did not pay is entered again after a longer rest only.
            patience *= PATIENCE_GROWTH if negations == before else 1
    return Run(x, status, int(iteration), int(negations))


@jit
def plain_phase(
    weights, widths, leaks, observation, form, rules, mirror, costs, region, x,
    direction, iteration, negations, patience,
):  # fmt: skip
    """Iterate by full passes until few units flip, `patience` times in a row.

    ``region.slopes`` holds the last pattern then.

    Returns
    -------
    status, iteration, negations
    """
    slopes, back = region.slopes, region.back
    tested_at, distance = mirror.tested_at, mirror.distance
    units, mirrored = np.empty(widths.sum()), np.empty(widths.sum())
    backward = np.empty(widths.sum())
    status = RUNNING
    restful = 0
    while status == RUNNING and restful < patience:
        if iteration == rules.max_iter:
            status = CAPPED
        else:
            squared = plain_step(
                weights, widths, leaks, observation, form, back, x, units, backward,
                direction,
            )  # fmt: skip
            open_question = mirror.wanted and not decided(
                x, squared, mirror.lipschitz, tested_at, distance
            )
            if open_question and negate(
                weights, widths, leaks, observation, mirror, x, squared, mirrored, backward
            ):
                negations += 1
                squared = plain_step(
                    weights, widths, leaks, observation, form, back, x, units,
                    backward, direction,
                )  # fmt: skip
            flips = read_pattern(widths, leaks, units, slopes)
            restful = restful + 1 if flips * costs.hinge + costs.look < costs.plain else 0
            if np.isfinite(squared):
                status, made = advance(x, direction, rules)
                iteration += made
            else:
                status = DIVERGED
    return status, iteration, negations


@jit
def plain_step(
    weights, widths, leaks, observation, form, back, x, units, backward, direction
):  # fmt: skip
    """Put the direction at x into `direction` by full passes; return ‖A G(x) - b‖².

    For a spiked matrix, the result is 4 f(x) - ‖M‖². `units` holds the forward pass afterwards;
    `backward` is scratch of its shape.
    """
    k = widths[0]
    put(x, units)
    forward(weights, widths, leaks, units)
    if form.kind >= WIGNER:
        value = spiked_gradient(weights, widths, leaks, form, units, backward)
        put(backward[:k], direction)
        hold(direction, form.held)
        return value
    objective = residual(units, leaks, observation, backward)
    if form.kind == SQUARES:
        adjoint(weights, widths, leaks, units, backward)
        put(backward[:k], direction)
    else:
        difference = backward[units.shape[0] - observation.shape[0] :]
        for a in range(k):
            direction[a] = dot(back[a], difference)
    hold(direction, form.held)
    return 2 * objective
