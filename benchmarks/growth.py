"""How the cost of a trial grows with n, k and d."""

from statistics import median
from typing import NamedTuple

import numpy as np
from workloads import Family

from genphase.cells.trial import run_trial
from genphase.parameters import Parameters


class Cost(NamedTuple):
    """Medians over trials of a cell: seconds of drawing and of solving, iterations."""

    draw: float
    solve: float
    iterations: float

    @property
    def per_iteration(self) -> float:
        """Seconds of solving by iterations."""
        return self.solve / self.iterations


def cost(parameters: Parameters, trials: int) -> Cost:
    """Return the cost of a trial of a cell, the median over its first `trials` trials."""
    runs = [run_trial(parameters, trial) for trial in range(trials)]
    return Cost(
        median(run.timing.draw_seconds for run in runs),
        median(run.timing.solve_seconds for run in runs),
        median(run.record.iterations for run in runs),
    )


def costs(family: Family, trials: int) -> list[Cost]:
    """Return the cost of a trial of every member of a family."""
    return [cost(parameters, trials) for parameters in family.members]


def power(family: Family, figures: list[float]) -> float:
    """Return the exponent p of the power law (value - offset)^p that fits the figures best."""
    sizes = np.array(family.values) - family.offset
    kept = sizes > 0
    return float(np.polyfit(np.log(sizes[kept]), np.log(np.array(figures)[kept]), 1)[0])
