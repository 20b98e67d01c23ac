"""The cosine of the angle between both latent codes."""

import math

from genphase.draws.gaussian import Vector, length
from genphase.things import error


@error(larger_is_better=True, text=r"cosine of $\hat x$ and $x^*$")
def cosine(latent_estimate: Vector, latent_truth: Vector) -> float:
    """Return ⟨x̂, x*⟩/(‖x̂‖‖x*‖), -1 near the spurious point -ρ_d x*; NaN of a zero code."""
    long, wanted = length(latent_estimate), length(latent_truth)
    if long == 0 or wanted == 0:
        return math.nan
    return float(latent_estimate / long @ (latent_truth / wanted))
