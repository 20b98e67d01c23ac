"""What a trial of a solver is expected to take."""

from genphase.parameters import Parameters
from genphase.things import Typical

# Of a current server core: one multiply-add in a full pass.
SECONDS_PER_WEIGHT = 1.4e-10


def seconds_of_passes(parameters: Parameters, active: float, typical: Typical) -> float:
    """Estimate a run, from the number of active weights that one pass reads."""
    passes = passes_of(parameters, typical)
    return passes * active * SECONDS_PER_WEIGHT + parameters.k**2 * typical.seconds_per_k2


def passes_of(parameters: Parameters, typical: Typical) -> float:
    """Return how many passes a run is expected to make."""
    return min(parameters.solved_by.max_iter, typical.passes + parameters.k * typical.passes_per_k)
