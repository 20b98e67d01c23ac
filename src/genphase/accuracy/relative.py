"""The relative errors that the record of every trial has."""

import math

from genphase.draws.gaussian import Vector, length
from genphase.things import error


def relative_error(estimate: Vector, truth: Vector) -> float:
    """Return ‖estimate - truth‖/‖truth‖; NaN where both are zero."""
    distance, size = length(estimate - truth), length(truth)
    if size > 0:
        return distance / size
    return math.inf if distance > 0 else math.nan


@error(recorded=True, larger_is_better=False, text="relative signal error")
def signal(estimate: Vector, truth: Vector) -> float:
    """Return ‖G(x̂) - y*‖/‖y*‖."""
    return relative_error(estimate, truth)


@error(recorded=True, larger_is_better=False, text="relative latent error")
def latent(latent_estimate: Vector, latent_truth: Vector) -> float:
    """Return ‖x̂ - x*‖/‖x*‖."""
    return relative_error(latent_estimate, latent_truth)
