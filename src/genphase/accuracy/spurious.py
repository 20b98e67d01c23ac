"""How far an estimate is from the spurious stationary point."""

from genphase.angles import rho
from genphase.draws.gaussian import Vector, length
from genphase.things import error


@error(larger_is_better=False, text=r"distance from $-\rho_d x^*$")
def spurious(latent_estimate: Vector, latent_truth: Vector, depth: int) -> float:
    """Return ‖x̂ + ρ_d x*‖/‖x*‖, the distance from where the expected gradient vanishes, too.

    Hand and Voroninski (2018, arXiv:1705.07576), (32). It is 1 + ρ_d at x*, and ρ_d at 0.

    Parameters
    ----------
    latent_estimate, latent_truth : (k,)
        x̂ and x*.
    depth
        d, of a ReLU network.
    """
    return length(latent_estimate + rho(depth) * latent_truth) / length(latent_truth)
