"""Measure the further errors of a trial."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from genphase.accuracy.relative import relative_error
from genphase.brought import BadReturn
from genphase.cells.kept import LATENT, Asked, Kept
from genphase.cells.solve import Solved
from genphase.cells.trial import LONGEST, solve_trial
from genphase.draws.gaussian import Vector
from genphase.draws.instance import Instance, draw_instance, draw_trial_start
from genphase.draws.streams import CODES, stream
from genphase.kernels.passes import Run
from genphase.parameters import Parameters
from genphase.records import Trial
from genphase.things import options_of


@dataclass(frozen=True)
class _Ended:
    """A trial that has ended at x̂: all that errors are computed from."""

    parameters: Parameters
    trial: int
    # Of an error about the factors of a product, a `Pair`.
    instance: Any
    latent: Vector
    # Where it is not G(x̂).
    signal: Vector | None

    @cached_property
    def path(self) -> Vector:
        """Return ‖x_t - x*‖/‖x*‖ of all iterates, the last of which is x̂; NaN where not traced.

        The trial is solved again, by the plain loop.
        """
        updates = min(self.parameters.solved_by.most_updates, LONGEST)
        trace = np.full((updates, 2), np.nan)
        run = solve_trial(self.parameters, self.trial, self.instance, trace).run
        errors = trace[: run.iterations, 1]
        return np.append(errors, relative_error(run.latent, self.instance.target))

    def compared(self, name: str) -> Any:
        """Return one of what errors are computed from; a copy, which others do not see."""
        instance = self.instance
        match name:
            case "estimate":
                found = self.signal
                found = instance.signal_at(self.latent) if found is None else found
            case "truth":
                found = instance.signal
            case "latent_estimate":
                found = self.latent
            case "latent_truth":
                found = instance.target
            case "latent_start":
                return draw_trial_start(self.parameters, self.trial, instance)
            case "observed":
                if self.signal is None:
                    found = instance.observed_at(self.latent)
                else:
                    found = instance.chain.observe(self.signal)
            case "factor_estimates":
                found = instance.factors_at(self.latent)
            case "factor_truths":
                found = instance.factors
            case "path":
                found = self.path
            case "depth":
                return instance.depth
            case "objective":
                gradient = instance.without_truth()
                return lambda latent: gradient(latent)[0]
            case "instance":
                return instance
            case "draw_code":
                return self.draw_code
            case _:
                found = instance.observation
        return found.copy()

    def draw_code(self, number: int) -> Vector:
        """Draw a code from N(0, I); each number has a stream of its own."""
        rng = stream(self.parameters, self.trial, CODES, number)
        return rng.standard_normal(sum(self.parameters.code_sizes))


def measure(
    kept: Kept, parameters: Parameters, trial: int, instance: Instance, solved: Solved
) -> Mapping[str, Any]:
    """Return what is kept of a trial, by name.

    Raises
    ------
    BadReturn
        If an error of a user's returns no number.
    """
    latent = solved.run.latent
    ended = _Ended(parameters, trial, instance, latent, solved.signal)
    found: dict[str, Any] = {asked.key: _value(asked, ended) for asked in kept.errors}
    code = latent.tolist() if solved.signal is None else []
    return found | ({LATENT: code} if kept.latent else {})


def measure_again(kept: Kept, parameters: Parameters, trial: Trial) -> Trial:
    """Return a trial, whose estimate is kept, with what it lacks; nothing is solved."""
    index = trial.record.trial
    latent = np.array(trial.kept[LATENT], dtype=float)
    ended = Solved(Run(latent, 0, 0, 0))
    found = measure(kept, parameters, index, draw_instance(parameters, index), ended)
    return trial._replace(kept=found).updated(trial)


# Errors of instances, by the instance and the error. Cells of a job often share instances: those of
# other solvers, and of other levels of noise.
_of_instances: dict[tuple[int, int, str], float] = {}
_MOST = 100_000


def _value(asked: Asked, ended: _Ended) -> float:
    if not asked.thing.of_instance:
        return _computed(asked, ended)
    key = ended.parameters.instance_entropy, ended.trial, asked.key
    if key not in _of_instances:
        if len(_of_instances) >= _MOST:
            _of_instances.clear()
        _of_instances[key] = _computed(asked, ended)
    return _of_instances[key]


def _computed(asked: Asked, ended: _Ended) -> float:
    thing = asked.thing
    if ended.signal is not None and thing.of_code:
        # A method without the network has no code.
        return math.nan
    compared = [ended.compared(name) for name in thing.compares]
    value = thing.function(*compared, **options_of(asked.error))
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadReturn(f"error {thing.name} returned {type(value).__name__}, no number") from None
