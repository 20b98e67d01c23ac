"""Problems in which a matrix hides a spike y* = G(x*): f(x) = ¼‖G(x)G(x)ᵀ - M‖²."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from genphase.problems.base import Problem
from genphase.things import GRADIENT, SPIKE, Typical

if TYPE_CHECKING:
    from genphase.draws.instance import Instance
    from genphase.parameters import Parameters


class Spiked(Problem):
    """A spike in a matrix, which is the last layer of the chain."""

    offers = frozenset({GRADIENT, SPIKE})
    typical = Typical(passes=1000, passes_per_k=35)

    @abstractmethod
    def hide(
        self, rng: np.random.Generator, level: float, signal: Any, out: Any
    ) -> tuple[Any, float]:
        """Fill `out` with the matrix that hides a signal; return its form and ‖M‖²."""

    def draw(self, parameters: Parameters, trial: int) -> Instance:
        """Draw network, target and the matrix that hides the signal."""
        from genphase.draws.spikes import hide_spike

        return hide_spike(parameters, trial, self.hide)
