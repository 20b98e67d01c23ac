r"""Limits of recovery: margins that are positive where recovery can, or must, succeed.

A limit is drawn where its margin is zero.
"""

from collections.abc import Callable

import numpy as np

from genphase.sweep.models import Sweep
from genphase.sweep.overlays import Theory
from genphase.theory.sizes import Floats, Sizes
from genphase.theory.state_evolution import threshold


def counting(sizes: Sizes, overlay: Theory, sweep: Sweep) -> Floats:
    """Return the margin of counting equations and unknowns.

    k unknowns need m >= k measurements, and about half of the units of every layer are active: a
    linear map through n_i/2 units is injective for n_i/2 >= k.
    """
    margin = _active(sizes)
    return np.minimum(margin, sizes.m - sizes.k) if sweep.the_problem.measured else margin


def plugin_width(sizes: Sizes, overlay: Theory, sweep: Sweep) -> Floats:
    """Return the margin of the widths for which PLUGIn is proven to converge.

    n_i >= C_0 5^i k log(∏_{j < i} e n_j/k) for every layer i, with n_0 = k; Joshi, Li, Plan, Yilmaz
    (2021), assumption A3, equation (6), for some constant C_0 that the paper does not give. It is
    about n_j >= k, for which no logarithm is below 1; narrower layers count as n_j = k.
    """
    n, k = sizes.widths, sizes.k[..., None]
    logs = 1 + np.log(np.maximum(n / k, 1))
    before = np.cumsum(logs, axis=-1) - logs
    layer = np.arange(1, n.shape[-1] + 1)
    least = overlay.constant * 5.0**layer * k * (1 + before)
    margin: Floats = np.min(n - least, axis=-1)
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
    least[known] = threshold(rows[:, 0], rows[:, 1:], sweep.the_problem.channel)[place]
    active = _active(sizes)
    measured = sizes.m - least.reshape(sizes.k.shape)
    return np.where(active > 0, np.minimum(active, measured), active)


def _active(sizes: Sizes) -> Floats:
    margin: Floats = np.min(sizes.widths, axis=-1) / 2 - sizes.k
    return margin


MARGINS: dict[str, Callable[[Sizes, Theory, Sweep], Floats]] = {
    "counting": counting,
    "plugin_width": plugin_width,
    "state_evolution": state_evolution,
}
