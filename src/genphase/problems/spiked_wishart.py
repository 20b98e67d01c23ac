"""A spike in a Wishart matrix: N samples, the rows of Y = u y*ᵀ + σ Z, are observed."""

from typing import Any

import numpy as np

from genphase.problems.spiked import Spiked
from genphase.things import problem


@problem
class SpikedWishart(Spiked):
    """A signal from samples with a covariance that it spikes."""

    observation = "Y = u y*ᵀ + σ Z with m rows, u and Z N(0, 1); M = YᵀY/m - σ² I"
    objective = "¼‖G(x) G(x)ᵀ - M‖²"
    matrix_noise = "σ"
    m_counts = "samples (rows of Y)"

    def hide(
        self, rng: np.random.Generator, level: float, signal: Any, out: Any
    ) -> tuple[Any, float]:
        """Fill `out` with the samples."""
        from genphase.draws.spikes import draw_wishart

        return draw_wishart(rng, level, signal, out)
