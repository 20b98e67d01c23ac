r"""Levels of errors under noise, as large as an error ‖G(x̂) - y*‖ is expected to be.

The norm of the signal is that of wide ReLU networks: a layer with weights of variance v/n_i
multiplies norms by √(v/2).
"""

from collections.abc import Callable

import numpy as np

from genphase.sweep.models import Noise, Sweep
from genphase.theory.sizes import Floats, Sizes
from genphase.things import WEIGHTS


def oracle(sizes: Sizes, sweep: Sweep) -> Floats:
    """Return the error of least squares with the right activation pattern.

    Noise of norm τ, uniform on the sphere, leaves E ‖G(x̂) - y*‖² = τ² k/(m - k - 1) after m
    Gaussian measurements N(0, 1/m), since A is Gaussian on the k dimensions of the signals with
    this pattern and E tr((AᵀA)^-1) = k m/(m - k - 1) there, and τ² k/n where the signal itself is
    observed. Entries N(0, 1) divide the error by √m. Noise in the range of A Λ, uniform on the
    sphere there, has all of its square in these k dimensions: τ² m/(m - k - 1), and τ². A spike in
    a Wigner matrix has ν √(k/n)/‖y*‖: the noise is N(0, ν²/n) in the k dimensions of y*, and the
    curvature is ‖y*‖².
    """
    k, m, n = sizes.k, sizes.m, sizes.widths[..., -1]
    problem = sweep.the_problem
    if problem.matrix_noise:
        return sizes.noise * np.sqrt(k / n) / signal_norm(sizes, sweep)
    aligned = isinstance(sweep.noise, Noise) and sweep.noise.aligned is not None
    if not problem.has_matrix(sweep.measurements):
        return noise_norm(sizes, sweep) * np.sqrt((n if aligned else k) / n)
    shape = np.sqrt((m if aligned else k) / np.where(m > k + 1, m - k - 1, np.nan))
    if sweep.measurements == "unit":
        shape = shape / np.sqrt(m)
    return noise_norm(sizes, sweep) * shape


def omega(sizes: Sizes, sweep: Sweep) -> Floats:
    """Return ω ‖η‖, the size of the error in the theorem on non-expansive priors.

    ω = (2/2^{d/2}) √(13/12) √((k/m) log(5 ∏ e n_i/k)) bounds Λᵀ Aᵀη by ω ‖η‖, and the theorem, for
    d >= 2, says ‖G(x) - y*‖ <= 1.2 K_7 ω ‖η‖ + a term that vanishes, and ‖x - x*‖ <= K_7 2^{d/2} ω
    ‖η‖ + another; K_7, a constant that the paper does not give, and 1.2 are left out here.

    References
    ----------
    Signal recovery with non-expansive generative network priors, equation (13) and Theorem 5.4. The
    logarithm is under the root, as a union bound over ∏ (e n_i/k)^k patterns gives it.
    """
    k, m, n = sizes.k, sizes.m, sizes.widths
    logs = np.log(5) + np.sum(1 + np.log(n / k[..., None]), axis=-1)
    factor = 2 / 2 ** (n.shape[-1] / 2) * np.sqrt(13 / 12 * k / m * np.maximum(logs, 0))
    bound: Floats = factor * noise_norm(sizes, sweep)
    return bound


def code_norm(sizes: Sizes, sweep: Sweep) -> Floats:
    """Return ‖x*‖."""
    if sweep.target == "unit_signal":
        return 1 / _gain(sizes, sweep)
    return np.sqrt(sizes.k) if sweep.target == "gaussian" else np.ones_like(sizes.k)


def signal_norm(sizes: Sizes, sweep: Sweep) -> Floats:
    """Return ‖y*‖ = ‖G(x*)‖."""
    return code_norm(sizes, sweep) * _gain(sizes, sweep)


def _gain(sizes: Sizes, sweep: Sweep) -> Floats:
    """Return ‖G(x)‖/‖x‖."""
    variance = WEIGHTS[str(sweep.network.weights)].facts["variance"](sizes.widths)
    gain: Floats = np.sqrt(np.prod(sizes.widths * variance / 2, axis=-1))
    return gain


def noise_norm(sizes: Sizes, sweep: Sweep) -> Floats:
    """Return ‖η‖: its level, but for noise relative to the observation."""
    if not isinstance(sweep.noise, Noise) or sweep.noise.relative is None:
        return sizes.noise
    norm = sizes.noise * signal_norm(sizes, sweep)
    return norm * np.sqrt(sizes.m) if sweep.measurements == "unit" else norm


_LEVELS: dict[str, Callable[[Sizes, Sweep], Floats]] = {"oracle": oracle, "omega": omega}


def level(name: str, height: str, sizes: Sizes, sweep: Sweep) -> Floats:
    """Return a level as a figure shows it.

    Parameters
    ----------
    name
        Oracle or omega.
    height
        signal_error, latent_error, signal_mse or latent_mse. In wide networks ‖x̂ - x*‖/‖x*‖ is
        ‖G(x̂) - y*‖/‖y*‖.
    sizes
        k, widths, m and noise of the points.
    sweep
        The sweep, for its laws.
    """
    relative = _LEVELS[name](sizes, sweep) / signal_norm(sizes, sweep)
    match height:
        case "signal_mse":
            return (relative * signal_norm(sizes, sweep)) ** 2
        case "latent_mse":
            return (relative * code_norm(sizes, sweep)) ** 2
    return relative
