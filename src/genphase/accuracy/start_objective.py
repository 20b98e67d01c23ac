"""The objective where a run begins."""

from collections.abc import Callable

from genphase.draws.gaussian import Vector
from genphase.things import error


@error(text=r"objective at the start, $f(x_0)$")
def start_objective(latent_start: Vector, objective: Callable[[Vector], float]) -> float:
    """Return f(x_0), by which theorem 4.4 of non-expansive priors bounds the number of steps."""
    return float(objective(latent_start))
