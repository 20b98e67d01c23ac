"""A spike in a Wigner matrix: M = y* y*ᵀ + ν H, H of the Gaussian orthogonal ensemble."""

from typing import Any

import numpy as np

from genphase.problems.spiked import Spiked
from genphase.things import problem


@problem
class SpikedWigner(Spiked):
    """A signal from a symmetric matrix with noise in every entry."""

    matrix_noise = "ν"
    theories = ("oracle",)

    def hide(
        self, rng: np.random.Generator, level: float, signal: Any, out: Any
    ) -> tuple[Any, float]:
        """Fill `out` with the matrix."""
        from genphase.draws.spikes import draw_wigner

        return draw_wigner(rng, level, signal, out)
