"""A spike in a Wigner matrix: M = y* y*ᵀ + ν H, H of the Gaussian orthogonal ensemble."""

from typing import Any

import numpy as np

from genphase.problems.spiked import Spiked
from genphase.things import problem


@problem
class SpikedWigner(Spiked):
    """A signal from a symmetric matrix with noise in every entry."""

    observation = "M = y* y*ᵀ + ν H, H symmetric, entries N(0, 1/n), on the diagonal N(0, 2/n)"
    objective = "¼‖G(x) G(x)ᵀ - M‖²"
    matrix_noise = "ν"
    theories = ("oracle",)

    def hide(
        self, rng: np.random.Generator, level: float, signal: Any, out: Any
    ) -> tuple[Any, float]:
        """Fill `out` with the matrix."""
        from genphase.draws.spikes import draw_wigner

        return draw_wigner(rng, level, signal, out)
