r"""Sizes that theorems assume, up to a constant that the papers do not give.

Each is a margin: positive where the sizes are large enough. The constants are those of upper
bounds: a line says how sizes grow, not where recovery begins.
"""

from collections.abc import Callable

import numpy as np

from genphase.theory.sizes import Floats, Sizes


def plugin_width(sizes: Sizes, constant: float) -> Floats:
    """Return the margin of the widths for which PLUGIn is proven to converge.

    n_i >= C_0 5^i k log(∏_{j < i} e n_j/k) for every layer i, with n_0 = k; Joshi, Li, Plan, Yilmaz
    (2021), assumption A3, equation (6), for some constant C_0 that the paper does not give. It is
    about n_j >= k, for which no logarithm is below 1; narrower layers count as n_j = k.
    """
    layer = np.arange(1, sizes.widths.shape[-1] + 1)
    least = constant * 5.0**layer * sizes.k[..., None] * (1 + _logs_before(sizes))
    return _lacking_most(sizes.widths - least)


def nonexpansive_width(sizes: Sizes, constant: float) -> Floats:
    """Return the margin of the widths for which the R2WDC is proven.

    n_1 >= C k and n_i >= C k log(∏_{j < i} e n_j/k) for i >= 2; Cocola (2022, arXiv:2204.13599),
    assumption B.2, equation (12). Layers narrower than k count as n_j = k in the logarithms.
    """
    before = _logs_before(sizes)
    before[..., 0] = 1
    return _lacking_most(sizes.widths - constant * sizes.k[..., None] * before)


def nonexpansive_measurements(sizes: Sizes, constant: float) -> Floats:
    """Return the margin of the measurements for which the RRIC is proven.

    m >= C k log(∏_{j <= d} e n_j/k); Cocola (2022, arXiv:2204.13599), assumption A.3, equation
    (11).
    """
    found: Floats = sizes.m - constant * sizes.k * _logs(sizes).sum(axis=-1)
    return found


def nonexpansive_probability(sizes: Sizes, constant: float) -> Floats:
    """Return the margin of the widths for which the probability of the R2WDC is not trivial.

    n_i/log n_i >= 16 k/(c log 2) for every layer i; Cocola (2022, arXiv:2204.13599), equation (17),
    for a constant c that the paper does not give. Below n_i = e no layer is wide enough.
    """
    wide = np.maximum(sizes.widths, np.e)
    least = 16 * sizes.k[..., None] / (constant * np.log(2))
    return _lacking_most(wide / np.log(wide) - least)


def plugin_contractive_width(sizes: Sizes, constant: float) -> Floats:
    """Return the margin to widths that shrink, and for which PLUGIn is proven to converge.

    n_i >= β C_0 5^d k d (2d - i) with the least β, 4 + log C_0, for C_0 >= 1; Joshi, Li, Plan,
    Yilmaz (2021), remark 2. Smaller C_0 count as β = 4. Widths of this very form meet A3.
    """
    depth = sizes.widths.shape[-1]
    layer = np.arange(1, depth + 1)
    factor = (4 + max(np.log(constant), 0.0)) * constant
    least = factor * 5.0**depth * sizes.k[..., None] * depth * (2 * depth - layer)
    return _lacking_most(sizes.widths - least)


def plugin_measurements(sizes: Sizes, constant: float) -> Floats:
    """Return the margin of the measurements for PLUGIn behind a measurement matrix.

    m >= C 2^d k; Joshi, Li, Plan, Yilmaz, "PLUGIn-CS: a simple algorithm for compressive sensing
    with generative prior" (2021), for a constant C that is not given.
    """
    found: Floats = sizes.m - constant * 2.0 ** sizes.widths.shape[-1] * sizes.k
    return found


def expansive_width(sizes: Sizes, constant: float) -> Floats:
    """Return the margin of the widths for which the WDC is proven.

    n_i >= c n_{i-1} log n_{i-1} for every layer i, with n_0 = k; Hand and Voroninski (2018,
    arXiv:1705.07576), theorem 1.
    """
    before = np.concatenate([sizes.k[..., None], sizes.widths[..., :-1]], axis=-1)
    return _lacking_most(sizes.widths - constant * before * np.log(before))


def expansive_measurements(sizes: Sizes, constant: float) -> Floats:
    """Return the margin of the measurements that go with it.

    m >= c d k log ∏ n_i; Hand and Voroninski (2018, arXiv:1705.07576), theorem 1.
    """
    depth = sizes.widths.shape[-1]
    logs = np.log(sizes.widths).sum(axis=-1)
    found: Floats = sizes.m - constant * depth * sizes.k * logs
    return found


def demodulation_width(sizes: Sizes, constant: float) -> Floats:
    """Return the margin of the last layer of blind demodulation's two networks.

    ℓ >= c ((n_{d-1} log n_{d-1})² + (p_{s-1} log p_{s-1})²); Hand and Joshi (2019,
    arXiv:1905.12576), assumption A3. Both networks have the same widths here.
    """
    before = sizes.widths[..., -2] if sizes.widths.shape[-1] > 1 else sizes.k
    found: Floats = sizes.widths[..., -1] - constant * 2 * (before * np.log(before)) ** 2
    return found


def _logs(sizes: Sizes) -> Floats:
    """Return log(e n_j/k) of every layer, at least 1."""
    found: Floats = 1 + np.log(np.maximum(sizes.widths / sizes.k[..., None], 1))
    return found


def _logs_before(sizes: Sizes) -> Floats:
    """Return log ∏ e n_j/k over the layers before each."""
    logs = _logs(sizes)
    found: Floats = np.cumsum(logs, axis=-1) - logs
    return found


def _lacking_most(margins: Floats) -> Floats:
    found: Floats = np.min(margins, axis=-1)
    return found


ASSUMPTIONS: dict[str, Callable[[Sizes, float], Floats]] = {
    "plugin_width": plugin_width,
    "plugin_contractive_width": plugin_contractive_width,
    "plugin_measurements": plugin_measurements,
    "nonexpansive_width": nonexpansive_width,
    "nonexpansive_probability": nonexpansive_probability,
    "nonexpansive_measurements": nonexpansive_measurements,
    "expansive_width": expansive_width,
    "expansive_measurements": expansive_measurements,
    "demodulation_width": demodulation_width,
}
