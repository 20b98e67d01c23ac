"""The record of a trial: what the store keeps and the tables show, in this order."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Record(NamedTuple):
    """One trial: everything that depends only on its parameters, index and the numerics.

    trial : its index, from 0.
    status : converged, capped, diverged or fell back.
    iterations : updates made; with restarts, of all runs together.
    negations : times that x was replaced by -x, or a sign of (h, z) changed, with restarts in all
        runs together; for a spiked matrix 1 if the run from -x_0 was kept.
    latent_error : ‖x̂ - x*‖/‖x*‖; of blind demodulation that of the balanced pairs (h, z).
    signal_error : ‖G(x̂) - y*‖/‖y*‖; NaN where y* = 0.
    latent_norm, signal_norm : ‖x*‖ and ‖y*‖, which turn relative errors into absolute ones.
    objective : f(x̂), of the problem: ½‖A G(x̂) - b‖², or ¼‖G(x̂)G(x̂)ᵀ - M‖² of a spiked matrix.
    gradient_norm : ‖v‖, v the subgradient of the objective at x̂, for every solver.
    """

    trial: int
    status: str
    iterations: int
    negations: int
    latent_error: float
    signal_error: float
    latent_norm: float
    signal_norm: float
    objective: float
    gradient_norm: float


# What is said of a measured value: nothing, or that it is a lower bound of a supremum.
NONE, AT_LEAST = "none", "at least"


class Measured(NamedTuple):
    """What was measured of an instance, where nothing is solved.

    trial : its index, from 0.
    value : the quantity.
    bound : none, or at least where the value is a lower bound of a supremum.
    """

    trial: int
    value: float
    bound: str

    @property
    def status(self) -> str:
        """Return how the trial ended."""
        return "measured"


class Timing(NamedTuple):
    """What a trial took; it is no part of its record.

    draw_seconds, solve_seconds : processor time, which others on the machine do not lengthen.
    peak_mb : the most memory that its job had used when the trial ended; NaN where nobody looked.
    """

    draw_seconds: float
    solve_seconds: float
    peak_mb: float = math.nan


class Trial(NamedTuple):
    """A finished trial.

    kept : what its sweep keeps beside the record, by name.
    """

    record: Record | Measured
    timing: Timing
    kept: Mapping[str, Any] = MappingProxyType({})

    def updated(self, before: "Trial | None") -> "Trial":
        """Return the trial with what was kept of it before.

        A name before its last @ says what a value is, the rest by which code. Values by other code
        give way to new ones.
        """
        replaced = {name.rpartition("@")[0] for name in self.kept}
        old = {} if before is None else before.kept
        older = {name: v for name, v in old.items() if name.rpartition("@")[0] not in replaced}
        return self._replace(kept={**older, **self.kept})
