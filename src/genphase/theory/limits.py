r"""Limits of recovery: margins that are positive where recovery can, or must, succeed.

A limit is drawn where its margin is zero.
"""

from collections.abc import Callable

import numpy as np

from genphase.sweep.models import Sweep
from genphase.sweep.overlays import LEAST_DEPTH, Theory
from genphase.theory.assumptions import ASSUMPTIONS
from genphase.theory.sizes import Floats, Sizes
from genphase.theory.state_evolution import threshold

Margin = Callable[[Sizes, Theory, Sweep], Floats]


def counting(sizes: Sizes, overlay: Theory, sweep: Sweep) -> Floats:
    """Return the margin of counting equations and unknowns.

    k unknowns need m >= k measurements, and about half of the units of every layer are active: a
    linear map through n_i/2 units is injective for n_i/2 >= k.
    """
    margin = _active(sizes)
    return np.minimum(margin, sizes.m - sizes.k) if sweep.the_problem.measured else margin


def assumed(name: str) -> Margin:
    """Return the margin of a theorem's sizes; NaN where the network is not as deep as it asks."""
    found = ASSUMPTIONS[name]

    def margin(sizes: Sizes, overlay: Theory, sweep: Sweep) -> Floats:
        if sizes.widths.shape[-1] < LEAST_DEPTH.get(name, 1):
            return np.full(sizes.k.shape, np.nan)
        return found(sizes, overlay.constant)

    return margin


def state_evolution(sizes: Sizes, overlay: Theory, sweep: Sweep) -> Floats:
    """Return the margin of Bayes-optimal estimation by approximate message passing.

    m minus the threshold of :mod:`genphase.theory.state_evolution`, computed once for each k and
    widths; where layers are too narrow, see :func:`counting`, what their widths lack.
    """
    table = np.concatenate([sizes.k[..., None], sizes.widths], axis=-1)
    flat = table.reshape(-1, table.shape[-1])
    known = np.all(np.isfinite(flat), axis=-1)
    least = np.full(len(flat), np.nan)
    rows, place = np.unique(flat[known], axis=0, return_inverse=True)
    found = threshold(rows[:, 0], rows[:, 1:], sweep.the_problem.channel)
    # NumPy 2.0 returns places with an axis of one more.
    least[known] = found[place.reshape(-1)]
    active = _active(sizes)
    measured = sizes.m - least.reshape(sizes.k.shape)
    return np.where(active > 0, np.minimum(active, measured), active)


def _active(sizes: Sizes) -> Floats:
    margin: Floats = np.min(sizes.widths, axis=-1) / 2 - sizes.k
    return margin


MARGINS: dict[str, Margin] = {
    "counting": counting,
    "state_evolution": state_evolution,
    **{name: assumed(name) for name in ASSUMPTIONS},
}
