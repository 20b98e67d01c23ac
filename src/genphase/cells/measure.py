"""Measure the further errors of a trial."""

from typing import Any

import numpy as np

from genphase.brought import BadReturn
from genphase.cells.kept import LATENT, Asked, Kept
from genphase.draws.gaussian import Vector
from genphase.draws.instance import Instance, draw_instance
from genphase.parameters import Parameters
from genphase.records import Trial
from genphase.things import options_of


def measure(kept: Kept, instance: Instance, latent: Vector) -> dict[str, Any]:
    """Return what is kept of a trial that ended at x̂, by name.

    Raises
    ------
    BadReturn
        If an error of a user's returns no number.
    """
    found: dict[str, Any] = {asked.key: _value(asked, instance, latent) for asked in kept.errors}
    return found | ({LATENT: latent.tolist()} if kept.latent else {})


def measure_again(kept: Kept, parameters: Parameters, trial: Trial) -> Trial:
    """Return a trial, whose estimate is kept, with what it lacks; nothing is solved."""
    instance = draw_instance(parameters, trial.record.trial)
    found = measure(kept, instance, np.array(trial.kept[LATENT], dtype=float))
    return trial._replace(kept=found).updated(trial)


def _value(asked: Asked, instance: Instance, latent: Vector) -> float:
    thing = asked.thing
    compared = [_compared(name, instance, latent) for name in thing.compares]
    value = thing.function(*compared, **options_of(asked.error))
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadReturn(f"error {thing.name} returned {type(value).__name__}, no number") from None


def _compared(name: str, instance: Instance, latent: Vector) -> Any:
    """Return one of what errors are computed from; a copy, so that none can change another's."""
    match name:
        case "estimate":
            found = instance.signal_at(latent)
        case "truth":
            found = instance.signal
        case "latent_estimate":
            found = latent
        case "latent_truth":
            found = instance.target
        case "observed":
            found = instance.observed_at(latent)
        case "depth":
            return instance.depth
        case _:
            found = instance.observation
    return found.copy()
